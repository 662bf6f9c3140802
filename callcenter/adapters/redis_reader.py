"""The reading side of the bus over Redis: one subscription's kinds of message, each in a stream of its own."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from callcenter.adapters.redis_link import ANSWER_S, AWAY, Command, RedisLink
from callcenter.messages import Message, decode

logger = logging.getLogger(__name__)

PREFIX: Final = "callcenter:"
# An entry's only field: messages that were published together, one line of JSON each.
FIELD: Final = b"m"
# How long one XREAD waits; between two of them we look whether the streams still are those we read.
BLOCK_S: Final = 2.0
# Longest a message waits for an unreachable Redis: an order to an agent minutes late would surprise everybody.
FRESH_S: Final = 10.0
TOGETHER: Final = 500
BACKOFF_S: Final = (0.1, 5.0)
_START: Final = "0-0"


def stream_of(kind: str) -> str:
    """Return the stream of one kind of message.

    >>> stream_of("wait-changed")
    'callcenter:messages:wait-changed'
    """
    return f"{PREFIX}messages:{kind}"


class Reader:
    """Reads the streams of some kinds from their ends on, and offers each message to one subscriber.

    One XREAD waits for all of them. Messages of one kind stay in order; between kinds there is none.
    """

    def __init__(self, link: RedisLink, kinds: Collection[type[Message]], offer: Callable[[Message], None]) -> None:
        self._link, self._offer = link, offer
        self._streams = [stream_of(kind.kind) for kind in kinds]
        self._places: dict[str, str] = {}  # stream -> the last entry read
        self.begun = asyncio.Event()  # the ends are known: what is published now will be read
        self._state = Use("cannot receive messages", "receives messages again")

    async def run(self) -> None:
        while True:
            try:
                self._places = await self._resume()
                self._state.works()
                self.begun.set()
                while answer := await self._read():
                    for stream, entries in answer:
                        for entry, content in entries:
                            self._places[stream.decode()] = entry.decode()
                            self._take(content)
            except Exception as error:
                await asyncio.sleep(self._state.failed(error))

    async def _read(self) -> Any:
        """Return what is new in the streams, None if nothing comes in time."""
        limits: Command = ("COUNT", TOGETHER, "BLOCK", round(BLOCK_S * 1000))
        command: Command = ("XREAD", *limits, "STREAMS", *self._places.keys(), *self._places.values())
        [answer] = await self._link.ask(command, wait_s=BLOCK_S + ANSWER_S)
        return answer

    def _take(self, content: Sequence[bytes]) -> None:
        """Offer the messages of one entry: names and values of its fields in turn."""
        for name, value in zip(content[::2], content[1::2], strict=True):
            for line in value.splitlines() if name == FIELD else ():
                message = decode(line.decode("utf-8", "replace"))
                if message is not None:
                    self._offer(message)

    async def _resume(self) -> dict[str, str]:
        """Return where to read on: where we were, or the end at first, or the start of a stream made anew.

        A stream is new if its last entry is older than what we read: Redis lost it, and its clock may have stepped
        back, so that its new entries would stay below our place and never be read.
        """
        last = [("XREVRANGE", stream, "+", "-", "COUNT", 1) for stream in self._streams]
        *newest, (seconds, microseconds) = await self._link.ask(*last, ("TIME",))
        fresh = f"{max(0, round((int(seconds) + int(microseconds) / 1e6 - FRESH_S) * 1000))}-0"
        ends = [entries[0][0].decode() if entries else _START for entries in newest]
        return {stream: self._place(stream, end, fresh) for stream, end in zip(self._streams, ends, strict=True)}

    def _place(self, stream: str, end: str, fresh: str) -> str:
        place = self._places.get(stream)
        if place is None:
            return end
        return max(place if _order(end) >= _order(place) else _START, fresh, key=_order)


class Use:
    """Whether one use of Redis works: says so once at each change, and how long to wait before the next try."""

    def __init__(self, bad: str, good: str) -> None:
        self._bad, self._good = bad, good
        self._failures = 0

    def works(self) -> None:
        if self._failures:
            logger.info("bus: Redis %s", self._good)
        self._failures = 0

    def failed(self, error: Exception) -> float:
        if not isinstance(error, AWAY):
            logger.exception("bus: %s", self._bad)
        elif not self._failures:
            logger.warning("bus: Redis %s: %s", self._bad, one_line(error))
        first, most = BACKOFF_S
        pause = min(most, first * 2.0 ** min(self._failures, 10))
        self._failures += 1
        return pause * random.uniform(0.5, 1.0)


def one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _order(entry: str) -> tuple[int, int]:
    time_ms, _, number = entry.partition("-")
    return int(time_ms), int(number)
