"""Where Asterisk brings a caller's voice: AudioSocket connections, each expected, each once.

Asterisk says nothing about a connection but a UUID, so that is the key: random, known to nobody but Asterisk, and gone
after one use. Whoever connects with another, or with none in time, is cut off.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol, Self, cast
from uuid import UUID, uuid4

from ivr.service.speech import wire
from ivr.service.speech.wire import Kind

log = logging.getLogger("ivr.speech")

IDENT_S: Final = 2.0  # Asterisk sends the UUID at once
CLOSE_S: Final = 1.0  # Asterisk closes as soon as it has read the end


class Sink(Protocol):
    """What takes a caller's voice. All of it is called in the event loop and must not block."""

    def connected(self, connection: Connection) -> None: ...

    def audio(self, samples: bytes) -> None:
        """Take sound of the caller's, 16-bit at 8 kHz, usually 20 ms; it pauses while a key is held."""
        ...

    def key(self, key: str) -> None:
        """Take a key, at its release."""
        ...

    def lost(self) -> None:
        """The connection has ended: by us, by the caller's hang-up or because the channel was taken away."""
        ...


class AudioServer:
    """Takes AudioSocket connections on `bind`. `port` 0 lets the system choose; `port` then tells which.

    `counts` says how connections began: expected, stranger (wrong or used UUID, garbage), silent. `async with` starts
    and closes.
    """

    def __init__(self, bind: str = "127.0.0.1", port: int = 0) -> None:
        self.bind, self.port = bind, port
        self.counts: Counter[str] = Counter()
        self._expected: dict[UUID, Sink] = {}
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._empty: asyncio.Future[None] | None = None  # somebody waits until nobody is connected

    @property
    def connections(self) -> int:
        """Connections open now."""
        return len(self._connections)

    async def start(self) -> None:
        """Listen. Raises OSError if the port is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self._identify, self._open), self.bind, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        log.info("listening for AudioSocket on %s:%d", self.bind, self.port)

    async def close(self) -> None:
        """Stop accepting and end what is open."""
        if self._server is None:
            return
        self._server.close()
        for connection in self._connections:
            connection.end()
        if self._connections:
            self._empty = asyncio.get_running_loop().create_future()
            await self._empty  # within CLOSE_S
        await self._server.wait_closed()
        self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    @contextmanager
    def expect(self, sink: Sink) -> Iterator[UUID]:
        """Within the block one connection that shows this UUID is `sink`'s."""
        ident = uuid4()
        self._expected[ident] = sink
        try:
            yield ident
        finally:
            self._expected.pop(ident, None)

    def _identify(self, connection: Connection, ident: UUID | None) -> Sink | None:
        """Return whose connection this is. `ident` None: it never said."""
        sink = self._expected.pop(ident, None) if ident else None
        self.counts["expected" if sink else "stranger" if ident else "silent"] += 1
        return sink

    def _open(self, connection: Connection, open_: bool) -> None:
        if open_:
            self._connections.add(connection)
        else:
            self._connections.discard(connection)
        if self._empty and not self._empty.done() and not self._connections:
            self._empty.set_result(None)


class Connection(asyncio.Protocol):
    """One AudioSocket connection. `send` sound, `end` it: Asterisk's application then returns, the call goes on."""

    def __init__(
        self,
        identify: Callable[[Connection, UUID | None], Sink | None],
        is_open: Callable[[Connection, bool], None],
    ) -> None:
        self._identify, self._is_open = identify, is_open
        self._frames = wire.Frames()
        self._sink: Sink | None = None
        self._transport: asyncio.Transport | None = None
        self._limit: asyncio.TimerHandle | None = None  # on what Asterisk does at once
        self._ended = False

    def send(self, samples: bytes) -> None:
        """Send up to 20 ms of sound; Asterisk plays it at once."""
        if self._transport and not self._ended:
            self._transport.write(wire.audio(samples))

    def end(self) -> None:
        """Ask Asterisk to close. Were it us, sound on its way to us would meet a closed door: then its application
        fails, and the end we sent is not even read."""
        if self._transport and not self._ended:
            self._ended = True
            self._transport.write(wire.END)
            if self._limit:
                self._limit.cancel()
            self._limit = asyncio.get_running_loop().call_later(CLOSE_S, self._cut_off)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by class
        self._is_open(self, True)
        self._limit = asyncio.get_running_loop().call_later(IDENT_S, self._refuse, None)

    def data_received(self, data: bytes) -> None:
        try:
            for frame in self._frames.feed(data):
                self._take(frame)
        except ValueError as error:
            log.warning("AudioSocket connection cut off: %s", error)
            self._cut_off()

    def _take(self, frame: wire.Frame) -> None:
        if self._sink is None:
            if self._transport and not self._transport.is_closing():
                self._greet(frame.ident)
        elif self._ended:
            return
        elif frame.kind == Kind.AUDIO:
            self._sink.audio(frame.payload)
        elif frame.kind == Kind.KEY:
            self._sink.key(frame.payload.decode("ascii", errors="replace"))
        # Asterisk sends nothing else; what a later one may add does not end a call.

    def _greet(self, ident: UUID) -> None:
        if self._limit:
            self._limit.cancel()
        self._sink = self._identify(self, ident)
        if self._sink is None:
            log.warning("AudioSocket connection of a stranger cut off")
            self._cut_off()
        else:
            self._sink.connected(self)

    def _refuse(self, ident: UUID | None) -> None:
        self._identify(self, ident)
        self._cut_off()

    def _cut_off(self) -> None:
        if self._transport:
            self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        if self._limit:
            self._limit.cancel()
        self._is_open(self, False)
        if self._sink:
            self._sink.lost()
