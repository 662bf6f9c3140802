"""From the dialer's agents and calls to the snapshot a pacer sees. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dialer.pacing.contract import NOBODY, PacingSnapshot


class Activity(StrEnum):
    """What an agent does, as far as one campaign is concerned."""

    IDLE = "idle"  # ready, and counted for this campaign (dialer.sharing)
    TALKING = "talking"  # reserved for or talking with a person of this campaign
    WRAPPING = "wrapping"  # after a call of this campaign
    AWAY = "away"  # logged in and none of these: paused, on other calls, counted for another campaign


class Stage(StrEnum):
    """How far a call in flight has come."""

    DIALING = "dialing"  # from the reservation in the ledger until it rings
    RINGING = "ringing"
    AMD = "amd"  # answered; person or machine is not known yet
    WAITING = "waiting"  # a person without an agent


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentNow:
    """An agent; `since` (s): when this activity began. `leaving`: will pause or log out after this call."""

    agent: str
    activity: Activity
    since: float
    leaving: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNow:
    """A call in flight: placed, not over, and no agent reserved for it. Times in s; `seg`: segment of its lead."""

    call: str
    placed: float
    ringing: float | None = None
    answered: float | None = None
    live: bool = False
    seg: int = 0

    @property
    def stage(self) -> Stage:
        if self.live:
            return Stage.WAITING
        if self.answered is not None:
            return Stage.AMD
        return Stage.RINGING if self.ringing is not None else Stage.DIALING

    @property
    def times(self) -> tuple[float, float, float, int]:
        """The entry in `Snapshot.calls`."""
        ringing = NOBODY if self.ringing is None else self.ringing
        answered = NOBODY if self.answered is None else self.answered
        return self.placed, ringing, answered, self.seg


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a snapshot says besides agents and calls; units in docs/pacing.md."""

    cap: float
    day_end: float
    max_wait: float
    trunk_free: float
    cps_free: float
    peek: Callable[[int], Sequence[int]]


def take_snapshot(t: float, agents: Iterable[AgentNow], calls: Iterable[CallNow], terms: Terms) -> PacingSnapshot:
    """Return the floor of one campaign at `t` (s).

    An agent and the call the agent was reserved for leave the picture together (TALKING, and no call in flight any
    more). Where that is not possible, the agent goes first: then one call too few is placed, not one too many.
    """
    people = list(agents)
    by_activity = {
        activity: {person.agent: person.since for person in people if person.activity is activity}
        for activity in Activity
    }
    flying = list(calls)
    stages = Counter(call.stage for call in flying)
    return PacingSnapshot(
        t=t,
        cap=terms.cap,
        day_end=terms.day_end,
        max_wait=terms.max_wait,
        n_idle=len(by_activity[Activity.IDLE]),
        n_talk=len(by_activity[Activity.TALKING]),
        n_wrap=len(by_activity[Activity.WRAPPING]),
        n_away=len(by_activity[Activity.AWAY]),
        n_dialing=stages[Stage.DIALING],
        n_ringing=stages[Stage.RINGING],
        n_amd=stages[Stage.AMD],
        n_waiting=stages[Stage.WAITING],
        idle=by_activity[Activity.IDLE],
        talking=by_activity[Activity.TALKING],
        wrapping=by_activity[Activity.WRAPPING],
        calls={call.call: call.times for call in flying},
        trunk_free=terms.trunk_free,
        cps_free=terms.cps_free,
        peek=terms.peek,
        leaving=frozenset(person.agent for person in people if person.leaving),
    )
