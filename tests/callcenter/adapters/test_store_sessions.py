"""Sessions, the way callers took, and counts of it: the same on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from callcenter.adapters.store import Store
from callcenter.care import Arm, Csat, SurveyAnswer, Traffic, TrafficOf
from callcenter.records import CallRecord, Direction, IvrSession, Outcome, Visit

from .outbound_rows import Twice

T0 = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
SESSION = IvrSession(
    call_id="1.1",
    flow="main",
    version=3,
    state={"node": "menu"},
    updated_at=T0,
    started_at=T0 - SECOND,
    versions={"main": 3, "pay": 1},
    inputs=({"at": 0.5, "keys": "1"}, {"at": 2, "keys": 4, "secret": True}),
)
OF = TrafficOf(flow="main", since=T0, until=T0 + HOUR)


def visit(seq: int, node: str, exit_: str = "", call: str = "1.1", version: int = 3) -> Visit:
    return Visit(call_id=call, seq=seq, flow="main", version=version, node=node, exit=exit_, at=T0 + seq * SECOND)


async def walked(store: Store, call: str, *way: str, version: int = 3, outcome: Outcome | None = None) -> None:
    """Have a call that took a way, given as node:exit."""
    visits = [visit(seq, *step.split(":"), call=call, version=version) for seq, step in enumerate(way)]
    await store.save_session(replace(SESSION, call_id=call), visits)
    await store.open_call(CallRecord(id=call, direction=Direction.INBOUND, started_at=T0, agent="101"))
    if outcome is not None:
        await store.close_call(call, T0 + HOUR, outcome, None)


async def test_a_session_is_kept_with_what_the_caller_did_and_the_versions_it_stays_on(store: Store) -> None:
    await store.save_session(SESSION)
    assert await store.session("1.1") == SESSION


async def test_a_session_that_has_ended_stays_ended_whatever_is_heard_of_it_later(store: Store) -> None:
    await store.save_session(SESSION)
    await store.end_session("1.1", T0 + HOUR)
    later = replace(SESSION, state={"node": "queue"}, updated_at=T0 + SECOND)
    await store.save_session(later, [visit(0, "menu", "1")])
    assert await store.session("1.1") == replace(later, ended_at=T0 + HOUR)
    assert len(await store.visits("1.1")) == 1


async def test_a_call_adds_to_its_visits_with_each_save(store: Store) -> None:
    first = [visit(0, "welcome", "next"), visit(1, "menu", "1"), visit(2, "queue")]
    await store.save_session(SESSION, first)
    assert await store.visits("1.1") == first
    await store.save_session(SESSION, [visit(2, "queue", "done"), visit(3, "survey")])
    await store.save_session(SESSION)
    await store.save_session(SESSION, [visit(0, "another", "way"), visit(2, "queue", "other")])
    assert await store.visits("1.1") == [*first[:2], visit(2, "queue", "done"), visit(3, "survey")]
    assert await store.visits("1.2") == []


async def test_visits_whose_commits_answer_was_lost_are_added_once(store: Store) -> None:
    visits = [visit(0, "welcome", "next"), visit(1, "menu")]
    await Store(Twice(store._access)).save_session(SESSION, visits)
    assert await store.visits("1.1") == visits


async def test_visits_and_session_are_kept_as_a_whole_or_not_at_all(store: Store) -> None:
    broken = replace(visit(1, "menu"), at=T0.replace(tzinfo=None))
    with pytest.raises(ValueError, match="no time zone"):
        await store.save_session(SESSION, [visit(0, "welcome", "next"), broken])
    assert await store.session("1.1") is None
    assert await store.visits("1.1") == []


async def test_sessions_are_listed_for_replay_newest_first(store: Store) -> None:
    sessions = [replace(SESSION, call_id=f"1.{place}", started_at=T0 + place * SECOND) for place in range(5)]
    for session in (*sessions, replace(SESSION, call_id="other", flow="pay", started_at=T0)):
        await store.save_session(session)
    await store.save_session(replace(SESSION, call_id="of an earlier program", started_at=None))
    assert await store.recent_sessions("main", T0 + SECOND, T0 + 4 * SECOND, 10) == [
        sessions[3],
        sessions[2],
        sessions[1],
    ]
    assert await store.recent_sessions("main", T0, T0 + HOUR, 2) == [sessions[4], sessions[3]]


async def test_exits_are_counted_with_how_their_calls_ended(store: Store) -> None:
    await walked(store, "a", "menu:again", "menu:1", "queue:", outcome=Outcome.ABANDONED)
    await walked(store, "b", "menu:1", "queue:done", outcome=Outcome.REACHED_AGENT)
    await walked(store, "c", "menu:1", "queue:done")
    await store.save_session(replace(SESSION, call_id="not recorded"), [visit(0, "menu", "1", call="not recorded")])
    ended, answered = Outcome.ABANDONED, Outcome.REACHED_AGENT
    assert await store.traffic(OF) == [
        Traffic(node="menu", exit="1", visits=4, calls=4, outcomes={ended: 1, answered: 1, None: 2}),
        Traffic(node="menu", exit="again", visits=1, calls=1, outcomes={ended: 1}),
        Traffic(node="queue", exit="", visits=1, calls=1, outcomes={ended: 1}),
        Traffic(node="queue", exit="done", visits=2, calls=2, outcomes={answered: 1, None: 1}),
    ]


async def test_a_call_that_takes_an_exit_again_and_again_is_one_call(store: Store) -> None:
    await walked(store, "a", *["menu:again"] * 3, outcome=Outcome.SELF_SERVICE)
    assert await store.traffic(OF) == [
        Traffic(node="menu", exit="again", visits=3, calls=1, outcomes={Outcome.SELF_SERVICE: 1})
    ]


async def test_traffic_is_counted_by_version_flow_and_time(store: Store) -> None:
    await walked(store, "a", "menu:1", version=3)
    await walked(store, "b", "menu:1", "menu:2", version=4)
    elsewhere = replace(visit(0, "menu", "1", call="c"), flow="pay")
    await store.save_session(SESSION, [elsewhere])

    async def counted(of: TrafficOf) -> dict[str, int]:
        return {row.exit: row.visits for row in await store.traffic(of)}

    assert await counted(OF) == {"1": 2, "2": 1}
    assert await counted(replace(OF, version=4)) == {"1": 1, "2": 1}
    assert await counted(replace(OF, version=5)) == {}
    assert await counted(replace(OF, since=T0 + SECOND)) == {"2": 1}
    assert await counted(replace(OF, until=T0 + SECOND)) == {"1": 2}


async def test_the_way_of_those_who_left_a_split_by_one_exit(store: Store) -> None:
    for call in ("a1", "a2", "b1"):
        await walked(store, call, f"split:{call[0]}", "menu:1")
    await walked(store, "outside", "menu:2")
    assert [(row.node, row.exit, row.calls) for row in await store.traffic(replace(OF, through=("split", "a")))] == [
        ("menu", "1", 2),
        ("split", "a", 2),
    ]


async def test_the_arms_of_a_split_with_what_became_of_their_calls(store: Store) -> None:
    reached, left = Outcome.REACHED_AGENT, Outcome.ABANDONED
    for call, outcome, score in (("a1", reached, 5), ("a2", reached, 3), ("a3", left, None), ("b1", left, None)):
        # However often a caller comes by, they count once.
        await walked(store, call, f"split:{call[0]}", f"split:{call[0]}", "menu:", outcome=outcome)
        if score is not None:
            answer = SurveyAnswer(call_id=call, question="csat", score=score, flow="main", version=3, at=T0)
            await store.put_answer(answer)
    await walked(store, "on the line", "split:")
    assert await store.arms(OF, "split") == [
        Arm(exit="a", calls=3, outcomes={reached: 2, left: 1}, csat=Csat(count=2, total=8, satisfied=1)),
        Arm(exit="b", calls=1, outcomes={left: 1}),
    ]
    assert await store.arms(OF, "menu") == []


async def test_an_outcome_of_a_newer_program_does_not_spoil_the_count(store: Store) -> None:
    await walked(store, "a", "menu:1", outcome=Outcome.ABANDONED)
    await walked(store, "b", "menu:1")
    await store._access.write(lambda db: db.execute(text("UPDATE calls SET outcome = 'new' WHERE id = 'a'")).rowcount)
    assert await store.traffic(OF) == [Traffic(node="menu", exit="1", visits=2, calls=2, outcomes={None: 2})]


_flows = count()
ways = st.dictionaries(
    st.sampled_from([f"call {place}" for place in range(6)]),
    st.tuples(
        st.lists(st.tuples(st.sampled_from(["menu", "queue"]), st.sampled_from(["", "1", "2"])), max_size=6),
        st.sampled_from([None, Outcome.ABANDONED, Outcome.REACHED_AGENT]),
    ),
)


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ways=ways)
async def test_the_counts_are_those_of_counting_by_hand(
    store: Store, ways: dict[str, tuple[list[tuple[str, str]], Outcome | None]]
) -> None:
    # The store stays the same from example to example.
    name = f"flow {next(_flows)}"
    expected: dict[tuple[str, str], list[str]] = {}
    for call, (way, outcome) in ways.items():
        call_id = f"{name} {call}"
        visits = [
            replace(visit(seq, *step, call=call_id), flow=name, at=T0 + seq * SECOND) for seq, step in enumerate(way)
        ]
        await store.save_session(replace(SESSION, call_id=call_id), visits)
        await store.open_call(CallRecord(id=call_id, direction=Direction.INBOUND, started_at=T0))
        if outcome is not None:
            await store.close_call(call_id, T0, outcome, None)
        for step in way:
            expected.setdefault(step, []).append(call)
    assert await store.traffic(replace(OF, flow=name)) == [
        Traffic(
            node=node,
            exit=exit_,
            visits=len(callers),
            calls=len(set(callers)),
            outcomes={
                outcome: sum(ways[caller][1] is outcome for caller in set(callers))
                for outcome in {ways[caller][1] for caller in callers}
            },
        )
        for (node, exit_), callers in sorted(expected.items())
    ]
