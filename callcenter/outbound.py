"""Outbound as the store keeps it: campaigns, leads, attempts, the do-not-call list. Frozen values, times aware UTC.

An *attempt* is one try to reach one lead's number, written down before anything is sent to Asterisk. Its states:

    reserved ──► sent ──► dialing ──► answered ──► ended
        └──────────┴─────────┴──────────────────────► ended

`dialer.attempts` has the table and what each step proves; `None` means "not yet" or "unknown".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, TypedDict

JSON = Mapping[str, Any]

MIN_RING: Final = timedelta(seconds=15)  # 16 CFR 310.4(b)(4)(ii): 15 seconds or four rings before we give up


class CampaignState(StrEnum):
    PAUSED = "paused"  # no new call; calls under way go on
    RUNNING = "running"
    DRAINING = "draining"  # no new reservation; what is sent is dialled, then it ends
    ENDED = "ended"


class CampaignKind(StrEnum):
    """What is said on the phone; it decides which rules of law apply."""

    SALES = "sales"
    COLLECTIONS = "collections"
    CALLBACK = "callback"  # whoever is called has asked for it; see `dialer.callbacks`


class CallingOrder(StrEnum):
    """Who is called next of leads of the same priority that are due."""

    LIST = "list"  # who has been due longest
    SCORE = "score"  # by their chance of an answer, so that answers come when agents are free; see `dialer.scores`


class LeadState(StrEnum):
    READY = "ready"  # may be called from `next_at` on
    DIALING = "dialing"  # has exactly one open attempt
    DONE = "done"


class AttemptState(StrEnum):
    RESERVED = "reserved"  # the number is ours; nothing has been sent
    SENT = "sent"  # we may have told Asterisk; the gate has not let it through
    DIALING = "dialing"  # the gate has let it through: the trunk may have seen an INVITE
    ANSWERED = "answered"
    ENDED = "ended"


OPEN: Final = frozenset(AttemptState) - {AttemptState.ENDED}


class AttemptOutcome(StrEnum):
    """How an attempt ended. The first three never reached the trunk and give the try back."""

    WITHDRAWN = "withdrawn"  # reserved and not sent
    EXPIRED = "expired"  # sent, and the gate was not reached in time
    REFUSED = "refused"  # the gate said no
    CONNECTED = "connected"  # a person talked with an agent
    DROPPED = "dropped"  # a person answered and no agent was there in time ("abandoned call" in the regulations)
    # They left before an agent was there, and were not let down: a callback, or gone while AMD still listened.
    ABANDONED = "abandoned"
    MACHINE = "machine"  # of a callback: whoever answered did not take the call, so most often a machine
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    INVALID = "invalid"  # the number does not exist
    FAILED = "failed"  # congestion or a fault on the way; says nothing about the number
    CANCELLED = "cancelled"  # we ended it while it rang, 15 s or later
    LOST = "lost"  # it may have been dialled; how it ended nobody saw


NOT_DIALLED: Final = frozenset({AttemptOutcome.WITHDRAWN, AttemptOutcome.EXPIRED, AttemptOutcome.REFUSED})
# No try of their lead: not dialled, or a fault on the way; that one counts for the number and says nothing of them.
NO_TRY: Final = NOT_DIALLED | {AttemptOutcome.FAILED}


AMD_SILENCE: Final = timedelta(seconds=0.8)  # as after_greeting_silence in amd.conf
# From the end of a greeting until AMD says that it is a person and a message can be heard: taken off in the dialplan,
# context answered. AMD is sure some 0.1 s after the silence, a message is heard as long after it begins, and on a busy
# machine either takes a little more.
AMD_TAKES: Final = timedelta(seconds=1.2)
SHORT_WAIT: Final = timedelta(seconds=1.5)  # of so short a wait nothing is taken off


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A list of leads, the agents who talk to them, and how they are called.

    - `queue`: whose agents take its calls; `skills`: what they must have besides.
    - `trunk`: name of the trunk in centre.toml; `caller_id`: the number shown, E.164.
    - `mode`: a pacing mode of `dialer.pacing.make_pacer`; `cap`: largest lawful share of drops, a fraction.
    - `max_wait`: from the answer, or with `amd` from the end of the greeting, to the agent; later it is a drop.
    - `interval`: least time between two calls to one number, whoever calls; `max_tries`: calls per lead.
    - `weight`: its share where campaigns compete for agents or lines; with 2 twice what one with 1 gets.
    - `order`: who of its leads is next.
    - `amd`: tell answering machines from people; unsure counts as a person. `amd_misses`: of the people who answer, the
      share it takes for machines, found by listening to a sample: each is a drop by law and is reserved for.
    - `region`: country whose rules apply, ISO 3166.
    - `company`, `callback`: said in the safe-harbour message; `message`: the recording of it, a sound as Asterisk
      sees it, without extension; `opt_out_key`: puts the person on the do-not-call list.
    """

    name: str
    title: str
    kind: CampaignKind
    queue: str
    trunk: str
    caller_id: str
    region: str
    company: str
    callback: str
    message: str = ""
    skills: tuple[str, ...] = ()
    language: str = "en"
    mode: str = "progressive"
    state: CampaignState = CampaignState.PAUSED
    cap: float = 0.03
    ring: timedelta = timedelta(seconds=22)
    max_wait: timedelta = timedelta(seconds=2)
    interval: timedelta = timedelta(hours=4)
    max_tries: int = 3
    opt_out_key: str = "9"
    weight: float = 1.0
    order: CallingOrder = CallingOrder.LIST
    amd: bool = False
    amd_misses: float = 0.005
    created_at: datetime

    @property
    def wait_left(self) -> timedelta:
        """How much of `max_wait` is left when a person is known to be one: AMD has listened to silence by then."""
        listened = AMD_TAKES if self.amd and self.max_wait > SHORT_WAIT else timedelta(0)
        return self.max_wait - listened

    @property
    def unseen(self) -> float:
        """Share of the people who answer that AMD takes for machines."""
        return self.amd_misses if self.amd else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Somebody to be called. `id` 0: not stored yet. `time_zone`: IANA name if the list knows better than the number.

    `consent`: where it is on record that this person agreed to be called at any time; "" if they did not.
    `data`: the other columns of the list, for the agent's screen; never sent to Asterisk.
    """

    id: int = 0
    campaign: str
    number: str  # E.164
    name: str = ""
    language: str = ""
    external_id: str = ""
    time_zone: str = ""
    consent: str = ""
    priority: int = 0  # larger is called first
    data: JSON = field(default_factory=dict)
    state: LeadState = LeadState.READY
    next_at: datetime
    tries: int = 0  # attempts since the last reset, without those of NO_TRY
    last_outcome: AttemptOutcome | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimit:
    """At most `calls` counted attempts to one number within `window`. The rule's name is told when it refuses.

    `outcome`: only attempts that ended so count, for whichever campaign; None: all.
    """

    rule: str
    calls: int
    window: timedelta
    outcome: AttemptOutcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DropLimit:
    """At most `cap` of the people who answered a campaign from `since` on may be dropped; `rule` names the source."""

    rule: str
    cap: float
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An attempt that is asked for: `Store.reserve` makes it an Attempt or says why not.

    `drops`: what bounds the campaign's drops; `ready`: agents who are ready for its calls and not promised to one that
    was just connected. See `callcenter.compliance.guard`.
    """

    id: str  # lower-case hex, made by the dialer; names the Local channel and travels in Asterisk
    lead: int
    campaign: str
    number: str
    cell: str
    limits: tuple[CallLimit, ...] = ()
    drops: tuple[DropLimit, ...] = ()
    ready: int = 0


class Rule(StrEnum):
    """Why the store itself refuses an attempt; the other names in a Refusal are those of its CallLimits."""

    CAMPAIGN_STATE = "campaign-state"  # it does not run
    LEAD_STATE = "lead-state"  # no such lead, not READY, or not before its `next_at`
    DNC = "dnc"
    OPEN_ATTEMPT = "open-attempt"  # the number is being called, for whichever campaign
    INTERVAL = "interval"  # called for another campaign, whose interval is not over; also the name of our own's limit
    DROPS = "drops"  # were all calls at risk dropped, the campaign would have more drops than it may
    NOT_SENT = "not-sent"  # at the gate: unknown, not yet sent, let through already, or ended
    TOO_OLD = "too-old"  # at the gate: sent too long ago


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a draft was not reserved, or an attempt not let through: `rule` is a Rule or the name of a CallLimit."""

    draft: str
    rule: str
    until: datetime | None = None  # from when it may be asked for again, None if time does not help


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One row of the ledger. `counted`: it counts for limits per number and per lead.

    `call_id`: Uniqueid of the called person's leg. `cause`: Q.850.
    """

    id: str
    lead: int
    campaign: str
    number: str
    cell: str
    state: AttemptState
    counted: bool
    reserved_at: datetime
    sent_at: datetime | None = None
    gate_at: datetime | None = None
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    connected_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: AttemptOutcome | None = None
    cause: int | None = None
    agent: str | None = None
    call_id: str | None = None


class AttemptFacts(TypedDict, total=False):
    """What becomes known of an attempt on its way; None says nothing. Fields as in Attempt."""

    ringing_at: datetime | None
    answered_at: datetime | None
    connected_at: datetime | None
    agent: str | None
    call_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The end of an attempt and what it means for its lead, written in one transaction.

    `only_from`: the states it may be in; in any other nothing happens. `next_at`: of the lead, if it stays READY.
    """

    attempt: str
    outcome: AttemptOutcome
    at: datetime
    only_from: frozenset[AttemptState] = OPEN
    cause: int | None = None
    lead_state: LeadState = LeadState.READY
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DncEntry:
    """A number nobody may call. `campaign` None: for all of them. Entries are never changed, only removed."""

    number: str
    reason: str
    since: datetime
    campaign: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFigures:
    """Counts of one campaign since a time: attempts by outcome, open attempts by state, leads by state."""

    campaign: str
    outcomes: Mapping[AttemptOutcome, int]
    open: Mapping[AttemptState, int]
    leads: Mapping[LeadState, int]

    @property
    def answered_by_person(self) -> int:
        return self.outcomes.get(AttemptOutcome.CONNECTED, 0) + self.outcomes.get(AttemptOutcome.DROPPED, 0)

    @property
    def drop_rate(self) -> float | None:
        """Drops per call answered by a person; None without any."""
        live = self.answered_by_person
        return self.outcomes.get(AttemptOutcome.DROPPED, 0) / live if live else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a pacer decided at `at` and why.

    `asked`: calls it asked for; `placed`: those that went out; `cancelled`: ringing calls it ended; `floor`: the counts
    it saw (agents, calls, what trunk and list allow); `reasons`: its sum, line by line.
    """

    campaign: str
    cell: str
    at: datetime
    asked: int
    placed: int
    cancelled: int
    floor: Mapping[str, float]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsOf:
    """Which leads of a campaign: in one state, whose last call ended so, whose number has these digits; None, "": any.

    `after`: those that follow the one due then, with that id.
    """

    campaign: str
    state: LeadState | None = None
    outcome: AttemptOutcome | None = None
    digits: str = ""
    after: tuple[datetime, int] | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptsOf:
    """Which attempts of a campaign: that ended so, on a number with these digits; None, "": any.

    `before`: those that were reserved before the one reserved then, with that id.
    """

    campaign: str
    outcome: AttemptOutcome | None = None
    digits: str = ""
    before: tuple[datetime, str] | None = None
    limit: int = 50
