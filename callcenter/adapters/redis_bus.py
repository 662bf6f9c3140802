"""The bus over Redis: one stream that everybody appends to and reads from its end.

Redis may vanish, come back empty, freeze or step its clock at any time: publishers queue for `FRESH_S` and then
drop, readers come back by themselves and go on where they were, but never read what is older than `FRESH_S`.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, Final, Self, TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from callcenter.adapters.local_bus import BEHIND, BusCounts, Subscribers, picture_of, picture_text
from callcenter.errors import ConfigError
from callcenter.messages import Message, decode, encode
from callcenter.records import JSON

T = TypeVar("T")

logger = logging.getLogger(__name__)

PREFIX: Final = "callcenter:"
STREAM: Final = PREFIX + "messages"
FIELD: Final = b"m"
# Entries the stream keeps, about: a minute of a busy centre, a few MB.
KEPT: Final = 10_000
# How long one XREAD waits; between two of them we look whether the stream still is the one we read.
BLOCK_S: Final = 2.0
ANSWER_S: Final = 2.0
# Longest a message waits for an unreachable Redis: an order to an agent minutes late would surprise everybody.
FRESH_S: Final = 10.0
TOGETHER: Final = 500
BACKOFF_S: Final = (0.1, 5.0)
_START: Final = "0-0"


def picture_key(name: str) -> str:
    return f"{PREFIX}picture:{name}"


class RedisBus:
    """The bus between processes. `async with`, or `close`, owns its tasks and connections."""

    def __init__(self, url: str, behind: int = BEHIND) -> None:
        self.counts = BusCounts()
        self._behind = behind
        self._subscribers = Subscribers(self.counts, behind)
        self._queue: deque[tuple[float, str]] = deque()
        self._queued = asyncio.Event()
        self._sent = asyncio.Event()
        self._reading = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        try:
            self._redis = _client(url, ANSWER_S)
            self._reader = _client(url, BLOCK_S + ANSWER_S)
        except ValueError as error:
            raise ConfigError(f"the Redis URL cannot be read ({error}); write redis://host:6379/0") from None
        self._sending = _Link("cannot send messages", "sends messages again")
        self._receiving = _Link("cannot receive messages", "receives messages again")
        self._picturing = _Link("cannot keep pictures", "keeps pictures again")

    async def publish(self, message: Message) -> None:
        self.counts.published += 1
        if len(self._queue) >= self._behind:
            self._queue.popleft()
            self.counts.dropped += 1
        self._queue.append((time.monotonic(), encode(message)))
        self._sent.clear()
        self._queued.set()
        self._run("send", self._send)

    @asynccontextmanager
    async def subscribe(self, *kinds: type[Message]) -> AsyncIterator[AsyncIterator[Message]]:
        self._run("read", self._read)
        # What is published after this must not be missed: wait until the reader knows where the stream ends.
        await _within(ANSWER_S, self._reading)
        subscription = self._subscribers.add(kinds)
        try:
            yield subscription
        finally:
            self._subscribers.remove(subscription)

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
            raise ConfigError(f"{where}: {_line(error)}; start it, or mend CALLCENTER_REDIS_URL") from None
        policy = memory.get("maxmemory_policy", "noeviction")
        if memory.get("maxmemory") and policy != "noeviction":
            raise ConfigError(f"{where}: maxmemory-policy is {policy}; set it to noeviction")
        return f"{where}: version {server.get('redis_version')}, {memory.get('used_memory_human')} in use"

    async def close(self) -> None:
        if "send" in self._tasks:
            await _within(1.0, self._sent)
        tasks = set(self._tasks.values())
        while tasks:  # once may not be enough, see `_heeding`
            for task in tasks:
                task.cancel()
            _, tasks = await asyncio.wait(tasks, timeout=0.05)
        self._tasks.clear()
        self._subscribers.end()
        await self._redis.aclose()
        await self._reader.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _run(self, name: str, loop: Any) -> None:
        if name not in self._tasks:
            self._tasks[name] = asyncio.create_task(loop(), name=f"bus-{name}")

    async def _send(self) -> None:
        """Append what is queued, as much at once as there is."""
        while True:
            await self._queued.wait()
            taken = self._take()
            if not taken:
                self._queued.clear()
                self._sent.set()
                continue
            try:
                async with self._redis.pipeline(transaction=False) as pipe:
                    for _, text in taken:
                        pipe.xadd(STREAM, {FIELD: text}, maxlen=KEPT, approximate=True)
                    await pipe.execute()
            except Exception as error:
                self._queue.extendleft(reversed(taken))
                await asyncio.sleep(self._sending.failed(error))
            else:
                self._sending.works()

    def _take(self) -> list[tuple[float, str]]:
        """Take the next messages out of the queue; those too old are dropped."""
        oldest = time.monotonic() - FRESH_S
        while self._queue and self._queue[0][0] < oldest:
            self._queue.popleft()
            self.counts.dropped += 1
        return [self._queue.popleft() for _ in range(min(TOGETHER, len(self._queue)))]

    async def _read(self) -> None:
        """Read the stream for ever and offer each message to the subscribers."""
        position: str | None = None
        while True:
            try:
                position = await self._resume(position)
                self._receiving.works()
                self._reading.set()
                answer = await self._reader.xread({STREAM: position}, count=TOGETHER, block=round(BLOCK_S * 1000))
                while answer:
                    [(_, entries)] = answer
                    for entry, content in entries:
                        position = entry.decode()
                        self._offer(content)
                    answer = await self._reader.xread({STREAM: position}, count=TOGETHER, block=round(BLOCK_S * 1000))
            except Exception as error:
                await asyncio.sleep(self._receiving.failed(error))

    def _offer(self, content: dict[bytes, bytes]) -> None:
        message = decode(content.get(FIELD, b"").decode("utf-8", "replace"))
        if message is not None:
            self._subscribers.offer(message)

    async def _resume(self, position: str | None) -> str:
        """Return where to read on: where we were, or the end at first, or the start of a stream made anew.

        A stream is new if its last entry is older than what we read: Redis lost it, and its clock may have stepped
        back, so that its new entries would stay below `position` and never be read.
        """
        newest = await self._reader.xrevrange(STREAM, count=1)
        last = newest[0][0].decode() if newest else _START
        if position is None:
            return last
        seconds, microseconds = await self._reader.time()
        fresh = f"{max(0, round((seconds + microseconds / 1e6 - FRESH_S) * 1000))}-0"
        return max(position if _order(last) >= _order(position) else _START, fresh, key=_order)

    def _where(self) -> str:
        place = self._redis.connection_pool.connection_kwargs
        return f"Redis {place.get('path') or '{}:{}'.format(place.get('host'), place.get('port', 6379))}"


class _Link:
    """Whether one use of Redis works: says so once at each change, and how long to wait before the next try."""

    def __init__(self, bad: str, good: str) -> None:
        self._bad, self._good = bad, good
        self._failures = 0

    def works(self) -> None:
        if self._failures:
            logger.info("bus: Redis %s", self._good)
        self._failures = 0

    def failed(self, error: Exception) -> float:
        if not isinstance(error, RedisError | OSError):
            logger.exception("bus: %s", self._bad)
        elif not self._failures:
            logger.warning("bus: Redis %s: %s", self._bad, _line(error))
        first, most = BACKOFF_S
        pause = min(most, first * 2.0 ** min(self._failures, 10))
        self._failures += 1
        return pause * random.uniform(0.5, 1.0)


def _client(url: str, answer_s: float) -> Any:
    return Redis.from_url(
        url,
        socket_timeout=answer_s,
        socket_connect_timeout=ANSWER_S,
        # Once, at once: finds out that a pooled connection died with a server that is back already.
        retry=Retry(NoBackoff(), 1),
        protocol=2,
    )


def _order(entry: str) -> tuple[int, int]:
    time_ms, _, number = entry.partition("-")
    return int(time_ms), int(number)


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


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
