"""“Call me” where it cannot work says what to do; where it works is in test_phone.py, with the real Asterisk."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.web.conftest import CHROMIUM, Desk, People, Person

pytestmark = pytest.mark.timeout(120)

FAKE_MICROPHONE = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@pytest.fixture
def speaking(browser: Browser, desk: Desk) -> Iterator[People]:
    """People whose browsers have a microphone, before a desk without a centre."""
    found = browser.browser_type.launch(executable_path=CHROMIUM, args=FAKE_MICROPHONE)
    people = People(browser=found, desk=desk)
    yield people
    people.leave()
    found.close()


def _call_me(admin: Person) -> None:
    admin.open_flow("wait")
    admin.page.get_by_role("button", name="Call me").first.click()
    drawer = admin.page.get_by_role("region", name="Call me")
    call = drawer.get_by_role("button", name="Call me")
    expect(call).to_be_focused()
    admin.keys("Enter")


def test_without_a_microphone_it_says_how_to_allow_one(people: People) -> None:
    admin = people.admin()
    _call_me(admin)
    phone = admin.page.get_by_role("region", name="Phone", exact=True)
    expect(phone).to_contain_text("There is no microphone, or it is not allowed")
    expect(phone).to_contain_text("allow it for this page by the sign beside its address")
    expect(phone.get_by_role("button", name="Call me")).to_be_enabled()
    assert admin.axe() == []


def test_a_desk_whose_centre_does_not_run_says_so(speaking: People) -> None:
    admin = speaking.admin()
    _call_me(admin)
    phone = admin.page.get_by_role("region", name="Phone", exact=True)
    # The desk gives the centre some seconds to answer.
    expect(phone).to_contain_text("The telephone exchange does not answer. Is the centre running?", timeout=20_000)
    admin.shot("no-phone")
    assert admin.axe() == []
    # The refused request is what the browser notes.
    assert all("503" in fault for fault in admin.faults)
    admin.faults.clear()


def test_a_draft_that_is_at_fault_is_not_called(people: People) -> None:
    admin = people.admin()
    admin.open_flow("payment")
    admin.keys("x")
    admin.wait_until_saved()
    admin.page.get_by_role("button", name="Call me").first.click()
    drawer = admin.page.get_by_role("region", name="Call me")
    expect(drawer).to_contain_text("must be mended first")
    expect(drawer.get_by_role("button", name="Call me")).to_be_disabled()
    admin.keys("Escape", "Control+z")
    admin.wait_until_saved()
