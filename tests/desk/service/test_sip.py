"""SIP over WebSocket through the desk: to Asterisk and back, for the session's own phone alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError, web
from aiohttp.test_utils import TestServer

from callcenter.accounts import Role, digest
from desk.access import COOKIE
from desk.browser import phone_of
from desk.service import health, sip
from tests.desk.house import House


@dataclass(slots=True)
class Asterisk:
    """Something that speaks SIP over WebSocket: it says back what it hears, and ends when told to."""

    heard: list[str] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("sip",))
        await socket.prepare(request)
        async for message in socket:
            self.heard.append(message.data)
            if message.data == "\r\n\r\n":
                break
            await socket.send_str(f"SIP/2.0 401 Unauthorized\r\n\r\n{message.data}")
        return socket


@pytest.fixture
async def asterisk(house: House) -> AsyncIterator[Asterisk]:
    """An Asterisk that the desk knows."""
    found = Asterisk()
    app = web.Application()
    app.router.add_get("/ws", found.serve)
    server = TestServer(app)
    await server.start_server()
    desk = house.client.app
    assert desk is not None
    object.__setattr__(desk[health.DESK], "sip_url", str(server.make_url("/ws")))
    yield found
    await server.close()


def origin(house: House) -> str:
    return str(house.client.make_url("/")).rstrip("/")


def secret(house: House) -> str:
    return house.client.session.cookie_jar.filter_cookies(house.client.make_url("/"))[COOKIE].value


async def phone(house: House, source: str | None = None, protocol: str = "sip") -> ClientWebSocketResponse:
    """Open the phone's connection as a page does that comes from `source`, the desk's own if it is None."""
    source = origin(house) if source is None else source
    headers = {"Origin": source} if source else {}
    return await house.client.ws_connect("/sip", protocols=(protocol,), headers=headers)


def register(user: str) -> str:
    return f"REGISTER sip:x SIP/2.0\r\nFrom: <sip:{user}@x>;tag=1\r\nTo: <sip:{user}@x>\r\n\r\n"


async def closed(socket: ClientWebSocketResponse) -> int | None:
    message = await socket.receive(timeout=5)
    assert message.type in {WSMsgType.CLOSE, WSMsgType.CLOSED}, message
    return socket.close_code


@pytest.mark.parametrize("role", [Role.ADMIN, Role.SUPERVISOR, Role.AGENT])
async def test_what_its_own_phone_says_is_passed_on_and_so_is_the_answer(
    house: House, asterisk: Asterisk, role: Role
) -> None:
    await house.enter(role)
    own = register(phone_of(secret(house)).user)
    async with await phone(house) as socket:
        assert socket.protocol == "sip"
        await socket.send_str(own)
        assert (await socket.receive_str(timeout=5)).startswith("SIP/2.0 401")
    assert asterisk.heard == [own]


async def test_words_of_another_phone_end_the_connection_and_reach_nobody(house: House, asterisk: Asterisk) -> None:
    await house.enter(Role.AGENT)
    async with await phone(house) as socket:
        await socket.send_str(register("1011"))
        assert await closed(socket) == sip.NOT_ITS_OWN
    assert asterisk.heard == []


async def test_when_asterisk_closes_the_phone_is_told(house: House, asterisk: Asterisk) -> None:
    await house.enter(Role.AGENT)
    async with await phone(house) as socket:
        await socket.send_str("\r\n\r\n")
        assert await closed(socket) == sip.ASTERISK_GONE


async def test_a_session_that_ends_elsewhere_ends_the_connection(
    house: House, asterisk: Asterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sip, "CHECK_S", 0.02)
    await house.enter(Role.AGENT)
    async with await phone(house) as socket:
        await house.store.end_web_session(digest(secret(house)))
        assert await closed(socket) == sip.SIGNED_OUT


@pytest.mark.parametrize(
    ("role", "source", "status"),
    [
        (Role.WALLBOARD, None, 403),
        (Role.AGENT, "https://evil.example", 403),
        (Role.AGENT, "", 403),
        (None, None, 401),
    ],
)
async def test_who_does_not_come_in(
    house: House, asterisk: Asterisk, role: Role | None, source: str | None, status: int
) -> None:
    if role is not None:
        await house.enter(role)
    with pytest.raises(WSServerHandshakeError) as refused:
        await phone(house, source)
    assert refused.value.status == status


async def test_a_one_time_password_and_a_wrong_sub_protocol_do_not_come_in(house: House, asterisk: Asterisk) -> None:
    await house.enter(Role.AGENT)
    with pytest.raises(WSServerHandshakeError) as refused:
        await phone(house, protocol="chat")
    assert refused.value.status == 400
    await house.user("new", Role.AGENT, must_change=True)
    await house.sign_in("new")
    with pytest.raises(WSServerHandshakeError) as refused:
        await phone(house)
    assert refused.value.status == 403


async def test_without_asterisk_it_is_said(house: House, asterisk: Asterisk) -> None:
    await house.enter(Role.AGENT)
    app = house.client.app
    assert app is not None
    object.__setattr__(app[health.DESK], "sip_url", "ws://127.0.0.1:1/ws")
    with pytest.raises(WSServerHandshakeError) as refused:
        await phone(house)
    assert refused.value.status == 503
