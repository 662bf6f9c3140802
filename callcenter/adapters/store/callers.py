"""Persons known by number, and the callers who are blocked."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, func

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.rows import every, insert_into, one, row_of, select_of, upsert
from callcenter.adapters.store.schema import blocked, persons
from callcenter.records import BlockedCaller, Person

_PERSON = select_of(Person, persons).where(persons.c.number == bindparam("number"))
_BLOCKED = select_of(BlockedCaller, blocked).where(blocked.c.number == bindparam("key"))
_UNBLOCK = delete(blocked).where(blocked.c.number == bindparam("key"))


@cache
def _seen(dialect: str) -> Any:
    insert = insert_into(dialect, persons)
    new = insert.excluded
    # Work may run twice when a commit's answer is lost: the same instant counts once.
    again = persons.c.last_seen == new.last_seen
    return insert.on_conflict_do_update(
        index_elements=["number"],
        set_={
            "calls": persons.c.calls + case((again, 0), else_=1),
            "language": func.coalesce(new.language, persons.c.language),
            "first_seen": func.coalesce(persons.c.first_seen, new.first_seen),
            "last_seen": case((persons.c.last_seen > new.last_seen, persons.c.last_seen), else_=new.last_seen),
        },
    ).returning(*select_of(Person, persons).selected_columns)


class Callers(Section):
    """Who calls."""

    async def person_seen(self, number: str, now: datetime, language: str | None = None) -> Person:
        """Count a call from `number` at `now` and return the person, made at the first call.

        The same `now` twice counts once. `language` None leaves what is known.
        """
        row = {"number": number, "name": "", "language": language, "first_seen": now, "last_seen": now, "calls": 1}

        def work(db: Connection) -> Person:
            return Person(**db.execute(_seen(db.dialect.name), row).one()._mapping)

        return await self._access.write(work)

    async def person(self, number: str) -> Person | None:
        return await self._access.read(lambda db: one(db, Person, _PERSON, {"number": number}))

    async def block(self, caller: BlockedCaller) -> None:
        """Block a number, or change the reason; `since` stays that of the first time."""
        await self._access.write(lambda db: upsert(db, blocked, row_of(caller), keep=frozenset({"since"})))

    async def unblock(self, number: str) -> bool:
        """Unblock a number; return whether it was blocked."""
        return await self._happened(lambda db: db.execute(_UNBLOCK, {"key": number}).rowcount == 1)

    async def blocked(self, number: str) -> BlockedCaller | None:
        return await self._access.read(lambda db: one(db, BlockedCaller, _BLOCKED, {"key": number}))

    async def blocked_callers(self) -> list[BlockedCaller]:
        """Return all blocked numbers, by number."""
        statement = select_of(BlockedCaller, blocked).order_by(blocked.c.number)
        return await self._access.read(lambda db: every(db, BlockedCaller, statement))
