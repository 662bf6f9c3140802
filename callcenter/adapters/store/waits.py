"""Callers who wait for an agent, and their places in flows: what the ivr leaves for the acd and for itself."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, update

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.rows import every, one, row_of, select_of, upsert
from callcenter.adapters.store.schema import sessions, waiting
from callcenter.errors import NotFound
from callcenter.records import IvrSession, Waiting

_WAITING = select_of(Waiting, waiting).where(waiting.c.call_id == bindparam("key"))
_ALL_WAITING = select_of(Waiting, waiting).order_by(waiting.c.priority.desc(), waiting.c.since, waiting.c.call_id)
_GONE = delete(waiting).where(waiting.c.call_id == bindparam("key"))
_SESSION = select_of(IvrSession, sessions).where(sessions.c.call_id == bindparam("key"))
_END = update(sessions).where(sessions.c.call_id == bindparam("key"))
_KEEP_SINCE: Final = frozenset({"since"})


class Waits(Section):
    """Waiting callers and IVR sessions."""

    async def put_waiting(self, caller: Waiting) -> None:
        """Let a caller wait, or change how; whoever waits already keeps the `since` of the first time."""
        await self._access.write(lambda db: upsert(db, waiting, row_of(caller), keep=_KEEP_SINCE))

    async def waiting(self, call_id: str) -> Waiting | None:
        return await self._access.read(lambda db: one(db, Waiting, _WAITING, {"key": call_id}))

    async def all_waiting(self) -> list[Waiting]:
        """Return everybody who waits: by priority, then by time."""
        return await self._access.read(lambda db: every(db, Waiting, _ALL_WAITING))

    async def delete_waiting(self, call_id: str) -> bool:
        """End a caller's wait; return whether there was one."""
        return await self._happened(lambda db: db.execute(_GONE, {"key": call_id}).rowcount == 1)

    async def save_session(self, session: IvrSession) -> None:
        """Keep a caller's place in a flow, in place of the one before."""
        await self._access.write(lambda db: upsert(db, sessions, row_of(session)))

    async def session(self, call_id: str) -> IvrSession | None:
        return await self._access.read(lambda db: one(db, IvrSession, _SESSION, {"key": call_id}))

    async def end_session(self, call_id: str, now: datetime) -> None:
        """Say that a session ended; the first end stays. Raise NotFound."""

        def work(db: Connection) -> None:
            found = one(db, IvrSession, _SESSION, {"key": call_id})
            if found is None:
                raise NotFound(f"no session of call {call_id!r}")
            if found.ended_at is None:
                db.execute(_END, {"key": call_id, "ended_at": now})

        await self._access.write(work)
