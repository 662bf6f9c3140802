"""A level finds the factor between what happens and what was expected, and notices when it changes."""

import random

import pytest

from dialer.pacing.levels import Level


def poisson(rng: random.Random, mean: float) -> int:
    count, t = 0, rng.expovariate(1.0)
    while t < mean:
        count, t = count + 1, t + rng.expovariate(1.0)
    return count


def feed(level: Level, factor: float, blocks: int, seed: int = 1) -> None:
    rng = random.Random(seed)
    for _ in range(blocks):
        level.take(poisson(rng, 2.0 * factor), 2.0)
        level.settle()


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_it_finds_the_factor(factor: float) -> None:
    level = Level()
    feed(level, factor, 400)
    assert level.mean == pytest.approx(factor, rel=0.15)
    assert level.variance < 0.05


def test_it_doubts_at_first() -> None:
    level = Level(mean=1.0, prior=2.0)
    assert (level.mean, level.variance) == (1.0, pytest.approx(0.5))


def test_it_follows_a_jump_within_some_twenty_events() -> None:
    level = Level()
    feed(level, 1.0, 300)
    feed(level, 0.2, 10)
    assert level.mean < 0.6
    assert level.variance > 0.05  # and knows that it does not know


def test_nothing_counts_before_it_is_settled_and_little_is_not_settled() -> None:
    level = Level(prior=2.0)
    level.take(0.0, 0.5)
    level.settle()
    assert level.mean == 1.0
    level.take(0.0, 5.0)
    assert level.mean == 1.0
    level.settle()
    assert level.mean < 0.6


def test_it_leans_to_what_others_say_while_it_has_seen_little() -> None:
    level = Level(prior=2.0)
    level.lean(3.0)
    level.take(1.0, 1.0)
    level.settle()
    assert 1.5 < level.mean < 3.0
