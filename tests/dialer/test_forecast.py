"""What is believed of a campaign: from nothing, from others, from itself; the more is known, the less doubt."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.outbound import Attempt, AttemptOutcome, AttemptState
from dialer.forecast import UNKNOWN, Belief, Given, Origin, Record, beliefs

NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
NOTHING = Record(attempts=())
O = AttemptOutcome  # noqa: E741 - as in the modules


def attempt(number: int, outcome: AttemptOutcome, day: int = 0, talk_s: float = 80.0, ring_s: float = 6.0) -> Attempt:
    placed = NOON + timedelta(days=day, seconds=10 * number)
    rang = placed + timedelta(seconds=3)
    answered = rang + timedelta(seconds=ring_s) if outcome in {O.CONNECTED, O.DROPPED, O.MACHINE} else None
    connected = answered if outcome is O.CONNECTED else None
    return Attempt(
        id=f"{day}-{number}",
        lead=number,
        campaign="spring",
        number="+12025550143",
        cell="main",
        state=AttemptState.ENDED,
        counted=True,
        reserved_at=placed,
        gate_at=placed,
        ringing_at=rang,
        answered_at=answered,
        connected_at=connected,
        ended_at=(connected or rang) + timedelta(seconds=talk_s),
        outcome=outcome,
        call_id=f"call-{day}-{number}",
    )


def day_of_calls(day: int, calls: int, people: int, talk_s: float = 80.0) -> Iterator[Attempt]:
    for number in range(calls):
        yield attempt(number, O.CONNECTED if number < people else O.NO_ANSWER, day, talk_s)


def record(days: int = 1, calls: int = 400, people: int = 100, wraps_s: tuple[float, ...] = ()) -> Record:
    return Record(attempts=[one for day in range(days) for one in day_of_calls(day, calls, people)], wraps_s=wraps_s)


def test_of_a_new_campaign_everything_is_assumed() -> None:
    assert beliefs(NOTHING, {}, Given()) == UNKNOWN


def test_a_belief_has_its_mean_and_its_doubt() -> None:
    belief = Belief(mean=0.25, doubt=0.3, source=Origin.ASSUMED)
    values = [belief.at(z / 100) for z in range(-400, 401)]
    weights = [2.718281828 ** (-((z / 100) ** 2) / 2) for z in range(-400, 401)]
    mean = sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights)
    square = sum((v - mean) ** 2 * w for v, w in zip(values, weights, strict=True)) / sum(weights)
    assert (mean, square**0.5 / mean) == (pytest.approx(0.25, rel=0.01), pytest.approx(0.3, rel=0.02))
    assert Belief(mean=90.0, doubt=0.0, source=Origin.GIVEN).at(3.0) == 90.0


def test_its_own_attempts_say_most_of_a_campaign() -> None:
    found = beliefs(record(days=5, people=60, wraps_s=(20.0,) * 40), {}, Given())
    assert found.answer_rate.mean == pytest.approx(0.15, abs=0.01)
    assert found.handle_s.mean == pytest.approx(100.0, rel=0.03)
    assert (found.answer_rate.source, found.answer_rate.seen) == (Origin.OWN, 2_000)
    assert (found.handle_s.source, found.handle_s.seen) == (Origin.OWN, 300)
    assert found.wrap_share == pytest.approx(0.2)
    assert (found.setup_s, found.rings_s, found.times) == (3.0, 6.0, Origin.OWN)
    assert found.ends == {O.NO_ANSWER: 0.85}


def test_the_more_is_known_the_less_doubt_and_days_keep_their_own() -> None:
    doubts = [beliefs(r, {}, Given()).answer_rate.doubt for r in (NOTHING, record(calls=60, people=15))]
    doubts += [beliefs(record(days=days), {}, Given()).answer_rate.doubt for days in (1, 3)]
    assert doubts == sorted(doubts, reverse=True)
    assert len(set(doubts)) == 4
    assert doubts[-1] > 0.12


def test_days_that_differ_are_believed_to_differ_again() -> None:
    alike = record(days=6)
    differ = Record(attempts=[one for day in range(6) for one in day_of_calls(day, 400, 60 + 80 * (day % 2))])
    calm, wild = (beliefs(r, {}, Given()).answer_rate.doubt for r in (alike, differ))
    assert calm < 0.1
    assert wild > 0.35


def test_others_speak_for_a_campaign_that_has_not_called_yet() -> None:
    others = {"autumn": record(people=40), "winter": record(people=40)}
    found = beliefs(NOTHING, others, Given())
    assert found.answer_rate.source is Origin.OTHERS
    assert 0.1 < found.answer_rate.mean < 0.16
    assert found.answer_rate.doubt < UNKNOWN.answer_rate.doubt
    assert found.times is Origin.OTHERS
    mine = beliefs(record(days=2, people=120), others, Given())
    assert mine.answer_rate.source is Origin.OWN
    assert mine.answer_rate.mean == pytest.approx(0.3, abs=0.035)


def test_what_is_given_is_not_doubted() -> None:
    found = beliefs(record(), {}, Given(answer_rate=0.4, handle_s=33.0))
    assert (found.answer_rate, found.handle_s) == (
        Belief(mean=0.4, doubt=0.0, source=Origin.GIVEN),
        Belief(mean=33.0, doubt=0.0, source=Origin.GIVEN),
    )


def test_what_was_never_dialled_and_what_is_not_over_counts_for_nothing() -> None:
    calls = list(record().attempts)
    open_one = replace(attempt(900, O.NO_ANSWER), outcome=None)
    more = [*calls, open_one, *(attempt(n, outcome) for n, outcome in enumerate((O.EXPIRED, O.WITHDRAWN, O.REFUSED)))]
    assert beliefs(Record(attempts=more), {}, Given()) == beliefs(record(), {}, Given())


def test_ends_of_calls_are_kept_apart() -> None:
    calls = [attempt(n, outcome) for n, outcome in enumerate([O.MACHINE] * 30 + [O.BUSY] * 10 + [O.CONNECTED] * 60)]
    found = beliefs(Record(attempts=calls), {}, Given())
    assert (found.machine_rate, found.busy_rate) == (0.3, 0.1)
    assert sum(found.ends.values()) == pytest.approx(0.4)
