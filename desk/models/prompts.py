"""Prompts: texts, and what is known of their audio."""

from __future__ import annotations

from typing import Annotated

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
