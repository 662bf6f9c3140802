"""An ordered writer of records: nothing is lost while SQL is down, and nothing is written out of order."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import Final, Generic, TypeVar

from callcenter.errors import Conflict, NotFound, StoreError

T = TypeVar("T")

RETRY_S: Final = (0.2, 1.0, 5.0)  # then every 5 s
BACKLOG_ALARM: Final = 1_000
# What follows a record within this time is written with it: most happenings come in a burst, and a commit costs as
# much as four records.
GATHER_S: Final = 0.03
TOGETHER: Final = 100


class OrderedWriter(Generic[T]):
    """Takes records at once and writes them in order, those of a moment together.

    `write` writes some records, best in one commit, and must be safe to run again: if it fails, they are written one
    by one. A record the store refuses (NotFound, Conflict) is dropped with a line in the log.
    """

    def __init__(self, write: Callable[[Sequence[T]], Awaitable[None]], log: logging.Logger) -> None:
        self._write, self._log = write, log
        self._due: deque[T] = deque()
        self._some = asyncio.Event()

    @property
    def backlog(self) -> int:
        """Records that wait to be written."""
        return len(self._due)

    def put(self, record: T) -> None:
        self._due.append(record)
        self._some.set()
        if len(self._due) % BACKLOG_ALARM == 0:
            self._log.error("%d records wait for the store", len(self._due))

    async def run(self) -> None:
        while True:
            await self._some.wait()
            await asyncio.sleep(GATHER_S)
            await self._write_all()
            self._some.clear()

    async def flush(self, limit_s: float) -> None:
        """Write what is left when `run` has been cancelled, for at most `limit_s`."""
        try:
            async with asyncio.timeout(limit_s):
                await self._write_all()
        except TimeoutError:
            self._log.error("%d records are not written; the next start takes them from Asterisk", len(self._due))

    async def _write_all(self) -> None:
        """What is being written stays in the queue until it is, whatever interrupts us."""
        while self._due:
            records = list(islice(self._due, TOGETHER))
            if len(records) > 1 and await self._write_together(records):
                self._done(len(records))
                continue
            for record in records:
                await self._write_one(record)
                self._done(1)

    async def _write_together(self, records: Sequence[T]) -> bool:
        """Write `records` at once; return False if they must go one by one, to see which of them cannot be written."""
        try:
            await self._write(records)
        except (NotFound, Conflict, StoreError) as error:
            self._log.info("%d records are written one by one: %s", len(records), error)
            return False
        return True

    async def _write_one(self, record: T) -> None:
        tries = 0
        while True:
            try:
                await self._write([record])
            except (NotFound, Conflict) as error:
                self._log.error("%s dropped: %s", type(record).__name__, error)
                return
            except StoreError as error:
                wait_s = RETRY_S[min(tries, len(RETRY_S) - 1)]
                self._log.error("%s not written, again in %s s: %s", type(record).__name__, wait_s, error)
                tries += 1
                await asyncio.sleep(wait_s)
            else:
                return

    def _done(self, count: int) -> None:
        for _ in range(count):
            self._due.popleft()
