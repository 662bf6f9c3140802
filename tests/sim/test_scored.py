"""Leads with scores in the simulated day: nobody is lost or called twice, what is shown is what is called."""

from dataclasses import replace

import pytest

from dialer.pacing import make_pacer
from dialer.scores import SEGMENTS
from sim.outbound import Day, play
from sim.people import Answers
from sim.scenario import Calling, Scenario, Scored
from sim.scored import ScoredLeads

SCORED = Scored(in_sight=50, lessons=300)
SCENARIO = Scenario(agents=5, hours=0.2, seed=1, amd=True, scored=SCORED)


def day(scored: Scored, mode: str = "ratio", **changes: object) -> Day:
    return play(replace(SCENARIO, scored=scored, **changes), make_pacer(mode))  # type: ignore[arg-type]


@pytest.mark.parametrize("calling", Calling)
def test_every_call_has_an_end_and_the_day_is_the_same_again(calling: Calling) -> None:
    scored = replace(SCORED, calling=calling)
    result = day(scored)
    assert result == day(scored)
    assert result.placed == sum(result.ends.values()) + result.under_way
    assert result.live == result.connected + result.drops


def test_a_list_that_is_called_to_its_end_is_called_once() -> None:
    result = day(SCORED, leads=60, hours=1.0)
    assert result.placed == 60


def test_the_pacer_is_told_as_many_segments_as_there_are() -> None:
    assert SCENARIO.info["segments"] == SEGMENTS
    assert replace(SCENARIO, scored=replace(SCORED, hidden=True)).info["segments"] == 1


def test_predictive_calls_leads_by_score() -> None:
    result = day(replace(SCORED, lessons=50), "predictive")
    assert result.live > 5


def leads(calling: Calling, **changes: object) -> ScoredLeads:
    scored = replace(SCORED, calling=calling, lessons=3_000, **changes)  # type: ignore[arg-type]
    return ScoredLeads(replace(SCENARIO, scored=scored), scored)


def test_peek_foretells_what_is_taken() -> None:
    for calling in Calling:
        shown = leads(calling)
        shown.arrange(0.0, 3)
        segments = list(shown.peek(6))
        assert [shown.take(0.0).segment for _ in range(6)] == segments
        assert len(set(segments)) > 1 or calling is not Calling.LIST


def test_the_best_are_first_only_where_that_is_asked_for() -> None:
    best, shown = leads(Calling.BEST, in_sight=200), leads(Calling.LIST, in_sight=200)
    answered = []
    for some in (best, shown):
        some.arrange(0.0, 3)
        answered.append(sum(some.take(0.0).answers is Answers.PERSON for _ in range(40)))
    assert answered[0] > 1.5 * answered[1]


def test_what_ended_is_learnt_from() -> None:
    shown = leads(Calling.ROOM)
    before = shown.scorer.reliability.calls
    shown.arrange(0.0, 3)
    shown.take(0.0)
    shown.ended(0, answered=True)
    shown.ended(0, answered=True)  # told twice
    assert shown.scorer.reliability.calls == pytest.approx(before + 1, abs=1)
    assert shown.scorer.reliability.calls > before
