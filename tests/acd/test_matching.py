"""Who talks to whom."""

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from acd.agents import AgentState, Seat
from acd.matching import match, positions, suits
from callcenter.records import Agent, Waiting

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def caller(name: str, queue: str = "sales", waited_s: float = 10, **more: object) -> Waiting:
    since = NOW - timedelta(seconds=waited_s)
    return Waiting(call_id=name, channel=f"PJSIP/{name}", queue=queue, since=since, **more)  # type: ignore[arg-type]


def ready(name: str, queues: tuple[str, ...] = ("sales",), idle_s: float = 10, **skills: int) -> Seat:
    since = NOW - timedelta(seconds=idle_s)
    agent = Agent(id=name, name=name, phone=name, queues=queues, skills=skills)
    return Seat(agent=agent, state=AgentState.READY, since=since, idle_since=since)


def pairs(waiting: list[Waiting], seats: list[Seat]) -> list[tuple[str, str]]:
    return [(a.waiting.call_id, a.seat.agent.id) for a in match(waiting, seats, NOW)]


def test_the_longest_waiting_caller_gets_the_longest_idle_agent() -> None:
    callers = [caller("late", waited_s=1), caller("early", waited_s=60)]
    assert pairs(callers, [ready("1", idle_s=5), ready("2", idle_s=50)]) == [("early", "2"), ("late", "1")]


def test_priority_goes_before_waiting_time() -> None:
    callers = [caller("early", waited_s=60), caller("vip", waited_s=1, priority=5)]
    assert pairs(callers, [ready("1")]) == [("vip", "1")]


def test_an_agent_of_another_queue_is_left_alone() -> None:
    assert pairs([caller("c", queue="support")], [ready("1", ("sales",))]) == []


def test_a_caller_whom_nobody_suits_does_not_block_those_behind() -> None:
    callers = [caller("french", waited_s=60, skills=("french",)), caller("any", waited_s=5)]
    assert pairs(callers, [ready("1")]) == [("any", "1")]


def test_an_agent_with_the_skill_is_found_behind_one_without() -> None:
    seats = [ready("1", idle_s=90), ready("2", idle_s=5, french=3)]
    assert pairs([caller("c", skills=("french",))], seats) == [("c", "2")]


def test_equal_idle_times_are_settled_by_agent_id() -> None:
    assert pairs([caller("c")], [ready("2"), ready("1")]) == [("c", "1")]


def test_an_agent_of_two_queues_is_given_away_once() -> None:
    callers = [caller("a", "sales", 20), caller("b", "support", 10)]
    assert pairs(callers, [ready("1", ("sales", "support"))]) == [("a", "1")]


def meant(name: str, agent: str, left_s: float, **more: object) -> Waiting:
    return caller(name, agent=agent, agent_until=NOW + timedelta(seconds=left_s), **more)


def given_to(waiting: list[Waiting], seats: list[Seat], *present: str) -> list[tuple[str, str]]:
    return [(a.waiting.call_id, a.seat.agent.id) for a in match(waiting, seats, NOW, present)]


def test_a_caller_meant_for_an_agent_gets_that_one_and_not_who_idles_longest() -> None:
    seats = [ready("1", idle_s=90), ready("2", idle_s=5)]
    assert given_to([meant("c", "2", 30)], seats, "1", "2") == [("c", "2")]
    (chosen,) = match([meant("c", "2", 30)], seats, NOW, {"1", "2"})
    assert "asked for, idle (5.0 s)" in chosen.reasons[1]


def test_while_the_agent_asked_for_talks_the_caller_waits_and_holds_up_nobody() -> None:
    callers = [meant("c", "2", 30, waited_s=60), caller("behind", waited_s=5)]
    assert given_to(callers, [ready("1")], "1", "2") == [("behind", "1")]


def test_after_that_time_or_without_that_agent_anybody_takes_the_call() -> None:
    assert given_to([meant("c", "2", 0)], [ready("1")], "1", "2") == [("c", "1")]
    assert given_to([meant("c", "2", 30)], [ready("1")], "1") == [("c", "1")]


def test_an_agent_asked_for_must_suit_as_anybody() -> None:
    callers = [meant("c", "2", 30, skills=("french",))]
    assert given_to(callers, [ready("2")], "2") == []


def test_an_assignment_says_why() -> None:
    (chosen,) = match([caller("c", waited_s=12, priority=2)], [ready("1", idle_s=30)], NOW)
    assert chosen.reasons == (
        "first in sales: priority 2, waited 12.0 s",
        "agent 1 serves sales, no skill asked, idle longest (30.0 s)",
    )


def test_positions_count_within_a_queue() -> None:
    callers = [caller("a", "sales", 30), caller("b", "support", 20), caller("c", "sales", 10)]
    assert positions(callers) == {"a": 1, "b": 1, "c": 2}


QUEUES = ["q1", "q2", "q3"]


@given(st.integers(0, 2**32), st.integers(0, 12), st.integers(0, 12))
def test_nobody_is_assigned_twice_and_no_suitable_pair_is_left(seed: int, callers: int, agents: int) -> None:
    rng = random.Random(seed)
    waiting = [
        caller(f"c{i}", rng.choice(QUEUES), rng.randrange(99), skills=tuple(rng.sample(["x", "y"], rng.randrange(2))))
        for i in range(callers)
    ]
    seats = [
        ready(f"a{i}", tuple(rng.sample(QUEUES, rng.randint(1, 3))), rng.randrange(99), **{"x": 1} if i % 2 else {})
        for i in range(agents)
    ]
    chosen = match(waiting, seats, NOW)
    assert all(suits(a.seat, a.waiting) for a in chosen)
    taken, served = [a.seat.agent.id for a in chosen], [a.waiting.call_id for a in chosen]
    assert len(set(taken)) == len(taken)
    assert len(set(served)) == len(served)
    left = [(w, s) for w in waiting for s in seats if w.call_id not in served and s.agent.id not in taken]
    assert not any(suits(seat, waits) for waits, seat in left)
