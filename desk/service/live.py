"""The live connection: one WebSocket per page. What it tells is polled from the store: it holds across processes.

The desk asks the store every second while anybody looks, and at once after a change made here or told on the bus.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from aiohttp import WSCloseCode, WSMsgType, web
from pydantic import ValidationError

from callcenter.adapters.store import Store
from callcenter.errors import CallCenterError, StoreError
from callcenter.messages import CentreChanged, TrialMoved
from desk.access import COOKIE
from desk.contract import API, Who
from desk.failures import Refused
from desk.live import (
    MAY_SEE,
    Marks,
    News,
    Opened,
    Outbox,
    Picture,
    Topic,
    TopicName,
    Walks,
    closure_picture,
    drafts_picture,
    flows_picture,
)
from desk.models.live import LiveSaid
from desk.ports import Desk
from desk.service import entry

log = logging.getLogger("desk")

PATH: Final = f"{API}/live"
EVERY_S: Final = 1.0
LEAST_S: Final = 0.05  # between two looks, however often something changes
PING_S: Final = 20.0
CLOSE_S: Final = 2.0  # that we wait for the other side to close as well
CHECK_S: Final = 30.0  # how soon a session that was ended elsewhere ends here
MAX_SAID: Final = 4_096
SIGNED_OUT: Final = 4401
TOO_MANY: Final = 20  # wrong messages


@dataclass(slots=True, eq=False)
class Client:
    """One page that looks."""

    who: Who
    socket: web.WebSocketResponse
    topics: set[TopicName] = field(default_factory=set)
    outbox: Outbox = field(default_factory=Outbox)
    opened: Opened | None = None
    wrong: int = 0
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, message: dict[str, Any]) -> None:
        self.outbox.put(message)
        self._wake.set()

    async def send_all(self, hub: Hub) -> None:
        """Send what there is to send, as fast as the other side takes it."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self.outbox.lost():
                await self._send({"type": "resync"})
                for name in sorted(self.topics):
                    await self._send(hub.topics[name].snapshot(datetime.now(UTC)).to_plain())
            while (message := self.outbox.take()) is not None:
                await self._send(message)

    async def _send(self, message: Any) -> None:
        await self.socket.send_str(json.dumps(message, ensure_ascii=False, separators=(",", ":")))


class Hub:
    """Everybody who looks, and what they see. `boot` names this start of the desk: numbers count from there."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.boot = desk, uuid4().hex
        self.clients: set[Client] = set()
        self.topics = {name: Topic(name) for name in TopicName}
        self._poked = asyncio.Event()
        self._known = False  # whether the store was asked since somebody came
        self._told_of_trouble = False
        self._looking = asyncio.Lock()
        self._walks, self._marks = Walks(), Marks()

    def poke(self) -> None:
        """Something changed: look at once."""
        self._poked.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._poll(), name="live: poll")
            tasks.create_task(self._listen(), name="live: bus")

    async def _listen(self) -> None:
        async with self.desk.bus.subscribe(CentreChanged, TrialMoved) as messages:
            async for message in messages:
                if isinstance(message, TrialMoved):
                    self._follow(message)
                else:
                    self.poke()

    def _follow(self, moved: TrialMoved) -> None:
        """Show where a call is that tries a draft: at once, without a look at the store."""
        now = datetime.now(UTC)
        self._walks.went(moved.trial, moved.visits, now)
        self._show(TopicName.TRIALS, self._walks.picture(now), now)

    async def _poll(self) -> None:
        while True:
            if not self.clients:
                self._known = False
                await self._poked.wait()
            self._poked.clear()
            await self._look_whatever_happens()
            await asyncio.sleep(LEAST_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await self._poked.wait()

    async def _look_whatever_happens(self) -> None:
        try:
            await self.look()
        except Exception:  # ours to mend; what is shown goes on with the next look
            log.exception("live: internal error")

    async def look(self) -> None:
        """Ask the store, and tell everybody what differs. In turn: nobody is told an older picture after a newer."""
        async with self._looking:
            opened = [client.opened for client in self.clients if client.opened is not None]
            try:
                pictures, entries = await self.desk.store.look(lambda store: self._pictures(store, opened))
            except StoreError as error:
                if not self._told_of_trouble:
                    log.warning("live: what is shown is not up to date: %s", error)
                self._told_of_trouble = True
                return
            self._told_of_trouble, self._known = False, True
            now = datetime.now(UTC)
            for name, picture in {**pictures, TopicName.LISTS: self._marks.note(entries)}.items():
                self._show(name, picture, now)

    def _show(self, name: TopicName, picture: Picture, now: datetime) -> None:
        news = self.topics[name].show(picture, now)
        if news is not None:
            self._tell(news)

    async def _pictures(
        self, store: Store, opened: list[Opened]
    ) -> tuple[dict[TopicName, Picture], list[tuple[int, str]]]:
        """Return what there is to be seen, and new entries of the audit log; within a transaction, so nothing else."""
        pictures = {
            TopicName.FLOWS: flows_picture(await store.aliases(), await store.newest_versions()),
            TopicName.DRAFTS: drafts_picture(await store.draft_heads(), opened),
            TopicName.CLOSURE: closure_picture(await store.closure()),
        }
        return pictures, await store.audited_after(self._marks.after)

    def _tell(self, news: News) -> None:
        plain = news.to_plain()
        for client in self.clients:
            if news.topic in client.topics:
                client.tell(plain)

    async def hear(self, client: Client, text: str) -> None:
        """Do what a client says; raise Refused for what makes no sense or is not theirs."""
        try:
            said = LiveSaid.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise Refused(400, "invalid", f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        if "open" in said.model_fields_set:
            flow = said.open.flow if said.open else None
            client.opened = Opened(flow=flow, name=client.who.name, since=datetime.now(UTC)) if flow else None
            self.poke()
        client.topics -= set(said.unsub)
        for name in said.sub:
            if client.who.role not in MAY_SEE[name]:
                raise Refused(403, "forbidden", f"{name} is not shown to the role {client.who.role}")
            await self._begin(client, name, said)

    async def _begin(self, client: Client, name: TopicName, said: LiveSaid) -> None:
        if not self._known:
            await self.look()
        known = said.since.get(name) if said.boot == self.boot else None
        client.topics.add(name)
        for news in self.topics[name].since(known, datetime.now(UTC)):
            client.tell(news.to_plain())


HUB = web.AppKey("hub", Hub)


def attach(app: web.Application, desk: Desk) -> None:
    """Add the live connection to the application."""
    app.router.add_get(PATH, _live)
    app.cleanup_ctx.append(_running)
    app.on_shutdown.append(_goodbye)
    app[HUB] = Hub(desk)


async def _running(app: web.Application) -> AsyncIterator[None]:
    task = asyncio.create_task(app[HUB].run(), name="live")
    yield
    task.cancel()
    await asyncio.wait([task])


async def _goodbye(app: web.Application) -> None:
    sockets = [client.socket for client in app[HUB].clients]
    bye = b"the desk is stopping"
    await asyncio.gather(*(socket.close(code=WSCloseCode.GOING_AWAY, message=bye) for socket in sockets))


async def _live(request: web.Request) -> web.StreamResponse:
    hub = request.app[HUB]
    who = await _entered(request, hub.desk)
    socket = web.WebSocketResponse(heartbeat=PING_S, timeout=CLOSE_S, max_msg_size=MAX_SAID)
    await socket.prepare(request)
    client = Client(who, socket)
    hub.clients.add(client)
    hub.poke()
    tasks = [
        asyncio.create_task(client.send_all(hub), name="live: send"),
        asyncio.create_task(_watch(request, client, hub.desk), name="live: session"),
    ]
    try:
        client.tell({"type": "hello", "boot": hub.boot, "name": who.name, "role": who.role})
        await _read(client, hub)
    finally:
        hub.clients.discard(client)
        hub.poke()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    return socket


async def _entered(request: web.Request, desk: Desk) -> Who:
    """Return who looks; raise Refused for nobody, for a page of somebody else's, and for a one-time password."""
    entry.check_origin(request, desk)
    # A page opens it again and again by itself.
    who = await entry.who_is(request, desk, datetime.now(UTC), touch=False)
    if who is None:
        raise Refused(401, "unauthenticated", "sign in first")
    if who.user is not None and who.user.must_change:
        raise Refused(403, "change-password", "set a password of your own first")
    return who


async def _read(client: Client, hub: Hub) -> None:
    async for message in client.socket:
        if message.type is not WSMsgType.TEXT:
            continue
        try:
            await hub.hear(client, message.data)
        except CallCenterError as error:
            client.wrong += 1
            client.tell({"type": "error", "code": error.code, "message": str(error)})
            if client.wrong >= TOO_MANY:
                await client.socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"too many wrong messages")


async def _watch(request: web.Request, client: Client, desk: Desk) -> None:
    """Close the connection when the session or token that opened it is over, or its role is another."""
    while True:
        await asyncio.sleep(CHECK_S)
        try:
            if client.who.session:
                now_is = await entry.by_session(request.cookies[COOKIE], desk, datetime.now(UTC), touch=False)
            else:
                now_is = await entry.who_is(request, desk, datetime.now(UTC))
        except StoreError:
            continue
        except Refused:
            now_is = None
        if now_is is None or now_is.role is not client.who.role:
            await client.socket.close(code=SIGNED_OUT, message=b"signed out")
            return
