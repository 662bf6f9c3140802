"""The live connection over a real WebSocket: changes made here or by another process, presence, sessions that end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError

from callcenter.accounts import Role
from callcenter.adapters.store import Store
from callcenter.messages import CentreChanged, TrialMoved
from callcenter.records import Closure
from desk.service import live
from tests.desk.house import API, House
from tests.desk.menu import MENU, publish, save

LIMIT_S = 10.0


class Page:
    """What a page does with the live connection."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket

    async def say(self, **said: Any) -> None:
        await self.socket.send_json(said)

    async def next(self) -> Any:
        return await self.socket.receive_json(timeout=LIMIT_S)

    async def until(self, topic: str, kind: str = "delta") -> Any:
        """The next message of a topic."""
        while True:
            message = await self.next()
            if message.get("topic") == topic and message["type"] == kind:
                return message


@asynccontextmanager
async def page(house: House, **how: Any) -> AsyncIterator[Page]:
    async with house.client.ws_connect(f"{API}/live", **how) as socket:
        yield Page(socket)


@pytest.fixture
async def desk(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(live, "EVERY_S", 0.05)
    monkeypatch.setattr(live, "CHECK_S", 0.05)
    await house.enter()
    return house


async def test_first_comes_the_whole_then_what_changes(desk: House) -> None:
    async with page(desk) as one:
        hello = await one.next()
        assert (hello["type"], hello["name"], hello["role"]) == ("hello", "admin-1", "admin")
        await one.say(sub=["flows", "drafts"])
        assert (await one.until("flows", "snapshot"))["data"] == {}
        assert (await one.until("drafts", "snapshot"))["data"] == {}
        await save(desk, MENU)
        saved = await one.until("drafts")
        assert saved["data"]["set"]["menu"]["lock"] == 1
        await publish(desk)
        assert (await one.until("flows"))["data"]["set"]["menu"]["live"] == 1
        assert (await one.until("drafts"))["data"]["gone"] == ["menu"]


async def test_where_a_call_is_that_tries_a_draft_is_seen_at_once_by_admins(desk: House) -> None:
    async with page(desk) as one:
        await one.say(sub=["trials"])
        assert (await one.until("trials", "snapshot"))["data"] == {}
        desk.desk.bus.publish(TrialMoved(trial="t", visits=[[0, "menu", "welcome", "next"], [1, "menu", "choose", ""]]))
        first = (await one.until("trials"))["data"]["set"]
        assert first == {"t": [["menu", "welcome", "next"], ["menu", "choose", ""]]}
        desk.desk.bus.publish(TrialMoved(trial="t", visits=[[1, "menu", "choose", "sales"]]))
        assert (await one.until("trials"))["data"]["set"]["t"][-1] == ["menu", "choose", "sales"]
    await desk.enter(Role.SUPERVISOR)
    async with page(desk) as one:
        await one.next()
        await one.say(sub=["trials"])
        assert (await one.next())["code"] == "forbidden"


async def test_that_a_list_was_changed_is_seen(desk: House) -> None:
    async with page(desk) as one:
        await one.say(sub=["lists"])
        assert "block" not in (await one.until("lists", "snapshot"))["data"]
        await desk.ask("POST", "/blocks", json={"number": "+12025550143"})
        assert (await one.until("lists"))["data"]["set"] == {"block": 1}
        assert (await one.until("lists"))["data"]["set"] == {"block": 2}


async def test_what_another_process_changes_is_seen(desk: House) -> None:
    async with page(desk) as one, await Store.open(desk.store._access.where.replace("SQLite ", "sqlite:///")) as other:
        await one.say(sub=["closure"])
        assert (await one.until("closure", "snapshot"))["data"] == {"closure": None}
        await other.set_closure(Closure(prompt="emergency", by="ann", since=datetime.now(UTC)))
        assert (await one.until("closure"))["data"]["set"]["closure"]["by"] == "ann"


async def test_the_bus_makes_it_look_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "EVERY_S", 1_000.0)
    await house.enter()
    async with page(house) as one:
        await one.say(sub=["closure"])
        await one.until("closure", "snapshot")
        await house.store.set_closure(Closure(prompt="emergency", by="ann", since=datetime.now(UTC)))
        house.desk.bus.publish(CentreChanged(what="closure"))
        assert (await one.until("closure"))["data"]["set"]["closure"]["prompt"] == "emergency"


async def test_who_comes_back_gets_what_they_missed(desk: House) -> None:
    async with page(desk) as one:
        boot = (await one.next())["boot"]
        await one.say(sub=["drafts"])
        await one.until("drafts", "snapshot")
        await save(desk, MENU)
        seen = (await one.until("drafts"))["seq"]
    async with page(desk) as one:
        await save(desk, MENU, 1)
        await one.say(sub=["drafts"], since={"drafts": seen}, boot=boot)
        missed = await one.until("drafts")
        assert (missed["seq"], missed["data"]["set"]["menu"]["lock"]) == (seen + 1, 2)
        await one.say(sub=["drafts"], since={"drafts": seen}, boot="of another start")
        assert (await one.until("drafts", "snapshot"))["seq"] == seen + 1


async def test_everybody_sees_who_has_a_flow_open_until_they_leave(desk: House) -> None:
    async with page(desk) as one:
        await one.say(sub=["drafts"])
        await one.until("drafts", "snapshot")
        await desk.user("ben", Role.ADMIN)
        await desk.sign_in("ben")
        async with page(desk) as two:
            await two.say(open={"flow": "menu"})
            there = (await one.until("drafts"))["data"]["set"]["menu"]
            assert (there["lock"], [person["name"] for person in there["open"]]) == (None, ["ben"])
        assert (await one.until("drafts"))["data"]["gone"] == ["menu"]


@pytest.mark.parametrize("role", [Role.AGENT, Role.WALLBOARD])
async def test_a_topic_is_shown_only_to_those_it_is_for(house: House, role: Role) -> None:
    await house.enter(role)
    async with page(house) as one:
        await one.next()
        await one.say(sub=["drafts"])
        assert (await one.next())["code"] == "forbidden"
        await one.say(sub=["closure"])
        assert (await one.next())["topic"] == "closure"


@pytest.mark.parametrize("said", ["", "{", "[]", '{"sub": ["all"]}', '{"more": 1}', '{"since": {"flows": -1}}'])
async def test_what_makes_no_sense_is_answered_and_forgiven_for_a_while(house: House, said: str) -> None:
    await house.enter()
    async with page(house) as one:
        await one.next()
        for _ in range(live.TOO_MANY - 1):
            await one.socket.send_str(said)
            assert (await one.next())["code"] == "invalid"
        await one.socket.send_str(said)
        closed = await one.socket.receive(timeout=LIMIT_S)
        assert (closed.type, one.socket.close_code) == (WSMsgType.CLOSE, 1008)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Cookie": "cc_session=guessed"}, 401),
        ({"Authorization": "Bearer cct_guessed"}, 401),
    ],
)
async def test_who_may_not_look_is_not_let_in(house: House, headers: dict[str, str], status: int) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        async with page(house, headers=headers):
            pass
    assert refused.value.status == status


async def test_a_token_looks_as_well(house: House) -> None:
    headers = {"Authorization": f"Bearer {await house.token(Role.WALLBOARD)}"}
    async with page(house, headers=headers) as one:
        assert (await one.next())["role"] == "wallboard"


async def test_with_the_session_the_connection_ends(desk: House) -> None:
    async with page(desk) as one:
        await one.next()
        assert (await desk.ask("DELETE", "/session")).status == 204
        closed = await one.socket.receive(timeout=LIMIT_S)
        assert (closed.type, one.socket.close_code) == (WSMsgType.CLOSE, live.SIGNED_OUT)


async def test_a_page_that_does_not_read_costs_no_memory_and_begins_anew(house: House) -> None:
    hub = house.client.app[live.HUB]
    await house.enter()
    async with page(house) as one:
        await one.say(sub=["closure"])
        await one.until("closure", "snapshot")
        [client] = hub.clients
        for number in range(1_000):  # more than may wait, in one go
            client.tell({"topic": "closure", "type": "delta", "seq": number})
        assert (await one.next())["type"] == "resync"
        again = await one.next()
        assert (again["topic"], again["type"]) == ("closure", "snapshot")
