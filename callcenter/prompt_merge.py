"""What becomes of an installation's prompts when the program brings others: its own stay, the rest follows the program.

Three states of a language are compared: what was shipped last, what is here, and what is shipped now. A prompt is its
words and its sound; `key` and `key--speech` say the same and are decided on together. Only hashes are compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

SPEECH: Final = "--speech"  # ends the key of what is said instead where callers may also speak
MARK_LENGTH: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Hashes of a prompt's words and of its sound; None: it has none, as a piece of a number has no words here."""

    words: str | None = None
    sound: str | None = None


NOTHING: Final = Prompt()
Prompts = Mapping[str, Prompt]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What is remembered of a language from one update to the next.

    `shipped`: all that was shipped last. `coming`: what an update that has not come to its end was putting in place.
    `told`: own prompts that were kept though the shipped ones had changed, as they were then.
    """

    shipped: Prompts = field(default_factory=dict)
    coming: Prompts = field(default_factory=dict)
    told: Prompts = field(default_factory=dict)


class Fate(Enum):
    """What happens to a prompt. BOTH: it is changed here and shipped anew; ours stays, and the operator is told."""

    SHIPPED = auto()
    OWN = auto()
    BOTH = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What is to be done with a language.

    `put`: all that is to be as shipped (`NOTHING`: gone). `changes`: those of them that are otherwise now. `own` and
    `both`: what stays as it is. `gone`: the language was removed here and is left so. `ledger`: once all is done.
    """

    put: Prompts = field(default_factory=dict)
    changes: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    both: tuple[str, ...] = ()
    gone: bool = False
    ledger: Ledger = field(default_factory=Ledger)


def merge(ledger: Ledger, here: Prompts | None, shipped: Prompts, back: Collection[str] | None = ()) -> Merge:
    """Decide on all prompts of a language. `here`: None if there is no catalogue of it.

    `back`: keys whose shipped version is wanted whatever there is; None: of the whole language.
    """
    if here is None and back is not None and ledger.shipped and not ledger.coming and shipped:
        return Merge(gone=True, ledger=ledger)
    now, fates = here or {}, dict[str, Fate]()
    for keys in _together({*ledger.shipped, *ledger.coming, *ledger.told, *now, *shipped}):
        wanted = back is None or any(key in back for key in keys)
        fate = Fate.SHIPPED if wanted else _fate(keys, ledger, now, shipped)
        fates.update(dict.fromkeys(keys, fate))
    put = {key: shipped.get(key, NOTHING) for key, fate in fates.items() if fate is Fate.SHIPPED}
    both = _of(fates, Fate.BOTH)
    return Merge(
        put=put,
        changes=tuple(key for key, prompt in put.items() if now.get(key, NOTHING) != prompt),
        own=_of(fates, Fate.OWN),
        both=both,
        ledger=Ledger(shipped=dict(shipped), told={key: now.get(key, NOTHING) for key in both}),
    )


def plain(key: str) -> str:
    """Return the key of what is said where callers cannot speak.

    >>> plain("main-menu--speech")
    'main-menu'
    """
    return key.removesuffix(SPEECH)


def spellings(key: str) -> tuple[str, str]:
    """Return the keys that share a prompt's fate: the one where callers press keys, and the one where they may speak.

    >>> spellings("main-menu--speech")
    ('main-menu', 'main-menu--speech')
    """
    return plain(key), plain(key) + SPEECH


def mark_of(key: str, here: Prompts, shipped: Prompts) -> str:
    """Return what differs as soon as a prompt does, here or as it is shipped: whoever decides has seen just these."""
    both = [
        (side.get(one, NOTHING).words, side.get(one, NOTHING).sound)
        for side in (here, shipped)
        for one in spellings(key)
    ]
    return hashlib.sha256(repr(both).encode()).hexdigest()[:MARK_LENGTH]


def _fate(keys: tuple[str, ...], ledger: Ledger, here: Prompts, shipped: Prompts) -> Fate:
    if all(here.get(key, NOTHING) == shipped.get(key, NOTHING) for key in keys):
        return Fate.SHIPPED
    if all(_is_untouched(key, ledger, here.get(key, NOTHING)) for key in keys):
        return Fate.SHIPPED
    if not any(key in shipped for key in keys):
        return Fate.OWN
    if any(ledger.shipped.get(key) != shipped.get(key) for key in keys):
        return Fate.BOTH
    # Told before: until it is recorded or worded anew, which is an answer too.
    is_told = any(key in ledger.told for key in keys)
    as_told = all(ledger.told.get(key, NOTHING) == here.get(key, NOTHING) for key in keys)
    return Fate.BOTH if is_told and as_told else Fate.OWN


def _is_untouched(key: str, ledger: Ledger, here: Prompt) -> bool:
    """Whether a prompt is as shipped; an update that was killed leaves old words with a new sound, or the reverse."""
    last = ledger.shipped.get(key, NOTHING)
    coming = ledger.coming.get(key, last)
    return here.words in (last.words, coming.words) and here.sound in (last.sound, coming.sound)


def _together(keys: Collection[str]) -> Iterator[tuple[str, ...]]:
    """Yield the keys that share their fate: a prompt and its wording for callers who may speak."""
    for key in sorted({plain(key) for key in keys}):
        yield tuple(one for one in spellings(key) if one in keys)


def _of(fates: Mapping[str, Fate], wanted: Fate) -> tuple[str, ...]:
    return tuple(key for key, fate in fates.items() if fate is wanted)
