"""Where callers went, over real HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.records import CallRecord, Direction, IvrSession, Outcome, Visit
from tests.desk.house import House


@pytest.fixture
async def desk(house: House) -> House:
    await house.enter()
    now = datetime.now(UTC)
    for number in range(5):
        await _call(house, number, now)
    return house


async def _call(house: House, number: int, now: datetime) -> None:
    call_id, at = f"{number}.1", now - timedelta(minutes=10 * number + 5)
    way = "sales" if number % 2 else "agent"
    session = IvrSession(
        call_id=call_id,
        flow="menu",
        version=1,
        state={},
        updated_at=at,
        started_at=at,
        inputs=({"kind": "call", "call_id": call_id},),
    )
    visits = [
        Visit(call_id=call_id, seq=0, flow="menu", version=1, node="choose", exit=way, at=at),
        Visit(call_id=call_id, seq=1, flow="menu", version=1, node="end", exit="", at=at + timedelta(seconds=9)),
    ]
    await house.store.save_session(session, visits)
    if number:
        record = CallRecord(id=call_id, direction=Direction.INBOUND, started_at=at, caller="+12025550143", did="1")
        await house.store.open_call(record)
        await house.store.close_call(call_id, at + timedelta(minutes=1), Outcome.SELF_SERVICE, 16)


async def test_exits_are_counted_with_what_became_of_the_calls(desk: House) -> None:
    rows = (await desk.ask("GET", "/flows/menu/traffic?since=24h")).plain["rows"]
    found = {(row["node"], row["exit"]): row for row in rows}
    assert found["choose", "agent"]["visits"] == 3
    assert found["choose", "agent"]["outcomes"] == {"not-ended": 1, "self-service": 2}
    assert found["choose", "sales"]["outcomes"] == {"self-service": 2}
    few = (await desk.ask("GET", "/flows/menu/traffic?since=12m")).plain["rows"]
    assert sum(row["visits"] for row in few if row["node"] == "choose") == 1
    assert (await desk.ask("GET", "/flows/menu/traffic?version=2")).plain["rows"] == []


async def test_calls_of_an_exit_are_listed_newest_first_page_by_page(desk: House) -> None:
    first = (await desk.ask("GET", "/flows/menu/calls?node=choose&exit=agent&limit=2")).plain
    assert [call["id"] for call in first["items"]] == ["0.1", "2.1"]
    assert first["items"][0]["outcome"] is None
    assert first["items"][1]["outcome"] == "self-service"
    path = f"/flows/menu/calls?node=choose&exit=agent&limit=2&cursor={first['next']}"
    second = (await desk.ask("GET", path)).plain
    assert [call["id"] for call in second["items"]] == ["4.1"]
    assert second["next"] is None
    assert len((await desk.ask("GET", "/flows/menu/calls")).plain["items"]) == 5
    ended = (await desk.ask("GET", "/flows/menu/calls?node=end&exit=")).plain["items"]
    assert [call["id"] for call in ended] == ["0.1", "1.1", "2.1", "3.1", "4.1"]


@pytest.mark.parametrize("cursor", ["x", "eA==", "MjAyNi0wMS0wMSAx", "%FF"])
async def test_a_cursor_of_nobodys_is_refused(desk: House, cursor: str) -> None:
    refused = await desk.ask("GET", f"/flows/menu/calls?cursor={cursor}")
    assert (refused.status, refused.code) == (400, "invalid")


async def test_the_way_of_one_call(desk: House) -> None:
    said = (await desk.ask("GET", "/calls/1.1/trail")).plain
    assert [(visit["node"], visit["exit"]) for visit in said["visits"]] == [("choose", "sales"), ("end", "")]
    assert said["call"]["caller"] == "+12025550143"
    assert said["inputs"] == [{"kind": "call", "call_id": "1.1"}]
    assert (await desk.ask("GET", "/calls/9.9/trail")).status == 404


@pytest.mark.parametrize(
    "query", ["since=1y", "since=0h", "since=24", "version=x", "limit=0", "what=1", "since=1h&since=2h"]
)
async def test_what_cannot_be_asked_is_refused(desk: House, query: str) -> None:
    refused = await desk.ask("GET", f"/flows/menu/calls?{query}")
    assert (refused.status, refused.code) == (400, "invalid")
