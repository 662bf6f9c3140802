"""The do-not-call list: numbers nobody may call, for one campaign or for all.

Adding one holds the number's lock: once it has returned, no attempt on the number is reserved or passes the gate.
Leads that were found on it are DONE; taking the number off again makes them READY.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, delete, exists, select, update

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.campaigns import chunks
from callcenter.adapters.store.columns import clean
from callcenter.adapters.store.locks import lock_numbers
from callcenter.adapters.store.rows import insert_into, row_of, select_of
from callcenter.adapters.store.schema import campaigns, dnc, leads
from callcenter.outbound import AttemptOutcome, DncEntry, LeadState

# How "for all campaigns" is kept.
ALL: Final = ""

_ENTRIES = select_of(DncEntry, dnc).where(dnc.c.number == bindparam("key")).order_by(dnc.c.campaign)
_AMONG = select(dnc.c.number, dnc.c.campaign, dnc.c.since).where(dnc.c.number.in_(bindparam("numbers", expanding=True)))
_REMOVE = delete(dnc).where(dnc.c.number == bindparam("key"), dnc.c.campaign == bindparam("of"))
_STILL_THERE = exists().where(dnc.c.number == leads.c.number, dnc.c.campaign.in_([ALL, leads.c.campaign]))
# No more than were refused: who talked with us, or was tried often enough, stays as they are.
_TAKE_UP = (
    update(leads)
    .where(
        # Named for the index, which begins with the campaign.
        leads.c.campaign.in_(select(campaigns.c.name)),
        leads.c.number == bindparam("key"),
        leads.c.state == LeadState.DONE,
        leads.c.last_outcome == AttemptOutcome.REFUSED,
        ~_STILL_THERE,
    )
    .values(state=LeadState.READY)
)


@cache
def _add(dialect: str) -> Any:
    return insert_into(dialect, dnc).on_conflict_do_nothing().returning(dnc.c.number, dnc.c.campaign)


class Dnc(Section):
    """Whom we never call."""

    async def add_dnc(self, entries: Sequence[DncEntry]) -> int:
        """Add numbers and return how many entries are new; one that is there keeps its reason and time.

        Written in pieces: after a StoreError some may have been added.
        """
        return sum([await self._add_dnc(chunk) for chunk in chunks(entries)])

    async def _add_dnc(self, chunk: Sequence[DncEntry]) -> int:
        rows = [{**row_of(entry), "campaign": entry.campaign or ALL} for entry in chunk]
        # Filled by every run of the work, see `Campaigns.add_leads`.
        added: set[tuple[str, str]] = set()

        def work(db: Connection) -> None:
            lock_numbers(db, (entry.number for entry in chunk))
            added.update((row.number, row.campaign) for row in db.execute(_add(db.dialect.name), rows))

        await self._access.write(work)
        return len(added)

    async def remove_dnc(self, number: str, campaign: str | None = None) -> bool:
        """Remove the entry of a number for one campaign, or the one for all; return whether there was one.

        Leads of that number that are DONE because they were refused, and that nothing forbids now, are READY again.
        """
        values = {"key": number, "of": campaign or ALL}

        def work(db: Connection) -> bool:
            lock_numbers(db, [number])
            removed = db.execute(_REMOVE, values).rowcount == 1
            if removed:
                db.execute(_TAKE_UP, {"key": number})
            return removed

        return await self._happened(work)

    async def dnc(self, number: str) -> list[DncEntry]:
        """Return the entries of a number: the one for all campaigns first, then by campaign."""
        return await self._access.read(lambda db: [_entry(row) for row in db.execute(_ENTRIES, {"key": number})])

    async def dnc_numbers(self, numbers: Iterable[str], campaign: str | None = None) -> set[str]:
        """Return those of `numbers` that `campaign` may not call; without a campaign, those that nobody may."""
        wanted = sorted(set(numbers))

        def work(db: Connection) -> set[str]:
            found = [entry for chunk in chunks(wanted) for entry in forbidden(db, chunk)]
            return {number for number, only in found if only in {ALL, clean(campaign or ALL)}}

        return await self._access.read(work)


def forbidden(db: Connection, numbers: Sequence[str]) -> dict[tuple[str, str], datetime]:
    """Return the entries of `numbers` as (number, campaign or ALL), and since when each is there."""
    return {(row.number, row.campaign): row.since for row in db.execute(_AMONG, {"numbers": numbers})}


def _entry(row: Row[Any]) -> DncEntry:
    return DncEntry(number=row.number, reason=row.reason, since=row.since, campaign=row.campaign or None)
