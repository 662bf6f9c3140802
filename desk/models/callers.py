"""What is known of callers and kept for them: persons, debts, calls back, voicemails, answers to surveys."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from callcenter.care import CallbackState, DebtState
from desk.models.campaigns import Limit, ListAsked, Refusal, Region
from desk.models.common import Answer, Asked, FlowName, Line, Request
from desk.models.setup import Digits, Named, Number

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Tongue = Annotated[str, StringConstraints(max_length=5, pattern=r"^([A-Za-z]{2}([_-][A-Za-z]{2})?)?$")]
Since = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,3}[mhd]$")]
Question = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]


class PersonsAsked(Asked):
    """`number`: only who calls from it; `vip`: only VIPs."""

    number: Number | None = None
    vip: bool = False
    limit: Limit = 50


class PersonShown(Answer):
    number: str
    name: str
    language: str | None
    vip: bool
    note: str
    calls: int
    last_seen: datetime | None


class PersonChange(Request):
    """Who calls from a number; what is left out stays as it is."""

    name: Line | None = Field(None, title="Name", description="What they are called.")
    language: Tongue | None = Field(None, title="Language", description="What they speak, e.g. es.")
    vip: bool = Field(False, title="VIP", description="Is served first where flows say so.")
    note: Line | None = Field(None, title="Note", description="For agents to read.")


class PersonSaid(PersonChange):
    """Who calls from a number that nobody has said anything of yet."""

    number: Number = Field(title="Number", description="As +12025550100, or as dialled at home.")


class PersonsTaken(ListAsked):
    """`region`: country in which numbers without + are read; the centre's if left out."""

    region: Region | None = None


class DebtsTaken(PersonsTaken):
    """`currency`: of amounts where the list does not say."""

    currency: Currency | None = None


class ListTaken(Answer):
    """What became of a list. `good` rows could be used, `new` of them are new or changed; null: nothing was changed.

    `bad` rows were left out; `faults` tells the first of them.
    """

    good: int
    new: int | None
    bad: int
    faults: list[Refusal]


class DebtsAsked(Asked):
    """`number`: those of one number, paid ones too; else all that are owed, those longest due first."""

    number: Number | None = None
    limit: Limit = 50


class DebtShown(Answer):
    reference: str
    number: str
    amount: str
    currency: str
    due_on: date
    state: DebtState
    promised_on: date | None


class CallbacksAsked(Asked):
    """`all`: those that are over, too."""

    queue: Named | None = None
    number: Number | None = None
    all: bool = False
    limit: Limit = 50


class CallbackShown(Answer):
    id: str
    number: str
    queue: str
    state: CallbackState
    due_at: datetime
    since: datetime
    priority: int
    tries: int
    reason: str


class CancelAsked(Request):
    reason: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = Field(
        "", title="Reason", description="For whoever reads the list later."
    )


class BoxShown(Answer):
    name: str
    messages: int
    unheard: int


class VoicemailsAsked(Asked):
    """`unheard`: only what nobody has heard."""

    box: Named
    unheard: bool = False
    limit: Limit = 50


class VoicemailShown(Answer):
    id: str
    box: str
    number: str
    language: str
    length_s: float
    recorded_at: datetime
    heard_at: datetime | None
    heard_by: str


class SurveysAsked(Asked):
    """`by`: what is compared; `since`: how far back, e.g. 24h or 7d."""

    by: Literal["queue", "agent", "version"] = "queue"
    since: Since = "7d"
    question: Question | None = None
    queue: Named | None = None
    agent: Digits | None = None
    flow: FlowName | None = None


class Scores(Answer):
    """Answers from 1 to 5. `csat`: the share of 4 and 5, true within `low` and `high` in 19 of 20 such counts."""

    of: str
    answers: int
    mean: float | None
    satisfied: int
    csat: float | None
    low: float
    high: float


class SurveyReport(Answer):
    """`items`: a line for each queue, agent or version ("" where none was reached); `total`: all together."""

    items: list[Scores]
    next: str | None = None
    total: Scores
