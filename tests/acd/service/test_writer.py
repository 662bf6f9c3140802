"""The acd's records: what each effect leaves in SQL, also when it is written again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from acd.agents import AgentEvent, Seat
from acd.effects import AgentMoved, CancelCallbacks, ChangeCall, CloseCall, DropWaiting, Effect, OpenCall, SaveLeg
from acd.service.writer import Writer
from callcenter.adapters.store import Store
from callcenter.care import Callback, CallbackState
from callcenter.errors import StoreError
from callcenter.records import Agent, CallRecord, Direction, IvrSession, LegRecord, Outcome, Waiting

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=30)
CALL = CallRecord(id="c", direction=Direction.INBOUND, started_at=NOW, did="+12025550100", caller="+12025550143")
LEG = LegRecord(id="c", call_id="c", channel="PJSIP/trunk-1", started_at=NOW)
SEAT = Seat(agent=Agent(id="11", name="", phone="1011"), since=NOW, idle_since=NOW)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite:///{tmp_path}/callcenter.db") as opened:
        await opened.migrate()
        yield opened


async def written(store: Store, *effects: Effect) -> None:
    writer = Writer(store)
    for effect in effects:
        writer.put(effect)
    await writer.flush(5.0)
    assert writer.backlog == 0


async def test_a_whole_call_is_recorded(store: Store) -> None:
    await store.put_waiting(Waiting(call_id="c", channel="PJSIP/trunk-1", queue="sales", since=NOW))
    await store.save_session(IvrSession(call_id="c", flow="main", version=1, state={}, updated_at=NOW))
    await written(
        store,
        OpenCall(record=CALL),
        SaveLeg(record=LEG),
        DropWaiting(call="c"),
        ChangeCall(call="c", changes={"agent": "11", "connected_at": LATER}),
        CloseCall(call="c", at=LATER, outcome=Outcome.REACHED_AGENT, cause=16),
    )
    ended = replace(CALL, agent="11", connected_at=LATER, ended_at=LATER, outcome=Outcome.REACHED_AGENT, cause=16)
    assert await store.call("c") == ended
    assert [leg.id for leg in await store.legs("c")] == ["c"]
    assert await store.all_waiting() == []
    session, person = await store.session("c"), await store.person("+12025550143")
    assert session is not None
    assert session.ended_at == LATER
    assert person is not None
    assert person.calls == 1


async def test_a_call_that_never_was_in_the_ivr_is_closed_too(store: Store) -> None:
    await written(store, OpenCall(record=CALL), CloseCall(call="c", at=LATER, outcome=Outcome.DROPPED, cause=None))
    call = await store.call("c")
    assert call is not None
    assert call.outcome is Outcome.DROPPED


async def test_an_agents_changes_are_logged_in_order(store: Store) -> None:
    moved = [AgentMoved(before=SEAT, event=AgentEvent.LOG_IN, after=replace(SEAT, reason=str(n))) for n in range(3)]
    await written(store, *moved)
    assert [change.reason for change in await store.agent_changes("11", NOW, LATER)] == ["0", "1", "2"]


async def test_a_change_of_a_call_that_is_nowhere_costs_nothing_else(store: Store) -> None:
    await written(store, OpenCall(record=CALL), ChangeCall(call="x", changes={"agent": "1"}), SaveLeg(record=LEG))
    assert [call.id for call in await store.open_calls()] == ["c"]
    assert await store.legs("c") == [LEG]


async def test_nothing_is_lost_while_sql_is_away(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callcenter.adapters.writer.RETRY_S", (0.0,))
    together, faults = store.together, [StoreError("away"), StoreError("still away")]

    async def sometimes(steps: object) -> None:
        if faults:
            raise faults.pop()
        await together(steps)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "together", sometimes)
    await written(store, OpenCall(record=CALL), CloseCall(call="c", at=LATER, outcome=Outcome.ABANDONED, cause=16))
    call = await store.call("c")
    assert call is not None
    assert call.outcome is Outcome.ABANDONED


async def test_whoever_reached_an_agent_is_to_be_called_back_no_more_however_the_number_is_spelled(
    store: Store,
) -> None:
    wish = Callback(id="a", number="+12025550143", queue="sales", since=NOW, due_at=LATER, updated_at=NOW)
    for one in (wish, replace(wish, id="b", queue="support"), replace(wish, id="c", number="+12025550144")):
        await store.book_callback(one)
    writer = Writer(store, "US")
    writer.put(CancelCallbacks(number="2025550143", queue="sales", at=LATER))
    writer.put(CancelCallbacks(number="anonymous", queue="sales", at=LATER))
    await writer.flush(5.0)
    found = await store.callback("a")
    assert found is not None
    assert (found.state, found.ended_at) == (CallbackState.CANCELLED, LATER)
    assert {one.id for one in await store.callbacks()} == {"b", "c"}
