"""Long lists (CSV): taken over while the desk says how far it is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from desk.imports import Stage
from desk.models.callers import DebtsTaken, ListTaken
from desk.models.campaigns import LeadsTaken
from desk.models.common import Answer

CampaignName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]


class ImportAsked(DebtsTaken):
    """`into`: what the list is of; `campaign`: whose leads they become."""

    into: Literal["leads", "persons", "debts"]
    campaign: CampaignName | None = None


class ImportFault(Answer):
    """Why a list was not taken over, as an answer that fails says it."""

    code: str
    message: str
    details: list[Any]


class ImportShown(Answer):
    """A list on its way. `done` of `of` rows are read, or written. When it is over one of the others is not null."""

    id: str
    stage: Stage
    done: int
    of: int
    leads: LeadsTaken | None = None
    rows: ListTaken | None = None
    fault: ImportFault | None = None
