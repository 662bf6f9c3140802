"""The store: everything that must survive, on SQLite or PostgreSQL, with the same methods and the same tests."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from uuid import uuid4

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import ArgumentError

from callcenter.adapters.store import upgrade
from callcenter.adapters.store.access import LIMIT_S, Access, Inside, at_once
from callcenter.adapters.store.callbacks import Callbacks
from callcenter.adapters.store.callers import Callers
from callcenter.adapters.store.calls import Calls
from callcenter.adapters.store.campaigns import Campaigns
from callcenter.adapters.store.centre import Centre
from callcenter.adapters.store.control import Control
from callcenter.adapters.store.debts import Debts
from callcenter.adapters.store.decisions import Decisions
from callcenter.adapters.store.dnc import Dnc
from callcenter.adapters.store.drafts import Drafts
from callcenter.adapters.store.faults import NO_SCHEMA
from callcenter.adapters.store.flows import Flows
from callcenter.adapters.store.journal import Journal
from callcenter.adapters.store.lead_lists import LeadLists
from callcenter.adapters.store.ledger import Ledger
from callcenter.adapters.store.notices import Notices
from callcenter.adapters.store.people import People
from callcenter.adapters.store.retention import Retention
from callcenter.adapters.store.samples import Samples
from callcenter.adapters.store.scorers import Scorers
from callcenter.adapters.store.sessions import Sessions
from callcenter.adapters.store.sqlite import Sqlite
from callcenter.adapters.store.traffic import Heatmap
from callcenter.adapters.store.trials import Trials
from callcenter.adapters.store.voicemails import Consents, Surveys, Voicemails
from callcenter.adapters.store.waits import Waits
from callcenter.errors import ConfigError, StoreError

T = TypeVar("T")

MIGRATION_LIMIT_S: Final = 600.0
# Below this `check` complains: a day of a busy centre, and room to fold the write-ahead log into the file.
LOW_ROOM: Final = 200 * 1024 * 1024


class Store(
    Centre,
    Flows,
    Drafts,
    Trials,
    Retention,
    Sessions,
    Heatmap,
    Callers,
    Calls,
    Waits,
    Journal,
    Control,
    Campaigns,
    LeadLists,
    Dnc,
    Ledger,
    Decisions,
    Samples,
    Scorers,
    Debts,
    Callbacks,
    Voicemails,
    Surveys,
    Consents,
    Notices,
    People,
):
    """One database. Every method raises StoreError, with one line, when SQL fails or is unreachable.

    When a method returns, what it changed survives a loss of power. Methods that change may be called again after
    a StoreError: what was done already is not done twice (two log entries with the same content excepted).
    """

    @classmethod
    async def open(cls, url: str, *, limit_s: float = LIMIT_S) -> Store:
        """Return the store at `url`: `sqlite:///file` or `postgresql://user:password@host/database`.

        `limit_s`: how long a server may take to answer. Nothing is connected yet, so that a process can start before
        its database. Raises ConfigError.
        """
        return cls(_access(url, limit_s))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Finish what was handed in and close all connections."""
        await self._access.close()

    async def together(self, steps: Callable[[Store], Coroutine[Any, Any, T]]) -> T:
        """Take `steps` in one transaction, on the store they are given: all of them or, if one raises, none.

        They are *work* (see `access`): they await nothing else, change nothing else, and may be run again after a
        lost connection; so what makes a change recognizable, such as an id, is made before.
        """

        def work(db: Connection) -> T:
            return at_once(steps(Store(Inside(db, self._access.where))))

        return await self._access.write(work)

    async def look(self, steps: Callable[[Store], Coroutine[Any, Any, T]]) -> T:
        """Take `steps`, which only read, one after the other without a way back here in between; see `together`."""
        return await self._access.read(lambda db: at_once(steps(Store(Inside(db, self._access.where)))))

    async def now(self) -> datetime:
        """Return the time that counts for leases: the database server's, on SQLite this machine's."""
        return await self._access.now()

    async def migrate(self) -> str:
        """Bring the schema up to date (make it, if there is none) and return its version.

        May be called by several processes at once. A schema newer than this program is left as it is.
        """
        return await self._access.write(upgrade.migrate, limit_s=MIGRATION_LIMIT_S)

    async def check(self) -> str:
        """Try the store and describe it in one line; raise StoreError with one line that says how to mend it."""
        where = self._access.where
        version = await self._access.read(upgrade.current)
        if version is None or version in upgrade.revisions()[1:]:
            raise StoreError(f"{where}: {NO_SCHEMA} (it has {version or 'none'}, wanted {upgrade.revisions()[0]})")
        probe = f"check-{uuid4().hex}"
        await self.acquire_lease(probe, probe, timedelta(seconds=1), await self.now())
        await self.release_lease(probe, probe)
        room = await self._access.room()
        if room is not None and room < LOW_ROOM:
            raise StoreError(f"{where}: only {room // 1024**2} MB free on its disk: make room")
        return f"{where}: schema {version}, writable"


def _access(url: str, limit_s: float) -> Access:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError("the database URL cannot be read; write sqlite:///file or postgresql://…") from None
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and parsed.database != ":memory:" and not parsed.database.startswith("file:"):
            return Sqlite(Path(parsed.database))
        case "sqlite":
            raise ConfigError("the database URL names no file; write sqlite:////var/lib/callcenter/callcenter.db")
        case "postgresql":
            # With it comes half of SQLAlchemy, which a centre on SQLite does without.
            from callcenter.adapters.store.postgres import Postgresql  # noqa: PLC0415

            return Postgresql(parsed, limit_s=limit_s)
        case other:
            raise ConfigError(f"the database URL is for {other!r}; write sqlite:///file or postgresql://…")
