"""A hand-written AMI server on a free port of the loopback, which answers as told, and misbehaves as told."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any, Self, TypeVar

import pytest
import uvloop

from callcenter.adapters.ami import Ami, AmiAddress, AmiPolicy, Event, LinkDown, LinkUp

Kind = TypeVar("Kind", LinkUp, LinkDown, Event)

GREETING = "Asterisk Call Manager/11.0.0\r\n"
FULLY_BOOTED = (
    "Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 33\r\nLastReload: 33\r\nStatus: Fully Booted\r\n\r\n"
)
SUCCESS = "Response: Success\r\nActionID: {id}\r\nMessage: Done\r\n\r\n"
PONG = "Response: Success\r\nActionID: {id}\r\nPing: Pong\r\nTimestamp: 1795310222.723129\r\n\r\n"
REFUSED = "Response: Error\r\nActionID: {id}\r\nMessage: {why}\r\n\r\n"
SILENCE = ""

# Impatient enough for a test, patient enough for a busy machine.
QUICK = AmiPolicy(connect_s=2, login_s=2, boot_s=2, ping_every_s=60, backoff_first_s=0.01, backoff_last_s=0.02)
SOON_S = 10.0


def refused(why: str) -> str:
    return REFUSED.replace("{why}", why)


def event(name: str, **headers: str) -> str:
    return "".join(f"{key}: {value}\r\n" for key, value in {"Event": name, **headers}.items()) + "\r\n"


def channel_list(*channels: str) -> str:
    """The answer to CoreShowChannels."""
    start = "Response: Success\r\nActionID: {id}\r\nEventList: start\r\nMessage: Channels will follow\r\n\r\n"
    items = [event("CoreShowChannel", ActionID="{id}", Channel=channel) for channel in channels]
    count = str(len(channels))
    end = event("CoreShowChannelsComplete", ActionID="{id}", EventList="Complete", ListItems=count)
    return start + "".join(items) + end


def read_as_asterisk(data: bytes) -> tuple[list[dict[str, list[str]]], bytes]:
    """Return the actions in `data` as Asterisk 22 reads them, and the unfinished rest.

    A line ends at LF, with or without CR before it; NUL ends its text; its buffer takes 1024 bytes; blanks before a
    value do not count; an empty line ends an action. An action too long for Asterisk is returned as {"refused": …}.
    """
    actions: list[dict[str, list[str]]] = []
    lines: list[bytes] = []
    begin = 0
    while (end := data.find(b"\n", begin)) >= 0:
        line = data[begin:end]
        begin = end + 1
        if len(line) + 1 > 1024:
            line = b"refused: line too long"
        line = line.removesuffix(b"\r").split(b"\0")[0]
        if line:
            lines.append(line)
            continue
        headers: dict[str, list[str]] = {"refused": ["too many lines"]} if len(lines) > 128 else {}
        for name, _, value in (text.decode().partition(":") for text in lines):
            headers.setdefault(name, []).append(value.lstrip(" \t"))
        if headers:
            actions.append(headers)
        lines = []
        # What begins an unfinished action stays in `data`.
        data, begin = data[begin:], 0
    return actions, data


class FakeAmi:
    """One AMI server. `answers` by action name, with {id} for the ActionID; SILENCE answers nothing, an action in
    `cut` loses the connection instead of an answer. `seen` is every action received, with its connection from 1 on."""

    def __init__(self, *, secret: str = "s3cret", after_login: str = FULLY_BOOTED) -> None:
        self.secret, self.after_login = secret, after_login
        self.answers: dict[str, str] = {"Ping": PONG}
        self.cut: set[str] = set()
        self.cut_after: int | None = None  # bytes received after the login
        self.seen: list[tuple[int, dict[str, list[str]]]] = []
        self.connections = 0
        self.port = 0
        self._changed = asyncio.Condition()
        self._writers: list[asyncio.StreamWriter] = []
        self._serving: set[asyncio.Future[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections from now on, and cut those there are."""
        if self._server is not None:
            self._server.close()
            self.drop()
            if self._serving:
                await asyncio.wait(self._serving)

    def address(self, secret: str = "s3cret") -> AmiAddress:
        return AmiAddress(host="127.0.0.1", port=self.port, user="acd", secret=secret)

    def ami(self, policy: AmiPolicy = QUICK, secret: str = "s3cret") -> Ami:
        return Ami(self.address(secret), policy, random.Random(7))

    def say(self, text: str | bytes) -> None:
        """Write to the newest connection."""
        self._writers[-1].write(text.encode() if isinstance(text, str) else text)

    def drop(self) -> None:
        """Cut all connections."""
        for writer in self._writers:
            writer.transport.abort()

    def named(self, name: str) -> list[tuple[int, dict[str, list[str]]]]:
        return [(connection, action) for connection, action in self.seen if action.get("Action") == [name]]

    async def one_more(self, name: str) -> None:
        """Wait for another action of this name."""
        seen = len(self.named(name))
        await self.until(lambda: len(self.named(name)) > seen)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that this server sees."""
        async with asyncio.timeout(SOON_S), self._changed:
            await self._changed.wait_for(condition)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        self._writers.append(writer)
        self._serving.add(task := asyncio.ensure_future(self._read(number, reader, writer)))
        await task

    async def _read(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(GREETING.encode())
        rest, logged_in, bytes_left = b"", False, self.cut_after
        while not writer.is_closing() and (data := await _some(reader)):
            if logged_in and bytes_left is not None:
                data, bytes_left = data[:bytes_left], bytes_left - len(data)
                if bytes_left <= 0:
                    writer.transport.abort()
            actions, rest = read_as_asterisk(rest + data)
            for action in actions:
                self.seen.append((number, action))
                logged_in = True
                if not writer.is_closing():
                    self._answer(writer, action)
            async with self._changed:
                self._changed.notify_all()
        writer.transport.abort()

    def _answer(self, writer: asyncio.StreamWriter, action: dict[str, list[str]]) -> None:
        name, action_id = action["Action"][0], action.get("ActionID", [""])[0]
        if name in self.cut:
            writer.transport.abort()
            return
        answer = self.answers.get(name, SUCCESS)
        if name == "Login":
            known = action["Secret"] == [self.secret]
            answer = self.answers.get(name, (SUCCESS + self.after_login) if known else refused("Authentication failed"))
        writer.write(answer.replace("{id}", action_id).encode())
        if name == "Login" and answer.startswith("Response: Error"):
            writer.close()  # Asterisk does


async def _some(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(65536)
    except ConnectionError:
        return b""


async def link_up(ami: Ami) -> LinkUp:
    """Read events until the link is up."""
    return await _next(ami, LinkUp)


async def link_down(ami: Ami) -> LinkDown:
    """Read events until the link is down."""
    return await _next(ami, LinkDown)


async def next_named(ami: Ami, name: str) -> Event:
    """Read events until one is called `name`."""
    while (found := await _next(ami, Event)).name != name:
        pass
    return found


async def _next(ami: Ami, kind: type[Kind]) -> Kind:
    async with asyncio.timeout(SOON_S):
        while not isinstance(item := await ami.next_event(), kind):
            pass
        return item


def on_both_loops(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test on asyncio's own loop and on uvloop, which is what we run in production."""

    def run(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(test())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return pytest.mark.parametrize(
        "new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
    )(run)
