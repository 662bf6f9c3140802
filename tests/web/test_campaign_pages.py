"""The pages of campaigns and of callers, in a real browser before a real desk with a centre of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.centre_file import load
from callcenter.adapters.store import Store
from tests.app.office import CENTRE
from tests.web.conftest import Desk, People, Person, running_desk

LIST = "number,name\n202-555-0143,Ann\n20255501,Ben\n+12065550144,Eve\n"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("campaigns")
    rendered = folder / "rendered"
    rendered.mkdir()
    with running_desk(folder, {"CALLCENTER_RENDERED_DIR": str(rendered)}) as desk:
        (desk.data / "centre.toml").write_text(CENTRE, "utf-8")
        # In a thread of its own: the browser's driver has an event loop in this one.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, take_over(desk.data)).result()
        yield desk


async def take_over(data: Path) -> None:
    """What `callcenter reload` does to the store."""
    async with await Store.open(f"sqlite:///{data / 'callcenter.db'}") as store:
        await store.apply_centre(load(data / "centre.toml").records())


def go(person: Person, path: str, title: str) -> None:
    person.page.goto(f"{person.desk.url}#/{path}")
    expect(person.page.get_by_role("heading", name=title, level=1)).to_be_visible()


def sure(person: Person, verb: str) -> None:
    """Ask for a change of state and say yes."""
    person.page.get_by_role("button", name=f"{verb} spring", exact=True).click()
    person.page.get_by_role("dialog").get_by_role("button", name=verb, exact=True).click()


def test_a_campaign_is_added_given_leads_started_watched_and_paused(people: People) -> None:
    admin = people.admin()
    page = admin.page
    go(admin, "campaigns/campaigns", "Campaigns")
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
    line = page.get_by_role("row", name="spring")
    expect(line).to_contain_text("paused")
    admin.faults.clear()  # the browser's own word for the refusal

    page.get_by_role("button", name="Import leads of spring").click()
    window = page.get_by_role("dialog", name="Import leads of spring")
    window.get_by_label("CSV file").set_input_files(
        {"name": "spring.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    )
    expect(window).to_contain_text("2 rows can be imported, 1 are at fault.")
    bad = window.get_by_role("row", name="3 number")
    expect(bad).to_be_visible()
    assert admin.axe() == []
    admin.shot("leads")
    window.get_by_role("button", name="Import 2 leads").click()
    expect(window).to_contain_text("2 imported, 0 already there, 1 rows at fault.")
    window.get_by_role("button", name="Close").last.click()
    expect(line).to_contain_text("2")

    sure(admin, "Start")
    expect(line).to_contain_text("running")
    page.get_by_role("button", name="Status of spring").click()
    window = page.get_by_role("dialog", name="Status of spring")
    expect(window).to_contain_text("ready 2, dialing 0, done 0")
    expect(window).to_contain_text("This is a call from Example Ltd")
    expect(window).to_contain_text("0 of 0 answered by a person; at most 3 %")
    assert admin.axe() == []
    admin.shot("campaign")
    admin.keys("Escape")
    sure(admin, "Pause")
    expect(line).to_contain_text("paused")
    assert admin.axe() == []
    admin.shot("campaigns")


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
