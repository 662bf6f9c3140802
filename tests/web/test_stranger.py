"""Somebody who has never seen the editor adds a menu choice and publishes it; what others do meanwhile is followed."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.conftest import Desk, People, Person, running_desk

pytestmark = pytest.mark.timeout(120)

# Signing in is not counted: flow, menu, add, target, publish, and again in the window.
CLICKS, WRITTEN = 6, 2
# What a person takes who reads each picture first; what the machine takes is not counted, it may be busy.
CLICK_S, TEXT_S, TWO_MINUTES_S = 10.0, 15.0, 120.0


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk of their own: what is published here is counted by no other test."""
    with running_desk(tmp_path_factory.mktemp("stranger"), {}) as found:
        yield found


@pytest.fixture
def people(browser: Browser, desk: Desk) -> Iterator[People]:
    found = People(browser=browser, desk=desk)
    yield found
    found.leave()


class Counted:
    """Does what a person does by mouse and keyboard, and counts it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0
        self.written = 0

    def click(self, role: Any, name: str, within: str = "body") -> None:
        self.clicks += 1
        self.page.locator(within).get_by_role(role, name=name, exact=True).click()

    def write(self, text: str) -> None:
        self.written += 1
        self.page.keyboard.type(text)


def test_a_stranger_adds_a_menu_choice_and_publishes_it(people: People) -> None:
    admin = people.admin()
    page, person = admin.page, Counted(admin.page)
    # The list says which flow greets callers.
    expect(page.get_by_role("row", name="main")).to_contain_text("asks what they want")
    admin.shot("first-1-flows")
    person.click("link", "main")
    # The menu is far to the right of where calls start: it is one click away all the same.
    person.click("button", "choose", within=".landmarks")
    admin.at("choose")
    admin.shot("first-2-menu")
    person.click("button", "Add choice")
    person.write("Opening hours")
    admin.shot("first-3-choice")
    # As one would say it; it is made a name when one leaves it. Its key is the next that is free.
    leads = page.get_by_role("group", name=re.compile("^Choice opening-hours")).get_by_label("Leads to")
    page.keyboard.press("Tab")
    person.clicks += 1
    leads.select_option("say-goodbye")
    expect(page.locator("[data-node=choose] .port", has_text="opening-hours")).to_contain_text("4")
    admin.shot("first-4-leads")
    person.click("button", "Publish…")
    person.write("Opening hours by key 4")
    admin.shot("first-5-publish")
    person.click("button", "Publish", within="dialog")
    expect(page.get_by_text("Published as v1, now live.")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("same as live v1")).to_be_visible()
    admin.shot("first-6-published")
    assert (person.clicks, person.written) == (CLICKS, WRITTEN)
    assert person.clicks * CLICK_S + person.written * TEXT_S < TWO_MINUTES_S
    assert admin.axe() == []


def test_what_others_publish_and_go_back_to_is_seen_at_once(people: People) -> None:
    ann, bob = people.admin(), people.admin()
    for person in (ann, bob):
        person.open_flow("wait")
    for version in (1, 2):
        _publish(ann, version)
        expect(bob.page.get_by_text(f"live v{version}")).to_be_visible()
    bob.page.get_by_role("group", name="Drawers").get_by_role("button", name="Versions").click()
    versions = bob.page.get_by_role("region", name="Versions")
    versions.get_by_role("button", name="Make v1 live").click()
    versions.get_by_role("button", name="Make v1 live?").click()
    expect(ann.page.get_by_text("live v1")).to_be_visible()
    expect(versions.get_by_role("listitem").filter(has_text="v1").get_by_text("live", exact=True)).to_be_visible()
    assert bob.axe() == []
    bob.shot("versions")


def _publish(person: Person, version: int) -> None:
    person.keys("Home", "Enter")
    page = person.page
    closed = page.locator("details.more:not([open]) > summary")
    if closed.count() > 0:
        closed.click()
    page.get_by_label("Note").fill(f"version {version}")
    page.get_by_role("button", name="Publish…").click()
    page.get_by_label("What is new?").fill(f"Version {version}")
    person.keys("Enter")
    expect(page.get_by_text(f"Published as v{version}, now live.")).to_be_visible(timeout=30_000)


def test_a_version_that_is_wrong_by_now_is_taken_if_one_insists(people: People, desk: Desk) -> None:
    admin = people.admin()
    page = admin.page
    admin.open_flow("after-hours")
    for version in (1, 2):
        _publish(admin, version)
    said = {"code": "flow", "message": "faults", "details": [_problem("error", "it names a prompt that is gone")]}
    taken = {"alias": "live", "version": 1, "was": 2, "problems": [_problem("warning", "nobody says it")]}
    answers = iter([(422, said), (200, taken)])

    def answer(route: Any) -> None:
        status, body = next(answers)
        route.fulfill(status=status, json=body)

    page.route("**/rollback", answer)
    page.get_by_role("group", name="Drawers").get_by_role("button", name="Versions").click()
    versions = page.get_by_role("region", name="Versions")
    versions.get_by_role("button", name="Roll back live").click()
    versions.get_by_role("button", name="Roll back live?").click()
    expect(versions.get_by_role("alert")).to_contain_text("it names a prompt that is gone")
    assert admin.axe() == []
    with page.expect_request("**/rollback") as asked:
        versions.get_by_role("button", name="Take it all the same").click()
    assert asked.value.post_data_json == {"alias": "live", "anyway": True}
    expect(versions.get_by_role("alert")).to_contain_text("nobody says it")
    assert all("422" in fault for fault in admin.faults)
    admin.faults.clear()


def _problem(severity: str, text: str) -> dict[str, str]:
    return {"code": "prompt", "severity": severity, "node": "greet", "field": "prompts.0", "text": text}


def test_hours_lead_to_their_node(people: People) -> None:
    admin = people.admin()
    page = admin.page
    page.goto(f"{admin.desk.url}#/setup/hours")
    page.get_by_role("link", name="main: opening-hours").click()
    admin.at("opening-hours")
    expect(page.get_by_role("region", name="Inspector")).to_contain_text("Opening hours")
    page.evaluate("location.hash = '#/flows/main/choose'")
    admin.at("choose")


def test_a_name_typed_at_once_loses_no_letter(people: People) -> None:
    admin = people.admin()
    page = admin.page
    admin.open_flow("payment")
    cdp = page.context.new_cdp_session(page)
    cdp.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    for name in ("first-name", "second-name"):
        # The node is found, renamed and left without waiting for anything to be drawn.
        admin.keys("a")
        page.keyboard.type("hang")
        admin.keys("Enter", "F2")
        page.keyboard.type(name)
        admin.keys("Enter", "Escape")
        admin.at(name)
    cdp.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    admin.wait_until_saved()


def test_a_flow_opened_again_during_its_last_save_is_no_conflict_with_oneself(people: People) -> None:
    admin = people.admin()
    page = admin.page
    admin.open_flow("callback")
    node = admin.focused
    held: list[Any] = []
    page.route(
        "**/callback/draft", lambda route: held.append(route) if route.request.method == "PUT" else route.continue_()
    )
    admin.keys("Shift+ArrowUp")
    page.evaluate("location.hash = '#/flows'")
    page.get_by_role("heading", name="Flows").wait_for()
    page.get_by_role("link", name="callback", exact=True).click()
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()
    page.unroute("**/callback/draft")
    admin.at(node)
    admin.keys("Shift+ArrowUp")
    expect(page.get_by_text("Changed, not yet saved")).to_be_visible()
    admin.wait_until_saved()
    expect(page.get_by_role("dialog")).to_have_count(0)
