"""One FastAGI connection: panoramisk's Request, made safe. The verbs are in `agi_session`.

Asterisk reads the socket through a stdio buffer and then waits for the *socket*: of two commands in one TCP segment the
second lies in that buffer until more bytes come. So nothing is pipelined here, one command waits for the one before.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import Final

from panoramisk import fast_agi

from callcenter.adapters import agi_wire as wire
from callcenter.adapters.agi_wire import Reply
from callcenter.errors import AsteriskError, ChannelGone, Unreachable

# The guard: how long Asterisk lets a channel wait for us beyond the running command's own maximum, before it takes the
# caller to extension T and so to the fallback. Long enough for a slow turn of ours, short enough for one who hears
# nothing. Pushing it back costs a round trip, so half of it left will do; more than all of it is never left to run.
GUARD_S: Final = 8
GUARD_LEAST_S: Final = 4
REPLY_GRACE_S: Final = 5.0  # a reply may be late by this; less than GUARD_S, so that we know before the caller leaves
MARK_EVERY_S: Final = 0.25  # see `_catch_up`

_READY: Final = Reply(100)  # no reply of Asterisk's: the environment is complete


class ReplyReader(asyncio.StreamReader):
    """The reader asyncio fills and panoramisk's Request holds: takes the environment, then replies, out of the bytes
    the moment they come.

    So HANGUP and the end of the connection are known while no command runs, and a reply nobody waits for is dropped
    instead of being taken for the next one.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self._loop = loop
        self._environment = b""
        self._lines: wire.ReplyLines | None = None  # once the environment is complete
        self._waiting: asyncio.Future[Reply] | None = None
        self._wanted: str | None = None  # the data of the reply waited for; None: any
        self.lost: AsteriskError | None = None

    @property
    def hung_up(self) -> bool:
        return self._lines is not None and self._lines.hung_up

    async def environment(self) -> bytes:
        """Return the agi_… lines. Raises AsteriskError when the peer goes or sends something else."""
        if self._lines is None:
            await self.reply()
        return self._environment

    def reply(self, data: str | None = None) -> asyncio.Future[Reply]:
        """Return the next reply to come, or the next that carries `data`. Raises what ended the connection."""
        if self.lost:
            raise self.lost
        self._wanted, self._waiting = data, self._loop.create_future()
        return self._waiting

    def _wake(self, reply: Reply) -> None:
        if self._waiting and not self._waiting.done() and self._wanted in (None, reply.data):
            self._waiting.set_result(reply)

    def lose(self, error: AsteriskError) -> AsteriskError:
        """The connection is of no use any more: whoever waits, or will wait, gets `error`."""
        if self.lost is None:
            self.lost = error
            if self._waiting and not self._waiting.done():
                self._waiting.set_exception(error)
        return self.lost

    def feed_data(self, data: bytes) -> None:  # type: ignore[override]  # typeshed has any iterable; it is bytes
        try:
            if self._lines is None:
                data = self._take_environment(data)
            if self._lines is not None and data:
                for reply in self._lines.feed(data):
                    self._wake(reply)
        except ValueError as error:
            self.lose(Unreachable(str(error)))

    def _take_environment(self, data: bytes) -> bytes:
        """Add to the environment; return what follows it."""
        self._environment, end, rest = (self._environment + data).partition(b"\n\n")
        if len(self._environment) > wire.MAX_REPLY:
            raise ValueError("this is no AGI")
        if end:
            self._lines = wire.ReplyLines()
            self._wake(_READY)
        return rest

    def feed_eof(self) -> None:
        self.lose(ChannelGone("connection ended by Asterisk"))

    def set_exception(self, exc: BaseException) -> None:
        self.lose(ChannelGone(f"connection lost: {exc}"))


class AgiRequest(fast_agi.Request):
    """Sends one command at a time and returns its reply, whatever happens in between.

    Raises ChannelGone when the connection ends, Unreachable when no reply comes within the command's own maximum and
    REPLY_GRACE_S (the connection is then of no use), ValueError for what cannot be sent. May be cancelled at any time.
    """

    reader: ReplyReader

    def __init__(
        self,
        app: fast_agi.Application,
        headers: Mapping[str, str],
        reader: ReplyReader,
        writer: asyncio.StreamWriter,
        encoding: str = "utf-8",
    ) -> None:
        super().__init__(app, headers, reader, writer, encoding)
        self.channel = headers.get("agi_channel", "")
        self._loop = asyncio.get_running_loop()
        self._idle = asyncio.Event()  # no command runs; a Lock would cost five times as much
        self._idle.set()
        self._guard_at = 0.0  # when TIMEOUT(absolute) strikes, by our clock; 0: not known
        self._owed_until = 0.0  # until when the reply to a command may still come; 0: none is owed
        self._watch: asyncio.TimerHandle | None = None
        self._marks = 0

    @property
    def hung_up(self) -> bool:
        """Whether Asterisk has said so. Variables can still be set and user events sent, if it keeps the session."""
        return self.reader.hung_up

    async def send_command(self, command: str, max_s: float = 0.0) -> Reply:
        """Send a command written by hand and return its reply. `max_s`: how long it may take, 0: Asterisk answers at
        once."""
        return await self._send(wire.encode(command), max_s)

    async def command(self, verb: str, *arguments: object, max_s: float = 0.0) -> Reply:
        """Send a command with quoted arguments and return its reply, an error reply too."""
        return await self._send(wire.command_line(verb, *arguments), max_s)

    async def _send(self, raw: bytes, max_s: float) -> Reply:
        while not self._idle.is_set():
            await self._idle.wait()
        self._idle.clear()
        try:
            if self._owed_until:
                await self._catch_up()
            left = self._guard_at - self._loop.time() - max_s
            if not GUARD_LEAST_S <= left <= GUARD_S and not self.hung_up:
                await self._push_guard_back(max_s)
            return await self._exchange(raw, max_s)
        finally:
            self._idle.set()

    async def _push_guard_back(self, max_s: float) -> None:
        guard_s = math.ceil(max_s + GUARD_S)
        self._guard_at = 0.0  # not known, should this be cancelled
        await self._exchange(b"SET VARIABLE TIMEOUT(absolute) %d\n" % guard_s, 0.0)
        self._guard_at = self._loop.time() + max_s + GUARD_S

    async def _exchange(self, raw: bytes, max_s: float) -> Reply:
        coming = self.reader.reply()
        self._owed_until = self._loop.time() + max_s + REPLY_GRACE_S
        if self._watch is None or self._watch.when() > self._owed_until:
            self._look_at(self._owed_until)
        self.writer.write(raw)  # no drain: with one command at a time the buffer cannot grow
        reply = await coming
        self._owed_until = 0.0
        return reply

    def _look_at(self, moment: float) -> None:
        """Look then whether a reply is overdue. One timer, moved on when it fires, instead of one for each command."""
        self.release()
        self._watch = self._loop.call_at(moment, self._look)

    def _look(self) -> None:
        self._watch = None
        if self._owed_until > self._loop.time():
            self._look_at(self._owed_until)
        elif self._owed_until and not self._idle.is_set():  # idle: a cancelled command, see `_catch_up`
            self.reader.lose(Unreachable(f"{self.channel}: no reply in time"))

    async def _catch_up(self) -> None:
        """After a cancelled command: end it, and wait until no reply is owed any more.

        Some commands end when the next one comes, STREAM FILE without any reply, WAIT FOR DIGIT with one; SAY and EXEC
        go on. GET FULL VARIABLE of a plain word is an echo. If Asterisk had not yet read the cancelled command, it
        reads both at once and the echo lies in its buffer: so a mark every MARK_EVERY_S until the last one is answered.
        """
        self._owed_until = deadline = max(self._owed_until, self._loop.time() + REPLY_GRACE_S)
        while (now := self._loop.time()) < deadline:
            self._marks += 1
            mark = f"mark{self._marks}"
            coming = self.reader.reply(mark)
            self.writer.write(f"GET FULL VARIABLE {mark}\n".encode())
            try:
                async with asyncio.timeout_at(min(now + MARK_EVERY_S, deadline)):
                    await coming
            except TimeoutError:
                continue
            self._owed_until = 0.0
            return
        raise self.reader.lose(Unreachable(f"{self.channel}: no reply after a cancelled command"))

    def last_word(self, name: str, value: str) -> None:
        """Set a channel variable without waiting for the reply; the connection must be closed right after.

        Asterisk reads and obeys it although the connection is closed already, whatever command runs.
        """
        if not self.reader.lost and not self.hung_up:
            self.writer.write(wire.command_line("SET VARIABLE", name, value))

    def release(self) -> None:
        """Stop the clock; the connection is about to be closed."""
        if self._watch:
            self._watch.cancel()
