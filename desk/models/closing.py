"""Whom we do not answer, whom we do not call, and when nobody is answered: block list, do-not-call list, closure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from callcenter import dialplan
from desk.models.common import Answer, Asked, Line, Request
from desk.models.setup import Named, Number


class BlockShown(Answer):
    number: str
    reason: str
    since: datetime


class NewBlock(Request):
    number: Number = Field(title="Number", description="As +12025550100, or as dialled at home.")
    reason: Line = Field("", title="Reason", description="For whoever reads the list later.")


class ClosureShown(Answer):
    """Whether the centre is closed, with what everybody hears. `troubles`: what did not work of what was just asked."""

    closed: bool
    prompt: str | None = None
    by: str | None = None
    since: datetime | None = None
    troubles: list[str] = Field(default_factory=list)


class NewClosure(Request):
    """`prompt`: what everybody hears, until the centre is opened again."""

    prompt: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")] = Field(
        dialplan.CLOSURE_PROMPT,
        title="Prompt",
        description="What every caller hears.",
        json_schema_extra={"x-names": "prompt"},
    )


class DncAsked(Asked):
    number: Number


class DncShown(Answer):
    """`campaign` null: no campaign may call it."""

    number: str
    campaign: str | None = None
    reason: str
    since: datetime


class NewDnc(Request):
    number: Number = Field(title="Number", description="As +12025550100, or as dialled at home.")
    reason: Line = Field("", title="Reason", description="For whoever reads the list later.")
    campaign: Named | None = Field(None, title="Campaign", description="For this one alone; for all if left out.")


class DncRemoval(Asked):
    """`campaign` left out: the entry for all campaigns."""

    campaign: Named | None = None
