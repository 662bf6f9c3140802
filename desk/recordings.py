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
