"""Callers' places in flows and the way they took, kept for whoever comes back, for replay and for counting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, update

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.columns import clean, instant
from callcenter.adapters.store.rows import every, one, row_of, select_of, upsert
from callcenter.adapters.store.schema import sessions, visits
from callcenter.errors import NotFound
from callcenter.records import IvrSession, Visit

_SESSION = select_of(IvrSession, sessions).where(sessions.c.call_id == bindparam("key"))
_END_STAYS: Final = frozenset({"ended_at"})
_END = update(sessions).where(sessions.c.call_id == bindparam("key"))
_RECENT = (
    select_of(IvrSession, sessions)
    .where(
        sessions.c.flow == bindparam("of"),
        sessions.c.started_at >= bindparam("since"),
        sessions.c.started_at < bindparam("until"),
    )
    .order_by(sessions.c.started_at.desc(), sessions.c.call_id.desc())
    .limit(bindparam("most"))
)
_VISITS = select_of(Visit, visits).where(visits.c.call_id == bindparam("key")).order_by(visits.c.seq)


# Where the caller was last, they went on; a visit that has its exit is over. Written past SQLAlchemy, which costs as
# much again as SQLite for so many small rows: a call makes some ten visits, and 8 cost 0.14 ms of CPU instead of 0.3.
_ADD: Final = """
    INSERT INTO visits (call_id, seq, flow, version, node, exit, at) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (call_id, seq) DO UPDATE SET exit = excluded.exit WHERE visits.exit = ''"""
_VISIT: Final = {"sqlite": _ADD, "postgresql": _ADD.replace("?", "%s")}


class Sessions(Section):
    """IVR sessions and visits."""

    async def save_session(self, session: IvrSession, visits: Sequence[Visit] = ()) -> None:
        """Keep a caller's place in a flow, in place of the one before, and add to the visits of the call.

        A visit that is there already is not added again; one without an exit gets it. A session that has ended stays
        ended: of a caller who hung up in a queue the ivr may hear later than the acd.
        """
        rows = [_row(visit) for visit in visits]

        def work(db: Connection) -> None:
            upsert(db, sessions, row_of(session), fill=_END_STAYS)
            if rows:
                db.exec_driver_sql(_VISIT[db.dialect.name], rows)

        await self._access.write(work)

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

    async def recent_sessions(self, flow: str, since: datetime, until: datetime, limit: int) -> list[IvrSession]:
        """Return at most `limit` sessions that began in a flow from `since` to before `until`, newest first."""
        values = {"of": flow, "since": since, "until": until, "most": limit}
        return await self._access.read(lambda db: every(db, IvrSession, _RECENT, values))

    async def visits(self, call_id: str) -> list[Visit]:
        """Return the visits of a call, in order."""
        return await self._access.read(lambda db: every(db, Visit, _VISITS, {"key": call_id}))


def _row(visit: Visit) -> tuple[str | int, ...]:
    """Return a visit as both drivers take it; PostgreSQL reads the time from its text."""
    names = clean(visit.flow), visit.version, clean(visit.node), clean(visit.exit)
    return clean(visit.call_id), visit.seq, *names, instant(visit.at)
