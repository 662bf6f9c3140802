"""Notices to be sent, ways to send them that fail as told, and a sender that runs, for tests."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from callcenter.adapters.store import Store
from callcenter.care import Notice, NoticeKind
from callcenter.errors import StoreError
from ivr.service.notices import NoticePolicy, Notices, Way
from tests.doubles import START, Clock

HASTE = NoticePolicy(look_every_s=0.01, send_s=1.0, note_s=(0.0, 0.0), drain_s=1.0)
DAY = timedelta(days=1)


class Outbox:
    """The real store on a clock of ours. It tells what was noted, and fails as often as it is told to."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self.noted: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self.looked: asyncio.Queue[int] = asyncio.Queue()
        self.broken = 0  # calls that still fail
        self.mended = asyncio.Event()

    async def now(self) -> datetime:
        return self.clock()

    async def claim_notices(self, now: datetime, limit: int, lease: timedelta) -> list[Notice]:
        self._fail()
        claimed = await self.store.claim_notices(now, limit, lease)
        self.looked.put_nowait(len(claimed))
        return claimed

    async def notice_sent(self, notice: str, now: datetime) -> bool:
        self._fail()
        new = await self.store.notice_sent(notice, now)
        self.noted.put_nowait(("sent", notice))
        return new

    async def notice_failed(self, notice: Notice, error: str, due_at: datetime | None) -> bool:
        self._fail()
        new = await self.store.notice_failed(notice, error, due_at)
        self.noted.put_nowait(("failed" if due_at else "given up", notice.id))
        return new

    async def forget_notices(self, before: datetime) -> int:
        return await self.store.forget_notices(before)

    async def audit(self, who: str, what: str, detail: str, now: datetime) -> None:
        await self.store.audit(who, what, detail, now)

    def _fail(self) -> None:
        if self.broken:
            self.broken -= 1
            if not self.broken:
                self.mended.set()
            raise StoreError("SQL is down")


class Post:
    """A way to the outside that fails as often as it is told to, and keeps what it took."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.tried: list[str] = []
        self.under_way = self.most = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.began = asyncio.Event()
        self.three = asyncio.Event()

    async def deliver(self, notice: Notice) -> None:
        self.tried.append(notice.id)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        self.began.set()
        if self.under_way == 3:
            self.three.set()
        try:
            await self.gate.wait()
        finally:
            self.under_way -= 1
        if self.errors:
            raise self.errors.pop(0)


def notice(number: int = 1, **change: object) -> Notice:
    made = Notice(id=f"n{number:02}", kind=NoticeKind.SMTP, target="s@example.com", body={"text": "x"}, due_at=START)
    return replace(made, **change)  # type: ignore[arg-type]


@asynccontextmanager
async def running(outbox: Outbox, ways: Mapping[NoticeKind, Way] | Way, **change: object) -> AsyncIterator[Notices]:
    ways = ways if isinstance(ways, Mapping) else {NoticeKind.SMTP: ways}
    notices = Notices(outbox, ways, random.Random(1), replace(HASTE, **change))  # type: ignore[arg-type]
    task = asyncio.create_task(notices.run())
    try:
        yield notices
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def noted(outbox: Outbox, count: int = 1) -> list[tuple[str, str]]:
    async with asyncio.timeout(10):
        return [await outbox.noted.get() for _ in range(count)]


async def looked(outbox: Outbox, times: int = 2) -> list[int]:
    """Let it look so many times more."""
    while not outbox.looked.empty():
        outbox.looked.get_nowait()
    async with asyncio.timeout(10):
        return [await outbox.looked.get() for _ in range(times)]


async def stored(outbox: Outbox, key: str = "n01") -> Notice:
    found = await outbox.store.notice(key)
    assert found is not None
    return found
