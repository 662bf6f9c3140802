"""“Call me” with the real centre: the canvas shows where the call is, and keeps its way when it is over."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.web.conftest import CHROMIUM, PASSWORD, SLOWER, Desk, People, Person
from tests.web.telephony import Telephony, telephony
from tests.web.test_call_me import FAKE_MICROPHONE
from tests.web.test_phone import DRAFT

pytestmark = pytest.mark.timeout(240 * SLOWER)

STEP_MS = 30_000 * SLOWER  # a prompt is heard out, on a busy machine
PUT = """async body => {
  const { csrf } = await (await fetch("/api/v1/me")).json();
  const headers = {"Content-Type": "application/json", "If-Match": '"0"', "X-CSRF-Token": csrf};
  await fetch("/api/v1/flows/tried/draft", {method: "PUT", headers, body: JSON.stringify(body)});
}"""


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    with telephony(tmp_path_factory.mktemp("shown"), f"shown-{os.getpid()}") as found:
        yield found


@pytest.fixture
def people(browser: Browser, centre: Telephony) -> Iterator[People]:
    found = browser.browser_type.launch(executable_path=CHROMIUM, args=FAKE_MICROPHONE)
    desk = Desk(url=centre.url, one_time=PASSWORD, data=centre.box.blueprint.folder, taken=True)
    people = People(browser=found, desk=desk)
    yield people
    people.leave()
    found.close()


def _is_at(admin: Person, node: str) -> None:
    expect(admin.page.locator(f"[data-node={node}]")).to_have_attribute("aria-current", "step", timeout=STEP_MS)


def test_the_canvas_follows_the_call_and_keeps_its_way(people: People) -> None:
    admin = people.admin()
    page = admin.page
    page.evaluate(PUT, {"body": DRAFT, "layout": {"nodes": {}}, "tests": []})
    page.goto(f"{admin.desk.url}#/flows/tried")
    page.locator("[data-node]").first.wait_for()
    page.get_by_role("button", name="Call me").first.click()
    drawer = page.get_by_role("region", name="Call me")
    phone = page.get_by_role("region", name="Phone", exact=True)
    phone.get_by_role("button", name="Call me").click()
    expect(phone).to_have_attribute("data-phone", "talking", timeout=STEP_MS)
    _is_at(admin, "account")
    # The flow does not wait for ever: what takes long is looked at when the call is over.
    for key in "4271":
        phone.press(key)
    _is_at(admin, "leave")
    expect(drawer).to_contain_text("The call is at leave.")
    expect(page.locator(".exit-line.passed").nth(1)).to_be_attached()  # what is out of sight is not drawn
    phone.get_by_role("button", name="Hang up").click()
    expect(drawer).to_contain_text("The call ended at", timeout=STEP_MS)
    expect(page.locator(".exit-line.passed").nth(1)).to_be_attached()
    admin.shot("call-me-way")
    assert admin.axe() == []

    page.get_by_role("group", name="Drawers").get_by_role("button", name="Close").click()
    expect(page.locator("[aria-current=step]")).to_have_count(0)
    expect(page.locator(".exit-line.passed")).to_have_count(0)
