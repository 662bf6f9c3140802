"""Messages between our processes: over Redis Streams, or within one process without Redis.

A message is a hint that something changed, never the only trace of it: it may come twice, late by up to ten seconds,
or not at all, and everybody who acts on one can find the truth in SQL or in Asterisk. So publishing never fails for
the publisher. All subscribers get all messages, those of one kind in order, from the moment they subscribe.

Pictures are the other thing that may be lost at any time: what a process last saw (the floor), kept for a few
seconds for whoever draws it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol, Self

from callcenter.adapters.local_bus import BusCounts, LocalBus
from callcenter.messages import Message
from callcenter.records import JSON

__all__ = ["Bus", "BusCounts", "LocalBus", "open_bus"]


class Bus(Protocol):
    """Carries messages and pictures. Nothing here raises because Redis is away."""

    counts: BusCounts

    def publish(self, message: Message) -> None:
        """Send `message` to all subscribers, within some 10 ms; returns at once."""
        ...

    def subscribe(self, *kinds: type[Message]) -> AbstractAsyncContextManager[AsyncIterator[Message]]:
        """Receive messages of `kinds` (of all, if none is named) that are published from now on.

        `async with bus.subscribe(WaitChanged) as messages: async for message in messages: …`; ends with `close`.
        """
        ...

    async def put_picture(self, name: str, picture: JSON, ttl_s: float) -> None:
        """Keep `picture` under `name` for `ttl_s` seconds, in place of the one before."""
        ...

    async def picture(self, name: str) -> JSON | None:
        """Return the picture kept under `name`, to look at only; None if there is none, or no Redis."""
        ...

    async def check(self) -> str:
        """Describe the bus in one line; raise ConfigError with one line that says how to mend it."""
        ...

    async def close(self) -> None:
        """Send what is still queued (within a second) and end all subscriptions."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...


def open_bus(redis_url: str) -> Bus:
    """Return the bus at `redis_url` (redis://…, rediss://…, unix://…), or one within this process if it is empty.

    Connects when first used. Raises ConfigError if the URL cannot be read.
    """
    if not redis_url:
        return LocalBus()
    # The client is large, and a centre on one machine does without.
    from callcenter.adapters.redis_bus import RedisBus  # noqa: PLC0415

    return RedisBus(redis_url)
