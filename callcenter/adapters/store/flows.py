"""Flows: every version published stays as it was, so that a call ends in the version it began in."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.columns import canonical
from callcenter.adapters.store.rows import every, insert_once, one, row_of, select_of
from callcenter.adapters.store.schema import flows
from callcenter.errors import Conflict
from callcenter.records import JSON, StoredFlow

_VERSION = select_of(StoredFlow, flows).where(
    flows.c.name == bindparam("name"), flows.c.version == bindparam("version")
)
_NEWEST = (
    select_of(StoredFlow, flows).where(flows.c.name == bindparam("name")).order_by(flows.c.version.desc()).limit(1)
)
_LAST = select(flows.c.name, func.max(flows.c.version).label("version")).group_by(flows.c.name).subquery()
_ALL = (
    select_of(StoredFlow, flows)
    .join(_LAST, (flows.c.name == _LAST.c.name) & (flows.c.version == _LAST.c.version))
    .order_by(flows.c.name)
)

# Another author may take the version we were about to use; each turn of this loop somebody has published.
_TURNS: Final = 10


class Flows(Section):
    """Published flows; the newest version of a name is the one new calls enter."""

    async def publish_flow(self, name: str, body: JSON, author: str, message: str, now: datetime) -> int:
        """Publish `body` and return its version, counted from 1; a body equal to the newest is not published again.

        Raises Conflict when many others publish the same flow at this moment.
        """

        def work(db: Connection) -> int:
            for _ in range(_TURNS):
                newest = one(db, StoredFlow, _NEWEST, {"name": name})
                if newest is not None and canonical(newest.body) == canonical(body):
                    return newest.version
                flow = StoredFlow(
                    name=name,
                    version=1 if newest is None else newest.version + 1,
                    body=body,
                    author=author,
                    message=message,
                    created_at=now,
                )
                if insert_once(db, flows, row_of(flow)):
                    return flow.version
            raise Conflict(f"flow {name!r} is being published by somebody else; look at it and try again")

        return await self._access.write(work)

    async def flow(self, name: str, version: int | None = None) -> StoredFlow | None:
        """Return a version of a flow, the newest by default, or None."""
        if version is None:
            return await self._access.read(lambda db: one(db, StoredFlow, _NEWEST, {"name": name}))
        return await self._access.read(lambda db: one(db, StoredFlow, _VERSION, {"name": name, "version": version}))

    async def flows(self) -> list[StoredFlow]:
        """Return the newest version of each flow, by name."""
        return await self._access.read(lambda db: every(db, StoredFlow, _ALL))
