"""The prompts of this installation, as the desk lists, records and changes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from app import catalogue_edit, prompts_conflicts
from app.files import locked, read_text, write_atomic
from app.prompt_scripts import scripts_of
from app.prompts_update import AUDIO_LOCK, shipped_sound
from callcenter.adapters import prompts_build, prompts_kept
from callcenter.adapters.prompt_audio import AudioError, shape, wav_of
from callcenter.adapters.prompts_build import PromptFault, Script
from callcenter.adapters.prompts_kept import Heard
from callcenter.adapters.tts import default_voice
from callcenter.errors import ConfigError, NotFound
from callcenter.settings import Settings
from desk.recordings import PromptState, Quarrels, Source
from ivr.prompts import Catalogue, load_catalogue
from ivr.saying import sheet

T = TypeVar("T")

READABLE: Final = 0o644
# What `wrong` need not say: it is said in a field of its own.
SAID: Final = frozenset({"missing", "stale", "left-over"})


@dataclass(slots=True)
class PromptFiles:
    """The folder of prompts: a catalogue and a folder of audio for each language."""

    settings: Settings
    _known: dict[str, tuple[object, list[PromptState]]] = field(default_factory=dict)

    async def all(self, language: str) -> Sequence[PromptState]:
        return await asyncio.to_thread(self._all, language)

    async def audio(self, language: str, key: str) -> bytes:
        return await asyncio.to_thread(self._audio, language, key)

    async def record(self, language: str, key: str, recording: bytes) -> PromptState:
        def take_in(script: Script, folder: Path) -> None:
            prompts_build.take_in(script, folder, key, recording)

        return await asyncio.to_thread(self._make, language, key, take_in)

    async def speak(self, language: str, key: str) -> PromptState:
        return await asyncio.to_thread(self._make, language, key, self._spoken(language, key))

    async def write(self, language: str, key: str, text: str) -> PromptState:
        return await asyncio.to_thread(self._write, language, key, text)

    async def remove(self, language: str, key: str) -> None:
        await asyncio.to_thread(self._remove, language, key)

    async def preview(self, language: str, text: str) -> bytes:
        return await asyncio.to_thread(_preview, language, text)

    async def conflicts(self) -> Quarrels:
        return await asyncio.to_thread(prompts_conflicts.conflicts, self.settings)

    async def shipped_audio(self, language: str, key: str) -> bytes:
        return wav_of(await asyncio.to_thread(prompts_conflicts.shipped_audio, self.settings, language, key))

    async def settle(self, language: str, key: str, *, take_shipped: bool, seen: str) -> None:
        await asyncio.to_thread(self._settle, language, key, take_shipped=take_shipped, seen=seen)

    # ------------------------------------------------------------------------------------------ in a thread

    def _settle(self, language: str, key: str, *, take_shipped: bool, seen: str) -> None:
        with _told():
            prompts_conflicts.settle(self.settings, language, key, take_shipped=take_shipped, seen=seen)

    def _all(self, language: str) -> list[PromptState]:
        """Return all prompts; measured again when the catalogue or a recording has changed."""
        stamp = (_stamp(self._file(language)), _stamp(self._folder(language) / prompts_kept.MANIFEST))
        known = self._known.get(language)
        if known is None or known[0] != stamp:
            known = self._known[language] = (stamp, self._measured(language))
        return known[1]

    def _measured(self, language: str) -> list[PromptState]:
        scripts, folder = scripts_of(self._catalogue(language)), self._folder(language)
        heard = prompts_kept.heard(folder)
        faults: dict[str, list[PromptFault]] = {}
        for fault in prompts_build.check(scripts, folder):
            faults.setdefault(fault.key, []).append(fault)
        known = self._catalogue(language)
        pieces = sheet(language)
        return [_state(key, known, heard.get(key), faults.get(key, []), key in pieces) for key in scripts]

    def _one(self, language: str, key: str) -> PromptState:
        known, folder = self._catalogue(language), self._folder(language)
        script = _script(known, key)
        faults = [fault for fault in prompts_build.check({key: script}, folder) if fault.key == key]
        return _state(key, known, prompts_kept.heard(folder).get(key), faults, key in sheet(language))

    def _audio(self, language: str, key: str) -> bytes:
        _script(self._catalogue(language), key)
        file = prompts_kept.file_of(self._folder(language), key)
        try:
            return wav_of(file.read_bytes())
        except FileNotFoundError:
            raise NotFound(f"prompt {key!r} has no audio in {language} yet") from None

    def _make(self, language: str, key: str, make: Callable[[Script, Path], object]) -> PromptState:
        script, folder = _script(self._catalogue(language), key), self._folder(language)
        with _told(), locked(folder.parent / AUDIO_LOCK.format(language)):
            make(script, folder)
        return self._one(language, key)

    def _spoken(self, language: str, key: str) -> Callable[[Script, Path], object]:
        """What comes with the program for just these words is spoken best: by the voice that speaks all the others."""

        def speak(script: Script, folder: Path) -> None:
            shipped = shipped_sound(self.settings, language, key, script.source)
            if shipped is None:
                prompts_build.speak(script, folder, key, default_voice(language))
            else:
                prompts_kept.keep(folder, key, *shipped)

        return speak

    def _write(self, language: str, key: str, text: str) -> PromptState:
        self._edit(language, lambda catalogue: catalogue_edit.set_text(catalogue, key, text))
        state = self._one(language, key)
        return state if state.source is Source.RECORDED else self._make(language, key, self._spoken(language, key))

    def _remove(self, language: str, key: str) -> None:
        folder = self._folder(language)
        self._edit(language, lambda catalogue: catalogue_edit.remove(catalogue, key))
        with _told(), locked(folder.parent / AUDIO_LOCK.format(language)):
            prompts_build.forget(folder, key)

    def _edit(self, language: str, change: Callable[[str], str]) -> None:
        path = self._file(language)
        with _told(), locked(path):
            text = read_text(path)
            if text is None:
                raise _no_language(language)
            after = change(text)
            load_catalogue(after, language)
            if after != text:
                write_atomic(path, after, mode=READABLE)

    def _catalogue(self, language: str) -> Catalogue:
        text = read_text(self._file(language))
        if text is None:
            raise _no_language(language)
        return load_catalogue(text, language)

    def _file(self, language: str) -> Path:
        return self.settings.prompts_dir / f"{language}.yaml"

    def _folder(self, language: str) -> Path:
        return self.settings.prompts_dir / language


def _stamp(path: Path) -> tuple[int, ...]:
    """What changes when a file does."""
    try:
        about = path.stat()
    except OSError:
        return ()
    return about.st_mtime_ns, about.st_size, about.st_ino


def _preview(language: str, text: str) -> bytes:
    with _told():
        return shape(default_voice(language).speak(text))


def _script(known: Catalogue, key: str) -> Script:
    found = scripts_of(known).get(key)
    if found is None:
        raise NotFound(f"there is no prompt {key!r} in {known.language}")
    return found


def _state(key: str, known: Catalogue, heard: Heard | None, faults: Sequence[PromptFault], piece: bool) -> PromptState:
    codes = {fault.code for fault in faults}
    is_there = "missing" not in codes
    return PromptState(
        key=key,
        text=known.text(key),
        source=_source(heard) if is_there else Source.MISSING,
        voice=heard.voice if heard is not None and is_there else "",
        length_s=heard.length_s if heard is not None and is_there else known.length_s(key),
        stale="stale" in codes,
        piece=piece,
        wrong=tuple(fault.text for fault in faults if fault.code not in SAID),
    )


def _source(heard: Heard | None) -> Source:
    """Who made a file that is there; of one that no build knows nobody says it was a person."""
    return Source.RECORDED if heard is not None and heard.voice == prompts_kept.RECORDED else Source.SPOKEN


def _no_language(language: str) -> NotFound:
    return NotFound(f"there are no prompts in {language!r}")


@contextmanager
def _told() -> Iterator[None]:
    """What audio or a folder does not do, as something the asker can mend."""
    try:
        yield
    except AudioError as error:
        raise ConfigError(
            f"the audio {error}" if str(error).startswith(("is ", "holds", "cannot")) else str(error)
        ) from None
    except OSError as error:
        raise ConfigError(f"the prompts cannot be written: {error.strerror or error}") from None
