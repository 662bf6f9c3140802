"""An ordered writer of records: nothing is lost while SQL is down, and nothing is written out of order."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from callcenter.errors import Conflict, NotFound, StoreError

T = TypeVar("T")

RETRY_S: Final = (0.2, 1.0, 5.0)  # then every 5 s
BACKLOG_ALARM: Final = 1_000


class OrderedWriter(Generic[T]):
    """Takes records at once and writes them one after the other with `write`, which must be safe to run again.

    A record the store refuses (NotFound, Conflict) is dropped with a line in the log.
    """

    def __init__(self, write: Callable[[T], Awaitable[None]], log: logging.Logger) -> None:
        self._once, self._log = write, log
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
        while self._due:
            await self._write(self._due[0])  # stays the first until it is written, whatever interrupts us
            self._due.popleft()

    async def _write(self, record: T) -> None:
        tries = 0
        while True:
            try:
                await self._once(record)
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
