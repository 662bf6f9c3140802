"""The floor agrees with Erlang C and A within its confidence interval, and loses no caller and no second."""

import math
import random
import statistics
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest

from sim.agenda import Agenda
from sim.erlang import Waiting, queue_a, queue_c
from sim.floor import Arrival, Floor, Ready, Seat, Visit, exponential, longest_idle, observed, poisson

TALK_S = 60.0
REPLICATIONS = 20
T_99 = 2.861  # two-sided 99 % point of Student's t with 19 degrees of freedom
WARM_UP_S = 1_000.0
SPAN_S = 9_000.0
LONG_S = 27_000.0  # waits without abandonment vary so much that a shorter day says little about them


def seats(count: int, *queues: str) -> list[Seat]:
    return [Seat(agent=str(i), queues=frozenset(queues)) for i in range(count)]


def day(agents: int, load: float, patience_s: float | None, seed: int, span_s: float = SPAN_S) -> Waiting:
    rng = random.Random(seed)
    arrivals = poisson(rng, load / TALK_S, exponential(TALK_S), exponential(patience_s) if patience_s else None)
    until = WARM_UP_S + span_s
    visits = Floor(seats=seats(agents), rng=rng).run(arrivals, until)
    return observed(visits, agents, WARM_UP_S, until)


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return mean and half width of the 99 % confidence interval of independent replications."""
    return statistics.mean(values), T_99 * statistics.stdev(values) / math.sqrt(len(values))


def assert_agrees(days: Sequence[Waiting], theory: Waiting) -> None:
    for name in ("p_wait", "p_abandon", "mean_wait_s", "mean_queue", "occupancy"):
        expected = getattr(theory, name)
        mean, half = interval([getattr(one, name) for one in days])
        assert abs(mean - expected) <= half, f"{name}: {mean:.4f} ± {half:.4f}, theory {expected:.4f}"
        assert half <= 0.25 * expected, f"{name}: the interval ± {half:.4f} is too wide to say anything"


@pytest.mark.parametrize(("agents", "load"), [(3, 1.8), (10, 7.0)])
def test_without_abandonment_the_floor_is_erlang_c(agents: int, load: float) -> None:
    days = [day(agents, load, None, seed, LONG_S) for seed in range(REPLICATIONS)]
    theory = queue_c(agents, load / TALK_S, TALK_S)
    assert all(one.p_abandon == 0 for one in days)
    for name in ("p_wait", "mean_wait_s", "mean_queue", "occupancy"):
        mean, half = interval([getattr(one, name) for one in days])
        assert abs(mean - getattr(theory, name)) <= half, f"{name}: {mean:.4f} ± {half:.4f}"
        assert half <= 0.25 * mean


@pytest.mark.parametrize(("agents", "load", "patience_s"), [(5, 5.0, 40.0), (10, 11.0, 60.0)])
def test_with_patience_the_floor_is_erlang_a(agents: int, load: float, patience_s: float) -> None:
    days = [day(agents, load, patience_s, seed) for seed in range(REPLICATIONS)]
    assert_agrees(days, queue_a(agents, load / TALK_S, TALK_S, patience_s))


def test_the_comparison_sees_a_floor_that_is_one_agent_short() -> None:
    days = [day(9, 7.0, None, seed) for seed in range(REPLICATIONS)]
    mean, half = interval([one.p_wait for one in days])
    assert abs(mean - queue_c(10, 7.0 / TALK_S, TALK_S).p_wait) > half


def test_the_same_seed_is_the_same_day() -> None:
    assert day(5, 4.0, 60.0, 1) == day(5, 4.0, 60.0, 1)
    assert day(5, 4.0, 60.0, 1) != day(5, 4.0, 60.0, 2)


def test_no_caller_and_no_second_is_lost() -> None:
    rng = random.Random(3)
    arrivals = list(take(poisson(rng, 0.2, exponential(30), exponential(20)), 500))
    floor = Floor(seats=seats(6), rng=rng, wrap_up=exponential(10))
    visits = floor.run(arrivals, until_s=2_000)
    came = [arrival for arrival in arrivals if arrival.at_s <= 2_000]
    assert sorted(visit.arrival.number for visit in visits) == [arrival.number for arrival in came]
    for visit in visits:
        if visit.ended_s is not None and visit.answered_s is not None:
            assert visit.ended_s - visit.answered_s == pytest.approx(visit.arrival.talk_s)
        if visit.abandoned:
            assert visit.wait_s == pytest.approx(visit.arrival.patience_s)


def test_no_agent_talks_to_two() -> None:
    rng = random.Random(4)
    visits = Floor(seats=seats(3), rng=rng).run(poisson(rng, 0.1, exponential(30)), 5_000)
    for agent in "012":
        talks = sorted((v.answered_s, v.ended_s) for v in visits if v.agent == agent and v.ended_s)
        assert len(talks) > 50
        assert all(first[1] <= second[0] for first, second in pairwise(talks) if second[0] is not None)


def take(arrivals: Iterator[Arrival], count: int) -> Iterator[Arrival]:
    for _ in range(count):
        yield next(arrivals)


def arrival(number: int, at_s: float, queue: str = "", patience_s: float | None = None) -> Arrival:
    return Arrival(number=number, at_s=at_s, talk_s=10, queue=queue, patience_s=patience_s)


def served(visits: list[Visit]) -> dict[int, tuple[str | None, float]]:
    return {visit.arrival.number: (visit.agent, visit.wait_s) for visit in visits}


def test_first_come_first_served_by_the_agent_who_is_ready_longest() -> None:
    floor = Floor(seats=seats(2), rng=random.Random(1))
    visits = floor.run([arrival(0, 0), arrival(1, 1), arrival(2, 2), arrival(3, 3), arrival(4, 30)], 100)
    assert served(visits) == {0: ("0", 0), 1: ("1", 0), 2: ("0", 8), 3: ("1", 8), 4: ("0", 0)}


def test_a_caller_waits_for_an_agent_of_the_queue_while_others_are_served() -> None:
    sales = Seat(agent="s", queues=frozenset({"sales"}))
    both = Seat(agent="b", queues=frozenset({"sales", "support"}))
    floor = Floor(seats=[both, sales], rng=random.Random(1))
    calls = [arrival(0, 0, "support"), arrival(1, 1, "support"), arrival(2, 2, "sales")]
    assert served(floor.run(calls, 100)) == {0: ("b", 0), 1: ("b", 9), 2: ("s", 0)}


def test_wrap_up_keeps_an_agent_away() -> None:
    floor = Floor(seats=seats(1), rng=random.Random(1), wrap_up=lambda rng: 5.0)
    assert served(floor.run([arrival(0, 0), arrival(1, 0)], 100)) == {0: ("0", 0), 1: ("0", 15)}


def test_a_caller_who_gives_up_is_not_connected() -> None:
    floor = Floor(seats=seats(1), rng=random.Random(1))
    visits = floor.run([arrival(0, 0), arrival(1, 0, patience_s=4.0)], 100)
    assert [(visit.arrival.number, visit.abandoned) for visit in visits] == [(1, True), (0, False)]


def test_what_is_under_way_at_the_end_is_told_unfinished() -> None:
    floor = Floor(seats=seats(1), rng=random.Random(1))
    visits = floor.run([arrival(0, 0), arrival(1, 1)], until_s=5)
    assert [(v.arrival.number, v.agent, v.ended_s) for v in visits] == [(0, "0", None), (1, None, None)]


def test_the_policy_decides() -> None:
    seen: list[tuple[int, int, float]] = []

    def last_come_first_served(
        waiting: Sequence[Arrival], ready: Sequence[Ready], now_s: float
    ) -> list[tuple[Arrival, Ready]]:
        seen.append((len(waiting), len(ready), now_s))
        return [(waiting[-1], ready[0])]

    floor = Floor(seats=seats(1), rng=random.Random(1), policy=last_come_first_served)
    visits = floor.run([arrival(0, 0), arrival(1, 1), arrival(2, 2)], 100)
    assert [visit.arrival.number for visit in visits] == [0, 2, 1]
    assert seen == [(1, 1, 0), (2, 1, 10), (1, 1, 20)]


def test_longest_idle_pairs_nobody_twice() -> None:
    ready = [Ready(seat=seat, since_s=0) for seat in seats(2)]
    pairs = list(longest_idle([arrival(i, 0) for i in range(3)], ready, 0))
    assert [(caller.number, agent.seat.agent) for caller, agent in pairs] == [(0, "0"), (1, "1")]


def test_nobody_came() -> None:
    with pytest.raises(ValueError, match="nobody came"):
        observed([], 1, 0, 10)


def test_an_agenda_keeps_order_and_never_goes_back() -> None:
    agenda, done = Agenda(), []
    agenda.at(2, lambda: done.append("second"))
    agenda.at(2, lambda: done.append("third"))
    agenda.at(1, lambda: agenda.after(0, lambda: done.append("first")))
    agenda.at(9, lambda: done.append("never"))
    agenda.run(5)
    assert (done, agenda.now) == (["first", "second", "third"], 5)
    with pytest.raises(ValueError, match="has passed"):
        agenda.at(4, lambda: None)
