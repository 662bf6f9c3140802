"""A campaign from the form to the last call, in the browser, with the real dialer, Asterisk and people who answer."""

import os
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, expect

from app.pacing_why import verdict
from callcenter.outbound import Decision
from sim.phones.demand import lead_number
from sim.phones.people import Outcome, PersonPlan
from tests.web.conftest import PASSWORD, SLOWER, Desk, People, Person
from tests.web.telephony import Outbound, Telephony, telephony

pytestmark = pytest.mark.timeout(420 * SLOWER)

TALKS = PersonPlan(number="", outcome=Outcome.ANSWERS, ring_s=1.0, talk_s=3.0)
BUSY = PersonPlan(number="", outcome=Outcome.BUSY)
NOBODY = PersonPlan(number="", outcome=Outcome.INVALID)
RINGS = PersonPlan(number="", outcome=Outcome.NO_ANSWER)
PEOPLE = {lead_number(place): plan for place, plan in enumerate([TALKS, BUSY, TALKS, NOBODY, TALKS, RINGS, TALKS])}
CALLED_BUSY, RANG_OUT = lead_number(1), lead_number(5)
AGENTS = ("11", "12")
CALL_MS = 60_000 * SLOWER  # until a call is through, on a busy machine
ALL_MS = 150_000 * SLOWER


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    with telephony(tmp_path_factory.mktemp("dialing"), f"dialing-{os.getpid()}", calls_out=True) as found:
        yield found


@pytest.fixture
def outbound(centre: Telephony) -> Outbound:
    assert centre.outbound is not None
    centre.outbound.people.update(PEOPLE)
    centre.log_in(*AGENTS)
    return centre.outbound


@pytest.fixture
def people(browser: Browser, centre: Telephony) -> Iterator[People]:
    desk = Desk(url=centre.url, one_time=PASSWORD, data=centre.box.blueprint.folder, taken=True)
    people = People(browser=browser, desk=desk)
    yield people
    people.leave()


def test_a_campaign_is_run_from_the_browser(people: People, outbound: Outbound, centre: Telephony) -> None:
    admin, phone = people.admin(), people.admin(width=390)
    _add(admin)
    _import(admin)
    for person in (admin, phone):
        person.page.goto(f"{person.desk.url}#/campaigns/campaigns")
        person.page.get_by_role("link", name="spring", exact=True).click()
        expect(person.page.get_by_role("heading", name="spring", level=1)).to_contain_text("paused")

    _do(admin, "Start")
    expect(phone.page.get_by_role("heading", name="spring", level=1)).to_contain_text("running")
    expect(_fact(admin, "Today")).to_contain_text("talked with an agent", timeout=CALL_MS)
    admin.shot("dialing")
    _do(admin, "Pause")
    expect(_fact(admin, "In flight")).to_have_text("none", timeout=CALL_MS)
    placed = _counted(outbound)
    assert 0 < len(placed) < len(PEOPLE)
    _calls(admin, len(placed))
    assert _counted(outbound) == placed  # nobody else was called meanwhile

    _do(phone, "Start")
    expect(_fact(admin, "Leads")).to_contain_text("dialing 0, done", timeout=CALL_MS)
    expect(_fact(admin, "Today")).to_contain_text("talked with an agent 4", timeout=ALL_MS)
    expect(_fact(admin, "Today")).to_contain_text("no answer 1", timeout=ALL_MS)
    expect(_fact(admin, "In flight")).to_have_text("none", timeout=CALL_MS)
    assert _left(admin) == 2  # who was busy, and where nobody answered, are called again later
    assert _counted(outbound) == sorted(PEOPLE)
    _looked_up(admin)
    _asked_why(admin, phone, centre)
    _on_a_phone(phone)
    _do(admin, "End")
    expect(phone.page.get_by_role("heading", name="spring", level=1)).to_contain_text("ended")


def _add(admin: Person) -> None:
    page = admin.page
    page.goto(f"{admin.desk.url}#/campaigns/campaigns")
    page.get_by_role("button", name="Add campaign").click()
    window = page.get_by_role("dialog", name="Add campaign")
    window.get_by_label("Name").fill("spring")
    window.get_by_label("Queue", exact=True).fill("sales")
    window.get_by_label("Trunk").fill("demo")
    window.get_by_label("Company").fill("Example Ltd")
    window.get_by_label("Number to call back").fill("(202) 555-0100")
    window.get_by_label("Ring in seconds").fill("15")
    admin.keys("Enter")
    expect(page.get_by_role("row", name="spring")).to_contain_text("paused")


def _import(admin: Person) -> None:
    page = admin.page
    page.get_by_role("button", name="Import leads of spring").click()
    window = page.get_by_role("dialog", name="Import leads of spring")
    rows = [f"{number},Person {place},agreed on the form" for place, number in enumerate(PEOPLE)]
    text = "\n".join(["number,name,any_hour_consent", *rows, ""])
    window.get_by_label("CSV file").set_input_files(
        {"name": "spring.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    window.get_by_role("button", name=f"Import {len(PEOPLE)} leads").click()
    expect(window).to_contain_text(f"{len(PEOPLE)} imported, 0 already there")
    window.get_by_role("button", name="Close").last.click()


def _do(person: Person, verb: str) -> None:
    """Ask for a change of state and say yes; the page says so at once."""
    person.page.get_by_role("button", name=f"{verb} spring", exact=True).click()
    person.page.get_by_role("dialog").get_by_role("button", name=verb, exact=True).click()
    state = {"Start": "running", "Pause": "paused", "End": "ended"}[verb]
    expect(person.page.get_by_role("heading", name="spring", level=1)).to_contain_text(state)


def _fact(person: Person, label: str) -> Locator:
    return person.page.locator("dl.facts > div", has=person.page.locator("dt", has_text=label)).locator("dd").first


def _counted(outbound: Outbound) -> list[str]:
    """Return who was called, as the carrier saw it."""
    return sorted(call.number for call in outbound.carrier.calls)


def _calls(person: Person, count: int) -> None:
    """Look at the list of calls, which has so many, and go back to the leads."""
    person.page.get_by_role("button", name="Calls", exact=True).click()
    expect(person.page.get_by_role("region", name="Calls").get_by_role("row")).to_have_count(count + 1)
    person.page.get_by_role("button", name="Leads", exact=True).click()


def _left(person: Person) -> int:
    found = re.search(r"ready (\d+)", _fact(person, "Leads").inner_text())
    assert found is not None
    return int(found[1])


def _looked_up(admin: Person) -> None:
    """Leads by outcome, the calls to one of them, and all calls with what became of them."""
    page = admin.page
    leads = page.get_by_role("region", name="Leads")
    expect(leads.get_by_role("row")).to_have_count(len(PEOPLE) + 1)
    leads.get_by_label("Last call").select_option("busy")
    expect(leads.get_by_role("row")).to_have_count(2)
    leads.get_by_role("button", name=f"Open {CALLED_BUSY}").click()
    window = page.get_by_role("dialog", name=f"Person 1, {CALLED_BUSY}")
    expect(window.get_by_role("row")).to_have_count(2)
    expect(window.get_by_role("row").last).to_contain_text("busy")
    expect(window).to_contain_text("agreed on the form")
    assert admin.axe() == []
    admin.shot("lead")
    admin.keys("Escape")
    page.get_by_role("button", name="Calls", exact=True).click()
    calls = page.get_by_role("region", name="Calls")
    expect(calls.get_by_role("row")).to_have_count(len(PEOPLE) + 1)
    talked = calls.get_by_role("row").filter(has_text="talked with an agent")
    expect(talked).to_have_count(4)
    assert {row.get_by_role("cell").nth(3).inner_text() for row in talked.all()} <= set(AGENTS)
    expect(calls.get_by_role("row", name=RANG_OUT)).to_contain_text("no answer")
    assert admin.axe() == []
    admin.shot("campaign-calls")


def _asked_why(admin: Person, phone: Person, centre: Telephony) -> None:
    """The decision by which calls went out is told as the command line does, found by its time and by steps."""
    now = centre.ask(lambda store: store.now())
    kept = centre.ask(lambda store: store.decisions("spring", now - timedelta(hours=1), now, 1_000))
    placed = next(one for one in reversed(kept) if one.placed)
    page = admin.page
    page.get_by_role("button", name="Why", exact=True).click()
    why = page.get_by_role("region", name="Why")
    expect(why.get_by_role("heading", level=2)).to_contain_text(verdict(kept[0]))
    why.get_by_label("Shown around it").select_option("1 hour")
    rows = why.get_by_role("region", name="Decisions around it").get_by_role("row")
    expect(rows.last).to_be_visible()
    assert rows.count() > len({one.at for one in kept if one.placed})
    local = page.evaluate("at => new Date(at).toLocaleTimeString()", placed.at.isoformat())
    why.get_by_role("button", name=local).first.click()
    expect(why.get_by_role("heading", level=2)).to_contain_text(verdict(placed))
    for reason in placed.reasons:
        expect(why.get_by_text(reason).first).to_be_visible()
    assert admin.axe() == []
    admin.shot("campaign-why")
    why.get_by_role("button", name="Later").click()
    expect(why.get_by_role("heading", level=2)).to_contain_text(verdict(_after(placed, kept)))
    why.get_by_role("button", name="Earlier").click()
    expect(why.get_by_role("heading", level=2)).to_contain_text(verdict(placed))
    phone.page.get_by_role("button", name="Why", exact=True).click()
    expect(phone.page.get_by_role("region", name="Why").get_by_role("heading", level=2)).to_be_visible()
    phone.shot("campaign-why-narrow")
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert phone.axe() == []
    for person in (admin, phone):
        person.page.get_by_role("button", name="Leads", exact=True).click()


def _after(one: Decision, newest_first: list[Decision]) -> Decision:
    return [later for later in newest_first if later.at > one.at][-1]


def _on_a_phone(phone: Person) -> None:
    """Nothing of the page lies beyond the edge of a telephone's screen; a long table is moved under it."""
    page = phone.page
    phone.shot("campaign-narrow")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert phone.axe() == []
    page.get_by_role("button", name="Calls", exact=True).click()
    expect(page.get_by_role("region", name="Calls").get_by_role("row")).to_have_count(len(PEOPLE) + 1)
    phone.shot("campaign-calls-narrow")
    page.get_by_role("link", name="All campaigns").click()
    expect(page.get_by_role("row", name="spring")).to_contain_text("running")
    phone.shot("campaigns-narrow")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert phone.axe() == []
    page.get_by_role("link", name="spring", exact=True).click()
