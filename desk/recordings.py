"""What is known of a prompt's audio. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    SPOKEN = "spoken"  # by a voice of this machine
    RECORDED = "recorded"  # by a person
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptState:
    """A prompt in one language. `stale`: its audio is of another text; `piece`: part of numbers and dates.

    `voice`: who spoke it; `length_s`: of the audio, or what its text will take about; `wrong`: why callers should not
    hear its audio, one line each.
    """

    key: str
    text: str
    source: Source
    voice: str = ""
    length_s: float
    stale: bool = False
    piece: bool = False
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSide:
    """A prompt as one side has it. `text` "": it has no words of its own, as a piece of a number."""

    text: str
    source: Source
    length_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What is said under a key; None: that side does not have it."""

    key: str
    ours: PromptSide | None
    shipped: PromptSide | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptConflict:
    """A prompt changed here and shipped anew. `mark`: another one as soon as either of them is."""

    language: str
    key: str
    mark: str
    wordings: tuple[Wording, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarrels:
    """What is to be decided; `troubles`: what keeps prompts from being brought up to date, one line each."""

    items: tuple[PromptConflict, ...] = ()
    troubles: tuple[str, ...] = ()
