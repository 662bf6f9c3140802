"""PostgreSQL, for several processes or machines: psycopg's async connections, one transaction per piece of work.

A lost connection leaves a commit's fate unknown. Work is therefore written so that running it again finds its own
trace (a key, or an id made by the client), and is run again on a new connection for about as long as a crashed
server needs to recover; after that the caller gets StoreError and decides.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from callcenter.adapters.store.access import LIMIT_S
from callcenter.adapters.store.faults import explain, may_retry
from callcenter.errors import StoreError

T = TypeVar("T")

CONNECTIONS: Final = 8
# Pauses before work is tried again; each is stretched by up to a half, so that processes do not come back in step.
RETRY_AFTER_S: Final = (0.0, 0.1, 0.3, 0.8)


class Postgresql:
    """One PostgreSQL database. Nothing here waits longer than `limit_s`, not even for a frozen server."""

    def __init__(self, url: URL, *, limit_s: float = LIMIT_S) -> None:
        place = url.host or url.query.get("host") or "localhost"
        self.where = f"PostgreSQL {url.database or ''} on {place}"
        self._limit_s = limit_s
        # Milliseconds; the server gives up before we do, so that it does not go on with what nobody waits for.
        server_limit = round(limit_s * 900)
        self._engine = create_async_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=CONNECTIONS,
            max_overflow=CONNECTIONS,
            pool_timeout=limit_s / 2,
            connect_args={
                "connect_timeout": 2,  # seconds, the least libpq takes
                "application_name": "callcenter",
                "options": f"-c timezone=UTC -c statement_timeout={server_limit} -c lock_timeout={server_limit}",
            },
        )
        self._reading = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._running: set[asyncio.Task[Any]] = set()

    async def read(self, work: Callable[[Connection], T], *, limit_s: float | None = None) -> T:
        if limit_s is None:
            return await self._bounded(lambda: self._run_reading(work), self._limit_s)
        milliseconds = round(limit_s * 900)

        def patiently(db: Connection) -> T:
            # Until the transaction ends; as everywhere the server gives up before we do.
            db.execute(text(f"SET LOCAL statement_timeout = {milliseconds}"))
            return work(db)

        return await self._bounded(lambda: self._run_writing(patiently), limit_s)

    async def write(self, work: Callable[[Connection], T], *, limit_s: float | None = None) -> T:
        return await self._bounded(lambda: self._run_writing(work), limit_s or self._limit_s)

    async def now(self) -> datetime:
        """Return the server's time."""
        found: datetime = await self.read(lambda db: db.execute(text("SELECT clock_timestamp()")).scalar_one())
        return found.astimezone(UTC)

    async def room(self) -> None:
        return None

    async def close(self) -> None:
        if self._running:
            await asyncio.wait(self._running, timeout=self._limit_s)
        await self._engine.dispose()

    async def _run_reading(self, work: Callable[[Connection], T]) -> T:
        async with self._reading.connect() as db:
            return await db.run_sync(work)

    async def _run_writing(self, work: Callable[[Connection], T]) -> T:
        async with self._engine.begin() as db:
            return await db.run_sync(work)

    async def _bounded(self, run: Callable[[], Awaitable[T]], limit_s: float) -> T:
        """Run in a task of its own: a caller that is cancelled does not tear a write in two.

        Nor does a caller wait for psycopg's own clean-up, which tries for 10 s more to reach a frozen server.
        """
        task = asyncio.create_task(self._retried(run), name="store")
        self._running.add(task)
        task.add_done_callback(self._done)
        stop = asyncio.get_running_loop().call_later(limit_s, task.cancel)
        task.add_done_callback(lambda _: stop.cancel())
        done, _ = await asyncio.wait({task}, timeout=limit_s)
        if not done or task.cancelled():
            raise StoreError(f"{self.where}: no answer within {limit_s:g} s; whether the change was made is unknown")
        return task.result()

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen, even if nobody waits any more

    async def _retried(self, run: Callable[[], Awaitable[T]]) -> T:
        for pause in (*RETRY_AFTER_S, None):
            try:
                return await run()
            except SQLAlchemyError as error:
                if pause is None or not may_retry(error):
                    raise explain(error, self.where) from error
            await asyncio.sleep(pause * random.uniform(1, 1.5))
        raise AssertionError("unreachable")
