"""What the store keeps, as frozen values: one dataclass per table row that other packages see.

Times are aware UTC. Ids are Asterisk's: a leg's is its Uniqueid, a call's is the Uniqueid of its caller's leg. (Not the
Linkedid: an agent's nailed-up leg is older than its calls, so bridging gives all of them the agent's Linkedid.)
`None` means "not yet" or "unknown".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, TypedDict

JSON = Mapping[str, Any]

LIVE: Final = "live"  # the alias callers hear
STAGING: Final = "staging"  # the alias of what is tried before


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"
    CALLBACK = "callback"  # a call of ours that the person has asked for
    INTERNAL = "internal"


class Outcome(StrEnum):
    """How a call ended for the person on the line. Every ended call has exactly one."""

    REACHED_AGENT = "reached-agent"
    ABANDONED = "abandoned"  # the caller left after asking for an agent and before one answered
    SELF_SERVICE = "self-service"  # ended in the IVR without asking for an agent
    CLOSED = "closed"  # heard the emergency closure or a closed-hours message
    BLOCKED = "blocked"  # on the block list, not answered
    CALL_BACK = "call-back"  # left with our promise to call back, from the queue or without asking for an agent
    VOICEMAIL = "voicemail"  # left a message, from the queue or without asking for an agent
    FALLBACK_AGENT = "fallback-agent"  # reached an agent through the fallback queue
    FALLBACK_LEFT = "fallback-left"  # entered the fallback and reached nobody
    DROPPED = "dropped"  # we called, a person answered, and no agent was there in time or before they left
    NOT_SEEN = "not-seen"  # known only from Asterisk's own record: we were down during the call


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call: a caller's leg and every leg it was bridged to. The acd is its only writer.

    For a call of ours (`direction` outbound or callback) the caller is the person we called and `did` the number we
    showed; the attempt in the ledger has the same call id. Calls nobody answered are in the ledger only.
    """

    id: str
    direction: Direction
    started_at: datetime
    did: str = ""
    caller: str = ""
    queue: str | None = None
    intent: str | None = None
    agent: str | None = None
    queued_at: datetime | None = None
    connected_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    cause: int | None = None  # Q.850 hangup cause of the caller's leg


class CallChange(TypedDict, total=False):
    """What may still change about a call that is recorded; its end is not among it."""

    did: str
    caller: str
    queue: str | None
    intent: str | None
    agent: str | None
    queued_at: datetime | None
    connected_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRecord:
    """One party's channel within a call."""

    id: str
    call_id: str
    channel: str
    started_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    agent: str | None = None
    cause: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A caller handed over by the ivr and not yet connected. Written by ivr, deleted by acd.

    `agent`: who is to take the call, if they are on duty and free before `agent_until`; after that, anybody.
    """

    call_id: str
    channel: str
    queue: str
    since: datetime
    intent: str = ""
    language: str = "en"
    skills: tuple[str, ...] = ()
    priority: int = 0  # larger is served first
    data: JSON = field(default_factory=dict)
    agent: str | None = None
    agent_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IvrSession:
    """A caller's place in a flow. Written by ivr after each turn that may outlive the process.

    `flow`, `version`: the one the call began in; `versions`: of every flow it may enter, by name, fixed when it began.
    `inputs`: what the caller did, in order, for a replay; without what was taken in secret. `started_at` None: written
    by an earlier program.
    """

    call_id: str
    flow: str
    version: int
    state: JSON
    updated_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    versions: Mapping[str, int] = field(default_factory=dict)
    inputs: tuple[JSON, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A caller passed a node. `seq` counts the visits of a call from 0; `exit` "": the caller was here last."""

    call_id: str
    seq: int
    flow: str
    version: int
    node: str
    exit: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A person who takes calls. `phone` is the SIP user of the phone; `pin_hash` see `callcenter.pins`."""

    id: str  # digits: dialled on the phone
    name: str
    phone: str
    pin_hash: str = field(repr=False, default="")
    queues: tuple[str, ...] = ()
    skills: Mapping[str, int] = field(default_factory=dict)  # skill -> level 1..10
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Callers who wait for the same kind of agent."""

    name: str
    title: str
    wrap_up: timedelta = timedelta(seconds=15)
    max_wait: timedelta = timedelta(minutes=15)
    service_level: timedelta = timedelta(seconds=20)  # answered within this counts as in service level
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A dialled number (DID) and the flow its callers enter. `fallback_queue`: where they wait when we are down.

    `alias`: which version of the flow, see FlowAlias.
    """

    did: str
    flow: str
    fallback_queue: str
    active: bool = True
    alias: str = LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkRecord:
    """What a carrier allows on a trunk. `caller_id`: our number on calls placed there, E.164, "" if none is set."""

    name: str
    channels: int
    calls_per_second: float
    caller_id: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFlow:
    """One immutable version of a flow; `body` is its canonical JSON.

    `layout`, where its nodes stand in the editor, and `tests` are no part of what callers hear, and may still change.
    """

    name: str
    version: int
    body: JSON
    author: str
    message: str
    created_at: datetime
    layout: JSON = field(default_factory=dict)
    tests: tuple[JSON, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowVersion:
    """A StoredFlow without what it says; `aliases` that point to it, by name."""

    name: str
    version: int
    author: str
    message: str
    created_at: datetime
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowDraft:
    """What somebody is working on; it may be no valid flow yet. `lock` counts its saves, 0: not stored yet.

    `based_on`: the version it began with.
    """

    name: str
    body: JSON
    layout: JSON = field(default_factory=dict)
    tests: tuple[JSON, ...] = ()
    lock: int = 0
    author: str
    updated_at: datetime
    based_on: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftHead:
    """A FlowDraft without what it says."""

    name: str
    lock: int
    author: str
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowTrial:
    """A draft that somebody calls to hear it, as it was when they asked; for one call.

    `token`: hex digits, by which the call tells it; `caller`: the number the flow is to take them for, "" for none.
    """

    token: str = field(repr=False)
    flow: str
    body: JSON
    by: str
    caller: str = ""
    made_at: datetime
    call_id: str | None = None


def trial_id(token: str) -> str:
    """Return what a draft under `token` is called where others may see it: nobody can dial that."""
    return sha256(f"trial {token}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What is to become a version of a flow, and the alias that is to point to it, None: no alias.

    `layout`, `tests` None: as the version before has them. `expected`: see AliasMove.
    """

    name: str
    body: JSON
    author: str
    message: str = ""
    layout: JSON | None = None
    tests: tuple[JSON, ...] | None = None
    alias: str | None = LIVE
    expected: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowAlias:
    """A name for a version of a flow, who had it point there and when."""

    flow: str
    alias: str
    version: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasMove:
    """Publishing or rollback: `alias` is to point to `version`.

    `expected`: the version it must point to until then, 0: to none yet, None: whichever.
    """

    flow: str
    alias: str
    version: int
    by: str
    expected: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """A dialled number and the version of every flow a call to it stays on: under its alias, else under LIVE."""

    number: Number
    versions: Mapping[str, int]

    @property
    def version(self) -> int | None:
        """The version of the number's own flow, None if it has none."""
        return self.versions.get(self.number.flow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who calls or is called, known by number. `id` 0: not stored yet. `note`: for agents to read."""

    id: int = 0
    number: str  # E.164 where it can be parsed, else as received
    name: str = ""
    language: str | None = None
    vip: bool = False
    note: str = ""
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    calls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChange:
    """One entry of the log of agents' states; adherence and handle time are computed from it."""

    agent: str
    state: str
    at: datetime
    reason: str = ""
    call_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedCaller:
    number: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """Emergency closure in force: which prompt everybody hears, since when, by whom."""

    prompt: str
    by: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who may act under `name` until `until`; the acd of a cell is active only while it holds one."""

    name: str
    holder: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceState:
    """What a service says of itself: `text` since `since`; `seen_at` is when it last said so. `name`: dialer:main."""

    name: str
    text: str
    since: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreRecords:
    """What `centre.toml` says, in the form the store takes it over."""

    agents: Sequence[Agent]
    queues: Sequence[Queue]
    numbers: Sequence[Number]
    trunks: Sequence[TrunkRecord] = ()
