"""Campaigns, their leads and what they do now.

These models say what a form needs; whether a value will do is said by what reads the command line's options.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from callcenter.outbound import AttemptOutcome, AttemptState, CallingOrder, CampaignKind, CampaignState, LeadState
from desk.models.common import Answer, Asked, Request
from desk.models.setup import Name, Named, Number, SomeText, names

Language = Annotated[str, StringConstraints(min_length=2, max_length=5, pattern=r"^[A-Za-z]{2}([_-][A-Za-z]{2})?$")]
Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Encoding = Annotated[str, StringConstraints(max_length=40, pattern=r"^[A-Za-z0-9_.:-]*$")]
OLDEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
Limit = Annotated[int, Field(ge=1, le=1_000)]
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=200)]
SomeDigits = Annotated[str, StringConstraints(max_length=40, pattern=r"^[0-9+()./ -]*$")]


class Asking(StrEnum):
    """What a campaign of one's own is for."""

    SALES = "sales"
    COLLECTIONS = "collections"


class Mode(StrEnum):
    """How it is paced: a call per ready agent, several, or as many as a forecast allows."""

    PROGRESSIVE = "progressive"
    RATIO = "ratio"
    PREDICTIVE = "predictive"


class CampaignChange(Request):
    """What is left out stays as it is."""

    kind: Asking | None = Field(None, title="Kind", description="What is said on the phone decides the law.")
    queue: Named | None = Field(
        None, title="Queue", description="Its agents take the calls.", json_schema_extra=names("queue")
    )
    trunk: Named | None = Field(
        None, title="Trunk", description="Its calls leave here.", json_schema_extra=names("trunk")
    )
    company: SomeText | None = Field(None, title="Company", description="Who calls, as the message says it.")
    callback: Number | None = Field(
        None, title="Number to call back", description="Said in the message; people must reach somebody there."
    )
    caller_id: Number | None = Field(None, title="Number shown", description="The trunk's if left out.")
    title: SomeText | None = Field(None, title="Title", description="What people call it.")
    mode: Mode | None = Field(
        None, title="Mode", description="progressive: a call per ready agent; predictive: by forecast."
    )
    order: CallingOrder | None = Field(
        None,
        title="Order",
        description="Of leads that are due: list, the longest first; score, by the chance that a person answers.",
    )
    cap_percent: float | None = Field(
        None, ge=0, le=100, title="Most drops in percent", description="Of the calls that a person answers; 3."
    )
    ring_s: float | None = Field(
        None, ge=1, le=60, title="Ring in seconds", description="So long it rings before we give up; 22."
    )
    max_wait_s: float | None = Field(
        None, ge=0.1, le=60, title="Longest wait in seconds", description="From the answer to the agent; 2."
    )
    interval_min: int | None = Field(
        None,
        ge=1,
        le=525_600,
        title="Minutes between two calls",
        description="To one number, at least; 240.",
    )
    max_tries: int | None = Field(None, ge=1, le=100, title="Calls per lead", description="3.")
    language: Language | None = Field(None, title="Language", description="Of the message; en.")
    skills: list[Named] | None = Field(
        None, max_length=20, title="Skills", description="What its agents must have besides the queue."
    )
    region: Region | None = Field(None, title="Country", description="Whose rules apply; the centre's. US.")
    opt_out_key: Annotated[str, StringConstraints(pattern=r"^[0-9*]$")] | None = Field(
        None, title="Key to opt out", description="After it nobody calls the number again; 9."
    )
    weight: float | None = Field(
        None, ge=0.01, le=100, title="Weight", description="Its share where campaigns compete for agents; 1."
    )
    amd: bool | None = Field(
        None, title="Answering machines", description="Tell them from people; who is not sure counts as a person."
    )
    amd_misses_percent: float | None = Field(
        None,
        ge=0,
        le=20,
        title="People taken for machines in percent",
        description="Found by listening to a sample; each is a drop by law and is reserved for. 0.5.",
    )


class NewCampaign(CampaignChange, Name):
    """A campaign: a list of people, and the agents who talk to them. It begins paused."""

    kind: Asking = Field(title="Kind", description="What is said on the phone decides the law.")
    queue: Named = Field(title="Queue", description="Its agents take the calls.", json_schema_extra=names("queue"))
    trunk: Named = Field(title="Trunk", description="Its calls leave here.", json_schema_extra=names("trunk"))
    company: SomeText = Field(title="Company", description="Who calls, as the message says it.")
    callback: Number = Field(
        title="Number to call back", description="Said in the message; people must reach somebody there."
    )


class CampaignShown(Answer):
    """All that is set for a campaign. `says`: the words of its message, "" if it is a recording or not seen from here.

    `notes`: of what was just asked: allowed, and hardly meant.
    """

    name: str
    title: str
    kind: CampaignKind
    state: CampaignState
    queue: str
    trunk: str
    caller_id: str
    region: str
    company: str
    callback: str
    skills: list[str]
    language: str
    mode: str
    order: CallingOrder
    cap_percent: float
    ring_s: float
    max_wait_s: float
    interval_min: int
    max_tries: int
    opt_out_key: str
    weight: float
    amd: bool
    amd_misses_percent: float
    created_at: datetime
    has_message: bool
    says: str = ""
    notes: list[str] = Field(default_factory=list)


class Verb(StrEnum):
    START = "start"
    PAUSE = "pause"
    DRAIN = "drain"
    END = "end"


class StateAsked(Request):
    """`start`, `pause` (calls under way go on), `drain` (what is on its way is placed, then it ends) or `end`."""

    state: Verb


class StateDone(Answer):
    """`notes`: why it may not call at once."""

    state: CampaignState
    notes: list[str]


class Saying(Answer):
    """What a service said, since when, and when last."""

    text: str
    since: datetime
    seen_at: datetime


class DialerShown(Answer):
    """`running`: it said so within the last seconds."""

    running: bool
    text: str
    since: datetime | None
    seen_at: datetime | None


class DropsShown(Answer):
    """Drops of the calls that a person answered, within a rule's window; `rate` null: nobody answered."""

    rule: str
    window_s: float
    cap: float
    answered: int
    dropped: int
    rate: float | None


class CampaignDoing(Answer):
    """What a campaign does. Counts by state or outcome; `drops`: by rule; `notes`: why it does not call as meant.

    `pacing`: what the dialer decided for it last, or why it places no calls.
    """

    name: str
    title: str
    state: CampaignState
    kind: CampaignKind
    queue: str
    trunk: str
    mode: str
    leads: dict[LeadState, int]
    next_due: datetime | None
    in_flight: dict[str, int]
    today: dict[AttemptOutcome, int]
    total: dict[AttemptOutcome, int]
    drops: list[DropsShown]
    pacing: Saying | None
    notes: list[str]


class CampaignList(Answer):
    """`next` is always null: all campaigns come at once."""

    items: list[CampaignDoing]
    next: str | None = None
    dialer: DialerShown


class CampaignStatus(Answer):
    at: datetime
    dialer: DialerShown
    campaign: CampaignDoing


class DecisionsAsked(Asked):
    """`at`: the time that is asked about, now if left out; `around_s`: how far before and after it to look."""

    at: Annotated[AwareDatetime, Field(ge=OLDEST, le=LATEST)] | None = None
    around_s: Annotated[float, Field(ge=0, le=3_600)] = 15.0
    limit: Limit = 60


class DecisionShown(Answer):
    """What a pacer decided. `floor`: the counts it saw; `reasons`: its sum, line by line."""

    at: datetime
    cell: str
    asked: int
    placed: int
    cancelled: int
    floor: dict[str, float]
    reasons: list[str]


class DecisionsShown(Answer):
    """`decision`: the one that held at that time, null if none is kept; `around`: those before and after, in order."""

    at: datetime
    decision: DecisionShown | None
    around: list[DecisionShown]


class LeadsAsked(Asked):
    """Those due first. `outcome`: of their last call; `number`: digits that are part of theirs."""

    state: Literal["ready", "dialing", "done"] | None = None
    outcome: AttemptOutcome | None = None
    number: SomeDigits | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class LeadShown(Answer):
    """`next_at`: from when on a lead that is ready may be called; `tries`: calls since it was last made ready."""

    id: int
    number: str
    name: str
    state: LeadState
    next_at: datetime
    tries: int
    last_outcome: AttemptOutcome | None
    priority: int


class AttemptShown(Answer):
    """A call we made, or were about to. `name`: of the lead; `cause`: Q.850, why the carrier ended it.

    `talked_s`: from the answer to the end, null as long as it lasts.
    """

    id: str
    number: str
    name: str
    state: AttemptState
    outcome: AttemptOutcome | None
    reserved_at: datetime
    ringing_at: datetime | None
    answered_at: datetime | None
    connected_at: datetime | None
    ended_at: datetime | None
    talked_s: float | None
    cause: int | None
    agent: str | None
    call_id: str | None


class LeadSeen(LeadShown):
    """All that is known of a lead. `data`: the other columns of its list; `on_dnc`: nobody calls it any more.

    `consent`: where it is on record that they may be called at any hour; `attempts`: the last ones, newest first.
    """

    language: str
    external_id: str
    time_zone: str
    consent: str
    data: dict[str, Any]
    created_at: datetime
    on_dnc: bool
    attempts: list[AttemptShown]


class AttemptsAsked(Asked):
    """The newest first. `number`: digits that are part of it."""

    outcome: AttemptOutcome | None = None
    number: SomeDigits | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class ListAsked(Asked):
    """A list (CSV). `encoding`: if it is not UTF-8, e.g. windows-1252. `dry_run`: only say what would be done."""

    encoding: Encoding = ""
    dry_run: bool = False


class Refusal(Answer):
    """A row that was left out: the line it begins on, from 1, and what is wrong with it."""

    line: int
    column: str
    text: str


class LeadsTaken(Answer):
    """What became of a list. `good` rows are leads; `imported` of them are new, null: nothing was to be added.

    `on_dnc`: are on the do-not-call list and are not called; `any_hour`: may be called at any hour, as far as the law
    allows. `bad` rows were left out; `faults` tells the first of them.
    """

    good: int
    imported: int | None
    already_there: int | None
    on_dnc: int
    any_hour: int
    bad: int
    faults: list[Refusal]
    notes: list[str]


class ResetAsked(Request):
    """Leads whose last call ended so; all but those who talked with an agent if left out."""

    outcomes: list[AttemptOutcome] | None = Field(None, max_length=20)


class ResetDone(Answer):
    ready: int
