"""Weights of traits: learnt call by call, the surer the less they move, kept and taken up again."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.scores.model import ALWAYS, MOST_TRAITS, PRIOR_VARIANCE, SURE, Model

TRAITS = st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True, max_size=4)


def taught(calls: int, chances: dict[str, float], seed: int = 1) -> Model:
    """A model that has seen calls of one trait each, answered with these chances."""
    rng, model = random.Random(seed), Model()
    for _ in range(calls):
        trait = rng.choice(sorted(chances))
        model.learn([trait], rng.random() < chances[trait])
    return model


def test_chances_of_traits_are_found() -> None:
    chances = {"mobile": 0.1, "fixed line": 0.3, "company": 0.7}
    model = taught(6_000, chances)
    for trait, chance in chances.items():
        assert model.chance([trait]) == pytest.approx(chance, abs=0.05)


def test_traits_that_add_up_are_told_apart() -> None:
    rng, model = random.Random(2), Model()
    for _ in range(8_000):
        traits = [rng.choice(("evening", "morning")), rng.choice(("mobile", "fixed line"))]
        chance = 0.1 + 0.3 * (traits[0] == "evening") + 0.3 * (traits[1] == "mobile")
        model.learn(traits, rng.random() < chance)
    assert model.chance(["evening", "mobile"]) == pytest.approx(0.7, abs=0.08)
    assert model.chance(["morning", "fixed line"]) == pytest.approx(0.1, abs=0.05)
    best = [trait for trait, weight in model.shares(["evening", "fixed line"]) if weight > 0]
    assert best == ["evening"]


def test_people_who_change_are_followed() -> None:
    model = taught(3_000, {"a": 0.5})
    rng = random.Random(3)
    for _ in range(3_000):
        model.learn(["a"], rng.random() < 0.1)
    assert model.chance(["a"]) < 0.2


@given(st.lists(st.tuples(TRAITS, st.booleans()), max_size=60), TRAITS)
def test_whatever_is_learnt_a_chance_is_a_chance_and_beliefs_are_kept(
    calls: list[tuple[list[str], bool]], asked: list[str]
) -> None:
    model, again = Model(), Model()
    for traits, answered in calls:
        before = model.chance(traits)
        model.learn(traits, answered)
        after = model.chance(traits)
        assert SURE <= after <= 1.0 - SURE
        assert (after >= before - 0.02) if answered else (after <= before + 0.02)
    again.load(model.dump())
    assert again.chance(asked) == pytest.approx(model.chance(asked), abs=1e-3)


def test_a_long_list_of_traits_is_cut_to_those_known_best() -> None:
    model = taught(200, {"common": 0.9})
    known = model.chance(["common"])
    for number in range(MOST_TRAITS):
        model.learn([f"rare {number}"], False)
    assert len(model) <= MOST_TRAITS
    assert dict(model.shares(["common"]))["common"] > 0.5 * PRIOR_VARIANCE
    assert model.chance(["common"]) > model.chance(["never seen"])
    assert known > 0.7


@pytest.mark.parametrize("kept", [{"a": [1.0]}, {"a": [float("nan"), 1.0]}, {"a": [0.0, -1.0]}, {"a": None}])
def test_what_is_no_weight_is_refused(kept: dict[str, object]) -> None:
    model = taught(50, {"a": 0.9})
    before = model.dump()
    with pytest.raises((TypeError, ValueError)):
        model.load(kept)
    assert model.dump() == before
    assert ALWAYS in before
