"""What others do meanwhile is seen without a reload; who reloads does not meet themselves."""

import re
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.web.conftest import People, Person

pytestmark = pytest.mark.timeout(180)

CALLER = "+12025550177"


def sent(person: Person, method: str, path: str, body: Any = None) -> int:
    """Do at the desk what a page of this person would; return the status."""
    status: int = person.page.evaluate(
        """async ([method, path, body]) => {
          const { csrf } = await (await fetch("/api/v1/me")).json();
          const headers = {"Content-Type": "application/json", "X-CSRF-Token": csrf};
          const how = body === null ? {method, headers} : {method, headers, body: JSON.stringify(body)};
          return (await fetch("/api/v1" + path, how)).status;
        }""",
        [method, path, body],
    )
    return status


def test_lists_follow_what_another_admin_does(people: People) -> None:
    one, other = people.admin(), people.admin()
    page = one.page
    page.goto(f"{one.desk.url}#/closing/blocks")
    expect(page.get_by_role("heading", name="Block list", level=1)).to_be_visible()
    assert sent(other, "POST", "/blocks", {"number": CALLER, "reason": "rings at night"}) == 201
    expect(page.get_by_role("row", name=CALLER)).to_contain_text("rings at night")
    assert sent(other, "DELETE", f"/blocks/%2B{CALLER[1:]}") == 204
    expect(page.get_by_role("row", name=CALLER)).to_be_hidden()

    page.goto(f"{one.desk.url}#/closing/dnc")
    page.get_by_label("Number to look up").fill(CALLER)
    one.keys("Enter")
    expect(page.get_by_text(f"{CALLER} is not on the list.")).to_be_visible()
    assert sent(other, "POST", "/dnc", {"number": CALLER, "reason": "asked for it"}) == 201
    expect(page.get_by_role("row", name="asked for it")).to_be_visible()

    page.goto(f"{one.desk.url}#/people/users")
    expect(page.get_by_role("row", name="admin")).to_be_visible()
    assert sent(other, "POST", "/users", {"name": "ben", "role": "agent"}) == 201
    expect(page.get_by_role("row", name="ben")).to_contain_text("agent")
    assert sent(other, "DELETE", "/users/ben") == 204
    expect(page.get_by_role("row", name="ben")).to_be_hidden()


def test_prompts_follow_what_another_admin_does(people: People) -> None:
    one, other = people.admin(), people.admin()
    page = one.page
    page.goto(f"{one.desk.url}#/prompts/prompts")
    page.get_by_role("searchbox", name="Search key or text").fill("our-hours-are")
    expect(page.get_by_text(re.compile("^0 of"))).to_be_visible()
    assert sent(other, "PUT", "/prompts/en/our-hours-are/text", {"text": "We are open on weekdays."}) == 200
    expect(page.get_by_role("row", name="our-hours-are")).to_contain_text("We are open on weekdays.")
    assert sent(other, "DELETE", "/prompts/en/our-hours-are") == 204
    expect(page.get_by_role("row", name="our-hours-are")).to_be_hidden()


@pytest.mark.parametrize("arrives", [True, False], ids=["its-answer-is-lost", "it-never-arrives"])
def test_who_reloads_while_a_draft_is_saved_goes_on_where_they_were(people: People, arrives: bool) -> None:
    admin = people.admin()
    page = admin.page
    page.on("dialog", lambda dialog: dialog.accept())  # "Leave this page?"
    admin.open_flow("payment")
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method != "PUT":
            route.continue_()
        elif not held:
            held.append(route)
            if arrives:
                route.fetch()
        else:
            route.continue_()

    page.route("**/api/v1/flows/payment/draft", hold)
    admin.keys("a")
    page.keyboard.type("play")
    admin.keys("Enter")
    admin.at("play")
    expect(page.locator('[data-save="saving"]')).to_be_visible()
    page.reload()
    expect(page.locator("[data-node=play]")).to_be_visible()
    admin.wait_until_saved()
    # What is done then is saved as well, over nobody.
    admin.go_to("play")
    admin.keys("F2")
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_be_focused()
    page.keyboard.type(f"said-{arrives}".lower())
    admin.keys("Enter", "Escape")
    admin.at(f"said-{arrives}".lower())
    admin.wait_until_saved()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.unroute("**/api/v1/flows/payment/draft")
    admin.keys("Delete")
    admin.wait_until_saved()


def test_an_answer_that_is_lost_is_no_conflict_for_who_goes_on(people: People) -> None:
    """The desk has stored what was sent, and the page could not know: what is sent next builds on it."""
    admin = people.admin()
    page = admin.page
    admin.open_flow("payment")
    lost: list[Route] = []

    def lose(route: Route) -> None:
        if route.request.method == "PUT" and not lost:
            lost.append(route)
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/flows/payment/draft", lose)
    admin.keys("a")
    page.keyboard.type("play")
    admin.keys("Enter")
    admin.at("play")
    expect(page.locator('[data-save="failed"]')).to_be_visible()
    admin.keys("F2")
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_be_focused()
    page.keyboard.type("lost")
    admin.keys("Enter", "Escape")
    admin.at("lost")
    admin.wait_until_saved()
    expect(page.get_by_role("dialog")).to_have_count(0)
    admin.faults.clear()  # the browser's own word for the lost answer
