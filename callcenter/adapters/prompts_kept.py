"""Prompts as they lie on disk: a file for each, and beside them `manifest.json`, which says what each was made from.

So only what changed is rendered again, a check needs no speech engine, and what a person has recorded is never spoken
over. Building them is `prompts_build`'s; this is light enough for the start of a service.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from callcenter.errors import ConfigError

log = logging.getLogger("prompts")

ULAW: Final = ".ulaw"  # suffix of a prompt's file; Asterisk plays it as it is (format_pcm)
MANIFEST: Final = "manifest.json"
HASH_LENGTH: Final = 16
RECORDED: Final = "recorded"  # the voice of a prompt that a person has spoken
ANEW: Final = (
    "put a good copy of it back, such as git's; without one, `callcenter prompts build` speaks everything anew, "
    "also over what people have recorded: delete it if that is right"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A prompt in the manifest: hash of what it was made from, hash of the file, its length, who spoke it."""

    source: str
    audio: str
    length_ms: int
    voice: str = field(default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The audio of a prompt: how long it is, and who spoke it."""

    length_s: float
    voice: str


def heard(folder: Path) -> dict[str, Heard]:
    """Return what is known of the audio in `folder`, by key."""
    return {key: Heard(length_s=entry.length_ms / 1000, voice=entry.voice) for key, entry in read(folder).items()}


def lengths_s(prompts_dir: Path, *, strict: bool = False) -> dict[str, float]:
    """Return how long each built prompt is, by "<language>/<key>"; empty where there are no manifests.

    A damaged manifest is passed over, and said; `strict`: ConfigError or OSError is raised.
    """
    entries_of = read if strict else _known
    return {
        f"{folder.name}/{key}": entry.length_ms / 1000
        for folder in sorted(prompts_dir.glob("*"))
        if folder.is_dir()
        for key, entry in entries_of(folder).items()
    }


def altered(folder: Path) -> tuple[str, ...]:
    """Return the keys whose file is missing or not the one that was built: a damaged disk, a half copied folder.

    Fast enough for the start of a service: it compares hashes and looks at no text.
    """
    return tuple(key for key, entry in _known(folder).items() if not is_whole(file_of(folder, key), entry))


def voices(folder: Path) -> dict[str, int]:
    """Return how many prompts of `folder` each voice has spoken."""
    spoken = [entry.voice for entry in read(folder).values()]
    return {voice: spoken.count(voice) for voice in sorted(set(spoken))}


def file_of(folder: Path, key: str) -> Path:
    """Return the file of the prompt `key` of the language that `folder` is for."""
    return folder / f"{key}{ULAW}"


def is_whole(file: Path, entry: Entry) -> bool:
    """Whether a file is the one that was built."""
    return file.is_file() and hash_of(file.read_bytes()) == entry.audio


def hash_of(content: bytes) -> str:
    """Return what tells this content from any other."""
    return hashlib.sha256(content).hexdigest()[:HASH_LENGTH]


def keep(folder: Path, key: str, entry: Entry, content: bytes) -> None:
    """Put a prompt that was made elsewhere into `folder`, with what is known of it."""
    folder.mkdir(parents=True, exist_ok=True)
    with noting(folder) as entries:
        replace(file_of(folder, key), content)
        entries[key] = entry


def replace(file: Path, content: bytes) -> None:
    """Write a file of the folder whole or not at all, whatever is killed: Asterisk may be playing from it."""
    stage(file, content).replace(file)


def stage(file: Path, content: bytes, *, to_disk: bool = True) -> Path:
    """Write what is to take the place of `file` beside it, and return where.

    `to_disk`: at once, so that a power cut leaves no empty file either; who writes many may do that for all together.
    """
    half = file.with_suffix(".part")
    try:
        with half.open("wb") as writing:
            writing.write(content)
            if to_disk:
                writing.flush()
                os.fsync(writing.fileno())
    except OSError:
        half.unlink(missing_ok=True)  # on a full disk there is none to waste
        raise
    return half


@contextmanager
def noting(folder: Path) -> Iterator[dict[str, Entry]]:
    """Hold the manifest alone, and write what is noted in it: somebody imports while somebody else builds."""
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        before = read(folder)
        entries = dict(before)
        yield entries
        if entries != before:
            _write(folder, entries)
    finally:
        os.close(handle)


def read(folder: Path) -> dict[str, Entry]:
    """Return the manifest, empty if there is none. Raise ConfigError for a damaged one: it knows what people spoke."""
    file = folder / MANIFEST
    try:
        manifest = json.loads(file.read_text("utf-8"))
        return {key: Entry(**fields) for key, fields in manifest["prompts"].items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        what = str(error) if isinstance(error, ValueError) else "is no manifest of prompts"
        raise ConfigError(f"{file}: {what}; {ANEW}") from None


def _known(folder: Path) -> dict[str, Entry]:
    """Return the manifest for those who answer calls: without it they go on, and say so."""
    try:
        return read(folder)
    except (ConfigError, OSError) as error:
        log.error("prompts are played unchecked: %s", error)
        return {}


def _write(folder: Path, entries: Mapping[str, Entry]) -> None:
    prompts = {
        key: {"source": entry.source, "audio": entry.audio, "length_ms": entry.length_ms, "voice": entry.voice}
        for key, entry in sorted(entries.items())
    }
    replace(folder / MANIFEST, (json.dumps({"prompts": prompts}, indent=1, ensure_ascii=False) + "\n").encode())
