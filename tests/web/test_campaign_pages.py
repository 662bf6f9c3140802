"""The pages of campaigns and of callers, in a real browser before a real desk with a centre of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.centre_file import load
from callcenter.adapters.prompt_audio import wav_of
from callcenter.adapters.store import Store
from callcenter.care import Callback, SurveyAnswer, Voicemail
from tests.app.office import CENTRE
from tests.app.test_messages import recording, tone
from tests.web.conftest import ROOT, SLOWER, Desk, People, Person, running_desk

FORECAST_MS = 30_000 * SLOWER
CALLER = "+12025550143"
PERSONS = "number,name,vip\n+12065550144,Eve,yes\n12,Ben,no\n"
DEBTS = "number,reference,amount,currency,due\n+12065550144,A-1,120.50,USD,2026-03-31\n"
LIST = "number,name\n202-555-0143,Ann\n20255501,Ben\n+12065550144,Eve\n"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("campaigns")
    rendered = folder / "rendered"
    rendered.mkdir()
    recordings = folder / "recordings"
    recordings.mkdir()
    sound = wav_of((ROOT / "prompts" / "en" / "welcome.ulaw").read_bytes())
    (recordings / "vm1.wav").write_bytes(sound)
    own = {"CALLCENTER_RENDERED_DIR": str(rendered), "CALLCENTER_RECORDINGS_DIR": str(recordings)}
    with running_desk(folder, own) as desk:
        (desk.data / "centre.toml").write_text(CENTRE, "utf-8")
        # In a thread of its own: the browser's driver has an event loop in this one.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, take_over(desk.data)).result()
        yield desk


async def take_over(data: Path) -> None:
    """What `callcenter reload` does to the store."""
    async with await Store.open(f"sqlite:///{data / 'callcenter.db'}") as store:
        await store.apply_centre(load(data / "centre.toml").records())
        now = await store.now()
        asked = Callback(id="cb1", number=CALLER, queue="sales", since=now, due_at=now, updated_at=now)
        await store.book_callback(asked)
        left = {"call_id": "1.1", "number": CALLER, "language": "en", "recorded_at": now}
        await store.put_voicemail(Voicemail(id="vm1", box="sales", file="vm1", length_s=2.0, **left))
        for call, score in (("1.1", 5), ("1.2", 2)):
            said = SurveyAnswer(
                call_id=call, question="how", score=score, queue="sales", flow="main", version=1, at=now
            )
            await store.put_answer(said)


def go(person: Person, path: str, title: str) -> None:
    person.page.goto(f"{person.desk.url}#/{path}")
    expect(person.page.get_by_role("heading", name=title, level=1)).to_be_visible()


def sure(person: Person, verb: str) -> None:
    """Ask for a change of state and say yes."""
    person.page.get_by_role("button", name=f"{verb} spring", exact=True).click()
    person.page.get_by_role("dialog").get_by_role("button", name=verb, exact=True).click()


def test_a_campaign_is_added_given_leads_started_watched_and_paused(people: People) -> None:
    admin = people.admin()
    go(admin, "campaigns/campaigns", "Campaigns")
    add_spring(admin)
    import_leads(admin)
    watch(admin)


def add_spring(admin: Person) -> None:
    """Add a campaign, with a slip on the way."""
    page = admin.page
    page.get_by_role("button", name="Add campaign").click()
    window = page.get_by_role("dialog", name="Add campaign")
    window.get_by_label("Name").fill("spring")
    window.get_by_label("Queue", exact=True).fill("sails")
    window.get_by_label("Trunk").fill("carrier")
    window.get_by_label("Company").fill("Example Ltd")
    window.get_by_label("Number to call back").fill("(202) 555-0101")
    assert admin.axe() == []
    window.get_by_role("button", name="Save").click()
    expect(window).to_contain_text('there is no queue "sails"')
    window.get_by_label("Queue", exact=True).fill("sales")
    admin.keys("Enter")
    expect(page.get_by_role("row", name="spring")).to_contain_text("paused")
    admin.faults.clear()  # the browser's own word for the refusal


def import_leads(admin: Person) -> None:
    """Import a list with a row that is no lead."""
    page = admin.page
    page.get_by_role("button", name="Import leads of spring").click()
    window = page.get_by_role("dialog", name="Import leads of spring")
    window.get_by_label("CSV file").set_input_files(
        {"name": "spring.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    )
    expect(window).to_contain_text("2 rows can be imported, 1 rows at fault.")
    bad = window.get_by_role("row", name="3 number")
    expect(bad).to_be_visible()
    assert admin.axe() == []
    admin.shot("leads")
    window.get_by_role("button", name="Import 2 leads").click()
    expect(window).to_contain_text("2 imported, 0 already there, 1 rows at fault.")
    window.get_by_role("button", name="Close").last.click()
    expect(page.get_by_role("row", name="spring")).to_contain_text("2")


def watch(admin: Person) -> None:
    """Start it, look at it, pause it."""
    page = admin.page
    line = page.get_by_role("row", name="spring")
    sure(admin, "Start")
    expect(line).to_contain_text("running")
    page.get_by_role("link", name="spring", exact=True).click()
    window = page.get_by_role("main")
    expect(window).to_contain_text("ready 2, dialing 0, done 0")
    expect(window).to_contain_text("This is a call from Example Ltd")
    expect(window).to_contain_text("0 of 0 answered by a person; at most 3 %")
    assert admin.axe() == []
    admin.shot("campaign")
    own = {"name": "own.wav", "mimeType": "audio/wav", "buffer": recording(tone(5))}
    window.get_by_label("Use a recording of your own (WAV)").set_input_files(own)
    expect(window).to_contain_text("A recording of your own.")
    look_through(admin)
    ask_why(admin)
    look_ahead(admin)
    page.get_by_role("link", name="All campaigns").click()
    sure(admin, "Pause")
    expect(line).to_contain_text("paused")
    assert admin.axe() == []
    admin.shot("campaigns")


def look_through(admin: Person) -> None:
    """Look up leads by number and by state, by keyboard, and open one."""
    page = admin.page
    leads = page.get_by_role("region", name="Leads")
    expect(leads.get_by_role("row")).to_have_count(3)
    leads.get_by_role("textbox", name="Number").fill("(202) 555-0143")
    admin.keys("Enter")
    expect(leads.get_by_role("row")).to_have_count(2)
    expect(leads.get_by_role("row", name=CALLER)).to_contain_text("Ann")
    leads.get_by_label("State").select_option("done")
    expect(leads).to_contain_text("Nothing")
    leads.get_by_label("State").select_option("ready")
    leads.get_by_role("button", name=f"Open {CALLER}").press("Enter")
    window = page.get_by_role("dialog", name=f"Ann, {CALLER}")
    expect(window).to_contain_text("ready")
    assert admin.axe() == []
    admin.keys("Escape")
    page.get_by_role("button", name="Calls", exact=True).press("Enter")
    expect(page.get_by_role("region", name="Calls")).to_contain_text("Nothing")


def ask_why(admin: Person) -> None:
    """Nobody has decided anything here, and the page says why."""
    page = admin.page
    page.get_by_role("button", name="Why", exact=True).press("Enter")
    why = page.get_by_role("region", name="Why")
    expect(why).to_contain_text("Nothing is kept of a decision")
    expect(why).to_contain_text("The dialer does not run")
    why.get_by_label("Time, empty: now").fill("2026-03-02T14:03:22")
    why.get_by_role("button", name="Show").click()
    expect(why).to_contain_text("2:03:22")
    assert admin.axe() == []


def look_ahead(admin: Person) -> None:
    """What comes of a day with its two leads, for teams of one to three; and as asked wrongly."""
    page = admin.page
    page.get_by_role("button", name="Forecast", exact=True).press("Enter")
    region = page.get_by_role("region", name="Forecast")
    region.get_by_label("Agents, empty").fill("1")
    region.get_by_label("Compare with up to").fill("3")
    region.get_by_label("Hours of work").fill("2")
    admin.keys("Enter")
    expect(region.get_by_role("progressbar")).to_be_visible()
    expect(region.get_by_role("row")).to_have_count(4, timeout=FORECAST_MS)
    expect(region.get_by_role("progressbar")).to_have_count(0)
    expect(region.get_by_role("row").nth(3)).to_contain_text("%")
    expect(region).to_contain_text("2 leads ready; 2 may be called that day")
    expect(region).to_contain_text("1 agent: the fewest who call all that is due by the end of the day")
    assert admin.axe() == []
    admin.shot("campaign-forecast")
    region.get_by_label("Compare with up to").fill("")
    region.get_by_label("Agents, empty").fill("")
    region.get_by_role("button", name="Run the forecast").click()
    region.get_by_role("button", name="Stop").click()
    expect(region.get_by_role("progressbar")).to_have_count(0)


def test_a_forecast_without_a_list_says_so(people: People) -> None:
    admin = people.admin(width=390)
    page = admin.page
    go(admin, "campaigns/campaigns", "Campaigns")
    page.get_by_role("button", name="Add campaign").click()
    window = page.get_by_role("dialog", name="Add campaign")
    for label, value in (
        ("Name", "empty"),
        ("Queue", "sales"),
        ("Trunk", "carrier"),
        ("Company", "Example Ltd"),
        ("Number to call back", "(202) 555-0101"),
    ):
        window.get_by_label(label, exact=True).fill(value)
    window.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="empty", exact=True).click()
    page.get_by_role("button", name="Forecast", exact=True).click()
    region = page.get_by_role("region", name="Forecast")
    region.get_by_role("button", name="Run the forecast").click()
    expect(region).to_contain_text("No lead is ready: import leads", timeout=FORECAST_MS)
    admin.shot("campaign-forecast-narrow")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert admin.axe() == []


def test_a_campaign_is_changed_as_it_was_seen(people: People) -> None:
    admin = people.admin()
    page = admin.page
    go(admin, "campaigns/campaigns", "Campaigns")
    page.get_by_role("button", name="Change spring").click()
    window = page.get_by_role("dialog", name="Change spring")
    expect(window.get_by_label("Company")).to_have_value("Example Ltd")
    window.get_by_label("Title").fill("Spring of this year")
    window.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="spring")).to_contain_text("Spring of this year")


def choose(admin: Person, text: str) -> None:
    """Import a list that the window takes."""
    window = admin.page.get_by_role("dialog", name="Import a list")
    file = {"name": "list.csv", "mimeType": "text/csv", "buffer": text.encode()}
    window.get_by_label("CSV file").set_input_files(file)
    expect(window).to_contain_text("1 rows can be imported")
    assert admin.axe() == []
    window.get_by_role("button", name="Import 1 rows").click()
    expect(window).to_contain_text("1 rows taken over, 1 of them new or changed")
    window.get_by_role("button", name="Close").last.click()


def test_persons_and_debts_are_entered_and_looked_up(people: People) -> None:
    admin = people.admin()
    page = admin.page
    go(admin, "callers/persons", "Persons")
    page.get_by_role("button", name="Import a list").click()
    choose(admin, PERSONS)
    expect(page.get_by_role("row", name="+12065550144")).to_contain_text("Eve")
    page.get_by_role("button", name="Add person").click()
    window = page.get_by_role("dialog", name="Add person")
    window.get_by_label("Number").fill("+1 202 555 0143")
    window.get_by_label("Name").fill("Ann")
    admin.keys("Enter")
    expect(page.get_by_role("row", name=CALLER)).to_contain_text("Ann")
    page.get_by_role("button", name=f"Change {CALLER}").click()
    window = page.get_by_role("dialog", name=f"Change {CALLER}")
    window.get_by_label("Name").fill("")
    window.get_by_label("Note").fill("calls on Mondays")
    window.get_by_role("button", name="Save").click()
    line = page.get_by_role("row", name=CALLER)
    expect(line).to_contain_text("calls on Mondays")
    expect(line).not_to_contain_text("Ann")
    assert admin.axe() == []
    admin.shot("persons")
    go(admin, "callers/debts", "Debts")
    page.get_by_role("button", name="Import a list").click()
    choose(admin, DEBTS)
    page.get_by_label("Number").fill("+12065550144")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("row", name="A-1")).to_contain_text("120.50 USD")
    assert admin.axe() == []


def test_what_callers_left_is_seen_heard_and_called_off(people: People) -> None:
    admin = people.admin()
    page = admin.page
    go(admin, "callers/callbacks", "Calls back")
    page.get_by_role("button", name=f"Do not call {CALLER} back").click()
    window = page.get_by_role("dialog", name=f"Do not call {CALLER} back")
    window.get_by_label("Reason").fill("wrote a mail")
    window.get_by_role("button", name=f"Do not call {CALLER} back").click()
    expect(page.get_by_text(f"{CALLER} is not called back any more.")).to_be_visible()
    page.get_by_label("Those that are over, too").check()
    expect(page.get_by_role("row", name=CALLER)).to_contain_text("wrote a mail")
    assert admin.axe() == []

    go(admin, "callers/voicemails", "Voicemail")
    page.get_by_role("button", name=f"Listen to {CALLER}").click()
    sound = page.locator("audio")
    expect(sound).to_be_visible()
    expect(sound).to_have_js_property("ended", True)  # it was played
    assert float(sound.evaluate("audio => audio.duration")) > 0.5
    page.get_by_role("button", name=f"Mark as heard: {CALLER}").click()
    expect(page.get_by_role("row", name=CALLER)).to_contain_text("admin")
    assert admin.axe() == []
    admin.shot("voicemails")

    go(admin, "callers/surveys", "Surveys")
    expect(page.get_by_role("row", name="all together")).to_contain_text("50 %")
    page.get_by_label("Compare").select_option("versions of flows")
    expect(page.get_by_role("row", name="main 1")).to_contain_text("3.50")
    assert admin.axe() == []
