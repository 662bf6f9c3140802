"""Flows: every version published stays as it was, so that a call ends in the version it began in.

An alias is a name for a version: callers enter what the alias of their number points to. Publishing and rollback move
one, in the transaction that also notes who did it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, bindparam, func, select, update

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.columns import canonical
from callcenter.adapters.store.rows import every, insert_once, one, row_of, select_of
from callcenter.adapters.store.schema import audits, flow_aliases, flows, numbers
from callcenter.errors import Conflict, NotFound
from callcenter.records import LIVE, AliasMove, Entrance, FlowAlias, FlowVersion, Number, Publication, StoredFlow

_NAME = flows.c.name == bindparam("name")
_VERSION = select_of(StoredFlow, flows).where(_NAME, flows.c.version == bindparam("version"))
_NEWEST = select_of(StoredFlow, flows).where(_NAME).order_by(flows.c.version.desc()).limit(1)
_ALIASED = (
    select_of(StoredFlow, flows)
    .join(flow_aliases, (flow_aliases.c.flow == flows.c.name) & (flow_aliases.c.version == flows.c.version))
    .where(_NAME, flow_aliases.c.alias == bindparam("alias"))
)
_ALL_ALIASED = (
    select_of(StoredFlow, flows)
    .join(flow_aliases, (flow_aliases.c.flow == flows.c.name) & (flow_aliases.c.version == flows.c.version))
    .where(flow_aliases.c.alias == bindparam("alias"))
    .order_by(flows.c.name)
)
_LAST = select(flows.c.name, func.max(flows.c.version).label("version")).group_by(flows.c.name).subquery()
_ALL = (
    select_of(StoredFlow, flows)
    .join(_LAST, (flows.c.name == _LAST.c.name) & (flows.c.version == _LAST.c.version))
    .order_by(flows.c.name)
)
_VERSIONS = (
    select(flows.c.name, flows.c.version, flows.c.author, flows.c.message, flows.c.created_at)
    .where(_NAME)
    .order_by(flows.c.version.desc())
)
_NEWEST_ONES = (
    select(flows.c.name, flows.c.version, flows.c.author, flows.c.message, flows.c.created_at)
    .join(_LAST, (flows.c.name == _LAST.c.name) & (flows.c.version == _LAST.c.version))
    .order_by(flows.c.name)
)
_BESIDE = update(flows).where(flows.c.name == bindparam("of"), flows.c.version == bindparam("number"))
_LEAVE = _BESIDE.values(left_at=bindparam("now"))
_THERE = select(flows.c.version).where(_NAME, flows.c.version == bindparam("version"))

_ALIASES = select_of(FlowAlias, flow_aliases).order_by(flow_aliases.c.flow, flow_aliases.c.alias)
_ALIASES_OF = _ALIASES.where(flow_aliases.c.flow == bindparam("flow"))
_THIS_ALIAS = (flow_aliases.c.flow == bindparam("of"), flow_aliases.c.alias == bindparam("named"))
_POINTS_TO = select(flow_aliases.c.version, flow_aliases.c.by, flow_aliases.c.at).where(*_THIS_ALIAS).with_for_update()
_POINT = update(flow_aliases).where(*_THIS_ALIAS)
_UNDER = select(flow_aliases.c.flow, flow_aliases.c.alias, flow_aliases.c.version).where(
    flow_aliases.c.alias.in_([bindparam("alias"), LIVE])
)
_ENTRANCE = (
    select(*select_of(Number, numbers).selected_columns, flow_aliases.c.flow.label("of"), flow_aliases.c.version)
    .add_columns(flow_aliases.c.alias.label("under"))
    .outerjoin(flow_aliases, flow_aliases.c.alias.in_([numbers.c.alias, LIVE]))
    .where(numbers.c.did.in_([bindparam("did"), bindparam("e164")]), numbers.c.active)
)

# Another author may take the version we were about to use; each turn of this loop somebody has published.
_TURNS: Final = 10


class Flows(Section):
    """Published flows and the aliases that say which of them callers hear."""

    async def publish_flow(self, publication: Publication, now: datetime) -> int:
        """Publish a flow, have its alias point there, and return the version, counted from 1; noted in the audit log.

        A body equal to the newest is not published again: that version takes over layout and tests, and the alias.
        Raises Conflict if the alias is not where it is expected, or when many others publish the flow at this moment.
        """
        return (await self.publish_flows([publication], now))[0]

    async def publish_flows(self, publications: Sequence[Publication], now: datetime) -> list[int]:
        """Publish several flows at once, all of them or none; return their versions. Otherwise as `publish_flow`."""
        notes = [uuid4().hex for _ in publications]
        return await self._access.write(
            lambda db: [_publish(db, one, now, note) for one, note in zip(publications, notes, strict=True)]
        )

    async def move_alias(self, move: AliasMove, now: datetime) -> bool:
        """Have an alias point to another version, noted in the audit log; return whether it did not before.

        Raises NotFound if there is no such version, Conflict if the alias is not where `move` expects it.
        """
        note = uuid4().hex

        def work(db: Connection) -> bool:
            # First the alias, which whoever deletes versions has until they are gone.
            db.execute(_POINTS_TO, {"of": move.flow, "named": move.alias}).close()
            if db.execute(_THERE, {"name": move.flow, "version": move.version}).one_or_none() is None:
                raise NotFound(f"flow {move.flow!r} has no version {move.version}")
            before = _point(db, move, now)
            if before == move.version:
                return False
            _note(db, move.by, f"{move.flow}: {move.alias} {before or 'none'} -> {move.version}", now, note)
            return True

        return await self._happened(work)

    async def aliases(self, flow: str | None = None) -> list[FlowAlias]:
        """Return the aliases of a flow or of all, by flow and name."""
        if flow is None:
            return await self._access.read(lambda db: every(db, FlowAlias, _ALIASES))
        return await self._access.read(lambda db: every(db, FlowAlias, _ALIASES_OF, {"flow": flow}))

    async def flow(self, name: str, version: int | None = None, alias: str = LIVE) -> StoredFlow | None:
        """Return a version of a flow, by default the one `alias` points to, or None."""
        if version is None:
            return await self._access.read(lambda db: one(db, StoredFlow, _ALIASED, {"name": name, "alias": alias}))
        return await self._access.read(lambda db: one(db, StoredFlow, _VERSION, {"name": name, "version": version}))

    async def flows(self) -> list[StoredFlow]:
        """Return the newest version of each flow, by name."""
        return await self._access.read(lambda db: every(db, StoredFlow, _ALL))

    async def live_flows(self, alias: str = LIVE) -> list[StoredFlow]:
        """Return the version of each flow that calls under `alias` hear, by name; without one, that under LIVE."""

        def work(db: Connection) -> list[StoredFlow]:
            found: dict[str, StoredFlow] = {}
            for under in dict.fromkeys((LIVE, alias)):
                found |= {flow.name: flow for flow in every(db, StoredFlow, _ALL_ALIASED, {"alias": under})}
            return [found[name] for name in sorted(found)]

        return await self._access.read(work)

    async def newest_versions(self) -> list[FlowVersion]:
        """Return the newest version of each flow without what it says, by name."""

        def work(db: Connection) -> list[FlowVersion]:
            named: dict[tuple[str, int], list[str]] = defaultdict(list)
            for alias in every(db, FlowAlias, _ALIASES):
                named[alias.flow, alias.version].append(alias.alias)
            rows = db.execute(_NEWEST_ONES)
            return [FlowVersion(**row._mapping, aliases=tuple(named[row.name, row.version])) for row in rows]

        return await self._access.read(work)

    async def versions(self, flow: str) -> list[FlowVersion]:
        """Return the versions of a flow without what they say, newest first."""

        def work(db: Connection) -> list[FlowVersion]:
            named: dict[int, list[str]] = defaultdict(list)
            for alias in every(db, FlowAlias, _ALIASES_OF, {"flow": flow}):
                named[alias.version].append(alias.alias)
            rows = db.execute(_VERSIONS, {"name": flow})
            return [FlowVersion(**row._mapping, aliases=tuple(named[row.version])) for row in rows]

        return await self._access.read(work)

    async def flow_versions(self, alias: str = LIVE) -> dict[str, int]:
        """Return the version of every flow that calls under `alias` hear: where it has none, the one under LIVE."""
        return await self._access.read(
            lambda db: _versions(alias, [tuple(row) for row in db.execute(_UNDER, {"alias": alias})])
        )

    async def entrance(self, did: str, e164: str | None = None) -> Entrance | None:
        """Return where calls to a number of ours enter, None if there is no active one.

        `did`: as it came; `e164`: how it may be written as well, looked for if the first is not there.
        """

        def work(db: Connection) -> Entrance | None:
            rows: list[Any] = list(db.execute(_ENTRANCE, {"did": did, "e164": e164 or did}))
            found = [row for row in rows if row.did == did] or rows
            return _entrance(found) if found else None

        return await self._access.read(work)


def _publish(db: Connection, publication: Publication, now: datetime, note: str) -> int:
    name, alias = publication.name, publication.alias
    version, new = _version_of(db, publication, now)
    said = [f"{name} version {version}: {publication.message}"] if new else []
    if alias is not None:
        by, expected = publication.author, publication.expected
        move = AliasMove(flow=name, alias=alias, version=version, by=by, expected=expected)
        before = _point(db, move, now)
        if before != version:
            said.append(f"{name}: {alias} {before or 'none'} -> {version}")
    if said:
        _note(db, publication.author, "; ".join(said), now, note)
    return version


def _version_of(db: Connection, publication: Publication, now: datetime) -> tuple[int, bool]:
    """Return the version of what is published and whether it is new."""
    name = publication.name
    for _ in range(_TURNS):
        newest = one(db, StoredFlow, _NEWEST, {"name": name})
        beside = _beside(publication, newest)
        if newest is not None and canonical(newest.body) == canonical(publication.body):
            if canonical([newest.layout, newest.tests]) != canonical(list(beside.values())):
                db.execute(_BESIDE, {"of": name, "number": newest.version, **beside})
            return newest.version, False
        version = StoredFlow(
            name=name,
            version=1 if newest is None else newest.version + 1,
            body=publication.body,
            author=publication.author,
            message=publication.message,
            created_at=now,
            **beside,
        )
        if insert_once(db, flows, row_of(version)):
            return version.version, True
    raise Conflict(f"flow {name!r} is being published by somebody else; look at it and try again")


def _beside(publication: Publication, newest: StoredFlow | None) -> dict[str, Any]:
    layout, tests = ({}, ()) if newest is None else (newest.layout, newest.tests)
    return {
        "layout": layout if publication.layout is None else publication.layout,
        "tests": tests if publication.tests is None else publication.tests,
    }


def _point(db: Connection, move: AliasMove, now: datetime) -> int:
    """Have an alias point where `move` says; return where it did, 0: nowhere. Raise Conflict."""
    this = {"of": move.flow, "named": move.alias}
    row = {"version": move.version, "by": move.by, "at": now}
    found = db.execute(_POINTS_TO, this).one_or_none()
    if found is None and not move.expected:
        if insert_once(db, flow_aliases, {"flow": move.flow, "alias": move.alias, **row}):
            return 0
        found = db.execute(_POINTS_TO, this).one()
    before: int = 0 if found is None else found.version
    # There already, maybe by us: the first run was committed and its answer lost.
    if before == move.version:
        return before
    if found is None or move.expected not in {None, before}:
        raise Conflict(_elsewhere(move, found))
    db.execute(_POINT, {**this, **row})
    db.execute(_LEAVE, {"of": move.flow, "number": before, "now": now})
    return before


def _elsewhere(move: AliasMove, found: Any) -> str:
    where = f"{move.alias} of flow {move.flow!r}"
    if found is None:
        return f"{where} points to no version, not to {move.expected}"
    return (
        f"{where} was pointed to version {found.version} by {found.by} at {found.at:%Y-%m-%d %H:%M:%S} UTC; "
        "look at it and try again"
    )


def _note(db: Connection, who: str, detail: str, now: datetime, note: str) -> None:
    insert_once(db, audits, {"id": note, "who": who, "what": "flow", "detail": detail, "at": now})


def _versions(alias: str, rows: list[Any]) -> dict[str, int]:
    """Return flow -> version of (flow, alias, version), `alias` before any other."""
    return {flow: version for flow, under, version in sorted(rows, key=lambda row: row[1] == alias)}


def _entrance(rows: list[Any]) -> Entrance:
    first = rows[0]
    number = Number(
        did=first.did,
        flow=first.flow,
        fallback_queue=first.fallback_queue,
        active=first.active,
        alias=first.alias,
    )
    pairs = [(row.of, row.under, row.version) for row in rows if row.did == number.did and row.of is not None]
    return Entrance(number=number, versions=_versions(number.alias, pairs))
