"""Pacers against each other in simulated days: one day played and measured, days of several seeds pooled. Pure.

All pacers of a seed meet the same people in the same order (common random numbers, see `sim.people`), so what differs
between two of them is theirs. Time a decision takes is read from a clock that the caller hands in.
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from callcenter.compliance.guard import WindowCount, kept_back, room
from callcenter.errors import ConfigError
from dialer.pacing import PACING, Kind, Pacer, PacingDecision
from dialer.pacing.contract import DROPS, Event, Snapshot, calls_in_flight
from sim.days import DAYS, USUAL, steady
from sim.outbound import Day, play
from sim.rivals import RIVALS
from sim.roster import Doing
from sim.scenario import Scenario

HOUR_S: Final = 3_600.0
HOUR_STEP_S: Final = 300.0  # the worst hour is looked for at every fifth minute
PEEKED: Final = 200  # leads made up before a decision is timed
PACERS: Final[Mapping[str, Callable[[], Pacer]]] = {**PACING, **RIVALS}
# Two-sided 95 % points of Student's t by degrees of freedom, from 1 on; beyond the last the normal's.
T_95: Final = (
    12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
)  # fmt: skip
NORMAL_95: Final = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What all days of a comparison have in common. Seconds, hours and fractions.

    `guard`: with the proved bound (`callcenter.compliance.guard`) in front of each call; `budget`: people who answered
    (`live`) and those of them dropped (`drops`) in the legal window before today.
    """

    hours: float = 8.0
    cap: float = 0.03
    max_wait_s: float = 2.0
    handle_s: float = 120.0
    answer_rate: float = 0.25
    amd: bool = True
    guard: bool = False
    budget: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A pacer in one kind of day: `day` names one of sim.days.DAYS, or "" for a steady team of `agents`."""

    pacer: str
    day: str = ""
    agents: int = 0

    @property
    def scene(self) -> str:
        """The day, or the size of the team."""
        return self.day or f"{self.agents} agent{'s' * (self.agents != 1)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One day to be played."""

    cell: Cell
    terms: Terms
    seed: int

    def scenario(self) -> Scenario:
        terms, cell = self.terms, self.cell
        if cell.day:
            return replace(DAYS[cell.day](self.seed, terms.hours), cap=terms.cap, budget=terms.budget)
        people = replace(USUAL, p_person=terms.answer_rate, handle_s=terms.handle_s)
        day = steady(cell.agents, terms.hours, self.seed, people)
        return replace(day, cap=terms.cap, max_wait_s=terms.max_wait_s, amd=terms.amd, budget=terms.budget)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of one day. `slow_ms`: 99 of 100 decisions take no longer; `agent_hours`: on duty."""

    seed: int
    utilisation: float
    live: int
    drops: int
    connected: int
    placed: int
    agent_hours: float
    worst_hour: float
    decision_ms: float
    slow_ms: float

    @property
    def drop_rate(self) -> float:
        return self.drops / self.live if self.live else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A mean, and half the width of its 95 % interval; None if one day alone says nothing of it."""

    mean: float
    half: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """The days of a cell together. `drop_rate` is all drops per all people who answered."""

    cell: Cell
    days: tuple[Played, ...]
    utilisation: Spread
    drop_rate: Spread
    connects_per_hour: Spread  # conversations per agent-hour
    worst_day: float
    worst_hour: float
    decision_ms: float
    slow_ms: float

    @property
    def live(self) -> int:
        return sum(day.live for day in self.days)


class Guarded:
    """A pacer behind the guard, as in the dialer: calls are placed only where there is room for them.

    `agents`: where the guard is active from the start, the pacer keeps back drops for what they have at risk.
    """

    def __init__(self, pacer: Pacer, agents: int) -> None:
        self.pacer, self.wake, self.agents = pacer, pacer.wake, agents
        self.live, self.drops = 0, 0

    def start(self, info: Mapping[str, Any], /) -> None:
        before = info.get("budget", {})
        self.live, self.drops = before.get("live", 0), before.get("drops", 0)
        reserve = kept_back(self.live, self.agents)
        told = {"budget": {"live": self.live, "drops": self.drops + reserve}} if before else {}
        self.pacer.start({**info, **told})

    def observe(self, event: Event, /) -> None:
        self.live += event.kind == Kind.LIVE
        self.drops += event.kind in DROPS
        self.pacer.observe(event)

    def decide(self, snapshot: Snapshot, /) -> PacingDecision:
        decision = self.pacer.decide(snapshot)
        flying = calls_in_flight(snapshot)
        count = WindowCount(live=self.live, drops=self.drops, unresolved=flying, ready=snapshot.n_idle)
        free = room(count, snapshot.cap).calls
        return decision if free is None else replace(decision, originate=min(decision.originate, free))


class Timed:
    """A pacer, and the time of its decisions by `clock` (s)."""

    def __init__(self, pacer: Pacer, clock: Callable[[], float]) -> None:
        self.pacer, self.wake, self.start = pacer, pacer.wake, pacer.start
        self.observe, self.clock = pacer.observe, clock
        self.decisions_s: list[float] = []

    def decide(self, snapshot: Snapshot, /) -> PacingDecision:
        snapshot.peek(PEEKED)  # the simulator makes up its leads here; that is not the pacer's time
        began = self.clock()
        decision = self.pacer.decide(snapshot)
        self.decisions_s.append(self.clock() - began)
        return decision


def fresh(name: str) -> Pacer:
    """Return a new pacer, of ours or a rival; raise ConfigError if there is none of this name.

    >>> fresh("crystal-ball")
    Traceback (most recent call last):
    ...
    callcenter.errors.ConfigError: there is no pacer 'crystal-ball': use progressive, ratio, predictive, textbook, \
hard, hard+, average, average+, tapered, tapered+
    """
    if name not in PACERS:
        raise ConfigError(f"there is no pacer {name!r}: use {', '.join(PACERS)}")
    return PACERS[name]()


def play_job(job: Job, clock: Callable[[], float]) -> Played:
    """Play one day; `clock` tells CPU seconds and has no part in what happens."""
    pacer, scenario = fresh(job.cell.pacer), job.scenario()
    timed = Timed(Guarded(pacer, scenario.agents) if job.terms.guard else pacer, clock)
    day = play(scenario, timed)
    spent = sorted(timed.decisions_s) or [0.0]
    on_duty_s = sum(day.spent_s[doing] for doing in (Doing.TALK, Doing.WRAP, Doing.IDLE))
    return Played(
        seed=job.seed,
        utilisation=day.utilisation,
        live=day.live,
        drops=day.drops,
        connected=day.connected,
        placed=day.placed,
        agent_hours=on_duty_s / HOUR_S,
        worst_hour=worst_hour(day, scenario.end_s),
        decision_ms=1_000 * statistics.mean(spent),
        slow_ms=1_000 * spent[int(0.99 * len(spent))],
    )


def worst_hour(day: Day, end_s: float) -> float:
    """Return the largest share of drops in any hour, by steps of five minutes; 0 in days shorter than an hour."""
    worst, start = 0.0, 0.0
    while start + HOUR_S <= end_s + 1.0:
        live, drops = (bisect(at, start + HOUR_S) - bisect(at, start) for at in (day.live_times, day.drop_times))
        worst, start = max(worst, drops / max(1, live)), start + HOUR_STEP_S
    return worst


def pooled(cell: Cell, days: Iterable[Played]) -> Pooled:
    """Return the days of a cell together; raise ValueError without any."""
    found = tuple(sorted(days, key=lambda day: day.seed))
    if not found:
        raise ValueError("no day was played")
    return Pooled(
        cell=cell,
        days=found,
        utilisation=spread([day.utilisation for day in found]),
        drop_rate=share([(day.drops, day.live) for day in found]),
        connects_per_hour=spread([day.connected / max(1e-9, day.agent_hours) for day in found]),
        worst_day=max(day.drop_rate for day in found),
        worst_hour=max(day.worst_hour for day in found),
        decision_ms=statistics.mean(day.decision_ms for day in found),
        slow_ms=max(day.slow_ms for day in found),
    )


def spread(values: Sequence[float]) -> Spread:
    """Return mean and 95 % interval (Student's t) of independent values.

    >>> spread([0.5, 0.5, 0.5]), spread([0.5])
    (Spread(mean=0.5, half=0.0), Spread(mean=0.5, half=None))
    """
    mean = statistics.fmean(values)
    if len(values) < 2:
        return Spread(mean=mean, half=None)
    return Spread(mean=mean, half=_t(len(values)) * statistics.stdev(values) / math.sqrt(len(values)))


def share(parts: Sequence[tuple[int, int]]) -> Spread:
    """Return all of (part, whole) together as a share, with the 95 % interval of a ratio of sums over days.

    Days differ in more than chance of single calls, so the interval comes from the days and not from a binomial.
    """
    whole, count = sum(of for _, of in parts), len(parts)
    rate = sum(part for part, _ in parts) / whole if whole else 0.0
    if count < 2 or not whole:
        return Spread(mean=rate, half=None)
    squares = sum((part - rate * of) ** 2 for part, of in parts)
    return Spread(mean=rate, half=_t(count) * math.sqrt(squares / (count * (count - 1))) / (whole / count))


def cells(pacers: Sequence[str], agents: Sequence[int], days: Sequence[str]) -> Iterator[Cell]:
    """Yield every pacer in every steady team and every day, scene by scene; raise ConfigError for what there is not."""
    for name in pacers:
        fresh(name)
    if unknown := [day for day in days if day not in DAYS]:
        raise ConfigError(f"there is no day {unknown[0]!r}: use {', '.join(DAYS)}")
    if [count for count in agents if count < 1]:
        raise ConfigError("a team has at least one agent")
    for count in agents:
        yield from (Cell(pacer=pacer, agents=count) for pacer in pacers)
    for day in days:
        yield from (Cell(pacer=pacer, day=day) for pacer in pacers)


def _t(count: int) -> float:
    return T_95[count - 2] if count - 2 < len(T_95) else NORMAL_95
