"""Blended days: callers and people who were called meet the same agents, matched by the acd, paced by the pacer."""

import random
import statistics
from dataclasses import replace
from itertools import islice

import pytest

from dialer.pacing import Kind, PacingDecision, PacingSnapshot, make_pacer
from sim.blended import Blend, BlendedDay, Loan, play_blended
from sim.erlang import queue_a
from sim.floor import Floor, Seat, exponential, longest_idle, observed, poisson
from sim.matcher import acd_match
from sim.outbound import play
from sim.people import People
from sim.roster import Doing
from sim.scenario import Absence, Scenario

HALF_HOUR = Scenario(agents=8, hours=0.5, seed=4)
BOTH = frozenset(range(8))
BUSY = Blend(calls_per_s=0.02, for_both=BOTH)


def day(mode: str = "ratio", blend: Blend = BUSY, scenario: Scenario = HALF_HOUR) -> BlendedDay:
    return play_blended(scenario, blend, make_pacer(mode))


def test_without_callers_a_blended_day_is_an_outbound_day() -> None:
    alone = day(blend=Blend(calls_per_s=0.0))
    assert alone.outbound == play(HALF_HOUR, make_pacer("ratio"))
    assert (alone.visits, alone.with_callers_s, alone.for_callers_s) == ((), 0.0, 0.0)


def test_the_same_seed_is_the_same_blended_day_and_callers_do_not_depend_on_the_pacer() -> None:
    assert day() == day()
    ratio, progressive = day().visits, day("progressive").visits
    came = [sorted(visit.arrival.number for visit in visits) for visits in (ratio, progressive)]
    assert came[0] == came[1]
    talks = [{visit.arrival.number: visit.arrival.talk_s for visit in visits} for visits in (ratio, progressive)]
    assert talks[0] == talks[1]


@pytest.mark.parametrize(
    "blend",
    [
        BUSY,
        Blend(calls_per_s=0.01, for_callers=frozenset({0, 1, 2})),
        Blend(
            calls_per_s=0.02,
            for_callers=frozenset({0, 1, 2}),
            loans=(Loan(agent=0, from_s=300.0, until_s=1_200.0), Loan(agent=1, from_s=0.0, until_s=900.0)),
        ),
    ],
)
def test_no_call_and_no_second_is_lost(blend: Blend) -> None:
    away = (Absence(agent=0, from_s=600.0, until_s=900.0), Absence(agent=7, from_s=100.0, until_s=700.0))
    result = day(blend=blend, scenario=replace(HALF_HOUR, absences=away))
    outbound = result.outbound
    assert sum(outbound.spent_s.values()) == pytest.approx(8 * 1_800)
    assert result.with_callers_s + result.for_callers_s <= outbound.spent_s[Doing.AWAY] + 1e-6
    assert outbound.placed == sum(outbound.ends.values()) + outbound.under_way
    assert outbound.live == outbound.connected + outbound.drops
    numbers = sorted(visit.arrival.number for visit in result.visits)
    assert numbers == list(range(len(numbers)))
    for visit in result.visits:
        if visit.ended_s is not None and visit.answered_s is not None:
            assert visit.ended_s - visit.answered_s == pytest.approx(visit.arrival.talk_s)


def test_without_absences_all_time_away_is_the_callers() -> None:
    result = day(blend=Blend(calls_per_s=0.01, for_callers=frozenset({0, 1, 2})))
    assert result.for_callers_s > 0
    assert result.outbound.spent_s[Doing.AWAY] == pytest.approx(result.with_callers_s + result.for_callers_s)


def test_agents_on_loan_talk_to_people_only_while_they_are_lent() -> None:
    lent = (Loan(agent=0, from_s=600.0, until_s=1_200.0),)
    seen: list[tuple[float, int]] = []
    pacer = make_pacer("progressive")

    class Watching:
        wake, start = pacer.wake, pacer.start

        def observe(self, event: object, /) -> None:
            if getattr(event, "kind", "") == Kind.CONNECTED:
                seen.append((event.t, event.agent))  # type: ignore[attr-defined]
            pacer.observe(event)  # type: ignore[arg-type]

        def decide(self, snapshot: PacingSnapshot, /) -> PacingDecision:
            return pacer.decide(snapshot)

    blend = Blend(calls_per_s=0.001, for_callers=frozenset({0}), loans=lent)
    play_blended(replace(HALF_HOUR, people=People(p_person=0.9)), blend, Watching())
    times = [t for t, agent in seen if agent == 0]
    assert times
    assert all(600.0 <= t < 1_200.0 for t in times)


def test_callers_cost_the_campaign_agents_and_never_lose_them_to_it() -> None:
    """With callers the campaign reaches fewer; people who were called go first, so they are hardly dropped more."""
    alone, shared = day("progressive", Blend(calls_per_s=0.0)), day("progressive")
    assert shared.outbound.connected < alone.outbound.connected
    assert any(visit.agent is not None for visit in shared.visits)


def test_an_agent_who_takes_a_caller_is_away_for_the_pacer() -> None:
    """A progressive campaign calls for idle agents alone, so with all of them on callers' calls it calls nobody."""
    blend = Blend(calls_per_s=5.0, talk=lambda rng: 3_000.0, for_both=BOTH)
    result = day("progressive", blend)
    assert result.outbound.placed <= 8
    assert result.with_callers_s > 7 * 1_500


# ------------------------------------------------------------------------------------------ the acd's own matching


def seats(count: int) -> list[Seat]:
    return [Seat(agent=f"{number:02}", queues=frozenset({""})) for number in range(count)]


def test_with_one_queue_the_acd_does_what_longest_idle_does() -> None:
    results = []
    for policy in (longest_idle, acd_match):
        rng = random.Random(7)
        arrivals = list(islice(poisson(rng, 0.1, exponential(60.0), exponential(40.0)), 300))
        results.append(Floor(seats=seats(5), rng=rng, policy=policy, wrap_up=lambda rng: 3.0).run(arrivals, 3_000))
    assert results[0] == results[1]


def test_the_floor_with_the_acds_matching_is_erlang_a() -> None:
    found = []
    for seed in range(8):
        rng = random.Random(seed)
        arrivals = poisson(rng, 5.0 / 60.0, exponential(60.0), exponential(40.0))
        visits = Floor(seats=seats(5), rng=rng, policy=acd_match).run(arrivals, 5_000)
        found.append(observed(visits, 5, 500.0, 5_000))
    theory = queue_a(5, 5.0 / 60.0, 60.0, 40.0)
    for name in ("p_wait", "p_abandon", "occupancy"):
        values = [getattr(one, name) for one in found]
        half = 3.5 * statistics.stdev(values) / len(values) ** 0.5  # 99 % of Student's t with 7 degrees of freedom
        assert abs(statistics.mean(values) - getattr(theory, name)) <= half, name
