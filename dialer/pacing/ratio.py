"""Ratio: so many calls per ready agent, with the drops held under the cap by counting. Pure; no forecast.

Two rules, the smaller number wins:

- **Level.** calls in flight = level × ready agents. The level rises a little with each person who is connected and
  falls with each drop: log(level - 1) += aim for a connection, -= 1 - aim for a drop, aim = 90 % of the cap. It stands
  still where the share of drops is the aim, whatever the answer rate is.
- **Credit.** Calls beyond one per ready agent are placed only while the cap would still hold if all of them were
  answered and dropped: calls in flight ≤ ready agents + floor(cap × people who answered - drops). Without credit it is
  progressive: at a cap of 3 % that is so for the first 33 people who answer.

The second rule keeps drops ≤ cap × answers at every instant, while no ready agent goes away and events arrive: each
drop uses up one call in flight and one unit of credit, everything else lowers the risk or raises the credit.

What it does not do: see that an agent will be ready soon (with none ready it places nothing), tell an old ring from
a fresh one, know the answer rate, count people whom AMD took for machines. That is work for a predictive pacer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from dialer.pacing.contract import MAKES_ROOM, Event, Kind, PacingDecision, Snapshot, calls_in_flight, ready_agents
from dialer.pacing.limits import within_limits
from dialer.pacing.tally import Tally

AIM: Final = 0.9  # share of the cap; the rest is for the swings of the level
FIRST_EXTRA: Final = 0.5  # level 1.5 to begin with: a second call for one of two agents
LEAST_EXTRA: Final = 0.05  # so that the level comes back within 100 answers after a row of drops
MOST_EXTRA: Final = 9.0  # ten lines per agent: even bad lists need no more, and a carrier would complain
# Drops come in bunches that grow with the team, and each tells less: from this many agents on a step is smaller.
STEADY_TEAM: Final = 10
FORGET_EVERY_S: Final = 60.0


class Ratio:
    """The pacer "ratio". Never cancels a call."""

    wake: frozenset[str] = MAKES_ROOM

    def __init__(self) -> None:
        self.start({})

    def start(self, info: Mapping[str, Any], /) -> None:
        self._tally = Tally(info)
        self._aim = AIM * float(info.get("cap", 0.0))
        self._extra = FIRST_EXTRA
        self._gain = 1.0
        self._level_decides = False  # else the level has no part in what happens and learns nothing from it
        self._forgotten_at = -math.inf

    @property
    def level(self) -> float:
        """Calls in flight per ready agent."""
        return 1 + self._extra

    def observe(self, event: Event, /) -> None:
        fate = self._tally.take(event)
        if fate is None or not self._level_decides:
            return
        change = self._gain * (self._aim if fate == Kind.CONNECTED else self._aim - 1)
        self._extra = min(MOST_EXTRA, max(LEAST_EXTRA, self._extra * math.exp(change)))

    def decide(self, snapshot: Snapshot, /) -> PacingDecision:
        if snapshot.t >= self._forgotten_at + FORGET_EVERY_S:
            self._tally.forget(snapshot.t)
            self._forgotten_at = snapshot.t
        ready, flying = ready_agents(snapshot), calls_in_flight(snapshot)
        live, drops = self._tally.live, self._tally.drops(snapshot.n_waiting)
        credit = max(0, math.floor(snapshot.cap * live - drops))
        self._gain = min(1.0, STEADY_TEAM / max(1, snapshot.n_idle + snapshot.n_talk + snapshot.n_wrap))
        by_level = math.floor(self.level * ready + 0.5)
        self._level_decides = by_level <= ready + credit
        target = min(by_level, ready + credit)
        reasons = (
            f"{ready} ready agents × level {self.level:.2f} = {by_level} calls",
            f"credit for {credit} drops: {drops} of {live} people dropped, cap {100 * snapshot.cap:g} %",
            f"{flying} calls in flight",
        )
        return within_limits(target - flying, snapshot, reasons)
