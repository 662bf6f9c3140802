"""A day on which the same agents answer callers and talk to people who were called. Pure.

The outbound part is `sim.outbound` with the real pacer; who talks to whom is what the real acd says (`sim.matcher`):
people who were called go first, callers wait. To the pacer an agent is idle only while ready *and* serving the
campaign; one who is on a caller's call, or ready for callers alone, is away, as docs/pacing.md has it. Agents on loan
serve both queues for a time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from acd.floor import PERSON_PRIORITY
from dialer.pacing import Kind, Pacer
from sim.floor import Arrival, Draw, Visit, exponential, poisson
from sim.matcher import caller, pairs, seat
from sim.outbound import Day, OutboundFloor
from sim.roster import Doing
from sim.scenario import Absence, Scenario

CAMPAIGN: Final = "campaign"
CALLERS: Final = "callers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """An agent of the callers' queue serves the campaign as well from `from_s` to `until_s`."""

    agent: int
    from_s: float
    until_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """Who calls in, and who serves whom. Times in s.

    `for_callers`: agents who answer callers and, but for `loans`, nobody else; `for_both`: who serve both all day; the
    others serve the campaign alone. `wrap_up`: after a caller.
    """

    calls_per_s: float
    talk: Draw = field(default_factory=lambda: exponential(180.0))
    patience: Draw = field(default_factory=lambda: exponential(120.0))
    wrap_up: Draw = field(default_factory=lambda: exponential(20.0))
    for_callers: frozenset[int] = frozenset()
    for_both: frozenset[int] = frozenset()
    loans: Sequence[Loan] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BlendedDay:
    """What came of it. `outbound`: agents' time with callers and ready for them alone counts as away there.

    `visits`: the callers', those not over when everything stopped last. Agents' time up to the end of the day, summed:
    `with_callers_s` talking or wrapping up, `for_callers_s` ready for callers alone.
    """

    outbound: Day
    visits: tuple[Visit, ...]
    with_callers_s: float
    for_callers_s: float


def play_blended(scenario: Scenario, blend: Blend, pacer: Pacer) -> BlendedDay:
    """Return the day of `scenario` with callers besides, and a fresh `pacer`."""
    return _BlendedFloor(scenario, blend, pacer).play_both()


class _BlendedFloor(OutboundFloor):
    """Agents by number.

    `_free`: who is ready, for whomever, and since when; `_for_callers`: of these who is ready for callers alone, since
    when; `_with`: who is with which caller, or wraps up after.
    """

    def __init__(self, scenario: Scenario, blend: Blend, pacer: Pacer) -> None:
        super().__init__(scenario, pacer)
        self._blend = blend
        self._free: dict[int, float] = {}
        self._for_callers: dict[int, float] = {}
        self._with: dict[int, Visit] = {}
        self._callers: dict[int, Arrival] = {}
        self._visits: list[Visit] = []
        self._with_callers_s = self._for_callers_s = 0.0

    def play_both(self) -> BlendedDay:
        blend, rng = self._blend, random.Random(f"{self._scenario.seed}/callers")
        for loan in blend.loans:
            for at_s in (loan.from_s, loan.until_s):
                self._agenda.at(at_s, partial(self._reconsider, loan.agent))
        if blend.calls_per_s:
            self._await_next(poisson(rng, blend.calls_per_s, blend.talk, blend.patience))
        day = self.play()
        end = self._scenario.played_s
        for agent in list(self._for_callers):
            self._leave_callers(agent)
        for visit in self._with.values():
            if visit.ended_s is None and visit.answered_s is not None:
                self._with_callers_s += max(0.0, end - visit.answered_s)
        unfinished = [visit for visit in self._with.values() if visit.ended_s is None]
        waiting = [Visit(arrival=arrival) for arrival in self._callers.values()]
        return BlendedDay(
            outbound=day,
            visits=(*self._visits, *unfinished, *waiting),
            with_callers_s=self._with_callers_s,
            for_callers_s=self._for_callers_s,
        )

    # Callers

    def _await_next(self, arrivals: Iterator[Arrival]) -> None:
        arrival = next(arrivals)
        if arrival.at_s < self._scenario.played_s:
            self._agenda.at(arrival.at_s, partial(self._arrive, arrival, arrivals))

    def _arrive(self, arrival: Arrival, arrivals: Iterator[Arrival]) -> None:
        self._await_next(arrivals)
        self._callers[arrival.number] = arrival
        if arrival.patience_s is not None:
            self._agenda.after(arrival.patience_s, partial(self._lose_patience, arrival))
        self._match()

    def _lose_patience(self, arrival: Arrival) -> None:
        if self._callers.pop(arrival.number, None):
            self._visits.append(Visit(arrival=arrival, ended_s=self._agenda.now))

    def _take(self, arrival: Arrival, agent: int) -> None:
        now = self._agenda.now
        del self._callers[arrival.number]
        self._leave_free(agent)
        if self._roster.doing(agent) is Doing.IDLE:
            self._away(agent)
        self._with[agent] = Visit(arrival=arrival, agent=str(agent), answered_s=now)
        self._agenda.after(arrival.talk_s, partial(self._hang_up, agent, now))

    def _hang_up(self, agent: int, since: float) -> None:
        now, visit = self._agenda.now, self._with[agent]
        ended = Visit(arrival=visit.arrival, agent=visit.agent, answered_s=visit.answered_s, ended_s=now)
        self._visits.append(ended)
        self._with[agent] = ended
        wrap_s = self._blend.wrap_up(random.Random(f"{self._scenario.seed}/wrap/{visit.arrival.number}"))
        end = self._scenario.played_s
        self._with_callers_s += max(0.0, min(now + wrap_s, end) - min(since, end))
        self._agenda.after(wrap_s, partial(self._wrapped_up, agent))

    def _wrapped_up(self, agent: int) -> None:
        del self._with[agent]
        self._get_ready(agent)

    # Agents

    def _serves(self, agent: int) -> frozenset[str]:
        """Return whose calls the agent takes now."""
        blend, now = self._blend, self._agenda.now
        if agent in blend.for_both:
            return frozenset({CAMPAIGN, CALLERS})
        if agent not in blend.for_callers:
            return frozenset({CAMPAIGN})
        lent = any(loan.agent == agent and loan.from_s <= now < loan.until_s for loan in blend.loans)
        return frozenset({CALLERS, CAMPAIGN} if lent else {CALLERS})

    def _get_ready(self, agent: int) -> None:
        if agent in self._wishes:
            self._leave_free(agent)
            super()._get_ready(agent)
            return
        self._free[agent] = self._agenda.now
        self._show(agent)
        self._match()

    def _show(self, agent: int) -> None:
        """Let the pacer see a ready agent as idle, or away if the agent is ready for callers alone."""
        if CAMPAIGN in self._serves(agent):
            self._leave_callers(agent)
            if self._roster.doing(agent) is not Doing.IDLE:
                self._roster.move(agent, Doing.IDLE, self._agenda.now)
                self._tell(Kind.IDLE, agent=agent)
            return
        self._for_callers.setdefault(agent, self._agenda.now)
        if self._roster.doing(agent) is not Doing.AWAY:
            self._away(agent)

    def _away(self, agent: int) -> None:
        self._roster.move(agent, Doing.AWAY, self._agenda.now)
        self._tell(Kind.AWAY, agent=agent)

    def _reconsider(self, agent: int) -> None:
        """A loan begins or ends."""
        if agent in self._free:
            self._show(agent)
            self._match()

    def _leave_free(self, agent: int) -> None:
        self._free.pop(agent, None)
        self._leave_callers(agent)

    def _leave_callers(self, agent: int) -> None:
        since, end = self._for_callers.pop(agent, None), self._scenario.played_s
        if since is not None:
            self._for_callers_s += max(0.0, min(self._agenda.now, end) - min(since, end))

    def _wish_away(self, absence: Absence) -> None:
        self._wishes[absence.agent] = absence
        if absence.agent in self._free:
            self._get_ready(absence.agent)

    def _come_back(self, absence: Absence) -> None:
        if self._wishes.get(absence.agent) is absence:
            del self._wishes[absence.agent]
            here = absence.agent in self._free or absence.agent in self._with
            if not here and self._roster.doing(absence.agent) is Doing.AWAY:
                self._get_ready(absence.agent)

    # Who talks to whom

    def _match(self) -> None:
        """Let the acd decide and carry it out."""
        if not self._free or not (self._waiting or self._callers):
            return
        now = self._agenda.now
        people = [caller(f"p{n}", CAMPAIGN, call.live, PERSON_PRIORITY) for n, call in self._waiting.items()]
        callers = [caller(f"c{n}", CALLERS, arrival.at_s) for n, arrival in self._callers.items()]
        seats = [seat(f"{agent:06}", self._serves(agent), since) for agent, since in self._free.items()]
        for call, agent in list(pairs([*people, *callers], seats, now)):
            if call.startswith("p"):
                self._leave_free(int(agent))
                self._connect(self._waiting[int(call[1:])], int(agent))
            else:
                self._take(self._callers[int(call[1:])], int(agent))
