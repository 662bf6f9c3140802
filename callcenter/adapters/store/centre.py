"""Agents, queues, numbers and trunks: what `centre.toml` says, taken over into the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from sqlalchemy import Connection, Table, bindparam

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.rows import every, one, row_of, select_of, upsert
from callcenter.adapters.store.schema import agents, numbers, queues, trunks
from callcenter.records import Agent, CentreRecords, Number, Queue, TrunkRecord

Entry = TypeVar("Entry", Agent, Queue, Number, TrunkRecord)

_AGENT = select_of(Agent, agents).where(agents.c.id == bindparam("key"))
_QUEUE = select_of(Queue, queues).where(queues.c.name == bindparam("key"))
_NUMBER = select_of(Number, numbers).where(numbers.c.did == bindparam("key"))
_TRUNKS = select_of(TrunkRecord, trunks).where(trunks.c.active).order_by(trunks.c.name)


class Centre(Section):
    """The configured centre. Nothing is ever deleted: call records name agents and queues of the past."""

    async def apply_centre(self, centre: CentreRecords) -> int:
        """Make the store say what `centre` says: new ones in, changed ones changed, missing ones not active.

        Returns how many rows changed; rows that already say it are not touched.
        """

        def work(db: Connection) -> int:
            return (
                _apply(db, Agent, agents, centre.agents)
                + _apply(db, Queue, queues, centre.queues)
                + _apply(db, Number, numbers, centre.numbers)
                + _apply(db, TrunkRecord, trunks, centre.trunks)
            )

        return await self._access.write(work)

    async def agents(self, *, active_only: bool = True) -> list[Agent]:
        """Return the agents, by id."""
        statement = select_of(Agent, agents).order_by(agents.c.id)
        if active_only:
            statement = statement.where(agents.c.active)
        return await self._access.read(lambda db: every(db, Agent, statement))

    async def agent(self, agent: str) -> Agent | None:
        """Return an agent, active or not, or None."""
        return await self._access.read(lambda db: one(db, Agent, _AGENT, {"key": agent}))

    async def queues(self) -> list[Queue]:
        """Return the active queues, by name."""
        statement = select_of(Queue, queues).where(queues.c.active).order_by(queues.c.name)
        return await self._access.read(lambda db: every(db, Queue, statement))

    async def queue(self, name: str) -> Queue | None:
        """Return a queue, active or not, or None."""
        return await self._access.read(lambda db: one(db, Queue, _QUEUE, {"key": name}))

    async def numbers(self) -> list[Number]:
        """Return the active dialled numbers, by DID."""
        statement = select_of(Number, numbers).where(numbers.c.active).order_by(numbers.c.did)
        return await self._access.read(lambda db: every(db, Number, statement))

    async def number(self, did: str) -> Number | None:
        """Return a dialled number, active or not, or None."""
        return await self._access.read(lambda db: one(db, Number, _NUMBER, {"key": did}))

    async def trunks(self) -> list[TrunkRecord]:
        """Return the active trunks, by name."""
        return await self._access.read(lambda db: every(db, TrunkRecord, _TRUNKS))


def _apply(db: Connection, kind: type[Entry], table: Table, wanted: Sequence[Entry]) -> int:
    key = table.primary_key.columns.keys()[0]
    stored: dict[str, Entry] = {getattr(entry, key): entry for entry in every(db, kind, select_of(kind, table))}
    target = {name: replace(entry, active=False) for name, entry in stored.items()}
    target |= {getattr(entry, key): entry for entry in wanted}
    changed = [entry for name, entry in target.items() if stored.get(name) != entry]
    for entry in changed:
        upsert(db, table, row_of(entry))
    return len(changed)
