"""The bus within one process: bounded queues, and what every bus shares with it."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Self

from callcenter.messages import Message
from callcenter.records import JSON

# Messages one subscriber, or one unreachable Redis, may be behind before the oldest are dropped.
BEHIND: Final = 10_000
_ENCODE: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


@dataclass(slots=True, kw_only=True)
class BusCounts:
    """Messages since the start. `dropped`: given up before sending; `missed`: lost by a subscriber too slow."""

    published: int = 0
    dropped: int = 0
    received: int = 0
    missed: int = 0


class Subscription:
    """One subscriber's queue: of bounded length, the oldest messages give way."""

    def __init__(self, kinds: tuple[type[Message], ...], counts: BusCounts, behind: int) -> None:
        self._kinds = kinds
        self._counts = counts
        self._behind = behind
        self._queue: deque[Message] = deque()
        self._wake = asyncio.Event()
        self._ended = False

    def offer(self, message: Message) -> None:
        if self._kinds and not isinstance(message, self._kinds):
            return
        if len(self._queue) >= self._behind:
            self._queue.popleft()
            self._counts.missed += 1
        self._queue.append(message)
        self._counts.received += 1
        self._wake.set()

    def end(self) -> None:
        self._ended = True
        self._wake.set()

    def __aiter__(self) -> AsyncIterator[Message]:
        return self

    async def __anext__(self) -> Message:
        while not self._queue:
            if self._ended:
                raise StopAsyncIteration
            self._wake.clear()
            await self._wake.wait()
        return self._queue.popleft()


class Subscribers:
    """Everybody in this process who wants messages."""

    def __init__(self, counts: BusCounts, behind: int = BEHIND) -> None:
        self._counts = counts
        self._behind = behind
        self._all: list[Subscription] = []

    def add(self, kinds: tuple[type[Message], ...]) -> Subscription:
        subscription = Subscription(kinds, self._counts, self._behind)
        self._all.append(subscription)
        return subscription

    def remove(self, subscription: Subscription) -> None:
        subscription.end()
        self._all.remove(subscription)

    def offer(self, message: Message) -> None:
        for subscription in self._all:
            subscription.offer(message)

    def end(self) -> None:
        for subscription in self._all:
            subscription.end()


class LocalBus:
    """The bus of a single process: queues, no network."""

    def __init__(self, behind: int = BEHIND) -> None:
        self.counts = BusCounts()
        self._subscribers = Subscribers(self.counts, behind)
        self._pictures: dict[str, tuple[float, str]] = {}

    def publish(self, message: Message) -> None:
        self.counts.published += 1
        self._subscribers.offer(message)

    @asynccontextmanager
    async def subscribe(self, *kinds: type[Message]) -> AsyncIterator[AsyncIterator[Message]]:
        subscription = self._subscribers.add(kinds)
        try:
            yield subscription
        finally:
            self._subscribers.remove(subscription)

    async def put_picture(self, name: str, picture: JSON, ttl_s: float) -> None:
        self._pictures[name] = (time.monotonic() + ttl_s, picture_text(picture))

    async def picture(self, name: str) -> JSON | None:
        until, text = self._pictures.get(name, (0.0, ""))
        return picture_of(text) if time.monotonic() < until else None

    async def check(self) -> str:
        return "messages: within this process, no Redis"

    async def close(self) -> None:
        self._subscribers.end()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def picture_text(picture: JSON) -> str:
    """Return a picture as JSON; raises TypeError or ValueError for what is none."""
    return _ENCODE(dict(picture))


def picture_of(text: str) -> JSON | None:
    """Return the picture in `text`, None for what is none (another version's, or damaged)."""
    try:
        found: Any = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
