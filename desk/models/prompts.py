"""Prompts: texts, and what is known of their audio."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from desk.models.common import Answer, Request
from desk.recordings import Source
from ivr.prompts import MAX_TEXT

PromptText = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=MAX_TEXT, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
    ),
]


class PromptShown(Answer):
    """A prompt. `stale`: its audio is of another text; `piece`: part of numbers and dates; `used_by`: names of flows.

    `voice`: who spoke it; `length_s`: of the audio, or what its text will take about; `wrong`: why callers should not
    hear its audio.
    """

    key: str
    text: str
    source: Source
    voice: str
    length_s: float
    stale: bool
    piece: bool
    wrong: list[str]
    used_by: list[str] = Field(default_factory=list)


class PromptList(Answer):
    """`next` is always null: all prompts of a language come at once."""

    items: list[PromptShown]
    next: str | None = None
    language: str
    languages: list[str]


class NewText(Request):
    text: PromptText = Field(title="Text", description="As it is to be spoken.")


class PreviewAsked(Request):
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}([_-][A-Z]{2})?$")]
    text: PromptText


class SideShown(Answer):
    """`text` "": no words of its own, as a piece of a number."""

    text: str
    source: Source
    length_s: float


class WordingShown(Answer):
    """What is said under a key, here and as it is shipped; null: not there."""

    key: str
    ours: SideShown | None
    shipped: SideShown | None


class ConflictShown(Answer):
    """A prompt that was changed here and is shipped anew; ours is heard. `mark`: to be sent with the decision.

    `wordings`: of `key`, and of what is said instead where callers may also speak.
    """

    language: str
    key: str
    mark: str
    wordings: list[WordingShown]


class ConflictList(Answer):
    """`next` is always null. `troubles`: what keeps prompts from being brought up to date with this version."""

    items: list[ConflictShown]
    next: str | None = None
    troubles: list[str]


class Decided(Request):
    """`take`: ours stays, and nobody is told any more, or the shipped one takes its place, words and sound."""

    take: Literal["ours", "shipped"]
    mark: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
