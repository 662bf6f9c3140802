"""How work reaches a database: the contract both databases fulfil, and the part each section of the store has.

*Work* is a plain function from a connection to a result. It runs in one transaction and may be run again when a
connection was lost and with it the answer to a commit; so it changes nothing but the database.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, Final, NoReturn, Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")

# No caller may stand in silence longer than this because of SQL, and no writer of another process for longer.
LIMIT_S: Final = 5.0
# Counts for people, who wait for a month of a busy centre: a million visits take some 10 s.
COUNT_LIMIT_S: Final = 60.0


class Access(Protocol):
    """A database: readers beside each other, writes atomic and durable when `write` returns.

    Every method raises StoreError with one line. A cancelled caller does not undo a write already handed in.
    """

    where: str  # for people: which database this is, without its password

    async def read(self, work: Callable[[Connection], T], *, limit_s: float | None = None) -> T:
        """Run `work`, which only reads, beside all others. `limit_s`: give up later than usual."""
        ...

    async def write(self, work: Callable[[Connection], T], *, limit_s: float | None = None) -> T:
        """Run `work` in one transaction and return once its changes will survive a loss of power.

        `limit_s`: give up later than usual.
        """
        ...

    async def now(self) -> datetime:
        """Return the time all processes on this database share."""
        ...

    async def room(self) -> int | None:
        """Return the bytes free where the database lives, None where that cannot be known from here."""
        ...

    async def close(self) -> None: ...


class Inside:
    """An Access within one transaction of another: all of it is committed with that transaction, or nothing."""

    def __init__(self, db: Connection, where: str) -> None:
        self._db, self.where = db, where

    async def read(self, work: Callable[[Connection], T], *, limit_s: float | None = None) -> T:
        return work(self._db)

    async def write(self, work: Callable[[Connection], T], *, limit_s: float | None = None) -> T:
        return work(self._db)

    async def now(self) -> NoReturn:
        raise RuntimeError("ask for the time before the transaction")

    async def room(self) -> NoReturn:
        raise RuntimeError("not within a transaction")

    async def close(self) -> NoReturn:
        raise RuntimeError("not within a transaction")


def at_once(steps: Coroutine[Any, Any, T]) -> T:
    """Run `steps`, which never really wait, to their end. Raise RuntimeError if they do."""
    try:
        steps.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    steps.close()
    raise RuntimeError("within a transaction nothing but the store may be awaited")


class Section:
    """One part of the store's methods; the store is all of them on one database."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def _happened(self, work: Callable[[Connection], bool]) -> bool:
        """Write; return whether any run of `work` said that it changed something.

        A run that did and whose commit's answer was lost is followed by one that finds nothing left to do.
        """
        happened = False

        def remembering(db: Connection) -> bool:
            nonlocal happened
            happened = work(db) or happened
            return happened

        return await self._access.write(remembering)
