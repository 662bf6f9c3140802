"""What is believed of a campaign's calls before they are made: answers, talks, rings, each with how sure that is. Pure.

A quantity is believed as a mean and a relative standard deviation (*doubt*) on the day to come. What is known is put
together by precision on the logarithmic scale: first what is assumed of any campaign (wide), then what other campaigns
met (as wide as campaigns differ), then the campaign's own attempts. To that comes how much days differ.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from callcenter.outbound import NOT_DIALLED, Attempt, AttemptOutcome

_O = AttemptOutcome
PEOPLE: Final = frozenset({_O.CONNECTED, _O.DROPPED})
BUSY: Final = frozenset({_O.BUSY, _O.INVALID, _O.FAILED, _O.LOST})  # over without having been let ring
ENOUGH_DAYS: Final = 4  # from where on we believe what days say of how much they differ
ENOUGH_TIMES: Final = 30  # rings, talks, wrap-ups from where on their median or mean is taken
DAYS_DIFFER: Final = 0.12  # relative, until the records say; answer rates of a list vary by hour and weekday
LEAST_DIFFERENCE: Final = 0.03
CAMPAIGNS_DIFFER: Final = 0.3  # relative: what one campaign meets says so much of the next
SHORTEST_DAY: Final = 50  # calls from where on a day's rate is told apart from chance


class Origin(StrEnum):
    """Where a belief comes from, in most part."""

    GIVEN = "given"
    OWN = "this campaign's attempts"
    OTHERS = "attempts of other campaigns"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """A quantity on the day to come: its mean, its relative standard deviation, and how many observations say so."""

    mean: float
    doubt: float
    source: Origin
    seen: int = 0

    def at(self, z: float) -> float:
        """Return the value `z` standard deviations from the middle (log-normal).

        >>> round(Belief(mean=100.0, doubt=0.2, source=Origin.ASSUMED).at(0.0), 1)
        98.1
        """
        sigma = math.sqrt(math.log1p(self.doubt * self.doubt))
        return self.mean * math.exp(sigma * z - sigma * sigma / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beliefs:
    """A campaign's calls. Rates are per call that was dialled; times in s.

    `machine_rate`: only where AMD tells them; `setup_s`: median to the first ring; `rings_s`: median until an answer;
    `ends`: shares of the calls nobody answered in person, by outcome.
    """

    answer_rate: Belief
    handle_s: Belief
    machine_rate: float
    wrap_share: float
    setup_s: float
    rings_s: float
    ends: Mapping[AttemptOutcome, float]
    times: Origin

    @property
    def busy_rate(self) -> float:
        return sum(share for outcome, share in self.ends.items() if outcome in BUSY)


# What is assumed of a campaign nobody knows anything of: plausible, not measured, and wide for that reason.
UNKNOWN: Final = Beliefs(
    answer_rate=Belief(mean=0.25, doubt=0.45, source=Origin.ASSUMED),
    handle_s=Belief(mean=120.0, doubt=0.4, source=Origin.ASSUMED),
    machine_rate=0.25,
    wrap_share=0.2,
    setup_s=2.2,
    rings_s=8.0,
    ends={_O.MACHINE: 0.25, _O.BUSY: 0.04, _O.INVALID: 0.04, _O.NO_ANSWER: 0.42},
    times=Origin.ASSUMED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Attempts that are over, and the wrap-ups (s) after their talks. `day_of`: the centre's calendar."""

    attempts: Sequence[Attempt]
    wraps_s: Sequence[float] = ()
    day_of: Callable[[datetime], date] = field(default=datetime.date)

    @property
    def dialled(self) -> list[Attempt]:
        return [one for one in self.attempts if one.outcome is not None and one.outcome not in NOT_DIALLED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What whoever asks knows better; None: nothing."""

    answer_rate: float | None = None
    handle_s: float | None = None


def beliefs(own: Record, others: Mapping[str, Record], given: Given) -> Beliefs:
    """Return what is believed of a campaign from its `own` record and those of `others` (by campaign).

    Without AMD records do not tell machines from people: then both are in the answer rate.
    """
    theirs = [record for record in others.values() if record.dialled]
    times = own if len(_rings(own)) >= ENOUGH_TIMES else _together(theirs)
    mine = own if len(own.dialled) >= SHORTEST_DAY else _together(theirs)
    ends = _ends(mine) if mine.dialled else dict(UNKNOWN.ends)
    answer = _learnt(UNKNOWN.answer_rate, _rate, own, theirs)
    handle = _learnt(UNKNOWN.handle_s, _handle, own, theirs)
    known = len(_rings(times)) >= ENOUGH_TIMES
    return Beliefs(
        answer_rate=_or_given(answer, given.answer_rate),
        handle_s=_or_given(handle, given.handle_s),
        machine_rate=ends.get(_O.MACHINE, 0.0),
        wrap_share=_wrap_share(own, theirs),
        setup_s=_median(_setups(times), UNKNOWN.setup_s),
        rings_s=_median(_rings(times), UNKNOWN.rings_s),
        ends=ends,
        times=(Origin.OWN if times is own else Origin.OTHERS) if known else Origin.ASSUMED,
    )


# ------------------------------------------------------------------------------------------------ putting together


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """An estimate: mean, relative variance of it, relative variance between days, observations."""

    mean: float
    variance: float
    between: float
    count: int


_Estimate = Callable[[Record], _Seen | None]


def _learnt(assumed: Belief, estimate: _Estimate, own: Record, theirs: Sequence[Record]) -> Belief:
    """Put together what is assumed, what others met and what the campaign itself met."""
    weights = [(assumed.mean, 1 / assumed.doubt**2, Origin.ASSUMED, 0)]
    found = [seen for record in theirs if (seen := estimate(record)) is not None]
    if found:
        mean = math.exp(statistics.fmean(math.log(seen.mean) for seen in found))
        differ = CAMPAIGNS_DIFFER**2
        if len(found) >= ENOUGH_DAYS:
            differ = max(statistics.variance([math.log(seen.mean) for seen in found]), LEAST_DIFFERENCE**2)
        variance = differ + statistics.fmean(seen.variance for seen in found) / len(found)
        weights.append((mean, 1 / variance, Origin.OTHERS, sum(seen.count for seen in found)))
    between = DAYS_DIFFER**2
    if (mine := estimate(own)) is not None:
        weights.append((mine.mean, 1 / max(mine.variance, 1e-6), Origin.OWN, mine.count))
        between = mine.between
    if len(weights) == 1:
        return assumed
    total = sum(weight for _, weight, *_ in weights)
    mean = math.exp(sum(math.log(value) * weight for value, weight, *_ in weights) / total)
    _, _, source, seen_there = max(weights, key=lambda one: one[1])
    return Belief(mean=mean, doubt=math.sqrt(1 / total + between), source=source, seen=seen_there)


def _or_given(belief: Belief, given: float | None) -> Belief:
    return belief if given is None else Belief(mean=given, doubt=0.0, source=Origin.GIVEN)


def _rate(record: Record) -> _Seen | None:
    """People who answered per call."""
    counts: dict[date, Counter[bool]] = defaultdict(Counter)
    for one in record.dialled:
        counts[record.day_of(one.reserved_at)][one.outcome in PEOPLE] += 1
    calls = sum(day.total() for day in counts.values())
    if not calls:
        return None
    rate = (sum(day[True] for day in counts.values()) + 0.5) / (calls + 1)
    long = [day for day in counts.values() if day.total() >= SHORTEST_DAY]
    chance = statistics.fmean((1 - rate) / (rate * day.total()) for day in long) if long else 0.0
    between = _between([day[True] / day.total() for day in long], chance)
    return _Seen(mean=rate, variance=(1 - rate) / (rate * calls) + between / len(counts), between=between, count=calls)


def _handle(record: Record) -> _Seen | None:
    """Talk and wrap-up (s)."""
    by_day: dict[date, list[float]] = defaultdict(list)
    for one in record.dialled:
        if one.outcome is _O.CONNECTED and one.connected_at and one.ended_at:
            by_day[record.day_of(one.reserved_at)].append((one.ended_at - one.connected_at).total_seconds())
    talks = [talk for day in by_day.values() for talk in day]
    if not talks:
        return None
    mean = max(statistics.fmean(talks), 1.0)
    wrap = statistics.fmean(record.wraps_s) if record.wraps_s else mean * UNKNOWN.wrap_share / (1 - UNKNOWN.wrap_share)
    square = statistics.variance(talks) / mean**2 if len(talks) > 1 else 1.0
    long = [day for day in by_day.values() if len(day) >= SHORTEST_DAY]
    chance = statistics.fmean(square / len(day) for day in long) if long else 0.0
    between = _between([statistics.fmean(day) for day in long], chance)
    variance = max(square, 0.1) / len(talks) + between / len(by_day)
    return _Seen(mean=mean + wrap, variance=variance, between=between, count=len(talks))


def _between(values: Sequence[float], chance: float) -> float:
    """Relative variance of days beyond that of chance."""
    if len(values) < ENOUGH_DAYS or not (mean := statistics.fmean(values)):
        return DAYS_DIFFER**2
    return float(max(statistics.variance(values) / mean**2 - chance, LEAST_DIFFERENCE**2))


def _ends(record: Record) -> dict[AttemptOutcome, float]:
    counts = Counter(one.outcome for one in record.dialled if one.outcome is not None)
    total = counts.total()
    return {outcome: count / total for outcome, count in sorted(counts.items()) if outcome not in PEOPLE}


def _wrap_share(own: Record, theirs: Sequence[Record]) -> float:
    for record in (own, _together(theirs)):
        found = _handle(record)
        if found is not None and len(record.wraps_s) >= ENOUGH_TIMES:
            return min(0.9, statistics.fmean(record.wraps_s) / found.mean)
    return UNKNOWN.wrap_share


def _together(records: Sequence[Record]) -> Record:
    attempts = [one for record in records for one in record.attempts]
    return Record(attempts=attempts, wraps_s=[wrap for record in records for wrap in record.wraps_s])


def _rings(record: Record) -> list[float]:
    people = Record(attempts=[one for one in record.attempts if one.outcome in PEOPLE])
    return list(_spans(people, lambda one: (one.ringing_at, one.answered_at)))


def _setups(record: Record) -> list[float]:
    return list(_spans(record, lambda one: (one.gate_at or one.sent_at, one.ringing_at)))


def _spans(record: Record, ends: Callable[[Attempt], tuple[datetime | None, datetime | None]]) -> Iterator[float]:
    for one in record.dialled:
        start, end = ends(one)
        if start is not None and end is not None and end >= start:
            yield (end - start).total_seconds()


def _median(values: Sequence[float], otherwise: float) -> float:
    return statistics.median(values) if len(values) >= ENOUGH_TIMES else otherwise
