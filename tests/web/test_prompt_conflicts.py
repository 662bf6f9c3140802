"""Prompts that were changed here and are shipped anew, decided on in a real browser before a real desk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.prompts_update import Outcome, outlook, update
from callcenter.adapters.prompts_build import Script
from callcenter.adapters.prompts_kept import Entry, file_of, hash_of, noting
from callcenter.settings import Settings
from tests.web.conftest import ROOT, Desk, People, running_desk

FIRST = {"welcome": "Thank you for calling.", "closed": "We are closed."}
OURS = {"welcome": "Hello, this is Ann's shop.", "closed": "The shop is closed."}
ANEW = {"welcome": "Good to hear from you.", "closed": "We are not here now."}
BYTES_A_SECOND = 8_000


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation that has worded two prompts anew, as the program has in its next version."""
    folder = tmp_path_factory.mktemp("conflicts")
    here, shipped = folder / "prompts", folder / "shipped"
    settings = Settings(prompts_dir=here, shipped_prompts_dir=str(shipped))
    say(shipped, FIRST, "welcome")
    update(settings)
    say(here, OURS, "main-menu")
    say(shipped, ANEW, "closed")
    assert update(settings) == [Outcome(language="en", own=2, both=("closed", "welcome"))]
    return settings


@pytest.fixture(scope="module")
def desk(settings: Settings) -> Iterator[Desk]:
    own = {
        "CALLCENTER_PROMPTS_DIR": str(settings.prompts_dir),
        "CALLCENTER_SHIPPED_PROMPTS_DIR": settings.shipped_prompts_dir,
    }
    with running_desk(settings.prompts_dir.parent, own) as desk:
        yield desk


def say(prompts: Path, texts: Mapping[str, str], sound: str) -> None:
    """Let prompts be worded so, and all of them sound as one of the real ones does."""
    (prompts / "en").mkdir(parents=True, exist_ok=True)
    lines = [f'{key}: "{text}"' for key, text in texts.items()]
    (prompts / "en.yaml").write_text("\n".join([*lines, ""]), "utf-8")
    real = file_of(ROOT / "prompts" / "en", sound)
    length_ms = 1_000 * real.stat().st_size // BYTES_A_SECOND
    with noting(prompts / "en") as entries:
        for key, text in texts.items():
            shutil.copy(real, file_of(prompts / "en", key))
            audio = hash_of(real.read_bytes())
            entries[key] = Entry(source=Script(text=text).source, audio=audio, length_ms=length_ms, voice="somebody")


def length_s(page: Page, label: str) -> float:
    """Play a sound to its beginning; return how long it is."""
    sound = page.get_by_label(label)
    sound.evaluate("audio => audio.play()")
    return float(sound.evaluate("audio => audio.duration"))


def test_both_are_read_and_heard_and_one_is_chosen(people: People, settings: Settings) -> None:
    admin, phone = people.admin(), people.admin(width=390)
    for person in (admin, phone):
        person.page.goto(f"{person.desk.url}#/prompts/prompts")
    page = admin.page
    both = page.get_by_role("region", name="Changed here, and shipped anew")
    expect(both.get_by_role("article")).to_have_count(2)
    expect(both.get_by_role("article", name="en/welcome")).to_contain_text("Hello, this is Ann's shop.")
    expect(both.get_by_role("article", name="en/welcome")).to_contain_text("Good to hear from you.")
    ours, theirs = (length_s(page, f"{whose}: en/welcome") for whose in ("Yours", "Newly shipped"))
    assert ours != theirs
    assert min(ours, theirs) > 0.5
    assert admin.axe() == []
    admin.shot("prompt-conflicts")
    phone.page.get_by_role("article", name="en/closed").wait_for()
    phone.shot("prompt-conflicts-narrow")
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert phone.axe() == []

    both.get_by_role("button", name="Keep ours of en/welcome").press("Enter")
    # Whoever else looks at the page sees it by themselves.
    for person in (admin, phone):
        expect(person.page.get_by_role("article")).to_have_count(1)
    expect(page.get_by_role("row", name="Open welcome")).to_contain_text("Hello, this is Ann's shop.")
    phone.page.get_by_role("button", name="Take the new one of en/closed").click()
    phone.page.get_by_role("dialog").get_by_role("button", name="Take the new one").click()
    for person in (admin, phone):
        expect(person.page.get_by_role("article")).to_have_count(0)
        expect(person.page.get_by_role("row", name="Open closed")).to_contain_text("We are not here now.")
    assert outlook(settings) == [Outcome(language="en", own=1)]
    expect(page.get_by_role("region", name="Changed here, and shipped anew")).to_have_count(0)
