"""Who talks to whom: a pure function from waiting callers and ready agents to assignments with their reasons.

Rules, in this order:

1. Callers are served by priority, largest first; then who has waited longest. Nobody overtakes within a queue
   except by priority, or because no ready agent suits the callers before.
2. An agent suits a caller if the agent serves the queue and has every skill the caller needs.
3. A caller may be meant for one agent, such as who served them last. Until `agent_until` nobody else takes the call
   as long as that agent is on duty (`present`); whoever waits behind is not held up by it.
4. Among the agents who suit, the one idle longest; equal idle times are settled by agent id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from acd.agents import Seat
from callcenter.records import Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A caller and the agent chosen, with the reasons for the log and the supervisor's screen."""

    waiting: Waiting
    seat: Seat
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connecting:
    """A caller on the way to an agent since `at`."""

    waiting: Waiting
    agent: str
    at: datetime


def order(waiting: Iterable[Waiting]) -> list[Waiting]:
    """Return callers in the order they are served."""
    return sorted(waiting, key=lambda caller: (-caller.priority, caller.since, caller.call_id))


def suits(seat: Seat, caller: Waiting) -> bool:
    """Whether this agent serves the caller's queue and has every skill the caller needs."""
    return caller.queue in seat.agent.queues and all(skill in seat.agent.skills for skill in caller.skills)


def match(
    waiting: Iterable[Waiting], ready: Iterable[Seat], now: datetime, present: Collection[str] = ()
) -> list[Assignment]:
    """Return who is connected to whom now. Each caller and each agent appears at most once.

    `present`: ids of agents who are on duty, ready or not.

    Cost: O(callers log callers + agents log agents + tries); a caller looks only at the agents of its own queue.
    """
    by_queue: dict[str, list[Seat]] = {}
    for seat in sorted(ready, key=_idle_longest):
        for queue in seat.agent.queues:
            by_queue.setdefault(queue, []).append(seat)
    taken: set[str] = set()
    assignments: list[Assignment] = []
    for caller in order(waiting):
        seats = by_queue.get(caller.queue, [])
        while seats and seats[0].agent.id in taken:
            seats.pop(0)
        meant = meant_for(caller, now, present)
        free = next(
            (s for s in seats if s.agent.id not in taken and suits(s, caller) and meant in {None, s.agent.id}), None
        )
        if free is not None:
            taken.add(free.agent.id)
            assignments.append(Assignment(waiting=caller, seat=free, reasons=_reasons(caller, free, now)))
    return assignments


def meant_for(caller: Waiting, now: datetime, present: Collection[str]) -> str | None:
    """Return the agent who alone may take this call at present; None: anybody who suits."""
    if caller.agent is None or caller.agent_until is None or now >= caller.agent_until:
        return None
    return caller.agent if caller.agent in present else None


def positions(waiting: Iterable[Waiting]) -> dict[str, int]:
    """Return each caller's place among those of the same queue, counted from 1, by call id."""
    places: dict[str, int] = {}
    length: Counter[str] = Counter()
    for caller in order(waiting):
        length[caller.queue] += 1
        places[caller.call_id] = length[caller.queue]
    return places


def _idle_longest(seat: Seat) -> tuple[datetime, str]:
    return seat.idle_since, seat.agent.id


def _reasons(caller: Waiting, seat: Seat, now: datetime) -> tuple[str, ...]:
    waited = (now - caller.since).total_seconds()
    idle = (now - seat.idle_since).total_seconds()
    chosen = "asked for, idle" if caller.agent == seat.agent.id else "idle longest"
    skills = f"skills {', '.join(caller.skills)}" if caller.skills else "no skill asked"
    return (
        f"first in {caller.queue}: priority {caller.priority}, waited {waited:.1f} s",
        f"agent {seat.agent.id} serves {caller.queue}, {skills}, {chosen} ({idle:.1f} s)",
    )
