"""Intervals of shares: published examples, and that they hold as often as they say."""

import random

import pytest

from callcenter.proportions import difference, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    # Newcombe, Stat. Med. 17 (1998) 857, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_published_intervals(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    # Newcombe, Stat. Med. 17 (1998) 873, table II, method 10; there it is first - second.
    [((48, 80), (56, 70), -0.3339, -0.0524), ((3, 10), (9, 10), -0.8090, -0.1705), ((0, 10), (10, 10), -1.0, -0.6075)],
)
def test_published_differences(first: tuple[int, int], second: tuple[int, int], low: float, high: float) -> None:
    found = difference(second, first)
    assert found == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_the_interval_holds_in_about_nineteen_of_twenty_counts() -> None:
    rng = random.Random(7)
    held = 0
    for _ in range(2000):
        low, high = wilson(sum(rng.random() < 0.2 for _ in range(60)), 60)
        held += low <= 0.2 <= high
    assert 0.93 <= held / 2000 <= 0.97


def test_without_trials_nothing_is_known() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert difference((0, 0), (1, 2)) == (-1.0, 1.0)
