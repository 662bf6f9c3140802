"""The pages that set the centre up, in a real browser before a real desk with a centre.toml and prompts of its own."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from callcenter.adapters.prompt_audio import wav_of
from tests.web.conftest import CHROMIUM, ROOT, Desk, People, Person, running_desk

# Nobody is asked for leave to record.
FAKE = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
SPEECH = "main-menu"  # what somebody says into the microphone
TEXTS = """\
# What is said.
welcome: Thank you for calling.
closed: We are closed.
"""
PAGES = (
    ("setup/queues", "Queues"),
    ("setup/numbers", "Numbers"),
    ("setup/agents", "Agents"),
    ("setup/trunks", "Trunks"),
    ("setup/destinations", "Destinations"),
    ("setup/mailboxes", "Mailboxes"),
    ("setup/centre", "Centre"),
    ("setup/secrets", "Secrets"),
    ("setup/hours", "Opening hours"),
    ("prompts/prompts", "Prompts"),
    ("closing/closure", "Emergency closure"),
    ("closing/blocks", "Block list"),
    ("closing/dnc", "Do not call"),
    ("people/users", "Users"),
    ("people/tokens", "Tokens"),
    ("people/audit", "Audit log"),
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("setup")
    prompts = folder / "prompts"
    (prompts / "en").mkdir(parents=True)
    (prompts / "en.yaml").write_text(TEXTS, "utf-8")
    for key in ("welcome", "closed"):
        shutil.copy(ROOT / "prompts" / "en" / f"{key}.ulaw", prompts / "en")
    with running_desk(folder, {"CALLCENTER_PROMPTS_DIR": str(prompts)}) as desk:
        yield desk


@pytest.fixture(scope="module")
def talking(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser with a microphone that somebody speaks into."""
    file = tmp_path_factory.mktemp("speech") / "speech.wav"
    file.write_bytes(wav_of((ROOT / "prompts" / "en" / f"{SPEECH}.ulaw").read_bytes()))
    args = [*FAKE, f"--use-file-for-fake-audio-capture={file}"]
    found = browser.browser_type.launch(executable_path=CHROMIUM, args=args)
    yield found
    found.close()


@pytest.fixture
def recording_people(talking: Browser, desk: Desk) -> Iterator[People]:
    people = People(browser=talking, desk=desk)
    yield people
    people.leave()


def go(person: Person, path: str, title: str) -> None:
    person.page.goto(f"{person.desk.url}#/{path}")
    expect(person.page.get_by_role("heading", name=title, level=1)).to_be_visible()


def add_queue(person: Person, name: str) -> None:
    go(person, "setup/queues", "Queues")
    person.page.get_by_role("button", name="Add queue").click()
    person.page.get_by_label("Name").fill(name)
    person.keys("Enter")
    expect(person.page.get_by_role("rowheader", name=name)).to_be_visible()


def field(person: Person, name: str) -> Locator:
    """What a field of a form is typed into."""
    return person.page.locator(f"[data-field='{name}'] :is(input, textarea, select)")


def centre_of(desk: Desk) -> dict[str, object]:
    return tomllib.loads((desk.data / "centre.toml").read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page[0]))
def test_every_page_can_be_read_by_everybody(people: People, page: tuple[str, str]) -> None:
    path, title = page
    admin = people.admin()
    go(admin, path, title)
    admin.page.wait_for_load_state("networkidle")
    assert admin.axe() == []
    admin.shot(path.replace("/", "-"))


def test_pages_can_be_read_in_the_dark(people: People) -> None:
    admin = people.admin("dark")
    for path, title in PAGES[6:7] + PAGES[9:11]:
        go(admin, path, title)
        admin.page.wait_for_load_state("networkidle")
        assert admin.axe() == [], path


def test_a_queue_and_an_agent_are_set_up_by_keyboard(people: People, desk: Desk) -> None:
    admin = people.admin()
    add_queue(admin, "sales")
    go(admin, "setup/agents", "Agents")
    page = admin.page
    page.get_by_role("button", name="Add agent").focus()
    admin.keys("Enter")
    page.get_by_label("Id").press_sequentially("7")
    page.get_by_label("Name").press_sequentially("Ann")
    page.get_by_label("Phone").press_sequentially("2007")
    page.get_by_label("sales").focus()
    admin.keys("Space")
    assert admin.axe() == []
    page.get_by_label("Name").focus()
    admin.keys("Enter")
    expect(page.get_by_role("heading", name="To hand over to Ann")).to_be_visible()
    assert admin.axe() == []
    pin = page.locator("dd").first.inner_text()
    assert pin.isdecimal()
    admin.keys("Escape")
    row = page.get_by_role("row", name="Ann")
    expect(row).to_contain_text("sales")
    expect(page.get_by_label("Not yet applied")).to_contain_text("agent 7 added")
    assert centre_of(desk)["agent"] == [
        {"id": "7", "name": "Ann", "phone": "2007", "queues": ["sales"], "pin_hash": _any_hash(desk)}
    ]


def _any_hash(desk: Desk) -> object:
    agents = centre_of(desk)["agent"]
    assert isinstance(agents, list)
    return agents[0]["pin_hash"]


def test_what_is_wrong_stands_beside_its_field(people: People) -> None:
    admin = people.admin()
    go(admin, "setup/numbers", "Numbers")
    page = admin.page
    page.get_by_role("button", name="Add number").click()
    field(admin, "did").fill("+12025550177")
    field(admin, "flow").fill("nowhere")
    field(admin, "fallback_queue").fill("nothing")
    admin.keys("Enter")
    fault = page.locator("[data-field='fallback_queue'] .fault")
    expect(fault).to_contain_text("there is no queue")
    expect(field(admin, "fallback_queue")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[data-field='flow'] .fault")).to_contain_text("there is no flow")
    expect(field(admin, "did")).to_have_value("+12025550177")
    admin.faults.clear()  # the console tells each refusal of the desk


def test_nothing_typed_is_lost_when_somebody_else_was_first(people: People, desk: Desk) -> None:
    admin = people.admin()
    add_queue(admin, "shared")
    page = admin.page
    page.get_by_role("button", name="Change shared").click()
    field(admin, "title").fill("Mine")
    file = desk.data / "centre.toml"
    text = file.read_text("utf-8")
    file.write_text(text.replace('name = "shared"\n', 'name = "shared"\nmax_wait_s = 60\n'), "utf-8")
    admin.keys("Enter")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("What you typed is still here")
    expect(alert).to_contain_text("Max wait s is now: 60")
    expect(field(admin, "title")).to_have_value("Mine")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="shared")).to_contain_text("Mine")
    admin.faults.clear()


def test_a_prompt_is_recorded_in_the_browser_and_given_back_to_the_voice(recording_people: People, desk: Desk) -> None:
    admin = recording_people.admin()
    go(admin, "prompts/prompts", "Prompts")
    page = admin.page
    page.get_by_role("button", name="Open welcome").click()
    page.get_by_role("img", name="Waveform").first.wait_for()
    page.get_by_role("button", name="Record").click()
    stop = page.get_by_role("button", name="Stop recording")
    expect(stop).to_be_focused()
    page.wait_for_timeout(2_500)  # as long as somebody speaks
    stop.click()
    page.get_by_role("button", name="Use this recording").click()
    expect(page.get_by_role("dialog").get_by_text("recorded", exact=True)).to_be_visible()
    assert admin.axe() == []
    admin.shot("prompt")
    file = desk.data.parent / "prompts" / "en" / "welcome.ulaw"
    assert 1.0 < file.stat().st_size / 8_000 < 4.0
    page.get_by_role("button", name="Back to the voice").click()
    page.get_by_role("button", name="Back to the voice").click()
    expect(page.get_by_role("dialog").get_by_text("voice", exact=True)).to_be_visible()


def test_a_prompt_is_worded_anew_heard_and_made(people: People, desk: Desk) -> None:
    admin = people.admin()
    go(admin, "prompts/prompts", "Prompts")
    page = admin.page
    page.get_by_role("button", name="Add prompt").click()
    made = page.get_by_role("dialog", name="Add prompt")
    made.get_by_label("Key").fill("sale-today")
    made.get_by_label("Text").fill("Everything is cheap today.")
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog", name="en/sale-today")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Text").fill("Everything is cheap tomorrow.")
    dialog.get_by_role("button", name="Hear the text by the voice").click()
    page.locator("audio[autoplay]").wait_for()
    dialog.get_by_role("button", name="Save text").click()
    expect(dialog.get_by_role("button", name="Save text")).to_be_disabled()
    text = (desk.data.parent / "prompts" / "en.yaml").read_text("utf-8")
    assert text == TEXTS + "sale-today: Everything is cheap tomorrow.\n"


def test_a_caller_is_blocked_and_let_in_again(people: People) -> None:
    admin = people.admin()
    go(admin, "closing/blocks", "Block list")
    page = admin.page
    page.get_by_role("button", name="Add number").click()
    field(admin, "number").fill("+12025550166")
    field(admin, "reason").fill("prank calls")
    admin.keys("Enter")
    expect(page.get_by_role("row", name="+12025550166")).to_contain_text("prank calls")
    page.get_by_role("button", name="Remove +12025550166").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_role("row", name="+12025550166")).to_have_count(0)
    go(admin, "people/audit", "Audit log")
    expect(page.get_by_role("cell", name="remove +12025550166")).to_be_visible()


def test_a_user_is_made_with_a_password_to_hand_over(people: People) -> None:
    admin = people.admin()
    go(admin, "people/users", "Users")
    page = admin.page
    page.get_by_role("button", name="Add user").click()
    page.get_by_label("Name").fill("ben")
    admin.keys("Enter")
    expect(page.get_by_role("heading", name="To hand over to ben")).to_be_visible()
    assert len(page.locator("dd").last.inner_text()) >= 12
    admin.keys("Escape")
    expect(page.get_by_role("row", name="ben")).to_contain_text("has a one-time password")


def test_the_centre_is_changed_where_it_is(people: People, desk: Desk) -> None:
    admin = people.admin()
    go(admin, "setup/centre", "Centre")
    page = admin.page
    page.get_by_label("Time zone").fill("Nowhere/At-All")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-field='identity.time_zone'] .fault")).to_contain_text("no time zone")
    page.get_by_label("Time zone").fill("America/New_York")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Centre saved.")).to_be_visible()
    assert "# country numbers without" in (desk.data / "centre.toml").read_text("utf-8")
    admin.faults.clear()


def test_a_prompt_is_worded_where_a_flow_says_it(people: People, desk: Desk) -> None:
    admin = people.admin()
    page = admin.page
    page.goto(f"{desk.url}#/flows/main/greet")
    page.locator("[data-node=greet]").wait_for()
    admin.at("greet")
    inspector = page.get_by_role("region", name="Inspector")
    inspector.get_by_label("Prompt 1", exact=True).fill("greeting-of-may")
    inspector.get_by_role("button", name="Write it…").click()
    window = page.get_by_role("dialog", name="Add prompt")
    expect(window.get_by_label("Key")).to_have_value("greeting-of-may")
    expect(window).to_contain_text("callers hear a change from now on")
    assert admin.axe() == []
    window.get_by_label("Text").fill("Good morning in May.")
    window.get_by_role("button", name="Save").click()
    page.get_by_role("dialog", name="en/greeting-of-may").get_by_role("button", name="Close").click()
    expect(inspector).to_contain_text("“Good morning in May.”")
    expect(page.locator("[data-node=greet]")).to_contain_text("Good morning in May.")
    inspector.get_by_role("button", name="Change the words…").click()
    expect(page.get_by_role("dialog", name="en/greeting-of-may").get_by_label("Text")).to_have_value(
        "Good morning in May."
    )
    admin.shot("words")
    assert admin.axe() == []
