"""Prompts that were changed here and are shipped anew, over real HTTP, with the folders an update works on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.desk_prompts import PromptFiles
from app.prompts_update import Outcome, outlook, update
from callcenter.settings import Settings
from tests.app.test_prompts_update import sound
from tests.desk.house import TEXTS, House
from tests.desk.service.test_prompts import heard

SPEECH = "main-menu--speech: Say sales, or press 1.\n"
LATER = TEXTS.replace("Thank you for calling.", "Good to hear from you.")


def ship(folder: Path, text: str, language: str = "en") -> None:
    """Let the program come with these words, and a sound of some length for each."""
    folder.mkdir(exist_ok=True)
    (folder / f"{language}.yaml").write_text(text, "utf-8")
    for key in ("welcome", "closed", "main-menu", "main-menu--speech"):
        if f"{key}:" in text:
            sound(folder, key, text.ljust(8_000, " "), language=language)


@pytest.fixture
def settings(house: House, tmp_path: Path) -> Settings:
    """An installation that has taken over what was shipped first, in English alone."""
    prompts = house.desk.prompts
    assert isinstance(prompts, PromptFiles)
    for file in (tmp_path / "prompts").glob("*.yaml"):
        file.unlink()
    prompts.settings = replace(prompts.settings, shipped_prompts_dir=str(tmp_path / "shipped"))
    ship(tmp_path / "shipped", TEXTS)
    update(prompts.settings)
    return prompts.settings


async def worded_twice(house: House, settings: Settings) -> dict[str, Any]:
    """Word the welcome anew, here and in what is shipped; return the conflict as the desk tells it."""
    await house.enter()
    assert (await house.ask("PUT", "/prompts/en/welcome/text", json={"text": "Hello."})).status == 200
    ship(Path(settings.shipped_prompts_dir), LATER)
    assert update(settings) == [Outcome(language="en", own=1, updated=2, both=("welcome",))]
    told = (await house.ask("GET", "/prompts/conflicts")).plain
    assert told["troubles"] == []
    (found,) = told["items"]
    return dict(found)


async def test_both_are_told_and_heard(house: House, settings: Settings) -> None:
    await house.enter()
    assert (await house.ask("GET", "/prompts/conflicts")).plain == {"items": [], "next": None, "troubles": []}
    found = await worded_twice(house, settings)
    assert (found["language"], found["key"]) == ("en", "welcome")
    (both,) = found["wordings"]
    assert (both["key"], both["ours"]["text"], both["shipped"]["text"]) == (
        "welcome",
        "Hello.",
        "Good to hear from you.",
    )
    assert both["shipped"]["length_s"] == 1.0
    shipped = await house.ask("GET", "/prompts/en/welcome/shipped")
    assert heard(shipped.raw) == (8_000, 1.0)
    ours = await house.ask("GET", "/prompts/en/welcome/audio")
    assert ours.raw != shipped.raw
    assert (await house.ask("GET", "/prompts/en/nothing/shipped")).status == 404


async def test_ours_is_kept_and_nobody_is_told_any_more(house: House, settings: Settings) -> None:
    found = await worded_twice(house, settings)
    said = {"take": "ours", "mark": found["mark"]}
    kept = await house.ask("POST", "/prompts/en/welcome/conflict", json=said)
    assert (kept.status, kept.plain["items"]) == (200, [])
    listed = (await house.ask("GET", "/prompts/en")).plain["items"]
    assert listed[0]["text"] == "Hello."
    assert outlook(settings) == [Outcome(language="en", own=1)]
    noted = (await house.store.audits())[0]
    assert (noted.what, noted.detail) == ("prompts", "en/welcome kept, though the shipped one has changed")
    again = await house.ask("POST", "/prompts/en/welcome/conflict", json=said)
    assert (again.status, again.plain["code"]) == (409, "conflict")


async def test_the_shipped_one_takes_its_place_with_words_and_sound(house: House, settings: Settings) -> None:
    found = await worded_twice(house, settings)
    shipped = (await house.ask("GET", "/prompts/en/welcome/shipped")).raw
    said = {"take": "shipped", "mark": found["mark"]}
    assert (await house.ask("POST", "/prompts/en/welcome/conflict", json=said)).status == 200
    listed = (await house.ask("GET", "/prompts/en")).plain["items"]
    assert (listed[0]["text"], listed[0]["voice"]) == ("Good to hear from you.", "somebody")
    assert (await house.ask("GET", "/prompts/en/welcome/audio")).raw == shipped
    assert outlook(settings) == [Outcome(language="en")]


async def test_who_decides_has_seen_what_there_is(house: House, settings: Settings) -> None:
    found = await worded_twice(house, settings)
    assert (await house.ask("PUT", "/prompts/en/welcome/text", json={"text": "Hello again."})).status == 200
    ship(Path(settings.shipped_prompts_dir), LATER.replace("Good", "Nice"))
    update(settings)
    late = await house.ask("POST", "/prompts/en/welcome/conflict", json={"take": "shipped", "mark": found["mark"]})
    assert (late.status, "was changed meanwhile" in late.plain["message"]) == (409, True)
    assert (await house.ask("GET", "/prompts/en")).plain["items"][0]["text"] == "Hello again."


async def test_what_is_said_where_callers_may_speak_is_decided_with_it(house: House, settings: Settings) -> None:
    await house.enter()
    assert (await house.ask("PUT", "/prompts/en/main-menu/text", json={"text": "Press 1."})).status == 200
    ship(Path(settings.shipped_prompts_dir), TEXTS + SPEECH)
    update(settings)
    (found,) = (await house.ask("GET", "/prompts/conflicts")).plain["items"]
    assert [(one["key"], one["ours"] is None, one["shipped"] is None) for one in found["wordings"]] == [
        ("main-menu", False, False),
        ("main-menu--speech", True, False),
    ]
    said = {"take": "shipped", "mark": found["mark"]}
    assert (await house.ask("POST", "/prompts/en/main-menu/conflict", json=said)).plain["items"] == []
    keys = [one["key"] for one in (await house.ask("GET", "/prompts/en")).plain["items"] if not one["piece"]]
    assert "main-menu--speech" in keys


async def test_what_keeps_prompts_from_an_update_is_told(house: House, settings: Settings) -> None:
    await house.enter()
    shipped = Path(settings.shipped_prompts_dir)
    ship(shipped, LATER)
    (trouble,) = (await house.ask("GET", "/prompts/conflicts")).plain["troubles"]
    assert trouble == "en: prompts were not brought up to date yet"
    (shipped / "en.yaml").write_text("- no catalogue\n", "utf-8")
    (trouble,) = (await house.ask("GET", "/prompts/conflicts")).plain["troubles"]
    assert trouble.startswith("en: prompts/en.yaml: ")
    (shipped / "en.yaml").unlink()
    assert (await house.ask("GET", "/prompts/conflicts")).plain["troubles"] != []
