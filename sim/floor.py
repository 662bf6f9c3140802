"""A floor of agents and the callers who wait for them, event by event. Pure.

Who talks to whom is not decided here but by a policy, a plain function: the real acd's matching or, for comparison,
`longest_idle`. Where callers come from is an iterator, so it can be Poisson or a day that was recorded. Without
abandonment and wrap-up the floor is M/M/n and must agree with Erlang C; with exponential patience, with Erlang A
(sim.erlang; the tests hold it to that).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from sim.agenda import Agenda
from sim.erlang import Waiting

Draw = Callable[[random.Random], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A caller: when they come, for which queue, how long they will talk, how long they will wait (None: for ever)."""

    number: int
    at_s: float
    talk_s: float
    patience_s: float | None = None
    queue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """An agent: whom they serve (no queues: everybody)."""

    agent: str
    queues: frozenset[str] = frozenset()

    def serves(self, arrival: Arrival) -> bool:
        return not self.queues or arrival.queue in self.queues


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A ready agent, since when."""

    seat: Seat
    since_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What became of one caller; statistics come afterwards. Unfinished visits have no `ended_s`."""

    arrival: Arrival
    agent: str | None = None
    answered_s: float | None = None
    ended_s: float | None = None

    @property
    def abandoned(self) -> bool:
        return self.ended_s is not None and self.answered_s is None

    @property
    def wait_s(self) -> float:
        """Time until an agent answered or the caller gave up."""
        end = self.answered_s if self.answered_s is not None else self.ended_s
        return (end if end is not None else self.arrival.at_s) - self.arrival.at_s


# (waiting, ready, now) -> pairs, each caller and each agent at most once. Waiting come in order of arrival, agents in
# the order they became ready.
Policy = Callable[[Sequence[Arrival], Sequence[Ready], float], Iterable[tuple[Arrival, Ready]]]


def longest_idle(waiting: Sequence[Arrival], ready: Sequence[Ready], now_s: float) -> Iterator[tuple[Arrival, Ready]]:
    """Give each caller, first come first served, the agent who is ready longest of those who serve the caller."""
    free = list(ready)
    for arrival in waiting:
        chosen = next((agent for agent in free if agent.seat.serves(arrival)), None)
        if chosen:
            free.remove(chosen)
            yield arrival, chosen
        if not free:
            return


@dataclass(slots=True, kw_only=True)
class Floor:
    """`Floor(seats=…, policy=…, rng=…).run(arrivals, until_s)` → visits in the order of their end.

    `wrap_up`: draws the seconds an agent needs after each call (None: none). What else happens on the floor (breaks,
    outbound calls) is entered in the same `agenda` and calls `arrive` and `become_ready`.
    """

    seats: Sequence[Seat]
    rng: random.Random
    policy: Policy = longest_idle
    wrap_up: Draw | None = None
    agenda: Agenda = field(default_factory=Agenda)
    visits: list[Visit] = field(default_factory=list, init=False)
    waiting: dict[int, Arrival] = field(default_factory=dict, init=False)
    ready: dict[str, Ready] = field(default_factory=dict, init=False)
    talking: dict[str, Visit] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for seat in self.seats:
            self.ready[seat.agent] = Ready(seat=seat, since_s=self.agenda.now)

    def run(self, arrivals: Iterable[Arrival], until_s: float) -> list[Visit]:
        """Simulate until `until_s`; visits not ended by then come last, unfinished. Arrivals are in order of time."""
        self._await_next(iter(arrivals))
        self.agenda.run(until_s)
        unfinished = [*self.talking.values(), *(Visit(arrival=arrival) for arrival in self.waiting.values())]
        return [*self.visits, *unfinished]

    def arrive(self, arrival: Arrival) -> None:
        """A caller comes now."""
        self.waiting[arrival.number] = arrival
        if arrival.patience_s is not None:
            self.agenda.after(arrival.patience_s, partial(self._lose_patience, arrival))
        self.match()

    def become_ready(self, seat: Seat) -> None:
        """An agent is ready now."""
        self.ready[seat.agent] = Ready(seat=seat, since_s=self.agenda.now)
        self.match()

    def match(self) -> None:
        """Let the policy decide and carry it out."""
        if self.waiting and self.ready:
            pairs = self.policy(tuple(self.waiting.values()), tuple(self.ready.values()), self.agenda.now)
            for arrival, agent in tuple(pairs):
                self._connect(arrival, agent.seat)

    def _await_next(self, arrivals: Iterator[Arrival]) -> None:
        arrival = next(arrivals, None)
        if arrival is not None:
            self.agenda.at(arrival.at_s, partial(self._arrive_and_await, arrival, arrivals))

    def _arrive_and_await(self, arrival: Arrival, arrivals: Iterator[Arrival]) -> None:
        self._await_next(arrivals)
        self.arrive(arrival)

    def _connect(self, arrival: Arrival, seat: Seat) -> None:
        del self.waiting[arrival.number], self.ready[seat.agent]
        self.talking[seat.agent] = Visit(arrival=arrival, agent=seat.agent, answered_s=self.agenda.now)
        self.agenda.after(arrival.talk_s, partial(self._hang_up, seat))

    def _hang_up(self, seat: Seat) -> None:
        visit = self.talking.pop(seat.agent)
        self.visits.append(
            Visit(arrival=visit.arrival, agent=visit.agent, answered_s=visit.answered_s, ended_s=self.agenda.now)
        )
        if self.wrap_up is None:
            self.become_ready(seat)
        else:
            self.agenda.after(self.wrap_up(self.rng), partial(self.become_ready, seat))

    def _lose_patience(self, arrival: Arrival) -> None:
        if self.waiting.pop(arrival.number, None):
            self.visits.append(Visit(arrival=arrival, ended_s=self.agenda.now))


def exponential(mean_s: float) -> Draw:
    return lambda rng: rng.expovariate(1 / mean_s)


def poisson(rng: random.Random, calls_per_s: float, talk: Draw, patience: Draw | None = None) -> Iterator[Arrival]:
    """Yield callers for ever: exponential times between them, talk and patience as drawn."""
    at_s, number = 0.0, 0
    while True:
        at_s += rng.expovariate(calls_per_s)
        yield Arrival(number=number, at_s=at_s, talk_s=talk(rng), patience_s=patience(rng) if patience else None)
        number += 1


def observed(visits: Iterable[Visit], agents: int, from_s: float, until_s: float) -> Waiting:
    """Return what callers who came from `from_s` on met, in the terms of sim.erlang; only visits that had their turn.

    Occupancy counts talk between `from_s` and `until_s`. Raises ValueError if nobody came.
    """
    known = list(visits)
    mine = [v for v in known if v.arrival.at_s >= from_s and (v.answered_s is not None or v.ended_s is not None)]
    if not mine:
        raise ValueError(f"nobody came between {from_s:g} and {until_s:g} s")
    talk = sum(
        max(0.0, min(v.ended_s or until_s, until_s) - max(v.answered_s, from_s))
        for v in known
        if v.answered_s is not None
    )
    span = until_s - from_s
    return Waiting(
        p_wait=sum(v.wait_s > 0 for v in mine) / len(mine),
        p_abandon=sum(v.abandoned for v in mine) / len(mine),
        mean_wait_s=sum(v.wait_s for v in mine) / len(mine),
        mean_queue=sum(v.wait_s for v in mine) / span,
        occupancy=talk / (agents * span),
    )
