"""Builds the audio of prompts from their texts, takes in recordings, and checks what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from callcenter.adapters import prompt_audio as audio
from callcenter.adapters.prompt_audio import AudioError, Cut
from callcenter.adapters.prompts_kept import RECORDED, ULAW, Entry, file_of, hash_of, is_whole, noting, read, replace
from callcenter.adapters.tts import Voice

RECIPE: Final = "2"  # change it when `prompt_audio.shape_ulaw` gives other bytes, so that everything is rendered again
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is to be said under a key. `spoken`: what a voice is given in the place of `text`; `pace`: 1 is usual."""

    text: str
    spoken: str = ""
    pace: float = 1.0
    cut: Cut = audio.WHOLE

    @property
    def source(self) -> str:
        """What a recording depends on: another one is due when it changes."""
        return hash_of("\0".join((RECIPE, self.spoken or self.text, f"{self.pace:g}", repr(self.cut))).encode())


Scripts = Mapping[str, Script]


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What a build may speak over though its text is the same: what another voice spoke, what a person recorded."""

    other_voices: bool = True
    recorded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a build did: keys in the order of the catalogue. `removed`: built once, not in the catalogue any more.

    `outdated`: recorded by a person for a text that has changed since, and left alone.
    """

    rendered: tuple[str, ...]
    kept: tuple[str, ...]
    removed: tuple[str, ...]
    outdated: tuple[str, ...] = ()


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


def build(
    scripts: Scripts, folder: Path, voice: Voice, progress: Progress | None = None, again: Again | None = None
) -> Built:
    """Render every prompt of `scripts` (by key) that changed into `folder`; return what was done.

    `progress(key, done, all)` is called before each rendering and at the end with key "". Raise MachineError if the
    engine is missing, AudioError naming the prompt that failed; what was rendered before stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    entries, may = read(folder), again or Again()
    tell = progress or (lambda key, done, total: None)
    due = [key for key, script in scripts.items() if _is_due(folder, key, script, entries.get(key), voice, may)]
    removed = _remove(scripts, folder)
    for done, key in enumerate(due):
        tell(key, done, len(due))
        content = _render(key, scripts[key], voice)
        with noting(folder) as entries:  # each time: a build takes minutes, and may be ended at any moment
            if _is_due(folder, key, scripts[key], entries.get(key), voice, may):  # nobody has recorded it meanwhile
                entries[key] = _keep(folder, key, content, scripts[key], voice.name)
    tell("", len(due), len(due))
    return Built(
        rendered=tuple(due),
        kept=tuple(key for key in scripts if key not in due),
        removed=removed,
        outdated=tuple(key for key in scripts if key not in due and _is_outdated(scripts[key], entries.get(key))),
    )


def take_in(script: Script, folder: Path, key: str, recording: bytes) -> Entry:
    """Make the prompt `key` of a person's recording (WAV or MP3), marked so that no build speaks over it.

    Raise AudioError, saying what is wrong with the recording.
    """
    sound = audio.recorded(recording)
    audio.refuse_unfit(sound)
    content = audio.shape_ulaw(sound, script.cut)
    folder.mkdir(parents=True, exist_ok=True)
    with noting(folder) as entries:
        entries[key] = _keep(folder, key, content, script, RECORDED)
        return entries[key]


def speak(script: Script, folder: Path, key: str, voice: Voice) -> Entry:
    """Make the prompt `key` by `voice`, in the place of whatever there is.

    Raise MachineError if the engine is missing, AudioError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = _render(key, script, voice)
    with noting(folder) as entries:
        entries[key] = _keep(folder, key, content, script, voice.name)
        return entries[key]


def forget(folder: Path, key: str) -> None:
    """Remove the audio of a prompt, if there is any."""
    if not folder.is_dir():
        return
    with noting(folder) as entries:
        file_of(folder, key).unlink(missing_ok=True)
        entries.pop(key, None)


def check(scripts: Scripts, folder: Path) -> tuple[PromptFault, ...]:
    """Return everything wrong with the prompts in `folder`, in the order of the catalogue; left-over files last."""
    entries = read(folder)
    faults = [fault for key, script in scripts.items() for fault in _faults(folder, key, script, entries.get(key))]
    return (*faults, *_left_over(scripts, folder))


def _left_over(scripts: Scripts, folder: Path) -> list[PromptFault]:
    no_text = "has no text in the catalogue; give it one or delete the file"
    strange = "is no prompt: take it in by `callcenter prompts import`, or delete it"
    files = sorted(folder.glob("*"))
    left = [(file.stem, no_text) for file in files if file.suffix == ULAW and file.stem not in scripts]
    left += [(file.name, strange) for file in files if file.suffix in {".wav", ".mp3", ".gsm"}]
    return [PromptFault(key=key, code="left-over", text=text) for key, text in left]


def _faults(folder: Path, key: str, script: Script, entry: Entry | None) -> list[PromptFault]:
    file = file_of(folder, key)
    again = "run `callcenter prompts build`"
    if entry is not None and entry.voice == RECORDED:
        again = "record and import it again, or run `callcenter prompts build --over-recorded`"
    if not file.is_file():
        return [PromptFault(key=key, code="missing", text=f"has no audio; {again}")]
    try:
        found = audio.measure(file)
    except AudioError as error:
        return [PromptFault(key=key, code="format", text=f"{error}; {again}")]
    level = f"is at {found.level_dbfs:.1f} dBFS, should be {audio.LEVEL_DBFS:g} ±{audio.LEVEL_WITHIN_DB:g}"
    wrong = {
        "stale": (entry is None or entry.source != script.source, "was made from another text or recipe"),
        "altered": (entry is not None and entry.audio != hash_of(file.read_bytes()), "is not the file that was built"),
        "silent": (found.is_silent, "is silent"),
        "clipped": (found.peak_dbfs > audio.PEAK_DBFS / 2, f"is clipped: peak at {found.peak_dbfs:.1f} dBFS"),
        "level": (not found.is_silent and abs(found.level_dbfs - audio.LEVEL_DBFS) > audio.LEVEL_WITHIN_DB, level),
    }
    return [PromptFault(key=key, code=code, text=f"{text}; {again}") for code, (is_so, text) in wrong.items() if is_so]


def _remove(scripts: Scripts, folder: Path) -> tuple[str, ...]:
    """Delete the prompts that were built once and have no text any more; return their keys."""
    with noting(folder) as entries:
        removed = tuple(key for key in sorted(entries) if key not in scripts and entries[key].voice != RECORDED)
        for key in removed:
            file_of(folder, key).unlink(missing_ok=True)
            del entries[key]
    return removed


def _render(key: str, script: Script, voice: Voice) -> bytes:
    try:
        return audio.shape_ulaw(voice.speak(script.spoken or script.text, script.pace), script.cut)
    except AudioError as error:
        raise AudioError(f"prompt {key!r}: {error}") from None


def _keep(folder: Path, key: str, content: bytes, script: Script, voice: str) -> Entry:
    replace(file_of(folder, key), content)
    return Entry(
        source=script.source, audio=hash_of(content), length_ms=1000 * len(content) // audio.RATE_HZ, voice=voice
    )


def _is_due(folder: Path, key: str, script: Script, entry: Entry | None, voice: Voice, again: Again) -> bool:
    file = file_of(folder, key)
    if entry is None or not file.is_file():
        return True
    if entry.voice == RECORDED:
        return again.recorded
    if entry.voice != voice.name and again.other_voices:
        return True
    return entry.source != script.source or not is_whole(file, entry)


def _is_outdated(script: Script, entry: Entry | None) -> bool:
    return entry is not None and entry.voice == RECORDED and entry.source != script.source
