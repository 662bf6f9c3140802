"""Days of pacers compared: pooled with honest intervals, the same people for all, timed by a clock from outside."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import Any
from xml.etree import ElementTree

import pytest

from callcenter.errors import ConfigError
from dialer.pacing import Kind, PacingDecision, PacingEvent, PacingSnapshot
from sim.chart import chart
from sim.compare import (
    PACERS,
    Cell,
    Guarded,
    Job,
    Played,
    Terms,
    cells,
    fresh,
    play_job,
    pooled,
    share,
    spread,
    worst_hour,
)
from sim.outbound import Day
from sim.roster import Doing

DAY = Played(
    seed=1,
    utilisation=0.8,
    live=100,
    drops=2,
    connected=98,
    placed=400,
    agent_hours=10.0,
    worst_hour=0.03,
    decision_ms=0.1,
    slow_ms=0.5,
)
SHORT = Terms(hours=0.2)


def ticks() -> Iterator[float]:
    return (0.001 * tick for tick in count())


def clock() -> Any:
    return ticks().__next__


# ------------------------------------------------------------------------------------------------- intervals


def test_an_interval_is_students() -> None:
    found = spread([1.0, 2.0, 3.0])
    assert found.mean == 2.0
    assert found.half == pytest.approx(4.303 / 3**0.5)
    assert spread([0.0, 1.0] * 20).half == pytest.approx(1.96 * 0.5064 / 40**0.5, rel=1e-3)


def test_a_share_is_of_all_days_together_and_its_interval_comes_from_the_days() -> None:
    found = share([(1, 100), (3, 100)])
    assert found.mean == 0.02
    assert found.half == pytest.approx(12.71 * 0.01)
    assert share([(2, 100), (4, 200)]).half == pytest.approx(0.0)
    assert share([(0, 0), (0, 0)]).mean == 0.0


def test_a_day_alone_says_nothing_of_an_interval() -> None:
    cell = pooled(Cell(pacer="ratio", agents=3), [DAY])
    assert (cell.utilisation.half, cell.drop_rate.half) == (None, None)
    assert cell.drop_rate.mean == 0.02


def test_pooling_keeps_the_worst_and_sums_the_rest() -> None:
    bad = replace(DAY, seed=0, utilisation=0.6, live=300, drops=15, worst_hour=0.09, slow_ms=2.0)
    cell = pooled(Cell(pacer="ratio", agents=3), [DAY, bad])
    assert [day.seed for day in cell.days] == [0, 1]
    assert (cell.live, cell.drop_rate.mean) == (400, 17 / 400)
    assert (cell.worst_day, cell.worst_hour, cell.slow_ms) == (0.05, 0.09, 2.0)
    assert cell.connects_per_hour.mean == pytest.approx(9.8)
    with pytest.raises(ValueError, match="no day was played"):
        pooled(Cell(pacer="ratio", agents=3), [])


def test_the_worst_hour_is_looked_for_at_every_fifth_minute() -> None:
    live = [60.0 * minute for minute in range(240)]
    day = Day(
        spent_s=dict.fromkeys(Doing, 1.0),
        placed=0,
        connected=0,
        ends={},
        under_way=0,
        false_machines=0,
        live_times=live,
        drop_times=[5_000.0, 5_100.0, 8_300.0, 14_000.0],
        decisions=0,
    )
    assert worst_hour(day, 14_400.0) == pytest.approx(3 / 60)
    assert worst_hour(day, 1_800.0) == 0.0


# ------------------------------------------------------------------------------------------------- days


def test_all_pacers_meet_the_same_day() -> None:
    days = [Job(cell=Cell(pacer=pacer, agents=4), terms=SHORT, seed=5).scenario() for pacer in PACERS]
    assert all(day == days[0] for day in days)
    changed = [Job(cell=Cell(pacer=pacer, day="chaos"), terms=SHORT, seed=5).scenario() for pacer in PACERS]
    assert all(day == changed[0] for day in changed)
    assert changed[0] != Job(cell=Cell(pacer="ratio", day="chaos"), terms=SHORT, seed=6).scenario()


def test_common_random_numbers_make_a_difference_sure_that_two_samples_would_not_show() -> None:
    terms = Terms(hours=0.5, answer_rate=0.3)
    jobs = {
        pacer: [Job(cell=Cell(pacer=pacer, agents=6), terms=terms, seed=seed) for seed in range(4)]
        for pacer in ("progressive", "ratio")
    }
    slow, fast = ([play_job(job, clock()).utilisation for job in jobs[pacer]] for pacer in ("progressive", "ratio"))
    paired = spread([b - a for a, b in zip(slow, fast, strict=True)])
    apart = spread(slow), spread(fast)
    assert paired.half is not None
    assert all(one.half is not None for one in apart)
    assert paired.half < sum(one.half or 0.0 for one in apart)


def test_terms_reach_the_scenario() -> None:
    terms = Terms(hours=2, cap=0.01, max_wait_s=1.0, handle_s=60.0, answer_rate=0.4, amd=False, budget={"live": 9})
    day = Job(cell=Cell(pacer="ratio", agents=7), terms=terms, seed=3).scenario()
    assert (day.agents, day.hours, day.seed, day.cap, day.max_wait_s, day.amd) == (7, 2, 3, 0.01, 1.0, False)
    assert (day.people.p_person, day.people.handle_s, day.budget) == (0.4, 60.0, {"live": 9})


def test_a_day_is_the_same_whatever_the_clock_says_and_decisions_are_timed_by_it() -> None:
    job = Job(cell=Cell(pacer="progressive", agents=3), terms=SHORT, seed=2)
    one, other = play_job(job, clock()), play_job(job, lambda: 0.0)
    assert (one.decision_ms, one.slow_ms) == (pytest.approx(1.0), pytest.approx(1.0))
    assert replace(one, decision_ms=0.0, slow_ms=0.0) == other
    assert other.agent_hours == pytest.approx(0.6)


def test_cells_go_scene_by_scene_and_name_what_there_is_not() -> None:
    found = [(cell.scene, cell.pacer) for cell in cells(["ratio", "hard+"], [1, 5], ["lunch"])]
    assert found == [
        ("1 agent", "ratio"),
        ("1 agent", "hard+"),
        ("5 agents", "ratio"),
        ("5 agents", "hard+"),
        ("lunch", "ratio"),
        ("lunch", "hard+"),
    ]
    with pytest.raises(ConfigError, match="there is no pacer 'psychic'"):
        fresh("psychic")
    with pytest.raises(ConfigError, match="there is no day 'sunday'"):
        list(cells(["ratio"], [], ["sunday"]))
    with pytest.raises(ConfigError, match="at least one agent"):
        list(cells(["ratio"], [0], []))


# ------------------------------------------------------------------------------------------------- the guard


class Greedy:
    wake: frozenset[str] = frozenset()

    def start(self, info: Mapping[str, Any], /) -> None:
        self.info = info

    def observe(self, event: object, /) -> None: ...

    def decide(self, snapshot: PacingSnapshot, /) -> PacingDecision:
        return PacingDecision(originate=50)


def floor(**counts: Any) -> PacingSnapshot:
    terms: dict[str, Any] = {"t": 1.0, "cap": 0.03, "day_end": 9.0, "max_wait": 2.0}
    return PacingSnapshot(**terms, trunk_free=99, cps_free=99, peek=lambda k: [0] * k, **counts)


def test_the_guard_lets_through_what_could_all_be_dropped_and_counts_the_window_before_today() -> None:
    guarded = Guarded(Greedy(), agents=20)
    guarded.start({"cap": 0.03, "budget": {"live": 10_000, "drops": 290}})
    assert guarded.pacer.info["budget"] == {"live": 10_000, "drops": 320}  # type: ignore[attr-defined]
    assert guarded.decide(floor(n_ringing=4)).originate == 6
    for kind in (Kind.LIVE, Kind.ABANDONED):
        guarded.observe(PacingEvent(kind=kind, t=0.0))
    assert guarded.decide(floor(n_ringing=4)).originate == 5
    assert guarded.decide(floor(n_ringing=4, n_idle=3)).originate == 8


def test_below_its_number_of_answers_the_guard_sleeps() -> None:
    guarded = Guarded(Greedy(), agents=20)
    guarded.start({"cap": 0.03})
    assert "budget" not in guarded.pacer.info  # type: ignore[attr-defined]
    assert guarded.decide(floor(n_ringing=4)).originate == 50


# ------------------------------------------------------------------------------------------------- the picture


def test_the_picture_shows_each_cell_with_its_interval() -> None:
    found = [
        pooled(Cell(pacer=pacer, agents=agents), [DAY, replace(DAY, seed=2, utilisation=0.9, drops=4)])
        for pacer in ("ratio", "hard+")
        for agents in (3, 20)
    ]
    root = ElementTree.fromstring(chart(found, 0.03, 'A & B <"days">'))
    space = "{http://www.w3.org/2000/svg}"
    told = [one.findtext(f"{space}title") for one in root.iter(f"{space}g")]
    assert told[0] == "ratio, 3 agents: 85.0 % at 3.00 % drops, 2 days"
    assert len(told) == 4
    assert root.findtext(f"{space}title") == 'A & B <"days">'
    words = [text.text for text in root.iter(f"{space}text")]
    assert {"ratio", "hard+", "cap 3 %", "20 agents"} <= set(words)
