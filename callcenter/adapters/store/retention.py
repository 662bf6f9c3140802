"""What may be deleted: versions of flows that nothing and nobody can come back to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, bindparam, delete, select, text

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.rows import insert_once
from callcenter.adapters.store.schema import audits, callbacks, flow_aliases, flows, sessions

_Key = tuple[str, int]

_VERSIONS = select(flows.c.name, flows.c.version, flows.c.created_at, flows.c.left_at).order_by(
    flows.c.name, flows.c.version.desc()
)
# Whoever moves an alias takes its row before anything else; reading goes on.
_HOLD_ALIASES = text("LOCK TABLE flow_aliases IN EXCLUSIVE MODE")
_ALIASES = select(flow_aliases.c.flow, flow_aliases.c.version)
_SESSIONS = select(sessions.c.flow, sessions.c.version, sessions.c.versions).where(sessions.c.ended_at.is_(None))
_CALLBACKS = select(callbacks.c.flow, callbacks.c.version).where(callbacks.c.ended_at.is_(None))
_DELETE = delete(flows).where(flows.c.name == bindparam("of"), flows.c.version == bindparam("number"))


class Retention(Section):
    """The end of what is old."""

    async def prune_flows(self, now: datetime, by: str, *, keep_last: int, keep_for: timedelta) -> list[_Key]:
        """Delete versions of flows nobody can come back to; return them as (flow, version). Noted in the audit log.

        Kept are the newest `keep_last` of each flow (one at least), whatever was published or pointed to by an alias
        within `keep_for` (longer than any call), and what an alias, a session or a callback that is not over refers to.
        """
        step = uuid4().hex
        deleted: set[_Key] = set()

        def work(db: Connection) -> None:
            old = set(_old(db.execute(_VERSIONS), now - keep_for, max(keep_last, 1))) - _referred_to(db)
            if not old:
                return
            if db.dialect.name == "postgresql":
                db.execute(_HOLD_ALIASES)
            # Looked at again: what somebody pointed to while we waited for them is seen now, and nobody moves any more.
            gone = sorted(old - _referred_to(db))
            if gone:
                db.execute(_DELETE, [{"of": flow, "number": version} for flow, version in gone])
                told = ", ".join(f"{flow} {version}" for flow, version in gone)
                insert_once(db, audits, {"id": step, "who": by, "what": "flow", "detail": f"deleted {told}", "at": now})
            deleted.update(gone)

        await self._access.write(work)
        return sorted(deleted)


def _old(rows: Iterable[Any], before: datetime, keep_last: int) -> Iterator[_Key]:
    """Yield the versions of each flow that are neither among its newest nor in use since `before`."""
    newer: dict[str, int] = defaultdict(int)
    for row in rows:
        newer[row.name] += 1
        if newer[row.name] > keep_last and max(row.created_at, row.left_at or row.created_at) < before:
            yield row.name, row.version


def _referred_to(db: Connection) -> set[_Key]:
    keys = {(row.flow, row.version) for statement in (_ALIASES, _CALLBACKS) for row in db.execute(statement)}
    for row in db.execute(_SESSIONS):
        keys.add((row.flow, row.version))
        keys.update(row.versions.items())
    return keys
