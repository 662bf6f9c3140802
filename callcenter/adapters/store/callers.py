"""Persons known by number, and the callers who are blocked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, func

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.campaigns import chunks
from callcenter.adapters.store.facts import facts_of
from callcenter.adapters.store.rows import every, insert_into, one, row_of, select_of, upsert
from callcenter.adapters.store.schema import blocked, persons
from callcenter.care import CallerFacts
from callcenter.records import BlockedCaller, Person

_PERSON = select_of(Person, persons).where(persons.c.number == bindparam("number"))
_PERSONS = select_of(Person, persons).order_by(persons.c.number).limit(bindparam("most"))
_VIPS = _PERSONS.where(persons.c.vip)
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


@cache
def _add(dialect: str) -> Any:
    return insert_into(dialect, persons).on_conflict_do_nothing().returning(persons.c.number)


@cache
def _put(dialect: str) -> Any:
    insert = insert_into(dialect, persons)
    said = {name: insert.excluded[name] for name in ("name", "language", "vip", "note")}
    return insert.on_conflict_do_update(index_elements=["number"], set_=said)


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

    async def persons(self, limit: int, *, vip_only: bool = False) -> list[Person]:
        """Return at most `limit` persons, by number."""
        asked = _VIPS if vip_only else _PERSONS
        return await self._access.read(lambda db: every(db, Person, asked, {"most": limit}))

    async def put_person(self, person: Person) -> bool:
        """Say who somebody is: name, language, VIP, note; return whether they are new. Calls are counted elsewhere."""
        return await self.put_persons([person]) == 1

    async def put_persons(self, persons: Sequence[Person]) -> int:
        """Do `put_person` for all of them; return how many are new.

        Written in pieces: after a StoreError some may have been put.
        """
        rows = [{**row_of(person), "first_seen": None, "last_seen": None, "calls": 0} for person in persons]
        for row in rows:
            del row["id"]
        # In one order, so that two who put many do not wait for each other.
        rows.sort(key=itemgetter("number"))
        # Filled by every run of the work, see `Campaigns.add_leads`.
        added: set[str] = set()
        for chunk in chunks(rows):

            def work(db: Connection, chunk: Sequence[dict[str, Any]] = chunk) -> None:
                added.update(db.execute(_add(db.dialect.name), chunk).scalars())
                db.execute(_put(db.dialect.name), chunk)

            await self._access.write(work)
        return len(added)

    async def caller_facts(self, number: str, e164: str | None = None) -> CallerFacts:
        """Return what is known of whoever calls from `number`, "" if Asterisk has none: their past calls and debts.

        `number`: as it came; `e164`: how it may be written as well.
        """
        if not number:
            return CallerFacts(number=number)
        return await self._access.read(lambda db: facts_of(db, number, e164))

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
