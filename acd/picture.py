"""The live floor as plain data for screens: pure."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from acd import matching
from acd.agents import Seat
from acd.calls import Stage
from acd.floor import Floor


def draw(floor: Floor, now: datetime, *, fresh: bool = True) -> dict[str, Any]:
    """Return agents by state, callers waiting and calls by stage; times are epoch seconds, durations seconds.

    `fresh`: whether Asterisk agreed when it was last asked; if not, nobody may act on it.
    """
    places = matching.positions(floor.waiting.values())
    stages = Counter(call.stage for call in floor.calls.live.values())
    return {
        "at": now.timestamp(),
        "fresh": fresh,
        "agents": [
            {
                "id": seat.agent.id,
                "name": seat.agent.name,
                "state": seat.state,
                "since": seat.since.timestamp(),
                "call": seat.call,
                "queue": seat.queue,
                "reason": seat.reason,
                "idle_since": seat.idle_since.timestamp(),
                "queues": list(seat.agent.queues),
                "skills": list(seat.agent.skills),
                "free_at": _free_at(seat),
                "leaving": seat.pause_next is not None,
            }
            for seat in sorted(floor.seats.values(), key=lambda seat: seat.agent.id)
        ],
        "waiting": [
            {
                "call": caller.call_id,
                "queue": caller.queue,
                "since": caller.since.timestamp(),
                "priority": caller.priority,
                "skills": list(caller.skills),
                "position": places[caller.call_id],
            }
            for caller in matching.order(floor.waiting.values())
        ],
        "calls": {stage: stages.get(stage, 0) for stage in Stage if stage is not Stage.ENDED},
    }


def _free_at(seat: Seat) -> float | None:
    """When the agent is ready again; None if nobody knows, or a pause follows the wrap-up."""
    if seat.wrap_up_until is None or seat.pause_next is not None:
        return None
    return seat.wrap_up_until.timestamp()
