"""What a pacer is told and what it answers: the contract of docs/pacing.md as types. Pure.

A pacer reads attributes and nothing else: any object with the attributes of `Event` and `Snapshot` will do (a
simulator brings its own). Calls and agents are named by any hashable value; seconds are of one clock with any zero.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

NOBODY: Final = -1  # `Event.agent` and `Event.seg` where there is none, and a time that is not yet


class Kind(StrEnum):
    """Kinds of events. A pacer ignores those it does not know."""

    PLACED = "placed"
    RINGING = "ringing"
    ANSWERED = "answered"  # by whom is not known yet
    LIVE = "live"  # a person, or taken for one: from here on it counts
    MACHINE = "machine"
    NO_ANSWER = "noanswer"  # rang out, or we cancelled it
    BUSY = "busy"  # busy, congestion, no such number: over without an answer
    CONNECTED = "connected"  # a person and an agent talk
    ABANDONED = "abandoned"  # a drop: no agent in time
    HANGUP = "hangup"  # a drop: the person hung up while waiting for an agent
    TALK_END = "talkend"
    IDLE = "idle"  # the agent is ready
    AWAY = "away"  # the agent logged out or pauses


DROPS: Final = frozenset({Kind.ABANDONED, Kind.HANGUP})
# A call in flight is over or an agent is ready: there may be room for another call.
MAKES_ROOM: Final = frozenset({Kind.IDLE, Kind.MACHINE, Kind.NO_ANSWER, Kind.BUSY, Kind.ABANDONED, Kind.HANGUP})


class Event(Protocol):
    """Something that happened at `t` (s) to a call or an agent."""

    @property
    def kind(self) -> str: ...
    @property
    def t(self) -> float: ...
    @property
    def call(self) -> Hashable: ...
    @property
    def agent(self) -> Hashable: ...
    @property
    def seg(self) -> int: ...


class Snapshot(Protocol):
    """The floor as it is at `t`; valid while `decide` runs. `leaving` (see `ready_agents`) may be absent."""

    @property
    def t(self) -> float: ...
    @property
    def cap(self) -> float: ...
    @property
    def day_end(self) -> float: ...
    @property
    def max_wait(self) -> float: ...
    @property
    def n_idle(self) -> int: ...
    @property
    def n_talk(self) -> int: ...
    @property
    def n_wrap(self) -> int: ...
    @property
    def n_away(self) -> int: ...
    @property
    def n_dialing(self) -> int: ...
    @property
    def n_ringing(self) -> int: ...
    @property
    def n_amd(self) -> int: ...
    @property
    def n_waiting(self) -> int: ...
    @property
    def idle(self) -> Mapping[Any, float]: ...
    @property
    def talking(self) -> Mapping[Any, float]: ...
    @property
    def wrapping(self) -> Mapping[Any, float]: ...
    @property
    def calls(self) -> Mapping[Any, tuple[float, float, float, int]]: ...
    @property
    def trunk_free(self) -> float: ...
    @property
    def cps_free(self) -> float: ...
    def peek(self, k: int, /) -> Sequence[int]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingDecision:
    """How many calls to place now, which ringing calls to end, and why, for the supervisor.

    `cancel`: only calls that have rung 15 s or longer. `reasons`: the sum, line by line, in the order it is done.
    """

    originate: int
    cancel: tuple[Hashable, ...] = ()
    reasons: tuple[str, ...] = ()


class Pacer(Protocol):
    """Says how many calls to place. Pure: the same events and snapshots give the same decisions.

    `wake`: kinds of events after which `decide` is asked at once (dialer.pacing.cadence), else once a second.
    """

    wake: frozenset[str]

    def start(self, info: Mapping[str, Any], /) -> None:
        """Begin a day. `info`: cap (fraction), max_wait, ring_timeout, day_end (s), amd (bool), segments (count) and,
        if part of the legal window is over, budget: {live, drops} counted in it so far."""

    def observe(self, event: Event, /) -> None:
        """Take note of an event; it may come late, out of order, twice or never. Never raises."""

    def decide(self, snapshot: Snapshot, /) -> PacingDecision: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingEvent:
    """An `Event` as the dialer and the simulator make it."""

    kind: str
    t: float
    call: Hashable = NOBODY
    agent: Hashable = NOBODY
    seg: int = NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingSnapshot:
    """A `Snapshot` as the dialer and the simulator make it; each field is told in docs/pacing.md."""

    t: float
    cap: float
    day_end: float
    max_wait: float
    n_idle: int = 0
    n_talk: int = 0
    n_wrap: int = 0
    n_away: int = 0
    n_dialing: int = 0
    n_ringing: int = 0
    n_amd: int = 0
    n_waiting: int = 0
    idle: Mapping[Any, float] = field(default_factory=dict)
    talking: Mapping[Any, float] = field(default_factory=dict)
    wrapping: Mapping[Any, float] = field(default_factory=dict)
    calls: Mapping[Any, tuple[float, float, float, int]] = field(default_factory=dict)
    trunk_free: float
    cps_free: float
    peek: Callable[[int], Sequence[int]]
    leaving: AbstractSet[Any] = frozenset()


def calls_in_flight(snapshot: Snapshot) -> int:
    """Return the calls that have been placed and may still need an agent: dialing, ringing, in AMD, waiting.

    Counted by stage and not by `snapshot.calls`, which may or may not hold those that wait already.
    """
    return snapshot.n_dialing + snapshot.n_ringing + snapshot.n_amd + snapshot.n_waiting


def ready_agents(snapshot: Snapshot) -> int:
    """Return the idle agents who will take a call: not those who have said that they are leaving."""
    leaving: Iterable[Any] | None = getattr(snapshot, "leaving", None)
    idle = snapshot.idle
    return max(0, snapshot.n_idle - sum(agent in idle for agent in set(leaving or ())))
