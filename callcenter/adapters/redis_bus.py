"""The bus over Redis: a stream for each kind of message, which its publishers append to and its readers follow.

What is published within a moment travels together: a talk that begins is five messages, and a process that reads none
of them is not woken. Redis may vanish, come back empty, freeze or step its clock at any time: publishers queue for
`FRESH_S` and then drop, readers come back by themselves and go on where they were, but never read what is older.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple, Self

from callcenter.adapters.local_bus import BEHIND, BusCounts, Subscription, picture_of, picture_text
from callcenter.adapters.redis_link import ANSWER_S, AWAY, RedisLink
from callcenter.adapters.redis_reader import FIELD, FRESH_S, PREFIX, TOGETHER, Reader, Use, one_line, stream_of
from callcenter.errors import ConfigError
from callcenter.messages import KINDS, Message, encode
from callcenter.records import JSON

# Entries each stream keeps, about: a minute of a busy centre, a few MB.
KEPT: Final = 10_000
# What follows a message within this time is sent with it. Nothing that a caller waits for travels here.
GATHER_S: Final = 0.01


def picture_key(name: str) -> str:
    return f"{PREFIX}picture:{name}"


class _Queued(NamedTuple):
    at: float
    stream: str
    line: str


class RedisBus:
    """The bus between processes. `async with`, or `close`, owns its tasks and connections."""

    def __init__(self, url: str, behind: int = BEHIND) -> None:
        self.counts = BusCounts()
        self._url = url
        self._behind = behind
        self._subscriptions: list[Subscription] = []
        self._queue: deque[_Queued] = deque()
        self._queued = asyncio.Event()
        self._sent = asyncio.Event()
        self._sender: asyncio.Task[None] | None = None
        self._readers: set[asyncio.Task[None]] = set()
        self._pictures: dict[str, tuple[bytes, JSON | None]] = {}  # as they were when last looked at
        try:
            self._link = RedisLink(url)
        except ValueError as error:
            raise ConfigError(f"the Redis URL cannot be read ({error}); write redis://host:6379/0") from None
        self._sending = Use("cannot send messages", "sends messages again")
        self._picturing = Use("cannot keep pictures", "keeps pictures again")

    def publish(self, message: Message) -> None:
        self.counts.published += 1
        if len(self._queue) >= self._behind:
            self._queue.popleft()
            self.counts.dropped += 1
        self._queue.append(_Queued(time.monotonic(), stream_of(message.kind), encode(message)))
        self._sent.clear()
        self._queued.set()
        if self._sender is None:
            self._sender = asyncio.create_task(self._send(), name="bus-send")

    @asynccontextmanager
    async def subscribe(self, *kinds: type[Message]) -> AsyncIterator[AsyncIterator[Message]]:
        subscription = Subscription(kinds, self.counts, self._behind)
        self._subscriptions.append(subscription)
        link = RedisLink(self._url)
        reader = Reader(link, kinds or tuple(KINDS.values()), subscription.offer)
        reading = asyncio.create_task(reader.run(), name="bus-read")
        self._readers.add(reading)
        try:
            # What is published after this must not be missed: wait until the reader knows where the streams end.
            await _within(ANSWER_S, reader.begun)
            yield subscription
        finally:
            subscription.end()
            self._subscriptions.remove(subscription)
            self._readers.discard(reading)
            await _cancelled({reading})
            await link.close()

    async def put_picture(self, name: str, picture: JSON, ttl_s: float) -> None:
        text = picture_text(picture)
        try:
            await self._link.ask(("SET", picture_key(name), text, "PX", max(1, round(ttl_s * 1000))))
        except AWAY as error:
            self._picturing.failed(error)
        else:
            self._picturing.works()

    async def picture(self, name: str) -> JSON | None:
        try:
            [text] = await self._link.ask(("GET", picture_key(name)))
        except AWAY as error:
            self._picturing.failed(error)
            return None
        self._picturing.works()
        if text is None:
            return None
        # Who looks more often than it is drawn reads the same again: as big as the floor, and not worth parsing twice.
        before, seen = self._pictures.get(name, (None, None))
        if text != before:
            seen = picture_of(text.decode("utf-8", "replace"))
            self._pictures[name] = (text, seen)
        return seen

    async def check(self) -> str:
        where = self._link.where
        try:
            answers = await self._link.ask(("INFO", "server"), ("INFO", "memory"))
        except AWAY as error:
            raise ConfigError(f"{where}: {one_line(error)}; start it, or mend CALLCENTER_REDIS_URL") from None
        lines = (line.partition(":") for answer in answers for line in answer.decode("utf-8", "replace").splitlines())
        found = {name: value for name, _, value in lines}
        policy = found.get("maxmemory_policy", "noeviction")
        if found.get("maxmemory", "0") != "0" and policy != "noeviction":
            raise ConfigError(f"{where}: maxmemory-policy is {policy}; set it to noeviction")
        return f"{where}: version {found.get('redis_version')}, {found.get('used_memory_human')} in use"

    async def close(self) -> None:
        if self._sender is not None:
            await _within(1.0, self._sent)
            await _cancelled({self._sender})
        await _cancelled(self._readers)
        for subscription in self._subscriptions:
            subscription.end()
        await self._link.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _send(self) -> None:
        """Append what is queued, as much at once as there is."""
        while True:
            await self._queued.wait()
            await asyncio.sleep(GATHER_S)
            while taken := self._take():
                try:
                    await self._append(taken)
                except Exception as error:
                    self._queue.extendleft(reversed(taken))
                    await asyncio.sleep(self._sending.failed(error))
                else:
                    self._sending.works()
            self._queued.clear()
            self._sent.set()

    def _take(self) -> list[_Queued]:
        """Take the next messages out of the queue; those too old are dropped."""
        oldest = time.monotonic() - FRESH_S
        while self._queue and self._queue[0].at < oldest:
            self._queue.popleft()
            self.counts.dropped += 1
        return [self._queue.popleft() for _ in range(min(TOGETHER, len(self._queue)))]

    async def _append(self, taken: Sequence[_Queued]) -> None:
        entries: defaultdict[str, list[str]] = defaultdict(list)
        for one in taken:
            entries[one.stream].append(one.line)
        limit = ("MAXLEN", "~", KEPT, "*", FIELD)
        await self._link.ask(*(("XADD", stream, *limit, "\n".join(lines)) for stream, lines in entries.items()))


async def _within(limit_s: float, event: asyncio.Event) -> None:
    """Wait for `event`, but not longer than `limit_s`."""
    try:
        async with asyncio.timeout(limit_s):
            await event.wait()
    except TimeoutError:
        pass


async def _cancelled(tasks: Collection[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
