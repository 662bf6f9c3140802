"""A day that was recorded, made into one that can be played again. Pure.

What the records hold: of each attempt when it was placed, rang, was answered and connected, how it ended and when; of
each agent when they were ready, on whose call, in wrap-up or away. What they do not hold is taken from the nearest:

- how long somebody would have talked who was dropped, and how long anybody would have waited: from the day's talks, and
  from people who hung up after nine seconds on average;
- what a call would have met that nobody placed: one of those placed about that time, by chance;
- who would have answered a call that we ended while it rang: nobody;
- other campaigns that shared the agents: agents were away while they were on those calls.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from callcenter.compliance.limits import seen_cap
from callcenter.outbound import NOT_DIALLED, Attempt, AttemptOutcome, Campaign
from dialer.forecast import PEOPLE
from dialer.shifts import Span, on_duty
from dialer.trunks import TrunkLimits
from sim.outbound import Day
from sim.people import Answers, Fate, People
from sim.roster import Doing
from sim.scenario import Absence, Change, Scenario

_O = AttemptOutcome
HOUR_S: Final = 3_600.0
PART_S: Final = 1_800.0  # calls of the same half hour may stand for each other
LEAST_IN_PART: Final = 30
PATIENCE_S: Final = 9.0  # mean, of whom we do not know
SAME_S: Final = 1.0  # gaps on duty no longer than this are how the log was written
ANSWERS: Final[Mapping[AttemptOutcome, Answers]] = {
    _O.CONNECTED: Answers.PERSON,
    _O.DROPPED: Answers.PERSON,
    _O.ABANDONED: Answers.PERSON,
    _O.MACHINE: Answers.MACHINE,
    _O.NO_ANSWER: Answers.NOTHING,
    _O.CANCELLED: Answers.NOTHING,
    _O.BUSY: Answers.BUSY,
    _O.INVALID: Answers.BUSY,
    _O.FAILED: Answers.BUSY,
    _O.LOST: Answers.BUSY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(People):
    """People who were met: whoever is called meets the fate of one of them, by chance."""

    fates: tuple[Fate, ...]

    def fate(self, seed: int, lead: int) -> Fate:
        """Return the fate of lead number `lead`, the same whenever it is asked for."""
        return self.fates[random.Random(f"{seed}/{lead}").randrange(len(self.fates))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A campaign's day: attempts that are over, in the order they were placed, and what agents did meanwhile.

    `spans`: of the agents who might take its calls; `calls`: ids of its calls.
    """

    campaign: Campaign
    attempts: tuple[Attempt, ...]
    spans: tuple[Span, ...]
    calls: frozenset[str]

    @property
    def start(self) -> datetime:
        return self.attempts[0].reserved_at

    @property
    def end(self) -> datetime:
        return max(attempt.reserved_at for attempt in self.attempts)

    @property
    def hours(self) -> float:
        return max(60.0, (self.end - self.start).total_seconds()) / HOUR_S

    def at(self, time: datetime) -> float:
        """Seconds from the start of the day."""
        return (time - self.start).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What came of a day, recorded or played. `agents`: on duty, on average; per hour of the day."""

    agents: float
    utilisation: float
    calls: float
    people: float
    drops: float
    talks_per_agent_hour: float

    @property
    def drop_rate(self) -> float:
        return self.drops / self.people if self.people else 0.0


def record_of(
    campaign: Campaign, attempts: Iterable[Attempt], spans: Iterable[Span], suits: Collection[str]
) -> Record | None:
    """Return the day of `campaign`; None if it placed no call. `suits`: agents who serve it today."""
    over = [one for one in attempts if one.outcome is not None and one.outcome not in NOT_DIALLED]
    if not over:
        return None
    placed = sorted(over, key=lambda one: (one.reserved_at, one.id))
    calls = frozenset(one.call_id for one in placed if one.call_id)
    known = list(spans)
    crew = set(suits) | {span.agent for span in known if span.call in calls}
    mine = tuple(span for span in known if span.agent in crew)
    return Record(campaign=campaign, attempts=tuple(placed), spans=mine, calls=calls)


def happened(record: Record) -> Figures:
    """Return what came of the recorded day."""
    idle = busy = 0.0
    for span in record.spans:
        start, end = max(span.start, record.start), min(span.end, record.end)
        if start < end and on_duty(span, record.calls):
            length_s = (end - start).total_seconds()
            idle, busy = (idle, busy + length_s) if span.call in record.calls else (idle + length_s, busy)
    outcomes = [one.outcome for one in record.attempts]
    talks = outcomes.count(_O.CONNECTED)
    on_duty_h = (idle + busy) / HOUR_S
    return Figures(
        agents=on_duty_h / record.hours,
        utilisation=busy / (idle + busy) if idle + busy else 0.0,
        calls=len(outcomes) / record.hours,
        people=sum(outcome in PEOPLE for outcome in outcomes) / record.hours,
        drops=outcomes.count(_O.DROPPED) / record.hours,
        talks_per_agent_hour=talks / on_duty_h if on_duty_h else 0.0,
    )


def figures_of(day: Day, hours: float) -> Figures:
    """Return what came of a day that was played."""
    on_duty_h = sum(day.spent_s[doing] for doing in (Doing.IDLE, Doing.TALK, Doing.WRAP)) / HOUR_S
    return Figures(
        agents=on_duty_h / hours,
        utilisation=day.utilisation,
        calls=day.placed / hours,
        people=day.live / hours,
        drops=day.drops / hours,
        talks_per_agent_hour=day.connected / on_duty_h if on_duty_h else 0.0,
    )


def scenario_of(record: Record, seed: int, trunk: TrunkLimits, agents: int | None = None) -> Scenario:
    """Return the recorded day to be played again: its people, and its agents or `agents` all day long."""
    crew = sorted({span.agent for span in record.spans})
    changes = _parts(record)
    away = _absences(record, crew) if agents is None else ()
    return Scenario(
        agents=len(crew) if agents is None else agents,
        hours=record.hours,
        seed=seed,
        people=changes[0].people,
        changes=changes,
        cap=seen_cap(record.campaign.cap, record.campaign.unseen),
        max_wait_s=record.campaign.wait_left.total_seconds(),
        ring_timeout_s=record.campaign.ring.total_seconds(),
        amd=record.campaign.amd,
        trunk=trunk,
        absences=away,
    )


def _absences(record: Record, crew: Sequence[str]) -> tuple[Absence, ...]:
    """When each agent was not there for the campaign."""
    found = []
    end_s = record.hours * HOUR_S
    for number, agent in enumerate(crew):
        mine = [span for span in record.spans if span.agent == agent and on_duty(span, record.calls)]
        here = 0.0
        for span in sorted(mine, key=lambda one: one.start):
            start_s = record.at(span.start)
            if start_s - here > SAME_S:
                found.append(Absence(agent=number, from_s=here, until_s=start_s))
            here = max(here, record.at(span.end))
        if end_s - here > SAME_S:
            found.append(Absence(agent=number, from_s=here, until_s=end_s + HOUR_S))
    return tuple(found)


def _parts(record: Record) -> tuple[Change, ...]:
    """The people of each half hour; where too few were called, of the time around it."""
    fates = _fates(record)
    times = [record.at(one.reserved_at) for one in record.attempts]
    found = []
    for part in range(max(1, int(record.hours * HOUR_S // PART_S))):
        middle = (part + 0.5) * PART_S
        near = sorted(range(len(times)), key=lambda place: abs(times[place] - middle))
        inside = sum(abs(time - middle) <= PART_S / 2 for time in times)
        chosen = sorted(near[: max(LEAST_IN_PART, inside)])
        found.append(Change(at_s=part * PART_S, people=Recorded(fates=tuple(fates[place] for place in chosen))))
    return tuple(found)


def _fates(record: Record) -> list[Fate]:
    talks = [_s(one.connected_at, one.ended_at) for one in record.attempts if one.outcome is _O.CONNECTED]
    known_talks = [talk for talk in talks if talk is not None] or [120.0]
    setups = [_s(_dialled_at(one), one.ringing_at) for one in record.attempts]
    rings = [_s(one.ringing_at, one.answered_at) for one in record.attempts if one.outcome in PEOPLE]
    heard = [_s(one.answered_at, one.connected_at) for one in record.attempts]
    usual = _Usual(
        setup_s=_middle(setups, 2.2),
        rings_s=_middle(rings, 8.0),
        amd_s=_middle(heard, 0.0) if record.campaign.amd else 0.0,
        talks_s=tuple(known_talks),
        wraps_s=_wraps(record),
    )
    return [_fate(one, usual, record.campaign.wait_left.total_seconds()) for one in record.attempts]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Usual:
    """What stands for what is not known of an attempt. `wraps_s`: by call; under "" all of them."""

    setup_s: float
    rings_s: float
    amd_s: float
    talks_s: tuple[float, ...]
    wraps_s: Mapping[str, tuple[float, ...]]


def _fate(one: Attempt, usual: _Usual, max_wait_s: float) -> Fate:
    rng = random.Random(one.id)
    answers = ANSWERS.get(one.outcome or _O.LOST, Answers.BUSY)
    setup_s = _s(_dialled_at(one), one.ringing_at)
    if setup_s is None and answers is Answers.BUSY:
        setup_s = _s(_dialled_at(one), one.ended_at)
    rings_s = _s(one.ringing_at, one.answered_at)
    talk_s = _s(one.connected_at, one.ended_at) if one.outcome is _O.CONNECTED else None
    waited_s = _s(one.answered_at, one.ended_at) if one.outcome is _O.DROPPED else None
    hung_up = waited_s is not None and waited_s < usual.amd_s + max_wait_s - SAME_S / 2
    amd_s = _s(one.answered_at, one.ended_at) if answers is Answers.MACHINE else None
    wraps = usual.wraps_s.get(one.call_id or "?") or usual.wraps_s[""]
    return Fate(
        answers=answers,
        segment=0,
        setup_s=usual.setup_s if setup_s is None else setup_s,
        rings_s=usual.rings_s if rings_s is None else rings_s,
        amd_s=usual.amd_s if amd_s is None else min(amd_s, 10.0),
        amd_right=True,
        patience_s=max(0.1, waited_s - usual.amd_s) if hung_up and waited_s else rng.expovariate(1 / PATIENCE_S),
        talk_s=rng.choice(usual.talks_s) if talk_s is None else talk_s,
        wrap_s=rng.choice(wraps),
    )


def _wraps(record: Record) -> Mapping[str, tuple[float, ...]]:
    found: dict[str, list[float]] = {}
    for span in record.spans:
        if span.state == "wrap-up" and span.call in record.calls and span.call:
            found.setdefault(span.call, []).append(span.length.total_seconds())
    by_call = {call: (sum(lengths),) for call, lengths in found.items()}
    return {**by_call, "": tuple(length for lengths in by_call.values() for length in lengths) or (0.0,)}


def _dialled_at(one: Attempt) -> datetime:
    return one.gate_at or one.sent_at or one.reserved_at


def _s(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else max(0.0, (end - start).total_seconds())


def _middle(values: Iterable[float | None], otherwise: float) -> float:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else otherwise
