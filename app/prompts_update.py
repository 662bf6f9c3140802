"""Brings an installation's prompts up to date with those that come with the program; its own are left as they are.

What becomes of each prompt `callcenter.prompt_merge` decides. Here it is done, in an order that may end anywhere: new
sounds are written beside the old ones, what is about to come is remembered, then sounds, manifest and catalogue take
their places, each file whole or not at all, and last is remembered what was shipped.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from app import catalogue_edit
from app.files import PUBLIC, locked, read_text, write_atomic
from app.prompts_ledger import LEDGER, Remembered, read_ledger, write_ledger
from callcenter.adapters import prompts_kept
from callcenter.adapters.prompts_kept import Entry, file_of, hash_of, is_whole, noting
from callcenter.errors import CallCenterError, ConfigError, Conflict, MachineError, NotFound
from callcenter.prompt_merge import NOTHING, Merge, Prompt, mark_of, merge, plain
from callcenter.settings import Settings
from ivr.prompts import wordings

log = logging.getLogger("prompts")

FEW: Final = 40  # files brought to the disk one by one; of a whole language that takes half a minute on a slow one
AUDIO_LOCK: Final = "{}.audio"  # beside the catalogues: held by the desk while it makes a prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the operator asks for. `back`: keys that are to be as shipped, None: all; `keep`: own ones to keep.

    `seen`: the mark of each of them as the operator saw it; without one it is done whatever there is by now.
    """

    language: str
    back: Collection[str] | None = ()
    keep: Collection[str] = ()
    seen: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an update did, or would do, with a language. `both`: own prompts kept though the shipped ones have changed.

    `gone`: the language was removed here and was left so; `trouble`: why nothing was done at all.
    """

    language: str
    added: int = 0
    updated: int = 0
    removed: int = 0
    own: int = 0
    both: tuple[str, ...] = ()
    gone: bool = False
    trouble: str = ""

    @property
    def is_due(self) -> bool:
        return bool(self.added or self.updated or self.removed)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The prompts of a language in one folder: the catalogue's text, what it says, and the manifest."""

    text: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    entries: Mapping[str, Entry] = field(default_factory=dict)

    @property
    def prompts(self) -> dict[str, Prompt]:
        return {
            key: Prompt(
                words=hash_of(self.words[key].encode()) if key in self.words else None,
                sound=self.entries[key].audio if key in self.entries else None,
            )
            for key in {**self.words, **self.entries}
        }


def shipped_folder(settings: Settings) -> Path | None:
    """Return the folder of the prompts that come with the program; None if they are used where they are."""
    folder = Path(settings.shipped_prompts_dir) if settings.shipped_prompts_dir else None
    return None if folder is None or folder.resolve() == settings.prompts_dir.resolve() else folder


def update(settings: Settings, wish: Wish | None = None) -> list[Outcome]:
    """Bring all languages up to date; return what was done with each, nothing if prompts are used as they are shipped.

    Raise ConfigError if there are no shipped prompts, or the folder of prompts cannot be written; NotFound for a wish
    that names no prompt, Conflict for one that has seen another. What is wrong with one language is in its outcome, and
    keeps no other from its update.
    """
    shipped = shipped_folder(settings)
    if shipped is None:
        return []
    with _held(settings.prompts_dir):
        known = read_ledger(settings.prompts_dir)
        languages = _languages(shipped, known)
        if wish is not None and wish.language not in languages:
            raise NotFound(f"no prompts in {wish.language!r} are shipped, only in {', '.join(languages)}")
        return [
            _attempt(_Language(settings.prompts_dir, shipped, language), known, _part(wish, language))
            for language in languages
        ]


def outlook(settings: Settings) -> list[Outcome]:
    """Return what an update would do, without doing it; raise ConfigError if there are no shipped prompts."""
    shipped = shipped_folder(settings)
    if shipped is None:
        return []
    known = read_ledger(settings.prompts_dir)
    return [_look(_Language(settings.prompts_dir, shipped, name), known) for name in _languages(shipped, known)]


def sides(settings: Settings, language: str) -> tuple[State, State]:
    """Return the prompts of a language as they are here, and as they are shipped; raise ConfigError, NotFound."""
    shipped = shipped_folder(settings)
    if shipped is None:
        raise NotFound("the prompts are used as they are shipped")
    found = _Language(settings.prompts_dir, shipped, language)
    return found.here(prompts_kept.read(found.folder)), found.shipped()


def shipped_sound(settings: Settings, language: str, key: str, source: str) -> tuple[Entry, bytes] | None:
    """Return the shipped sound of a prompt if it says just this (`source`, of its script), None otherwise."""
    folder = shipped_folder(settings)
    entry = None if folder is None else prompts_kept.read(folder / language).get(key)
    if folder is None or entry is None or entry.source != source or entry.voice == prompts_kept.RECORDED:
        return None
    return entry, file_of(folder / language, key).read_bytes()


def told(outcome: Outcome) -> list[str]:
    """Say what an update did with a language, line by line."""
    name = outcome.language
    if outcome.trouble:
        return [f"{name}: prompts are not brought up to date: {outcome.trouble}"]
    if outcome.gone:
        return [f"{name}: was removed here and left so: `callcenter prompts restore --all --language {name}` undoes it"]
    counts = f"{outcome.added} added, {outcome.updated} updated, {outcome.removed} removed"
    lines = [f"{name}: {counts}, {outcome.own} changed here and kept"]
    return lines + [f"{name}/{both_told(name, key)}" for key in outcome.both]


def both_told(language: str, key: str) -> str:
    """Say what the operator is to decide about a prompt of their own that is shipped anew."""
    given = f"{key} --language {language}"
    return (
        f"{key}: your own was kept, though the shipped one has changed: `callcenter prompts restore {given}` takes "
        f"the shipped one, `callcenter prompts keep {given}` keeps yours and says no more"
    )


class _Language:
    """The two places of a language."""

    def __init__(self, here: Path, shipped: Path, name: str) -> None:
        self.name = name
        self.catalogue, self.folder = here / f"{name}.yaml", here / name
        self._shipped_catalogue, self.shipped_folder = shipped / f"{name}.yaml", shipped / name

    def shipped(self) -> State:
        return _state(self._shipped_catalogue, prompts_kept.read(self.shipped_folder), self.name)

    def here(self, entries: Mapping[str, Entry]) -> State:
        """Return what is here; a file that no manifest knows counts as well: somebody put it there."""
        files = {file.stem: file for file in self.folder.glob(f"*{prompts_kept.ULAW}")}
        strange = {key: _unknown(file) for key, file in files.items() if key not in entries}
        return _state(self.catalogue, {**entries, **strange}, self.name)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep out the desk, and whoever else edits the catalogue."""
        with locked(self.catalogue), locked(self.folder.parent / AUDIO_LOCK.format(self.name)):
            yield


def _languages(shipped: Path, known: Mapping[str, Remembered]) -> list[str]:
    found = {path.stem for path in shipped.glob("*.yaml")}
    if not found:
        raise ConfigError(f"no shipped prompts in {shipped}: name their folder in CALLCENTER_SHIPPED_PROMPTS_DIR")
    return sorted(found | set(known))


def _part(wish: Wish | None, language: str) -> Wish:
    return wish if wish is not None and wish.language == language else Wish(language=language)


def _attempt(language: _Language, known: dict[str, Remembered], wish: Wish) -> Outcome:
    try:
        return _bring_up(language, known, wish)
    except (OSError, CallCenterError) as error:
        if isinstance(error, NotFound | Conflict):
            raise
        return Outcome(language=language.name, trouble=_said(error))


def _look(language: _Language, known: Mapping[str, Remembered]) -> Outcome:
    try:
        here, shipped = language.here(prompts_kept.read(language.folder)), language.shipped()
    except (OSError, CallCenterError) as error:
        return Outcome(language=language.name, trouble=_said(error))
    ledger = known.get(language.name, Remembered()).ledger
    return _outcome(language.name, here, merge(ledger, _prompts_of(here), shipped.prompts))


def _bring_up(language: _Language, known: dict[str, Remembered], wish: Wish) -> Outcome:
    """Decide on a language and do it; `known` is brought up to date, in memory and on the disk."""
    shipped, before = language.shipped(), known.get(language.name, Remembered())
    if not language.catalogue.exists() and merge(before.ledger, None, shipped.prompts, wish.back).gone:
        return Outcome(language=language.name, gone=True)
    with language.held():
        language.folder.mkdir(exist_ok=True)
        with noting(language.folder) as entries:
            here = language.here(entries)
            _check_wish(wish, here, shipped)
            found = merge(before.ledger, _prompts_of(here), shipped.prompts, wish.back)
            text = _catalogue(language.name, here, shipped, before, found)
            staged = _stage(language, shipped, found)
            if found.changes:
                coming = {key: found.put[key] for key in found.changes}
                _remember(language, known, replace(before, ledger=replace(before.ledger, coming=coming)))
            for file, half in staged.items():
                half.replace(file)
            _note(entries, shipped, found)
        # The manifest is written now, before the catalogue: what has words has a sound.
        _put_catalogue(language.catalogue, here.text, text)
        _drop_sounds(language, found)
    kept = set(map(plain, wish.keep))
    still = {key: prompt for key, prompt in found.ledger.told.items() if plain(key) not in kept}
    after = Remembered(ledger=replace(found.ledger, told=still), catalogue=hash_of((shipped.text or "").encode()))
    if after != known.get(language.name):
        _remember(language, known, after)
    return _outcome(language.name, here, replace(found, ledger=after.ledger))


def _remember(language: _Language, known: dict[str, Remembered], one: Remembered) -> None:
    known[language.name] = one
    if not one.ledger.shipped and not one.ledger.coming:
        del known[language.name]
    write_ledger(language.folder.parent, known)


def _check_wish(wish: Wish, here: State, shipped: State) -> None:
    for key in (*(wish.back or ()), *wish.keep):
        if key not in shipped.prompts and key not in here.prompts:
            raise NotFound(f"there is no prompt {key!r} in {wish.language}")
    for key, mark in wish.seen.items():
        if mark != mark_of(key, here.prompts, shipped.prompts):
            raise Conflict(f"prompt {key!r} was changed meanwhile: look at it again")


def _catalogue(name: str, here: State, shipped: State, before: Remembered, found: Merge) -> str | None:
    """Return the text of the catalogue as it is to be, None for none at all."""
    wanted = {key: text for key, text in shipped.words.items() if key in found.put}
    wanted |= {key: text for key, text in here.words.items() if key not in found.put}
    if not wanted:
        return None
    is_untouched = here.text is None or hash_of(here.text.encode()) == before.catalogue
    base = shipped if is_untouched and shipped.text is not None else here
    text = catalogue_edit.bring_to(base.text or "", base.words, wanted)
    return text if wordings(text, name) == wanted else catalogue_edit.written(wanted)


def _stage(language: _Language, shipped: State, found: Merge) -> dict[Path, Path]:
    """Write the sounds that are to come beside their places: on a full disk nothing has changed yet.

    A file that is there but damaged is among them.
    """
    staged, are_many = dict[Path, Path](), len(found.changes) > FEW
    try:
        for key in found.put:
            entry, file = shipped.entries.get(key), file_of(language.folder, key)
            if entry is None or is_whole(file, entry):
                continue
            content = file_of(language.shipped_folder, key).read_bytes()
            if hash_of(content) != entry.audio:
                raise MachineError(f"the shipped prompt {language.name}/{key} is damaged: install the program anew")
            staged[file] = prompts_kept.stage(file, content, to_disk=not are_many)
    except BaseException:
        for half in staged.values():
            half.unlink(missing_ok=True)
        raise
    if are_many:
        os.sync()
    return staged


def _note(entries: dict[str, Entry], shipped: State, found: Merge) -> None:
    for key in found.put:
        if key in shipped.entries:
            entries[key] = shipped.entries[key]
        else:
            entries.pop(key, None)


def _drop_sounds(language: _Language, found: Merge) -> None:
    for key, prompt in found.put.items():
        if prompt.sound is None:
            file_of(language.folder, key).unlink(missing_ok=True)


def _put_catalogue(path: Path, before: str | None, text: str | None) -> None:
    if text is None:
        path.unlink(missing_ok=True)
    elif text != before:
        write_atomic(path, text, mode=PUBLIC)


def _outcome(language: str, here: State, found: Merge) -> Outcome:
    """Count what was found of a language."""
    before = here.prompts
    added = sum(key not in before for key in found.changes)
    removed = sum(key in before and found.put[key] == NOTHING for key in found.changes)
    return Outcome(
        language=language,
        added=added,
        updated=len(found.changes) - added - removed,
        removed=removed,
        own=len(found.own) + len(found.both),
        both=tuple(sorted({plain(key) for key in found.ledger.told})),
        gone=found.gone,
    )


def _prompts_of(here: State) -> dict[str, Prompt] | None:
    return None if here.text is None else here.prompts


def _state(catalogue: Path, entries: Mapping[str, Entry], language: str) -> State:
    text = read_text(catalogue)
    return State(text=text, words={} if text is None else wordings(text, language), entries=dict(entries))


def _unknown(file: Path) -> Entry:
    return Entry(source="", audio=hash_of(file.read_bytes()), length_ms=0)


def _said(error: Exception) -> str:
    return f"the prompts cannot be written: {error.strerror or error}" if isinstance(error, OSError) else str(error)


@contextmanager
def _held(prompts_dir: Path) -> Iterator[None]:
    """One update at a time."""
    try:
        prompts_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot make {prompts_dir}: {error.strerror or error}") from None
    with locked(prompts_dir / LEDGER):
        yield
