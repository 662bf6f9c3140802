"""Builds the audio of prompts from their texts, and checks what is there.

Next to the files lies `manifest.json`: from which text, voice and recipe each was made, and what came out. So only
what changed is rendered again, and a check needs no speech engine.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from callcenter.adapters import prompt_audio as audio
from callcenter.adapters.prompt_audio import AudioError
from callcenter.adapters.tts import Voice
from callcenter.errors import ConfigError

RECIPE: Final = "1"  # change it when `prompt_audio.shape` gives other bytes, so that everything is rendered again
MANIFEST: Final = "manifest.json"
HASH_LENGTH: Final = 16

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a build did: keys in the order of the catalogue. `removed`: built once, not in the catalogue any more."""

    rendered: tuple[str, ...]
    kept: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFault:
    """One thing wrong with the audio of one prompt; `text` says how to mend it.

    `code`: missing, stale (the text was changed since), altered (not the file that was built), format, clipped, silent,
    level, left-over (no text of this key).
    """

    key: str
    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.key}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A prompt in the manifest: hash of what it was made from, hash of the file, its length."""

    source: str
    audio: str
    length_ms: int


def build(texts: Mapping[str, str], folder: Path, voice: Voice, progress: Progress | None = None) -> Built:
    """Render every prompt of `texts` (key -> text) that changed into `folder`; return what was done.

    `progress(key, done, all)` is called before each rendering and at the end with key "". Raise MachineError if the
    engine is missing, AudioError naming the prompt that failed; what was rendered before stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    entries = _read(folder)
    tell = progress or (lambda key, done, total: None)
    due = [key for key in texts if not _is_current(folder, key, entries.get(key), _source(texts[key], voice.name))]
    removed = tuple(key for key in sorted(entries) if key not in texts)
    for key in removed:
        _file(folder, key).unlink(missing_ok=True)
        del entries[key]
    try:
        for done, key in enumerate(due):
            tell(key, done, len(due))
            entries[key] = _render(key, texts[key], folder, voice)
    finally:
        _write(folder, entries, voice.name)
    tell("", len(due), len(due))
    return Built(rendered=tuple(due), kept=tuple(key for key in texts if key not in due), removed=removed)


def check(texts: Mapping[str, str], folder: Path) -> tuple[PromptFault, ...]:
    """Return everything wrong with the prompts in `folder`, in the order of the catalogue; left-over files last."""
    entries, voice = _read(folder), _voice(folder)
    faults = [fault for key, text in texts.items() for fault in _faults(folder, key, _source(text, voice), entries)]
    left = sorted(file.stem for file in folder.glob("*.wav") if file.stem not in texts)
    mend = "has no text in the catalogue; give it one or delete the file"
    return (*faults, *(PromptFault(key=key, code="left-over", text=mend) for key in left))


def lengths_s(prompts_dir: Path) -> dict[str, float]:
    """Return how long each built prompt is, by "<language>/<key>"; empty where there are no manifests."""
    return {
        f"{folder.name}/{key}": entry.length_ms / 1000
        for folder in sorted(prompts_dir.glob("*"))
        if folder.is_dir()
        for key, entry in _read(folder).items()
    }


def _faults(folder: Path, key: str, source: str, entries: Mapping[str, Entry]) -> list[PromptFault]:
    file, entry = _file(folder, key), entries.get(key)
    again = "run `callcenter prompts build`"
    if not file.is_file():
        return [PromptFault(key=key, code="missing", text=f"has no audio; {again}")]
    try:
        found = audio.measure(file)
    except AudioError as error:
        return [PromptFault(key=key, code="format", text=f"{error}; {again}")]
    level = f"is at {found.level_dbfs:.1f} dBFS, should be {audio.LEVEL_DBFS:g} ±{audio.LEVEL_WITHIN_DB:g}"
    form = f"is {found.rate_hz} Hz, {found.channels} channel(s), {found.bits} bit, should be {audio.RATE_HZ} Hz, 1, 16"
    wrong = {
        "stale": (entry is None or entry.source != source, "was made from another text or voice"),
        "altered": (entry is not None and entry.audio != _hash(file.read_bytes()), "is not the file that was built"),
        "format": (not found.is_telephone_wav, form),
        "silent": (found.is_silent, "is silent"),
        "clipped": (found.peak_dbfs > audio.PEAK_DBFS / 2, f"is clipped: peak at {found.peak_dbfs:.1f} dBFS"),
        "level": (not found.is_silent and abs(found.level_dbfs - audio.LEVEL_DBFS) > audio.LEVEL_WITHIN_DB, level),
    }
    return [PromptFault(key=key, code=code, text=f"{text}; {again}") for code, (is_so, text) in wrong.items() if is_so]


def _render(key: str, text: str, folder: Path, voice: Voice) -> Entry:
    try:
        content = audio.shape(voice.speak(text))
    except AudioError as error:
        raise AudioError(f"prompt {key!r}: {error}") from None
    # Whole or not at all: Asterisk may be playing from this folder.
    file, half = _file(folder, key), folder / f"{key}.part"
    half.write_bytes(content)
    os.replace(half, file)
    return Entry(source=_source(text, voice.name), audio=_hash(content), length_ms=audio.measure(file).length_ms)


def _is_current(folder: Path, key: str, entry: Entry | None, source: str) -> bool:
    file = _file(folder, key)
    return entry is not None and entry.source == source and file.is_file() and _hash(file.read_bytes()) == entry.audio


def _source(text: str, voice: str) -> str:
    return _hash("\0".join((RECIPE, voice, text)).encode())


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:HASH_LENGTH]


def _file(folder: Path, key: str) -> Path:
    return folder / f"{key}.wav"


def _load(folder: Path) -> dict[str, object]:
    file = folder / MANIFEST
    try:
        manifest = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ConfigError(f"{file}: {error}; delete it, then run `callcenter prompts build`") from None
    return manifest if isinstance(manifest, dict) else {}


def _voice(folder: Path) -> str:
    return str(_load(folder).get("voice", ""))


def _read(folder: Path) -> dict[str, Entry]:
    prompts = _load(folder).get("prompts", {})
    try:
        return {key: Entry(**fields) for key, fields in prompts.items()}  # type: ignore[attr-defined]
    except (TypeError, AttributeError):
        return {}


def _write(folder: Path, entries: Mapping[str, Entry], voice: str) -> None:
    prompts = {
        key: {"source": entry.source, "audio": entry.audio, "length_ms": entry.length_ms}
        for key, entry in sorted(entries.items())
    }
    text = json.dumps({"voice": voice, "prompts": prompts}, indent=1, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, "utf-8")
