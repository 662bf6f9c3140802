"""A folder of prompts beside one of those that come with the program, for tests."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.prompts_update import Outcome, Wish, update
from callcenter.adapters.prompts_build import Script
from callcenter.adapters.prompts_kept import RECORDED, Entry, altered, file_of, hash_of, noting, read, replace
from callcenter.settings import Settings
from ivr.prompts import wordings

FIRST = {"hello": "Guten Tag.", "bye": "Auf Wiederhören.", "menu": "Wählen Sie."}
SECOND = {"hello": "Grüß Gott.", "menu": "Wählen Sie.", "wait": "Bitte warten Sie: gleich."}


@dataclass
class Site:
    """A folder of prompts, and one of those that come with the program."""

    settings: Settings

    @property
    def here(self) -> Path:
        return self.settings.prompts_dir

    @property
    def shipped(self) -> Path:
        return Path(self.settings.shipped_prompts_dir)

    def ship(self, texts: Mapping[str, str], language: str = "de", voice: str = "somebody") -> None:
        shutil.rmtree(self.shipped / language, ignore_errors=True)
        catalogue(self.shipped, texts, language)
        for key, text in texts.items():
            sound(self.shipped, key, text, language=language, voice=voice)

    def update(self, wish: Wish | None = None) -> Outcome:
        (outcome,) = update(self.settings, wish)
        return outcome

    def record(self, key: str) -> None:
        sound(self.here, key, "mine", voice=RECORDED)

    def reword(self, key: str, text: str) -> None:
        file = self.here / "de.yaml"
        lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith(f"{key}:")]
        file.write_text("\n".join([*lines, f"{key}: {text}", ""]), "utf-8")

    def said(self) -> dict[str, tuple[str, str]]:
        """Key → text and what its file holds, and no other file is there."""
        texts = wordings((self.here / "de.yaml").read_text("utf-8"), "de")
        sounds = {file.stem: file.read_text("utf-8") for file in (self.here / "de").glob("*.ulaw")}
        assert texts.keys() == sounds.keys() == read(self.here / "de").keys()
        assert altered(self.here / "de") == ()
        return {key: (text, sounds[key]) for key, text in texts.items()}


def catalogue(folder: Path, texts: Mapping[str, str], language: str = "de") -> None:
    folder.mkdir(exist_ok=True)
    lines = "".join(f'{key}: "{text}"\n' for key, text in texts.items())
    (folder / f"{language}.yaml").write_text("# What is said\n" + lines, "utf-8")


def sound(folder: Path, key: str, content: str, *, language: str = "de", voice: str = "somebody") -> None:
    """A sound that says `content` in writing: nothing here listens to it."""
    (folder / language).mkdir(parents=True, exist_ok=True)
    with noting(folder / language) as entries:
        replace(file_of(folder / language, key), content.encode())
        source = Script(text=content).source
        entries[key] = Entry(source=source, audio=hash_of(content.encode()), length_ms=1000, voice=voice)


def spoken(texts: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    return {key: (text, text) for key, text in texts.items()}
