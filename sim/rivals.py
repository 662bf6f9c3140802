"""Pacers to compare with: a textbook rule and the adaptive modes of a well-known dialer, from their descriptions. Pure.

They are here to be measured against and are no choice for a campaign. Both are written from a description of what
they do, not from anybody's code.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from dialer.pacing import Kind, Pacer, PacingDecision
from dialer.pacing.contract import DROPS, MAKES_ROOM, Event, Snapshot, calls_in_flight

SOON_S: Final = 10.0  # from a dial to an answer, on average
LEAST_ANSWERS: Final = 50


class Textbook:
    """Calls = (agents ready + those who will be in `SOON_S`, at the mean handle time) ÷ answer rate × a factor, less
    the calls in flight; the factor follows the drops: a little up for each connection, down for each drop."""

    wake: frozenset[str] = MAKES_ROOM

    def start(self, info: Mapping[str, Any], /) -> None:
        self._cap = float(info["cap"])
        self._factor, self._ended, self._live = 0.8, 10.0, 3.0
        self._talked_s, self._talks = 240.0, 2.0
        self._since: dict[Any, float] = {}

    def observe(self, event: Event, /) -> None:
        if event.kind == Kind.CONNECTED:
            self._since[event.agent] = event.t
            self._factor = min(2.0, self._factor * math.exp(0.3 * 0.9 * self._cap))
        elif event.kind == Kind.IDLE and event.agent in self._since:
            self._talked_s += event.t - self._since.pop(event.agent)
            self._talks += 1.0
        elif event.kind in DROPS:
            self._factor = max(0.1, self._factor * math.exp(0.3 * (0.9 * self._cap - 1.0)))
        if event.kind == Kind.LIVE:
            self._live += 1.0
        if event.kind in {Kind.LIVE, Kind.MACHINE, Kind.NO_ANSWER, Kind.BUSY}:
            self._ended += 1.0

    def decide(self, snapshot: Snapshot, /) -> PacingDecision:
        busy = snapshot.n_talk + snapshot.n_wrap
        free = snapshot.n_idle + busy * SOON_S * self._talks / self._talked_s
        wanted = self._factor * free * self._ended / self._live - calls_in_flight(snapshot)
        return PacingDecision(originate=max(0, math.floor(wanted), snapshot.n_idle - calls_in_flight(snapshot)))


class Adaptive:
    """A dial level that follows, every 15 s, how many agents stood ready on average less the calls that waited, and is
    cut when the drops of the day are over the limit: to 1 (`hard`), by half (`average`), or by the hours that are left
    (`tapered`). `ready_only`: the level counts for ready agents only, else for all who are ready or on a call."""

    wake: frozenset[str] = frozenset()

    def __init__(self, mode: str, *, ready_only: bool) -> None:
        self.mode, self.ready_only = mode, ready_only

    def start(self, info: Mapping[str, Any], /) -> None:
        self._cap, self._end = float(info["cap"]), float(info["day_end"])
        self._level, self._answers, self._drops = 1.0, 0, 0
        self._surplus: list[int] = []
        self._agents: list[int] = []
        self._next_dial = self._next_level = self._next_count = -math.inf
        self._counted = (0, 0)

    def observe(self, event: Event, /) -> None:
        self._answers += event.kind == Kind.LIVE
        self._drops += event.kind in DROPS

    def decide(self, snapshot: Snapshot, /) -> PacingDecision:
        self._surplus.append(snapshot.n_idle - snapshot.n_waiting)
        self._agents.append(snapshot.n_idle + snapshot.n_talk)
        if snapshot.t >= self._next_count:
            self._counted, self._next_count = (self._answers, self._drops), snapshot.t + 60.0
        if snapshot.t >= self._next_level:
            self._adapt(snapshot.t)
        if snapshot.t < self._next_dial:
            return PacingDecision(originate=0)
        self._next_dial = snapshot.t + 2.5
        if self.ready_only:
            goal = self._level * snapshot.n_idle + snapshot.n_talk
        else:
            goal = self._level * (snapshot.n_idle + snapshot.n_talk)
        return PacingDecision(originate=max(0, round(goal) - calls_in_flight(snapshot) - snapshot.n_talk))

    def _adapt(self, now: float) -> None:
        mean = sum(self._surplus) / len(self._surplus)
        agents = max(1.0, sum(self._agents) / len(self._agents))
        self._surplus, self._agents, self._next_level = [], [], now + 15.0
        self._level = min(10.0, max(1.0, self._level * (1.0 + mean / agents)))
        answers, drops = self._counted
        if answers >= LEAST_ANSWERS and drops > self._cap * answers:
            hours_left = (self._end - now) / 3_600.0
            cut = {"hard": 0.0, "average": 0.5, "tapered": min(1.0, hours_left / 10.0)}[self.mode]
            self._level = max(1.0, self._level * cut)


# `+`: ready only.
RIVALS: Final[Mapping[str, Callable[[], Pacer]]] = {
    "textbook": Textbook,
    **{
        f"{mode}{'+' * ready_only}": partial(Adaptive, mode, ready_only=ready_only)
        for mode in ("hard", "average", "tapered")
        for ready_only in (False, True)
    },
}
