"""What is kept of callers beyond their calls: debts and payments, callbacks, voicemails, answers, consents, notices.

Frozen values like those of `callcenter.records`: times aware UTC, `None` means "not yet" or "unknown", ids are made by
whoever writes first, so that what is written twice is there once. Money is a whole number of minor units (cents) and
an ISO 4217 currency.

    callback   open ──► dialing ──► done, failed      payment   pending ──► paid, declined, failed
                 │  ◄──────┤                                                   ▲                 │
                 └─────────┴─► cancelled                                       └─────────────────┘
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from callcenter.records import JSON, CallRecord, Outcome

SATISFIED: Final = 4  # of 5: scores from here on count as satisfied in CSAT


class DebtState(StrEnum):
    OPEN = "open"
    PROMISED = "promised"  # the person said when they will pay
    PAID = "paid"


OWED: Final = frozenset({DebtState.OPEN, DebtState.PROMISED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """What somebody owes. `reference`: the creditor's, and what callers enter; `amount`: what is still to be paid.

    `updated_at`: as of when this is so; what is older never replaces what is newer.
    """

    reference: str
    number: str
    amount: int
    currency: str
    due_on: date
    state: DebtState = DebtState.OPEN
    promised_on: date | None = None
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerFacts:
    """What is known of whoever calls from `number`; all empty for a stranger.

    `calls` counts the calls with this number that have ended, either way, and stops at HISTORY; `last_…` are of the
    last of these that has it, `last_outcome` of the last one. `debts` counts what is owed, `debt_total` adds up what is
    in the currency of `debt_reference`, the debt longest due.
    """

    number: str
    name: str = ""
    language: str | None = None
    vip: bool = False
    note: str = ""
    calls: int = 0
    last_call_at: datetime | None = None
    last_outcome: Outcome | None = None
    last_agent: str | None = None
    last_intent: str | None = None
    debts: int = 0
    debt_total: int = 0
    debt_currency: str = ""
    debt_reference: str = ""


HISTORY: Final = 200  # calls of one number that are looked at: a number that calls all day must not cost more


class PaymentState(StrEnum):
    PENDING = "pending"  # the provider may have been asked
    PAID = "paid"
    DECLINED = "declined"  # the provider says no
    FAILED = "failed"  # the provider could not be asked, or did not answer; it may yet say that it was paid


# From which states a payment may become what it is said to be.
SETTLED_FROM: Final[Mapping[PaymentState, frozenset[PaymentState]]] = {
    PaymentState.PENDING: frozenset(),
    PaymentState.PAID: frozenset({PaymentState.PENDING, PaymentState.FAILED}),
    PaymentState.DECLINED: frozenset({PaymentState.PENDING, PaymentState.FAILED}),
    PaymentState.FAILED: frozenset({PaymentState.PENDING}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A card payment. `id` is the key that makes the provider charge once; no card number is ever kept but `last4`.

    `reference`: of the debt, or what else is paid; `provider_ref`: the provider's own id; `reason`: why not.
    """

    id: str
    call_id: str
    reference: str
    amount: int
    currency: str
    provider: str
    state: PaymentState = PaymentState.PENDING
    provider_ref: str = ""
    last4: str = ""
    reason: str = ""
    at: datetime  # when it was begun
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How a payment came out: paid, declined or failed."""

    payment: str
    state: PaymentState
    at: datetime
    provider_ref: str = ""
    last4: str = ""
    reason: str = ""


class CallbackState(StrEnum):
    OPEN = "open"  # to be called from `due_at` on
    DIALING = "dialing"  # is being called, by the attempt it names
    DONE = "done"  # talked with an agent
    FAILED = "failed"  # given up
    CANCELLED = "cancelled"  # not wanted any more


CALLBACK_ENDS: Final = frozenset({CallbackState.DONE, CallbackState.FAILED, CallbackState.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A call somebody asked for. `since`: the place in the queue they keep; the rest of it as in Waiting.

    `tries`: how often it was claimed; `attempt`: the id of the last claim; `call_id`: of the call it was asked for in,
    `flow` and `version`: where; `reason`: of its last change, for people.
    """

    id: str
    number: str
    queue: str
    since: datetime
    due_at: datetime
    intent: str = ""
    language: str = "en"
    skills: tuple[str, ...] = ()
    priority: int = 0
    data: JSON = field(default_factory=dict)
    state: CallbackState = CallbackState.OPEN
    tries: int = 0
    attempt: str | None = None
    call_id: str = ""
    flow: str = ""
    version: int = 0
    reason: str = ""
    updated_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackResult:
    """What came of a claimed callback: DONE, FAILED, or OPEN again from `due_at` on."""

    callback: str
    attempt: str
    state: CallbackState
    at: datetime
    due_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail:
    """A message somebody left. `file`: of the recording, relative to the folder of voicemails."""

    id: str
    call_id: str
    box: str
    number: str
    language: str
    file: str
    length_s: float
    recorded_at: datetime
    heard_at: datetime | None = None
    heard_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswer:
    """What a caller answered to one question. `score` 1 to 5; `comment`: file of what they said.

    `agent`, `queue` None: those of the call's record.
    """

    call_id: str
    question: str
    score: int | None = None
    comment: str | None = None
    agent: str | None = None
    queue: str | None = None
    flow: str
    version: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CsatOf:
    """Which answers to count: from `since` to before `until`; None: whichever."""

    since: datetime
    until: datetime
    question: str | None = None
    queue: str | None = None
    agent: str | None = None
    flow: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Csat:
    """Counts of scores: how many, their sum, how many are SATISFIED or better."""

    count: int = 0
    total: int = 0
    satisfied: int = 0

    @property
    def mean(self) -> float | None:
        """Mean score, 1 to 5; None without answers."""
        return self.total / self.count if self.count else None

    @property
    def share(self) -> float | None:
        """Share of the satisfied, a fraction; None without answers."""
        return self.satisfied / self.count if self.count else None


class ConsentGiven(StrEnum):
    ANNOUNCED = "announced"  # they were told and stayed on the line
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What somebody was told or agreed to. `kind`: "recording", …; `jurisdiction`: whose rule asked for it."""

    call_id: str
    number: str
    kind: str
    given: ConsentGiven
    jurisdiction: str
    at: datetime


class NoticeKind(StrEnum):
    SMTP = "smtp"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message to the outside, kept until it is sent. `due_at` None: given up.

    `target`: mail address or URL; `tries` counts the claims; `error`: of the last try.
    """

    id: str
    kind: NoticeKind
    target: str
    subject: str = ""
    body: JSON = field(default_factory=dict)
    due_at: datetime | None
    tries: int = 0
    sent_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficOf:
    """Which visits to count: those of a flow from `since` to before `until`, of one version or (None) of all.

    `through`: only of calls that left this node by this exit within that time, as (node, exit): one arm of a split.
    """

    flow: str
    since: datetime
    until: datetime
    version: int | None = None
    through: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedBy:
    """Which calls: those among `calls` that passed `node`, by `exit` (None: any), entered before `before`.

    `before`: when and which call the last one known entered, for the part of the list that follows.
    """

    calls: TrafficOf
    node: str | None = None
    exit: str | None = None
    before: tuple[datetime, str] | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A call that passed somewhere, first at `at`. `call` None: the acd has no record of it (yet)."""

    call_id: str
    at: datetime
    version: int
    call: CallRecord | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """How often an exit of a node was taken; `exit` "": callers were last seen here.

    `calls`: by how many different calls; `outcomes`: how these ended, None: not yet.
    """

    node: str
    exit: str
    visits: int
    calls: int
    outcomes: Mapping[Outcome | None, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """The calls that left a split by one exit, how they ended and what they thought of it."""

    exit: str
    calls: int
    outcomes: Mapping[Outcome | None, int]
    csat: Csat = Csat()
