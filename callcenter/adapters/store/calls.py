"""Call and leg records: what happened on the phones. The acd is their only writer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Unpack
from uuid import uuid4

from sqlalchemy import Connection, bindparam, select, update

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.rows import every, insert_once, one, row_of, select_of, upsert
from callcenter.adapters.store.schema import calls, legs
from callcenter.errors import NotFound
from callcenter.records import CallChange, CallRecord, LegRecord, Outcome

CHANGEABLE: Final = frozenset(CallChange.__annotations__)

_CALL = select_of(CallRecord, calls).where(calls.c.id == bindparam("key"))
_OPEN = select_of(CallRecord, calls).where(calls.c.ended_at.is_(None)).order_by(calls.c.started_at, calls.c.id)
_BETWEEN = (
    select_of(CallRecord, calls)
    .where(calls.c.started_at >= bindparam("since"), calls.c.started_at < bindparam("until"))
    .order_by(calls.c.started_at.desc(), calls.c.id.desc())
    .limit(bindparam("limit"))
)
_CHANGE = update(calls).where(calls.c.id == bindparam("key"))
_CLOSE = _CHANGE.where(calls.c.ended_at.is_(None))
_CLOSED_BY = select(calls.c.close_id).where(calls.c.id == bindparam("key"))
_LEGS = select_of(LegRecord, legs).where(legs.c.call_id == bindparam("key")).order_by(legs.c.started_at, legs.c.id)
# What we once knew about a leg we do not forget because a later event did not say it.
_KNOWN_OF_LEG: Final = frozenset({"answered_at", "ended_at", "agent", "cause"})


class Calls(Section):
    """Calls and their legs."""

    async def open_call(self, call: CallRecord) -> bool:
        """Record a call; return whether it is new. A call already there stays as it is."""
        return await self._happened(lambda db: insert_once(db, calls, row_of(call)))

    async def update_call(self, call_id: str, **changes: Unpack[CallChange]) -> None:
        """Change what is known about a call; raise NotFound. How it ended is `close_call`'s to say."""
        if unknown := changes.keys() - CHANGEABLE:
            raise TypeError(f"a call has no changeable {', '.join(sorted(unknown))}")
        if changes:
            await self._access.write(lambda db: _change(db, call_id, changes))

    async def close_call(self, call_id: str, ended_at: datetime, outcome: Outcome, cause: int | None) -> bool:
        """End a call; only the first close counts, and only it returns True. Raise NotFound.

        `cause`: Q.850 hangup cause of the caller's leg.
        """
        close_id = uuid4().hex
        row = {"key": call_id, "ended_at": ended_at, "outcome": outcome, "cause": cause, "close_id": close_id}

        def work(db: Connection) -> bool:
            if db.execute(_CLOSE, row).rowcount == 1:
                return True
            closed_by = db.execute(_CLOSED_BY, {"key": call_id}).one_or_none()
            if closed_by is None:
                raise NotFound(f"no call {call_id!r}")
            # Ours already: the first run was committed and its answer lost.
            return bool(closed_by.close_id == close_id)

        return await self._access.write(work)

    async def call(self, call_id: str) -> CallRecord | None:
        return await self._access.read(lambda db: one(db, CallRecord, _CALL, {"key": call_id}))

    async def open_calls(self) -> list[CallRecord]:
        """Return the calls without an end, oldest first."""
        return await self._access.read(lambda db: every(db, CallRecord, _OPEN))

    async def calls(self, since: datetime, until: datetime, limit: int) -> list[CallRecord]:
        """Return at most `limit` calls that started from `since` to before `until`, newest first."""
        values = {"since": since, "until": until, "limit": limit}
        return await self._access.read(lambda db: every(db, CallRecord, _BETWEEN, values))

    async def record_leg(self, leg: LegRecord) -> None:
        """Record a leg or what is new about it; a field that says None leaves what is known."""
        await self._access.write(lambda db: upsert(db, legs, row_of(leg), fill=_KNOWN_OF_LEG))

    async def legs(self, call_id: str) -> list[LegRecord]:
        """Return a call's legs in the order they started."""
        return await self._access.read(lambda db: every(db, LegRecord, _LEGS, {"key": call_id}))


def _change(db: Connection, call_id: str, changes: Mapping[str, object]) -> None:
    if db.execute(_CHANGE, {"key": call_id, **changes}).rowcount == 0:
        raise NotFound(f"no call {call_id!r}")
