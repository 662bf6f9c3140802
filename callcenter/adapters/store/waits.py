"""Callers who wait for an agent: what the ivr leaves for the acd."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, delete

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.rows import every, one, row_of, select_of, upsert
from callcenter.adapters.store.schema import waiting
from callcenter.records import Waiting

_WAITING = select_of(Waiting, waiting).where(waiting.c.call_id == bindparam("key"))
_ALL_WAITING = select_of(Waiting, waiting).order_by(waiting.c.priority.desc(), waiting.c.since, waiting.c.call_id)
_GONE = delete(waiting).where(waiting.c.call_id == bindparam("key"))
_KEEP_SINCE: Final = frozenset({"since"})


class Waits(Section):
    """Waiting callers."""

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
