"""SIP over WebSocket: what a browser's phone says goes to Asterisk, what Asterisk says comes back.

Asterisk's own WebSocket is reached from here only. Who comes in is asked at the door, as everywhere at the desk, and
each message that goes out must be of the phone that this session has.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import aiohttp
from aiohttp import WSMsgType, web

from callcenter.errors import StoreError
from desk.access import COOKIE, PEOPLE
from desk.browser import MAX_MESSAGE, phone_of, trouble_with
from desk.failures import Refused
from desk.ports import Desk
from desk.service import entry

log = logging.getLogger("desk.sip")

PATH: Final = "/sip"
PROTOCOL: Final = "sip"
CHECK_S: Final = 5.0  # how soon the connection of a session that is over ends; its phone is gone from Asterisk at once
PING_S: Final = 20.0
OPEN_S: Final = 3.0
CLOSE_S: Final = 2.0
SIGNED_OUT: Final = 4401
NOT_ITS_OWN: Final = 4403
ASTERISK_GONE: Final = 4502

Socket = web.WebSocketResponse


@dataclass(slots=True)
class Phones:
    """The connections that are open now."""

    sockets: set[Socket] = field(default_factory=set)


OPEN: Final = web.AppKey("sip phones", Phones)
CLIENT: Final = web.AppKey("sip client", aiohttp.ClientSession)


def attach(app: web.Application, desk: Desk) -> None:
    """Serve SIP over WebSocket, if there is an Asterisk for it."""

    async def serve(request: web.Request) -> web.StreamResponse:
        return await _serve(request, desk)

    app[OPEN] = Phones()
    app.router.add_get(PATH, serve)
    app.cleanup_ctx.append(_client)
    app.on_shutdown.append(_shut)


async def _client(app: web.Application) -> AsyncIterator[None]:
    async with aiohttp.ClientSession() as client:
        app[CLIENT] = client
        yield


async def _shut(app: web.Application) -> None:
    for socket in list(app[OPEN].sockets):
        await socket.close(code=aiohttp.WSCloseCode.GOING_AWAY, message=b"the desk ends")


async def _serve(request: web.Request, desk: Desk) -> web.StreamResponse:
    await _entered(request, desk)
    try:
        asterisk = await request.app[CLIENT].ws_connect(
            desk.sip_url,
            protocols=(PROTOCOL,),
            max_msg_size=MAX_MESSAGE,
            timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_S),
        )
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        log.error("sip: Asterisk does not answer at %s: %s", desk.sip_url, error)
        raise Refused(503, "no-asterisk", "Asterisk cannot be reached: phones in browsers do not work now") from None
    browser = Socket(protocols=(PROTOCOL,), heartbeat=PING_S, max_msg_size=MAX_MESSAGE, timeout=CLOSE_S)
    async with asterisk:
        await browser.prepare(request)
        request.app[OPEN].sockets.add(browser)
        try:
            await _pass_on(browser, asterisk, request, desk)
        finally:
            request.app[OPEN].sockets.discard(browser)
    return browser


async def _entered(request: web.Request, desk: Desk) -> None:
    """Raise Refused for whoever has none."""
    if "Origin" not in request.headers:
        raise Refused(403, "origin", "phones are for the pages of this desk")
    entry.check_origin(request, desk)
    secret = request.cookies.get(COOKIE, "")
    who = await entry.by_session(secret, desk, datetime.now(UTC), touch=False) if secret else None
    if who is None:
        raise Refused(401, "unauthenticated", "sign in first")
    if who.role not in PEOPLE:
        raise Refused(403, "forbidden", "this role has no phone")
    if who.user is not None and who.user.must_change:
        raise Refused(403, "change-password", "set a password of your own first")
    if not desk.sip_url:
        raise Refused(503, "no-phones", "this desk has no phones in browsers: CALLCENTER_WS_PORT is 0")
    if PROTOCOL not in {name.strip() for name in request.headers.get("Sec-WebSocket-Protocol", "").split(",")}:
        raise Refused(400, "invalid", "open this as a WebSocket with the sub-protocol sip")


async def _pass_on(
    browser: Socket, asterisk: aiohttp.ClientWebSocketResponse, request: web.Request, desk: Desk
) -> None:
    """Pass messages on, both ways, until one side closes or the session is over."""
    user = phone_of(request.cookies[COOKIE]).user
    tasks = [
        asyncio.create_task(_out(browser, asterisk, user), name="sip: to Asterisk"),
        asyncio.create_task(_in(browser, asterisk), name="sip: from Asterisk"),
        asyncio.create_task(_watch(browser, request, desk), name="sip: session"),
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception) and not isinstance(result, ConnectionError):
                log.error("sip: %s: %s", user, result)
        if not browser.closed:
            await browser.close(code=ASTERISK_GONE, message=b"Asterisk has closed")


async def _out(browser: Socket, asterisk: aiohttp.ClientWebSocketResponse, user: str) -> None:
    async for message in browser:
        if message.type is not WSMsgType.TEXT:
            continue
        if trouble := trouble_with(message.data, user):
            log.warning("sip: %s: %s: %.100r", user, trouble, message.data)
            await browser.close(code=NOT_ITS_OWN, message=trouble.encode())
            return
        await asterisk.send_str(message.data)


async def _in(browser: Socket, asterisk: aiohttp.ClientWebSocketResponse) -> None:
    async for message in asterisk:
        match message.type:
            case WSMsgType.TEXT:
                await browser.send_str(message.data)
            case WSMsgType.BINARY:
                await browser.send_str(message.data.decode("utf-8", "replace"))


async def _watch(browser: Socket, request: web.Request, desk: Desk) -> None:
    """Close when the session is over."""
    while True:
        await asyncio.sleep(CHECK_S)
        with suppress(StoreError):
            who = await entry.by_session(request.cookies[COOKIE], desk, datetime.now(UTC), touch=False)
            if who is None or who.role not in PEOPLE:
                await browser.close(code=SIGNED_OUT, message=b"signed out")
                return
