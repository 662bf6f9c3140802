"""Demand: seeded, Poisson, with the shares and times asked for."""

import itertools
import random
import statistics

import pytest

from sim.phones.demand import Choice, Demand, arrivals, caller_number, schedule

CHOICES = (
    Choice(queue="sales", keys=("1",), weight=5),
    Choice(queue="support", keys=("2",), weight=3),
    Choice(queue="collections", keys=("3", "12345678#"), weight=2),
)
DEMAND = Demand(did="+12025550100", calls_per_minute=30, choices=CHOICES)


def test_the_same_seed_gives_the_same_callers() -> None:
    first = schedule(DEMAND, random.Random(5), 60)
    assert first == schedule(DEMAND, random.Random(5), 60)
    assert first != schedule(DEMAND, random.Random(6), 60)


def test_a_schedule_is_the_beginning_of_the_endless_stream() -> None:
    plans = schedule(DEMAND, random.Random(5), 120)
    assert plans == list(itertools.islice(arrivals(DEMAND, random.Random(5)), len(plans)))
    assert all(plan.at_s <= 120 for plan in plans)


def test_arrivals_are_poisson_at_the_rate_asked_for() -> None:
    plans = list(itertools.islice(arrivals(DEMAND, random.Random(1)), 5000))
    gaps = [b.at_s - a.at_s for a, b in itertools.pairwise(plans)]
    assert statistics.mean(gaps) == pytest.approx(2.0, rel=0.04)
    assert statistics.stdev(gaps) == pytest.approx(2.0, rel=0.06)  # exponential: as large as the mean


def test_callers_want_what_the_weights_say_and_press_it() -> None:
    plans = list(itertools.islice(arrivals(DEMAND, random.Random(1)), 5000))
    shares = {queue: sum(p.expected == queue for p in plans) / 5000 for queue in ("sales", "support", "collections")}
    assert shares == pytest.approx({"sales": 0.5, "support": 0.3, "collections": 0.2}, abs=0.02)
    keys = {choice.queue: choice.keys for choice in CHOICES}
    assert all(tuple(k.digits for k in plan.keys) == keys[plan.expected] for plan in plans)
    assert all(1.0 <= plan.keys[0].after_s <= 4.0 for plan in plans)


def test_talk_and_patience_have_the_median_and_mean_asked_for() -> None:
    plans = list(itertools.islice(arrivals(DEMAND, random.Random(1)), 5000))
    assert statistics.median(plan.talk_s or 0 for plan in plans) == pytest.approx(20, rel=0.05)
    assert statistics.mean(plan.patience_s or 0 for plan in plans) == pytest.approx(60, rel=0.05)


def test_callers_may_have_all_the_patience_of_the_world() -> None:
    demand = Demand(did="1", calls_per_minute=1, choices=CHOICES, patience_mean_s=None)
    assert next(arrivals(demand, random.Random(1))).patience_s is None


def test_callers_numbers_are_fictional_and_differ() -> None:
    numbers = [caller_number(i) for i in range(1400)]
    assert len(set(numbers)) == 1400
    assert all(number[5:10] == "55501" for number in numbers)
