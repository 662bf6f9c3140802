"""The bus over Redis: a stream for each kind of message, which its publishers append to and its readers follow.

What is published within a moment travels together: a talk that begins is five messages, and a process that reads none
of them is not woken. Redis may vanish, come back empty, freeze or step its clock at any time: publishers queue for
`FRESH_S` and then drop, readers come back by themselves and go on where they were, but never read what is older.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple, Self, TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from callcenter.adapters.local_bus import BEHIND, BusCounts, Subscription, picture_of, picture_text
from callcenter.adapters.redis_reader import (
    BLOCK_S,
    FIELD,
    FRESH_S,
    PREFIX,
    TOGETHER,
    Link,
    Reader,
    one_line,
    stream_of,
)
from callcenter.errors import ConfigError
from callcenter.messages import KINDS, Message, encode
from callcenter.records import JSON

T = TypeVar("T")

# Entries each stream keeps, about: a minute of a busy centre, a few MB.
KEPT: Final = 10_000
ANSWER_S: Final = 2.0
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
        self._behind = behind
        self._subscriptions: list[Subscription] = []
        self._queue: deque[_Queued] = deque()
        self._queued = asyncio.Event()
        self._sent = asyncio.Event()
        self._sender: asyncio.Task[None] | None = None
        self._readers: set[asyncio.Task[None]] = set()
        try:
            self._redis = _client(url, ANSWER_S)
            self._reader = _client(url, BLOCK_S + ANSWER_S)
        except ValueError as error:
            raise ConfigError(f"the Redis URL cannot be read ({error}); write redis://host:6379/0") from None
        self._sending = Link("cannot send messages", "sends messages again")
        self._picturing = Link("cannot keep pictures", "keeps pictures again")

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
        reader = Reader(self._reader, kinds or tuple(KINDS.values()), subscription.offer)
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

    async def put_picture(self, name: str, picture: JSON, ttl_s: float) -> None:
        text = picture_text(picture)
        try:
            await _heeding(self._redis.set(picture_key(name), text, px=max(1, round(ttl_s * 1000))))
        except (RedisError, OSError) as error:
            self._picturing.failed(error)
        else:
            self._picturing.works()

    async def picture(self, name: str) -> JSON | None:
        try:
            text = await _heeding(self._redis.get(picture_key(name)))
        except (RedisError, OSError) as error:
            self._picturing.failed(error)
            return None
        self._picturing.works()
        return None if text is None else picture_of(text.decode("utf-8", "replace"))

    async def check(self) -> str:
        where = self._where()
        try:
            server = await _heeding(self._redis.info("server"))
            memory = await _heeding(self._redis.info("memory"))
        except (RedisError, OSError) as error:
            raise ConfigError(f"{where}: {one_line(error)}; start it, or mend CALLCENTER_REDIS_URL") from None
        policy = memory.get("maxmemory_policy", "noeviction")
        if memory.get("maxmemory") and policy != "noeviction":
            raise ConfigError(f"{where}: maxmemory-policy is {policy}; set it to noeviction")
        return f"{where}: version {server.get('redis_version')}, {memory.get('used_memory_human')} in use"

    async def close(self) -> None:
        if self._sender is not None:
            await _within(1.0, self._sent)
            await _cancelled({self._sender})
        await _cancelled(self._readers)
        for subscription in self._subscriptions:
            subscription.end()
        await self._redis.aclose()
        await self._reader.aclose()

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
        async with self._redis.pipeline(transaction=False) as pipe:
            for stream, lines in entries.items():
                pipe.xadd(stream, {FIELD: "\n".join(lines)}, maxlen=KEPT, approximate=True)
            await pipe.execute()

    def _where(self) -> str:
        place = self._redis.connection_pool.connection_kwargs
        return f"Redis {place.get('path') or '{}:{}'.format(place.get('host'), place.get('port', 6379))}"


def _client(url: str, answer_s: float) -> Any:
    return Redis.from_url(
        url,
        socket_timeout=answer_s,
        socket_connect_timeout=ANSWER_S,
        # Once, at once: finds out that a pooled connection died with a server that is back already.
        retry=Retry(NoBackoff(), 1),
        protocol=2,
    )


async def _heeding(call: Awaitable[T]) -> T:
    """Await a call of redis without losing a cancellation.

    redis sends by `asyncio.wait_for`, which before Python 3.12 swallows a cancellation that comes as it finishes.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        return await call
    finally:
        if task and task.cancelling() > before:
            raise asyncio.CancelledError


async def _within(limit_s: float, event: asyncio.Event) -> None:
    """Wait for `event`, but not longer than `limit_s`."""
    try:
        async with asyncio.timeout(limit_s):
            await event.wait()
    except TimeoutError:
        pass


async def _cancelled(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel `tasks` until they have ended: once may not be enough, see `_heeding`."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=0.05)
