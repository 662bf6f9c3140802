"""The life of a flow: built by keyboard, checked, tried, published, called by a SIP phone, changed, rolled back."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.demo.centre import DID
from sim.phones.heard import heard, whole_prompts
from sim.phones.plans import CallerPlan
from tests.web.conftest import PASSWORD, ROOT, Desk, People, Person
from tests.web.telephony import Telephony, telephony

pytestmark = pytest.mark.timeout(300)

FLOW = "season"
NUMBERS = "setup/numbers"


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    with telephony(tmp_path_factory.mktemp("life"), f"life-{os.getpid()}") as found:
        yield found


@pytest.fixture
def people(browser: Browser, centre: Telephony) -> Iterator[People]:
    desk = Desk(url=centre.url, one_time=PASSWORD, data=centre.box.blueprint.folder, taken=True)
    people = People(browser=browser, desk=desk)
    yield people
    people.leave()


def test_callers_hear_what_was_built_by_keyboard_then_its_change_then_what_it_was(
    people: People, centre: Telephony, tmp_path: Path
) -> None:
    admin = people.admin()
    _begin(admin)
    _says(admin, "greet", "our-season", "goodbye")
    _checked(admin)
    _tried(admin, "goodbye")
    _published(admin, 1)
    _number_leads_there(admin)
    assert _call(centre, tmp_path) == ["welcome", "goodbye"]

    admin.page.goto(f"{admin.desk.url}#/flows/{FLOW}")
    admin.page.locator("[data-node]").first.wait_for()
    admin.go_to("our-season")
    _prompt(admin, "closed-holiday")
    _tried(admin, "closed-holiday")
    _published(admin, 2)
    assert _call(centre, tmp_path) == ["welcome", "closed-holiday"]

    _rolled_back(admin)
    assert _call(centre, tmp_path) == ["welcome", "goodbye"]


def _begin(admin: Person) -> None:
    page = admin.page
    page.get_by_label("Name of the flow").focus()
    page.keyboard.type(FLOW)
    admin.keys("Enter")
    admin.page.locator("[data-node]").first.wait_for()
    expect(page.locator("[data-node]:focus")).to_be_visible()


def _says(admin: Person, after: str, name: str, prompt: str) -> None:
    """Put a node that plays `prompt` after a node."""
    admin.go_to(after)
    admin.keys("a")
    admin.page.keyboard.type("play")
    admin.keys("Enter")
    admin.at("play")
    admin.keys("F2")
    expect(admin.page.get_by_role("textbox", name="Name", exact=True)).to_be_focused()
    admin.page.keyboard.type(name)
    admin.keys("Enter", "Escape")
    admin.at(name)
    _prompt(admin, prompt)


def _prompt(admin: Person, prompt: str) -> None:
    """Let the selected node play this prompt alone."""
    admin.keys("Enter")
    admin.page.get_by_label("Prompt 1", exact=True).focus()
    admin.keys("Control+a")
    admin.page.keyboard.type(prompt)
    admin.keys("Escape")
    admin.wait_until_saved()


def _checked(admin: Person) -> None:
    admin.keys("Control+Enter")
    expect(admin.page.get_by_text("No problems. The flow can be published.")).to_be_visible()


def _tried(admin: Person, prompt: str) -> None:
    """Simulate the call and keep it as a test; all tests are run."""
    page = admin.page
    drawers = page.get_by_role("group", name="Drawers")
    drawers.get_by_role("button", name="Simulate").press("Enter")
    talk = page.get_by_role("log")
    expect(talk).to_contain_text(prompt)
    expect(talk).to_contain_text("The call is over")
    page.get_by_role("button", name="Save as test…").press("Enter")
    page.get_by_label("Name of the test").fill("What the season is")
    admin.keys("Enter")
    drawers.get_by_role("button", name="Tests").press("Enter")
    page.get_by_role("button", name="Run all tests").press("Enter")
    expect(page.get_by_text("1 of 1 test passed")).to_be_visible(timeout=30_000)


def _published(admin: Person, version: int) -> None:
    page = admin.page
    page.get_by_role("button", name="Publish…").press("Enter")
    page.get_by_label("What is new?").fill(f"Season {version}")
    admin.keys("Enter")
    expect(page.get_by_text(f"Published as v{version}, now live.")).to_be_visible(timeout=30_000)


def _number_leads_there(admin: Person) -> None:
    """Let the centre's number lead to the flow, and Asterisk take it over."""
    page = admin.page
    page.goto(f"{admin.desk.url}#/{NUMBERS}")
    page.get_by_role("button", name=f"Change {DID}").press("Enter")
    page.locator("[data-field='flow'] :is(input, select)").fill(FLOW)
    admin.keys("Enter")
    pending = page.get_by_label("Not yet applied")
    expect(pending).to_contain_text(DID)
    pending.get_by_role("button", name="Apply").press("Enter")
    expect(page.get_by_text("Applied:")).to_be_visible(timeout=30_000)
    expect(pending).to_have_count(0)


def _rolled_back(admin: Person) -> None:
    page = admin.page
    page.get_by_role("group", name="Drawers").get_by_role("button", name="Versions").press("Enter")
    versions = page.get_by_role("region", name="Versions")
    versions.get_by_role("button", name="Roll back live").press("Enter")
    versions.get_by_role("button", name="Roll back live?").press("Enter")
    expect(page.get_by_text("Live is v1 again.")).to_be_visible()


def _call(centre: Telephony, folder: Path) -> list[str]:
    """Call the number from a SIP phone; return the prompts that were heard, as recognised in its recording."""
    recording = folder / "heard.wav"
    centre.call(CallerPlan(did=DID, caller="+12025550188", hang_up_s=30, record=True), recording)
    return [prompt.name for prompt in heard(recording, whole_prompts(ROOT / "prompts" / "en"))]


def test_a_closed_centre_is_heard_at_once_and_opened_again(people: People, centre: Telephony, tmp_path: Path) -> None:
    admin = people.admin()
    page = admin.page
    page.goto(f"{admin.desk.url}#/closing/closure")
    page.get_by_label("What callers hear").select_option("closed-emergency")
    page.get_by_role("button", name="Close now").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("until the centre is opened again")
    dialog.get_by_role("button", name="Close now").press("Enter")
    expect(page.get_by_text("The centre is closed: every caller hears")).to_be_visible()
    assert _call(centre, tmp_path) == ["closed-emergency"]
    page.get_by_role("button", name="Open again").press("Enter")
    expect(page.get_by_text("The centre is open.")).to_be_visible()
    assert _call(centre, tmp_path)[0] == "welcome"
