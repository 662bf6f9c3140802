"""Calibration: chances come true, and a model that is wrong gives way to the plain rate."""

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.scores.calibration import BINS, EDGES, Calibration, bin_of


def followed(
    model_of: Callable[[float, random.Random], float], calls: int = 4_000, alike: float = 4.0
) -> tuple[Calibration, float, float]:
    """A calibration after so many calls; log loss per call of what it told, and of the plain rate 0.25."""
    rng, calibration = random.Random(7), Calibration()
    loss = plain = 0.0
    for _ in range(calls):
        true = min(0.99, max(0.01, rng.betavariate(0.25 * alike, 0.75 * alike)))
        model = model_of(true, rng)
        answered = rng.random() < true
        told = calibration.chance(model)
        loss -= math.log(told if answered else 1.0 - told)
        plain -= math.log(0.25 if answered else 0.75)
        calibration.learn(model, answered)
    return calibration, loss / calls, plain / calls


def test_chances_that_are_right_stay_as_they_are() -> None:
    calibration, loss, plain = followed(lambda true, rng: true)
    known = calibration.reliability
    assert loss < plain - 0.05
    assert known.trust > 0.95
    assert known.slope == pytest.approx(1.0, abs=0.2)
    assert known.worth == pytest.approx(0.2, abs=0.05)  # variance of Beta(1, 3) over 0.25 x 0.75
    assert known.gap < 0.03
    for calls, told, came in known.bins:
        if calls > 200:
            assert told == pytest.approx(came, abs=0.06)


def test_a_model_that_is_too_sure_is_made_right() -> None:
    def too_sure(true: float, rng: random.Random) -> float:
        return 1.0 / (1.0 + (true / (1.0 - true)) ** -2.5)

    calibration, loss, plain = followed(too_sure)
    assert loss < plain - 0.05
    assert calibration.reliability.slope == pytest.approx(0.4, abs=0.15)
    assert calibration.reliability.gap < 0.04


@pytest.mark.parametrize(
    "wrong",
    [lambda true, rng: rng.random(), lambda true, rng: 1.0 - true, lambda true, rng: 0.9, lambda true, rng: 0.001],
    ids=["noise", "reversed", "too high", "too low"],
)
def test_a_wrong_model_gives_way_to_the_plain_rate(wrong: Callable[[float, random.Random], float]) -> None:
    calibration, loss, plain = followed(wrong)
    assert loss < plain + 0.01
    for model in (0.05, 0.3, 0.9):
        assert calibration.chance(model) == pytest.approx(calibration.plain_rate, abs=0.1)


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.booleans()), max_size=80), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_chances_are_chances_and_keep_the_order_of_the_model(
    calls: list[tuple[float, bool]], one: float, other: float
) -> None:
    calibration = Calibration()
    for model, answered in calls:
        calibration.learn(model, answered)
    low, high = sorted((calibration.chance(min(one, other)), calibration.chance(max(one, other))))
    assert 0.0 < low <= high < 1.0
    assert calibration.chance(min(one, other)) <= calibration.chance(max(one, other))
    again = Calibration()
    again.load(calibration.dump())
    assert again.dump() == calibration.dump()


def test_bins_are_in_order_and_all_are_there() -> None:
    assert [bin_of(edge) for edge in (0.0, *EDGES)] == list(range(BINS))


@pytest.mark.parametrize("spoiled", [{"line": [1.0]}, {"trust": float("inf")}, {"calls": None}, {"answered": "many"}])
def test_what_is_damaged_is_refused(spoiled: dict[str, object]) -> None:
    calibration = Calibration()
    calibration.learn(0.3, True)
    before = calibration.dump()
    with pytest.raises((TypeError, ValueError)):
        calibration.load({**before, **spoiled})
    assert calibration.dump() == before
