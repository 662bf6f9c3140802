"""panoramisk made safe: one login at one Asterisk, from connect to loss.

panoramisk 1.4 keeps the connection, the table of ActionIDs and the collecting of answers. Overridden is what breaks
a call centre: it re-sends after a loss, never times out, and lets one bad message close the link. The tests in
tests/callcenter/adapters/test_ami_bugs.py name each of these (A1 to A19); so do the comments here.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from asyncio import FIRST_COMPLETED
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from panoramisk import Manager
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message as AsteriskMessage

from callcenter.adapters.ami_wire import Counts, Event, Headers, Parser, Response, check_action
from callcenter.errors import LoginRefused, Unreachable

log = logging.getLogger(__name__)

# So much read at once means that more is waiting. uvloop would read up to 8 MB, 13,000 events, before it is anybody
# else's turn: the consumer's, for instance.
BURST_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiAddress:
    """Where Asterisk's manager interface is, and as whom we log in."""

    host: str
    port: int = 5038
    user: str
    secret: str = field(repr=False)

    def __str__(self) -> str:
        return f"AMI {self.user}@{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiPolicy:
    """How patient we are, in seconds, and how much may wait for the consumer.

    `events` False: a link for actions alone. Asterisk then sends no event, not even FullyBooted.
    """

    events: bool = True
    connect_s: float = 5.0
    login_s: float = 5.0  # Asterisk lets a wrong secret wait for one second
    boot_s: float = 10.0  # from login to FullyBooted
    ping_every_s: float = 5.0
    ping_timeout_s: float = 3.0
    ping_misses: int = 2  # unanswered pings in a row after which the link is given up
    backoff_first_s: float = 0.2
    backoff_last_s: float = 5.0
    high_water: int = 10_000  # events waiting for the consumer


class Answer(NamedTuple):
    """What Asterisk answered: the response, and the items if a list was asked for."""

    response: Response
    items: list[Event]


class Pending(Action):
    """An action on its way: panoramisk collects its answer under its ActionID."""

    def __init__(self, name: str, headers: Headers, *, action_id: str, as_list: bool = False) -> None:
        check_action(name, headers)  # A12: nothing else is ever written
        super().__init__({"ActionID": action_id, **headers, "Action": name}, as_list=as_list)
        self.received: list[Event] = []  # the same as panoramisk's `responses`, as plain values (A15)

    @property
    def multi(self) -> bool:
        """Whether items follow: said by the caller, not guessed from Asterisk's wording, and never after an error
        (A1, A7). An Originate is thus done when Asterisk took it; OriginateResponse is an event like any other."""
        return bool(self.as_list) and self.responses[0].success

    @property
    def completed(self) -> bool:
        return not self.multi or self.responses[-1].get("EventList") == "Complete"

    def wants(self, event: Event) -> bool:
        """Whether `event`, which carries our ActionID, is part of the answer."""
        return "Event" not in event or bool(self.responses and self.multi)

    def answer(self) -> Answer:
        """Return what came. A list ends with an event of its own, which is no item."""
        response, *events = self.received
        return Answer(Response(response), events[:-1])


def _words(error: Exception) -> str:
    """Asyncio and uvloop word the same error differently."""
    code = error.errno if isinstance(error, OSError) else None
    return os.strerror(code) if code is not None and code in errno.errorcode else str(error)


class Link(AMIProtocol):
    """One TCP connection. `lost` gets the reason when it ends, `ended` is set when the socket is closed, `booted` gets
    Asterisk's uptime in seconds when it says FullyBooted."""

    def __init__(self, sink: Callable[[Event], bool], counts: Counts) -> None:
        loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[str] = loop.create_future()
        self.booted: asyncio.Future[int] = loop.create_future()
        self.ended = asyncio.Event()
        self._sink = sink
        self._counts = counts
        self._parser = Parser(counts)
        self._connected = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._connected = True
        if self.lost.done():  # given up while connecting
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Hand each message on. Whatever is in it, nothing is raised: asyncio would close the link (A1, A2)."""
        for event in self._parser.feed(data):
            if self.lost.done():
                return
            try:
                self._take(event)
            except Exception:
                self._counts.malformed += 1
                log.exception("AMI: a message was not understood: %.200r", dict(event))
        if len(data) >= BURST_BYTES and not self.lost.done():
            self.transport.pause_reading()
            asyncio.get_running_loop().call_soon(self._read_on)

    def _read_on(self) -> None:
        if not self.lost.done():
            self.transport.resume_reading()

    def _take(self, event: Event) -> None:
        """Give `event` to the action that waits for it, and to the stream in any case (A3).

        Only an answer becomes panoramisk's Message: building one takes longer than all the rest.
        """
        happened = "Event" in event
        pending = self.responses.get(event.text("ActionID")) if self.responses else None
        if pending is not None and isinstance(pending, Pending) and pending.wants(event):
            pending.received.append(event)
            self.handle_message(AsteriskMessage(event))
        elif not happened:
            self._counts.unclaimed += 1
        if happened:
            if not self.booted.done() and event.name == "FullyBooted":
                uptime = event.text("Uptime")
                self.booted.set_result(int(uptime) if uptime.isdecimal() else 0)
            if not self._sink(event):
                self.fail("we are too far behind")

    def start(self, pendings: Sequence[Pending]) -> None:
        """Write `pendings` in order, in one piece."""
        for pending in pendings:
            self.responses[pending.id] = pending
        self.transport.write(b"".join(str(pending).encode() for pending in pendings))

    def send(self, data: MutableMapping[str, Any], as_list: bool | None = None) -> asyncio.Future[Any]:
        """panoramisk's own door: only a checked action passes, and says itself whether a list follows (A12, A18)."""
        if not isinstance(data, Pending):
            raise TypeError("only a Pending may be sent")
        self.start([data])
        return data.future

    def forget(self, pendings: Iterable[Action]) -> None:
        """Wait no longer: a late answer finds nothing (A8)."""
        for pending in pendings:
            self.responses.pop(pending.id, None)
            pending.future.cancel()

    def fail(self, reason: str) -> None:
        """Give the link up. Who waits for an answer learns it now, and nothing is kept to be sent again (A4, A5)."""
        if self.lost.done():
            return
        self.lost.set_result(reason)
        if self._connected:
            self.forget(list(self.responses.values()))
            self.transport.abort()

    def close(self) -> None:
        self.fail("closed")

    def connection_lost(self, exc: Exception | None) -> None:
        self.fail(_words(exc) if exc else "Asterisk closed the connection")
        self.ended.set()

    async def end(self) -> None:
        """Close, and wait until the socket is."""
        self.fail("closed")
        if self._connected:
            await self.ended.wait()


class Session(Manager):
    """One login: connect, log in, exchange actions for answers. Used once; reconnecting makes a new one.

    panoramisk logs in by itself if given a user name, and then neither times out nor says that it was refused (A11):
    it is given none. It pings without looking at the answer (A9) and reconnects at a fixed pace, even when closed
    (A10): both are ours, see `ami.Ami`.
    """

    def __init__(self, address: AmiAddress, sink: Callable[[Event], bool], counts: Counts) -> None:
        self.address = address
        self.link = Link(sink, counts)
        super().__init__(
            host=address.host,
            port=address.port,
            loop=asyncio.get_running_loop(),
            log=log,
            protocol_factory=lambda: self.link,
        )
        self.doubtful = False  # the last ping went unanswered
        self._since: float | None = None

    def connection_made(self, f: asyncio.Task[tuple[asyncio.Transport, AMIProtocol]]) -> None:
        """Called with the outcome of `connect`; where that is an error panoramisk would plan another try."""
        if not f.cancelled() and f.exception() is None:
            super().connection_made(f)

    @property
    def age_s(self) -> float:
        """Seconds since the login."""
        return 0.0 if self._since is None else self.loop.time() - self._since

    def ping(self) -> None:
        """Asked by panoramisk's own timer, which we leave without effect."""

    async def open(self, policy: AmiPolicy) -> int | None:
        """Connect and log in; return Asterisk's uptime in seconds, None if it never said FullyBooted.

        Asterisk takes logins while it still loads modules (30 ms with sixteen of them), queues and endpoints missing:
        a snapshot taken then is wrong. Raise Unreachable or LoginRefused.
        """
        try:
            async with asyncio.timeout(policy.connect_s):
                await self.connect()
        except (OSError, UnicodeError) as error:
            raise Unreachable(f"{self.address}: {_words(error) or 'no connection in time'}") from error
        events = "on" if policy.events else "off"
        credentials = {"Username": self.address.user, "Secret": self.address.secret, "Events": events}
        (login,) = await self.exchange([Pending("Login", credentials, action_id="callcenter-login")], policy.login_s)
        if not login.response.success:
            raise LoginRefused(f"{self.address}: {login.response.message}")
        self._since = self.loop.time()
        if policy.events:
            either: list[asyncio.Future[Any]] = [self.link.booted, self.link.lost]
            await asyncio.wait(either, timeout=policy.boot_s, return_when=FIRST_COMPLETED)
        if self.link.lost.done():
            raise Unreachable(f"{self.address}: {self.link.lost.result()}")
        return self.link.booted.result() if self.link.booted.done() else None

    async def exchange(self, pendings: Sequence[Pending], timeout: float) -> list[Answer]:
        """Send `pendings` once, in order, and return their answers in the same order.

        Raise Unreachable if one has no answer after `timeout` seconds or when the link is lost; the fate of the
        unanswered is unknown then. Nothing is ever sent a second time.
        """
        if self.link.lost.done():
            raise Unreachable(f"{self.address}: {self.link.lost.result()}")
        self.link.start(pendings)
        try:
            await asyncio.wait([pending.future for pending in pendings], timeout=timeout)
        finally:
            self.link.forget(pendings)
        for pending in pendings:
            if pending.future.cancelled():
                why = self.link.lost.result() if self.link.lost.done() else f"no answer in {timeout:g} s"
                raise Unreachable(f"{self.address}: {pending['Action']}: {why}")
        return [pending.answer() for pending in pendings]

    async def watch(self, policy: AmiPolicy) -> str:
        """Ping until the link is lost; return why. A half-open link answers nothing and says nothing (A9)."""
        lost, missed, pause = self.link.lost, 0, policy.ping_every_s
        while True:
            await asyncio.wait([lost], timeout=pause)
            if lost.done():
                return lost.result()
            try:
                await self.exchange([Pending("Ping", {}, action_id="callcenter-ping")], policy.ping_timeout_s)
            except Unreachable:
                missed, pause = missed + 1, max(0.0, policy.ping_every_s - policy.ping_timeout_s)
            else:
                missed, pause = 0, policy.ping_every_s
            self.doubtful = missed > 0
            if missed >= policy.ping_misses:
                self.link.fail(f"{missed} pings unanswered")

    async def end(self) -> None:
        """Close, and wait until the socket is closed."""
        self.close()
        await self.link.end()
