"""Calls, legs, waits and sessions: the same on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from callcenter.adapters.store import Store, upgrade
from callcenter.errors import ConfigError, NotFound
from callcenter.records import AgentChange, CallRecord, Direction, IvrSession, LegRecord, Outcome, Waiting

T0 = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CALL = CallRecord(
    id="1774746000.1", direction=Direction.INBOUND, started_at=T0, did="+12025550100", caller="+12025550143"
)
LEG = LegRecord(id="1774746000.2", call_id=CALL.id, channel="PJSIP/101-0000000a", started_at=T0)
WAITING = Waiting(
    call_id=CALL.id,
    channel="PJSIP/trunk-00000001",
    queue="sales",
    since=T0,
    intent="buy",
    language="de",
    skills=("sales", "german"),
    priority=2,
    data={"digits": "12", "tries": [1, 2.5, None, True]},
)
SESSION = IvrSession(call_id=CALL.id, flow="main", version=3, state={"node": "menu", "turn": 1}, updated_at=T0)


async def test_a_call_is_kept_with_all_its_fields(store: Store) -> None:
    call = replace(
        CALL,
        queue="sales",
        intent="buy",
        agent="7",
        queued_at=T0 + SECOND,
        connected_at=T0 + 2 * SECOND,
        ended_at=T0 + 3 * SECOND,
        outcome=Outcome.REACHED_AGENT,
        cause=16,
    )
    assert await store.open_call(call)
    kept = await store.call(call.id)
    assert kept == call
    assert kept.started_at.tzinfo is UTC


async def test_a_call_is_opened_once(store: Store) -> None:
    assert await store.open_call(CALL)
    assert not await store.open_call(replace(CALL, caller="somebody else"))
    assert await store.call(CALL.id) == CALL


async def test_what_becomes_known_of_a_call_is_changed(store: Store) -> None:
    await store.open_call(CALL)
    await store.update_call(CALL.id, queue="sales", queued_at=T0 + SECOND)
    await store.update_call(CALL.id, agent="7", queue=None)
    assert await store.call(CALL.id) == replace(CALL, agent="7", queued_at=T0 + SECOND)


async def test_changing_or_closing_a_call_nobody_opened_is_refused(store: Store) -> None:
    with pytest.raises(NotFound, match="no call 'nobody'"):
        await store.update_call("nobody", agent="7")
    with pytest.raises(NotFound, match="no call 'nobody'"):
        await store.close_call("nobody", T0, Outcome.ABANDONED, 16)
    assert await store.call("nobody") is None


async def test_how_a_call_ended_cannot_be_changed_beside_close(store: Store) -> None:
    await store.open_call(CALL)
    with pytest.raises(TypeError, match="outcome"):
        await store.update_call(CALL.id, **{"outcome": "abandoned"})  # type: ignore[typeddict-item]


async def test_only_the_first_close_counts(store: Store) -> None:
    await store.open_call(CALL)
    assert await store.close_call(CALL.id, T0 + SECOND, Outcome.ABANDONED, 16)
    assert not await store.close_call(CALL.id, T0 + SECOND, Outcome.ABANDONED, 16)
    assert not await store.close_call(CALL.id, T0 + 9 * SECOND, Outcome.REACHED_AGENT, None)
    assert await store.call(CALL.id) == replace(CALL, ended_at=T0 + SECOND, outcome=Outcome.ABANDONED, cause=16)


async def test_of_many_who_close_a_call_at_once_one_does(store: Store) -> None:
    await store.open_call(CALL)
    closes = [store.close_call(CALL.id, T0 + SECOND, outcome, None) for outcome in list(Outcome) * 3]
    assert sum(await asyncio.gather(*closes)) == 1


async def test_open_calls_are_those_without_an_end(store: Store) -> None:
    later = replace(CALL, id="b", started_at=T0 + SECOND)
    ended = replace(CALL, id="c")
    for call in (later, CALL, ended):
        await store.open_call(call)
    await store.close_call("c", T0, Outcome.CLOSED, None)
    assert await store.open_calls() == [CALL, later]


async def test_calls_are_listed_newest_first_between_two_times(store: Store) -> None:
    calls = [replace(CALL, id=f"c{n}", started_at=T0 + n * SECOND) for n in range(5)]
    for call in calls:
        await store.open_call(call)
    assert await store.calls(T0 + SECOND, T0 + 4 * SECOND, 10) == [calls[3], calls[2], calls[1]]
    assert await store.calls(T0, T0 + 9 * SECOND, 2) == [calls[4], calls[3]]
    assert await store.calls(T0 + 9 * SECOND, T0, 10) == []


async def test_a_leg_gains_what_becomes_known_and_forgets_nothing(store: Store) -> None:
    await store.record_leg(LEG)
    await store.record_leg(replace(LEG, answered_at=T0 + SECOND, agent="7"))
    await store.record_leg(replace(LEG, channel="PJSIP/101-0000000b", ended_at=T0 + 2 * SECOND, cause=16))
    other = replace(LEG, id="0")
    await store.record_leg(other)
    assert await store.legs(CALL.id) == [
        other,
        replace(
            LEG,
            channel="PJSIP/101-0000000b",
            answered_at=T0 + SECOND,
            ended_at=T0 + 2 * SECOND,
            agent="7",
            cause=16,
        ),
    ]
    assert await store.legs("another call") == []


async def test_a_caller_waits_since_the_first_time(store: Store) -> None:
    await store.put_waiting(WAITING)
    assert await store.waiting(CALL.id) == WAITING
    await store.put_waiting(replace(WAITING, queue="support", skills=(), since=T0 + 60 * SECOND))
    assert await store.waiting(CALL.id) == replace(WAITING, queue="support", skills=())


async def test_who_waits_is_listed_by_priority_and_then_by_time(store: Store) -> None:
    vip = replace(WAITING, call_id="vip", priority=9, since=T0 + 5 * SECOND)
    late = replace(WAITING, call_id="late", since=T0 + SECOND)
    for caller in (late, WAITING, vip):
        await store.put_waiting(caller)
    assert await store.all_waiting() == [vip, WAITING, late]


async def test_a_wait_ends_once(store: Store) -> None:
    await store.put_waiting(WAITING)
    assert await store.delete_waiting(CALL.id)
    assert not await store.delete_waiting(CALL.id)
    assert await store.waiting(CALL.id) is None
    assert await store.all_waiting() == []


async def test_a_session_is_where_the_caller_is_now(store: Store) -> None:
    await store.save_session(SESSION)
    moved = replace(SESSION, version=4, state={"node": "wait", "vars": {"a": "ä\u0000"}}, updated_at=T0 + SECOND)
    await store.save_session(moved)
    assert await store.session(CALL.id) == moved
    assert await store.session("nobody") is None


async def test_a_session_ends_once(store: Store) -> None:
    await store.save_session(SESSION)
    await store.end_session(CALL.id, T0 + SECOND)
    await store.end_session(CALL.id, T0 + 9 * SECOND)
    assert await store.session(CALL.id) == replace(SESSION, ended_at=T0 + SECOND)
    with pytest.raises(NotFound, match="no session"):
        await store.end_session("nobody", T0)


async def test_a_time_of_any_zone_is_kept_as_utc_to_the_microsecond(store: Store) -> None:
    there = timezone(timedelta(hours=5, minutes=45))
    await store.open_call(replace(CALL, started_at=T0.astimezone(there)))
    [kept] = await store.open_calls()
    assert (kept.started_at, kept.started_at.tzinfo) == (T0, UTC)


async def test_a_time_without_zone_is_our_own_fault(store: Store) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        await store.open_call(replace(CALL, started_at=T0.replace(tzinfo=None)))


async def test_state_that_is_not_json_is_our_own_fault(store: Store) -> None:
    with pytest.raises(ValueError, match="JSON"):
        await store.save_session(replace(SESSION, state={"level": float("nan")}))
    with pytest.raises(TypeError, match="cannot be kept"):
        await store.save_session(replace(SESSION, state={"at": T0}))


async def test_what_is_done_together_is_done_or_not_as_a_whole(store: Store) -> None:
    async def steps(inside: Store) -> bool:
        opened = await inside.open_call(CALL)
        with contextlib.suppress(NotFound):
            await inside.end_session(CALL.id, T0)
        await inside.update_call(CALL.id, agent="7")
        seen = await inside.call(CALL.id)
        assert seen is not None
        assert seen.agent == "7"
        return opened

    async def fails(inside: Store) -> None:
        await inside.update_call(CALL.id, agent="8")
        await inside.put_waiting(WAITING)
        await inside.close_call("nobody", T0, Outcome.ABANDONED, 16)

    assert await store.together(steps) is True
    assert await store.together(steps) is False
    with pytest.raises(NotFound, match="nobody"):
        await store.together(fails)
    assert await store.call(CALL.id) == replace(CALL, agent="7")
    assert await store.all_waiting() == []


async def test_several_looks_are_one(store: Store) -> None:
    await store.open_call(CALL)
    await store.record_leg(LEG)

    async def looks(inside: Store) -> tuple[CallRecord | None, list[LegRecord]]:
        return await inside.call(CALL.id), await inside.legs(CALL.id)

    async def fails(inside: Store) -> None:
        await inside.call(CALL.id)
        raise NotFound("nothing there")

    assert await store.look(looks) == (CALL, [LEG])
    with pytest.raises(NotFound, match="nothing there"):
        await store.look(fails)


async def test_nothing_is_waited_for_in_a_transaction(store: Store) -> None:
    async def dawdles(inside: Store) -> None:
        await inside.open_call(CALL)
        await asyncio.sleep(0)

    async def asks_the_time(inside: Store) -> None:
        await inside.open_call(replace(CALL, started_at=await inside.now()))

    with pytest.raises(RuntimeError, match="nothing but the store"):
        await store.together(dawdles)
    with pytest.raises(RuntimeError, match="before the transaction"):
        await store.together(asks_the_time)
    assert await store.open_calls() == []


async def test_a_log_entry_with_an_id_is_added_once(store: Store) -> None:
    change = AgentChange(agent="7", state="ready", at=T0)
    for entry in ("one", "one", "other"):
        await store.log_agent_change(change, entry)
    assert await store.agent_changes("7", T0, T0 + SECOND) == [change, change]


async def test_check_describes_a_store_that_works(store: Store) -> None:
    line = await store.check()
    assert line.endswith(f"schema {upgrade.revisions()[0]}, writable")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("", "cannot be read"),
        ("callcenter.db", "cannot be read"),
        ("sqlite://", "names no file"),
        ("sqlite+aiosqlite:///:memory:", "names no file"),
        ("mysql://root:secret@localhost/x", "'mysql'"),
    ],
)
async def test_a_url_that_names_no_store_is_refused_in_one_line(url: str, text: str) -> None:
    with pytest.raises(ConfigError, match=text) as caught:
        await Store.open(url)
    assert "secret" not in str(caught.value)
