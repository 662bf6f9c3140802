"""Emergency closure, leases and what services say of themselves: who may act, and whether they do."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.rows import every, insert_into, one, row_of, select_of, upsert
from callcenter.adapters.store.schema import closures, leases, service_states
from callcenter.records import Closure, Lease, ServiceState

_CLOSURE = select_of(Closure, closures)
_LEASE = select_of(Lease, leases).where(leases.c.name == bindparam("key"))
_SERVICE = select_of(ServiceState, service_states).where(service_states.c.name == bindparam("key"))
_SERVICES = select_of(ServiceState, service_states).order_by(service_states.c.name)
_RELEASE = delete(leases).where(leases.c.name == bindparam("key"), leases.c.holder == bindparam("of"))
_ONLY_ROW: Final = {"id": 1}


@cache
def _acquire(dialect: str) -> Any:
    insert = insert_into(dialect, leases)
    free = (leases.c.holder == insert.excluded.holder) | (
        leases.c.until <= bindparam("instant", type_=leases.c.until.type)
    )
    return insert.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": insert.excluded.holder, "until": insert.excluded.until},
        where=free,
    ).returning(leases.c.holder)


class Control(Section):
    """What all processes of a centre must agree on."""

    async def set_closure(self, closure: Closure | None) -> None:
        """Close the centre, or open it again with None."""

        def work(db: Connection) -> None:
            if closure is None:
                db.execute(delete(closures))
            else:
                upsert(db, closures, {**_ONLY_ROW, **row_of(closure)})

        await self._access.write(work)

    async def closure(self) -> Closure | None:
        """Return the closure in force, or None."""
        return await self._access.read(lambda db: one(db, Closure, _CLOSURE, {}))

    async def acquire_lease(self, name: str, holder: str, ttl: timedelta, now: datetime) -> bool:
        """Take or renew a lease until `now` + `ttl`; return whether `holder` has it. `now` is the store's `now()`.

        Somebody else's lease can be taken from the instant it ends.
        """
        row = {"name": name, "holder": holder, "until": now + ttl, "instant": now}

        def work(db: Connection) -> bool:
            return db.execute(_acquire(db.dialect.name), row).one_or_none() is not None

        return await self._access.write(work)

    async def release_lease(self, name: str, holder: str) -> None:
        """Give a lease back; somebody else's is left alone."""
        await self._access.write(lambda db: db.execute(_RELEASE, {"key": name, "of": holder}).rowcount)

    async def lease(self, name: str) -> Lease | None:
        """Return a lease as last taken, also when it has run out."""
        return await self._access.read(lambda db: one(db, Lease, _LEASE, {"key": name}))

    async def put_service_state(self, state: ServiceState) -> None:
        """Keep what a service says of itself, in place of what it said before."""
        await self._access.write(lambda db: upsert(db, service_states, row_of(state)))

    async def service_state(self, name: str) -> ServiceState | None:
        return await self._access.read(lambda db: one(db, ServiceState, _SERVICE, {"key": name}))

    async def service_states(self) -> list[ServiceState]:
        """Return what every service said last, by name."""
        return await self._access.read(lambda db: every(db, ServiceState, _SERVICES))
