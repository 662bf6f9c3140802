"""Progressive: one call per ready agent, so that whoever answers meets an agent. Pure, without memory.

Let F be the calls in flight (dialing, ringing, in AMD, waiting for an agent) and R the ready agents. A call is placed
only while F < R, so F ≤ R holds afterwards. It keeps holding: an answered person takes one call and one agent away,
an ended call lowers F, an agent who becomes ready raises R. So nobody is dropped, as long as no ready agent goes away
(a pause, a log-out, an inbound caller) while a call is on its way, and the snapshot counts a call from the moment it
is reserved. A call in AMD counts because it may be a person; one that waits counts because it takes the next agent.

The price is agents who wait: with an answer rate of 25 % and two minutes of handle time a third of their time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dialer.pacing.contract import MAKES_ROOM, Event, PacingDecision, Snapshot, calls_in_flight, ready_agents
from dialer.pacing.limits import within_limits


class Progressive:
    """The pacer "progressive"; needs no events, so none can mislead it. Never cancels a call."""

    wake: frozenset[str] = MAKES_ROOM

    def start(self, info: Mapping[str, Any], /) -> None:
        """Nothing to prepare."""

    def observe(self, event: Event, /) -> None:
        """Nothing to remember: the snapshot says all."""

    def decide(self, snapshot: Snapshot, /) -> PacingDecision:
        ready, flying = ready_agents(snapshot), calls_in_flight(snapshot)
        return within_limits(ready - flying, snapshot, (f"{ready} ready agents", f"{flying} calls in flight for them"))
