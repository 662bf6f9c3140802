"""A forecast from pieces: it agrees with whole days, knows what it does not know, and finds the best team."""

import statistics
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from callcenter.outbound import AttemptOutcome, Campaign, CampaignKind, Lead
from dialer.forecast import UNKNOWN, Belief, Beliefs, Origin
from dialer.pacing import PACING, make_pacer
from dialer.trunks import TrunkLimits
from dialer.worklist import Hours, work_list
from sim.forecast import Setting, course, draw, range_of, staffing, thinned
from sim.outbound import play
from sim.pieces import SLOPES, Level, Plan, Seen, levels, people_of, pieces, play_piece
from sim.scenario import Scenario

MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)
HOURS = Hours(start=MONDAY, length=timedelta(hours=8))
SPRING = Campaign(
    name="spring",
    title="Spring",
    kind=CampaignKind.SALES,
    queue="sales",
    trunk="carrier",
    caller_id="+12025550100",
    region="US",
    company="Example Ltd",
    callback="+12025550101",
    max_tries=1,
    created_at=MONDAY,
)
PLAN = Plan(
    mode="progressive",
    teams=(4,),
    hours=8.0,
    cap=0.03,
    max_wait_s=2.0,
    ring_timeout_s=22.0,
    amd=False,
    trunk=TrunkLimits(channels=500, calls_per_second=50.0),
    pieces=2,
)
SURE = replace(
    UNKNOWN,
    answer_rate=Belief(mean=0.3, doubt=0.0, source=Origin.GIVEN),
    handle_s=Belief(mean=60.0, doubt=0.0, source=Origin.GIVEN),
    ends={AttemptOutcome.NO_ANSWER: 0.7},
    machine_rate=0.0,
)
LEVEL = Level(
    agents=10,
    odds=0.25,
    early=0.5,
    noise=0.1,
    pieces=4,
    piece_s=1_800.0,
    busy_per_talk=1.0,
    calls_per_talk=1.0,
    drop_rate=0.02,
    drop_noise=0.005,
    live=100.0,
)


def mids(mode: str, teams: Sequence[int], believed: Beliefs = SURE) -> list[float]:
    plan, drawn = replace(PLAN, mode=mode), draw(believed)
    return [range_of(course(plan, believed, [LEVEL], drawn, agents).utilisation).mid for agents in teams]


# ------------------------------------------------------------------------------------------------- pieces


def test_pieces_are_of_the_whole_day_and_see_all_that_may_be() -> None:
    found = pieces(replace(PLAN, mode="progressive", teams=tuple(range(5, 81)), pieces=4), UNKNOWN)
    assert {piece.scenario.agents for piece in found} == {5, 20, 80}
    assert {piece.scenario.hours for piece in found} == {8.0}
    assert all(900 <= piece.scenario.played_s <= 7_200 for piece in found)
    rates = sorted({piece.scenario.people.p_person for piece in found})
    assert len(rates) >= 4
    assert rates[0] < 0.2
    assert rates[-1] > 0.3
    for piece in found:
        people = piece.scenario.people
        assert people.p_person + people.p_machine + people.p_busy <= 1.0


def test_a_costly_team_gets_fewer_pieces_of_a_length_from_which_a_pacer_has_learnt() -> None:
    plan = replace(PLAN, mode="predictive", pieces=6)
    small, large = ([piece.scenario.played_s for piece in pieces(replace(plan, teams=(n,)), SURE)] for n in (4, 300))
    assert len(small) > len(large) == 2
    assert min(small) >= 2_400
    assert sum(small) > sum(large)


def test_a_forecast_agrees_with_whole_days() -> None:
    played = [(piece, play_piece(piece)) for piece in pieces(PLAN, SURE)]
    ahead = range_of(course(PLAN, SURE, levels(PLAN, SURE, played), draw(SURE), 4).utilisation)
    days = [
        play(Scenario(agents=4, hours=2.0, seed=seed, people=people_of(SURE)), make_pacer("progressive"))
        for seed in (1, 2)  # the same people as in the pieces
    ]
    assert ahead.mid == pytest.approx(statistics.mean(day.utilisation for day in days), abs=0.03)


def test_people_who_answer_more_often_are_less_often_busy() -> None:
    often, seldom = (people_of(UNKNOWN, answer_z=z) for z in (1.5, -1.5))
    assert often.p_person > seldom.p_person
    assert often.p_busy < seldom.p_busy
    assert often.p_person + often.p_machine + often.p_busy <= 1.0


def test_levels_bring_pieces_with_other_people_together() -> None:
    """Two pieces whose odds differ by just what their people explain agree on one level, without noise."""
    slopes, middle = SLOPES["progressive"], people_of(SURE)
    seen = []
    for factor in (0.5, 2.0):
        people = replace(middle, p_person=middle.p_person * factor)
        odds = 0.5 * factor**slopes.answer
        seen.append(
            Seen(
                agents=4,
                people=people,
                early=1.0,
                idle_s=odds * 1_000,
                busy_s=1_000.0,
                placed=100,
                connected=10,
                live=10,
                drops=0,
            )
        )
    [level] = levels(PLAN, SURE, list(zip(pieces(PLAN, SURE), seen, strict=True)))
    assert level.odds == pytest.approx(0.5)
    assert level.noise < 0.12  # what is usual, and nothing besides


# ------------------------------------------------------------------------------------------------- the day


@pytest.mark.parametrize("mode", PACING)
def test_more_agents_or_more_answers_never_leave_agents_idler(mode: str) -> None:
    sizes = mids(mode, (3, 10, 40, 150))
    assert sizes == sorted(sizes)
    doubtful = replace(SURE, answer_rate=replace(SURE.answer_rate, doubt=0.3))
    drawn, quiet = draw(doubtful), replace(LEVEL, noise=0.0)
    ahead = course(replace(PLAN, mode=mode), doubtful, [quiet], drawn, 10)
    by_answers = ahead.utilisation[np.argsort(drawn.answer)]
    assert (np.diff(by_answers) >= -1e-12).all()
    assert by_answers[-1] > by_answers[0]


def test_what_is_doubted_widens_the_range() -> None:
    doubtful = replace(SURE, answer_rate=replace(SURE.answer_rate, doubt=0.4))
    sure, unsure = (range_of(course(PLAN, one, [LEVEL], draw(one), 10).utilisation) for one in (SURE, doubtful))
    assert unsure.high - unsure.low > 2 * (sure.high - sure.low)
    assert sure.low < sure.mid < sure.high


def test_a_pacer_that_spends_a_budget_ends_some_drops_below_its_cap() -> None:
    plan = replace(PLAN, mode="predictive")
    rates = [range_of(course(plan, SURE, [LEVEL], draw(SURE), agents).drop_rate) for agents in (3, 30, 300)]
    assert [rate.mid for rate in rates] == sorted(rate.mid for rate in rates)
    assert all(rate.high <= 0.03 for rate in rates)
    assert rates[-1].mid > 0.0295


def test_outcomes_are_all_calls() -> None:
    ahead = course(PLAN, UNKNOWN, [LEVEL], draw(UNKNOWN), 10)
    assert sum(ahead.ends.values()) == pytest.approx(np.ones(len(ahead.utilisation)))


def test_between_teams_that_were_played_lies_what_is_between_them() -> None:
    both = [LEVEL, replace(LEVEL, agents=40, odds=0.1)]
    values = [range_of(course(PLAN, SURE, both, draw(SURE), agents).utilisation).mid for agents in (10, 20, 40)]
    assert values == sorted(values)
    assert values[0] < values[1] < values[2]


# ------------------------------------------------------------------------------------------------- staffing


def setting(count: int, mode: str = "predictive") -> Setting:
    numbers = (f"+1202555{number:04}" for number in range(1_000))
    leads = [Lead(campaign="spring", number=number, next_at=MONDAY, created_at=MONDAY) for number in numbers]
    work = work_list(SPRING, leads, (), total=count, hours=HOURS)
    plan = replace(PLAN, mode=mode)
    return Setting(campaign=SPRING, plan=plan, believed=SURE, levels=[LEVEL], hours=HOURS, work=work)


def test_the_smallest_team_that_keeps_up_is_found_and_a_longer_list_needs_more() -> None:
    sizes = [staffing(setting(count), draw(SURE), range(1, 41)).keeps_up for count in (2_000, 6_000)]
    assert all(sizes)
    small, large = (size or 0 for size in sizes)
    # 30 % of 2,000 leads talk for a minute: ten agent-hours, so two agents who never wait would do in eight hours.
    assert small == 3
    assert small < large < 3 * small  # a larger team waits less
    team = setting(2_000).team(small - 1, draw(SURE), days=1)
    assert team.keeps_up < 0.8


def test_no_team_keeps_up_with_too_long_a_list() -> None:
    assert staffing(setting(50_000), draw(SURE), range(1, 11)).keeps_up is None


def test_most_talks_per_agent_hour_are_where_the_list_just_lasts() -> None:
    """Larger teams wait less, until there are not enough leads for them."""
    best = staffing(setting(6_000), draw(SURE), range(1, 41)).most_connects
    assert best is not None
    teams = {agents: setting(6_000).team(agents, draw(SURE), days=1) for agents in (1, best, 20)}
    most = teams[best].connects_per_agent_hour.mid
    assert most > 1.05 * teams[20].connects_per_agent_hour.mid
    assert most > teams[1].connects_per_agent_hour.mid


def test_a_team_says_when_the_list_runs_dry() -> None:
    dry, plenty = setting(1_000).team(10, draw(SURE), days=3), setting(100_000).team(10, draw(SURE), days=3)
    assert dry.runs_dry == 1.0
    assert dry.dry_after_h is not None
    assert 0 < dry.dry_after_h.mid < 4
    assert dry.used_up_days is not None
    assert dry.used_up_days.high == 1
    assert (plenty.runs_dry, plenty.dry_after_h, plenty.used_up_days) == (0.0, None, None)
    assert dry.utilisation.mid < plenty.utilisation.mid


def test_sizes_are_thinned_by_equal_ratios() -> None:
    assert thinned(range(3, 6), 7) == [3, 4, 5]
    assert thinned([50], 7) == [50]
