"""The chance to be short of agents, against sums that are counted out."""

import math
import random

import numpy as np
import pytest

from dialer.pacing.risk import short_of_agents


@pytest.mark.parametrize("free", [3, 6])
@pytest.mark.parametrize(("calls", "chance"), [(8, 0.25), (20, 0.1), (20, 0.3)])
def test_the_chance_is_that_of_a_binomial(free: int, calls: int, chance: float) -> None:
    exact = sum(math.comb(calls, k) * chance**k * (1 - chance) ** (calls - k) for k in range(free, calls + 1))
    spread = calls * chance * (1 - chance)
    got = short_of_agents(np.array([free - calls * chance]), np.array([spread]), np.array([-spread * (1 - 2 * chance)]))
    assert float(got[0]) == pytest.approx(exact, abs=0.02)


def test_it_is_a_chance_whatever_the_sums() -> None:
    rng = random.Random(3)
    sums = np.array([[rng.uniform(-50, 50), rng.uniform(0, 30), rng.uniform(-20, 20)] for _ in range(500)]).T
    chances = short_of_agents(*sums)
    assert chances.min() >= 0.0
    assert chances.max() <= 1.0
