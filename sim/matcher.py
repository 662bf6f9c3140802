"""The acd's own matching, asked by a simulated floor: nobody is connected otherwise than in the centre. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from acd.agents import AgentState
from acd.agents import Seat as AcdSeat
from acd.matching import match
from callcenter.records import Agent, Waiting
from sim.floor import Arrival, Ready

DAWN: Final = datetime(2000, 1, 1, tzinfo=UTC)  # second 0 of a simulated day


def acd_match(waiting: Sequence[Arrival], ready: Sequence[Ready], now_s: float) -> Iterator[tuple[Arrival, Ready]]:
    """A policy of `sim.floor`: who talks to whom is what `acd.matching.match` says."""
    callers = {str(arrival.number): arrival for arrival in waiting}
    agents = {one.seat.agent: one for one in ready}
    everywhere = frozenset(arrival.queue for arrival in waiting)
    asked = [caller(call, arrival.queue, arrival.at_s) for call, arrival in callers.items()]
    seats = [seat(one.seat.agent, one.seat.queues or everywhere, one.since_s) for one in ready]
    for call, agent in pairs(asked, seats, now_s):
        yield callers[call], agents[agent]


def pairs(waiting: Iterable[Waiting], ready: Iterable[AcdSeat], now_s: float) -> Iterator[tuple[str, str]]:
    """Yield (call, agent) as the acd connects them at `now_s`."""
    for assignment in match(waiting, ready, at(now_s)):
        yield assignment.waiting.call_id, assignment.seat.agent.id


def caller(call: str, queue: str, since_s: float, priority: int = 0) -> Waiting:
    """Return somebody who waits since `since_s`."""
    return Waiting(call_id=call, channel=call, queue=queue, since=at(since_s), priority=priority)


def seat(agent: str, queues: Iterable[str], since_s: float) -> AcdSeat:
    """Return an agent who is ready since `since_s`."""
    person = Agent(id=agent, name=agent, phone=agent, queues=tuple(sorted(queues)))
    return AcdSeat(agent=person, state=AgentState.READY, since=at(since_s), idle_since=at(since_s))


def at(time_s: float) -> datetime:
    return DAWN + timedelta(seconds=time_s)
