"""Campaigns and their leads. A lead's state while it is being called is the ledger's to change."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Select, bindparam, case, func, literal_column, null, select, update

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.columns import clean
from callcenter.adapters.store.rows import every, insert_into, insert_once, one, row_of, select_of, upsert
from callcenter.adapters.store.schema import campaigns, leads
from callcenter.errors import NotFound
from callcenter.outbound import AttemptOutcome, Campaign, CampaignState, Lead, LeadState

Item = TypeVar("Item")

# Rows of a long list written in one transaction: some 20 ms, so that other writers get in between.
CHUNK: Final = 100

_CAMPAIGN = select_of(Campaign, campaigns).where(campaigns.c.name == bindparam("key"))
_CAMPAIGNS = select_of(Campaign, campaigns).order_by(campaigns.c.name)
_SET_STATE = update(campaigns).where(campaigns.c.name == bindparam("key"))
_RENEWED: Final = frozenset(field.name for field in fields(Lead)) - {"id", "campaign", "number", "tries"}
_ONCE_SAID: Final = frozenset({"state", "created_at"})

# The constant itself: neither database uses the index of READY leads for a parameter.
READY = leads.c.state == literal_column("'ready'")
_LEFT = select(func.count()).where(
    leads.c.campaign == bindparam("key"), READY, leads.c.next_at < bindparam("until", type_=leads.c.next_at.type)
)
_LEAD = select_of(Lead, leads).where(leads.c.id == bindparam("key"))
_LEADS = (
    select_of(Lead, leads)
    .where(leads.c.campaign == bindparam("key"))
    .order_by(leads.c.next_at, leads.c.id)
    .limit(bindparam("most"))
)
_LEADS_IN = _LEADS.where(leads.c.state == bindparam("in_state"))
# Hides `next_at` from SQLite's choice of index: it would take the one by time and sort all leads that are due.
_DUE = func.coalesce(leads.c.next_at, null()) <= bindparam("now", type_=leads.c.next_at.type)
_HOPPER = (
    select_of(Lead, leads)
    .where(leads.c.campaign == bindparam("key"), READY, _DUE)
    .order_by(leads.c.priority.desc(), leads.c.next_at, leads.c.id)
    .limit(bindparam("most"))
)
_NEXT_DUE: Select[Any] = select(func.min(leads.c.next_at)).where(leads.c.campaign == bindparam("key"), READY)
_RESCHEDULE = update(leads).where(leads.c.id == bindparam("key"), READY).values(next_at=bindparam("at"))
_FINISH = (
    update(leads)
    .where(leads.c.id.in_(bindparam("keys", expanding=True)), READY)
    .values(state=LeadState.DONE, last_outcome=bindparam("outcome"))
    .returning(leads.c.id)
)
_BY_NUMBERS = select_of(Lead, leads).where(
    leads.c.campaign == bindparam("of"), leads.c.number.in_(bindparam("numbers", expanding=True))
)
_OVER = (
    leads.c.campaign == bindparam("of"),
    leads.c.state == LeadState.DONE,
    leads.c.last_outcome.in_(bindparam("outcomes", expanding=True)),
)
_DONE = select(leads.c.id).where(*_OVER).order_by(leads.c.id)
_RESET = (
    update(leads)
    .where(leads.c.id.in_(bindparam("keys", expanding=True)), *_OVER)
    .values(state=LeadState.READY, tries=0, next_at=bindparam("now"))
    .returning(leads.c.id)
)


@cache
def _add(dialect: str) -> Any:
    return insert_into(dialect, leads).on_conflict_do_nothing().returning(leads.c.number, leads.c.campaign)


@cache
def _renew(dialect: str) -> Any:
    insert = insert_into(dialect, leads)
    new = insert.excluded
    goes_on = (leads.c.state == LeadState.READY) & (leads.c.external_id == new.external_id)
    changes = {name: new[name] for name in _RENEWED}
    return insert.on_conflict_do_update(
        index_elements=[leads.c.campaign, leads.c.number],
        set_={**changes, "tries": case((goes_on, leads.c.tries), else_=0)},
        where=leads.c.state != LeadState.DIALING,
    ).returning(*select_of(Lead, leads).selected_columns)


class Campaigns(Section):
    """Whom we call."""

    async def put_campaign(self, campaign: Campaign) -> bool:
        """Keep a campaign, or change it; return whether it is new.

        One that is there keeps its `created_at` and its state, which is `set_campaign_state`'s to change.
        """

        def work(db: Connection) -> bool:
            if insert_once(db, campaigns, row_of(campaign)):
                return True
            upsert(db, campaigns, row_of(campaign), keep=_ONCE_SAID)
            return False

        return await self._happened(work)

    async def campaign(self, name: str) -> Campaign | None:
        return await self._access.read(lambda db: one(db, Campaign, _CAMPAIGN, {"key": name}))

    async def campaigns(self) -> list[Campaign]:
        """Return all campaigns, by name."""
        return await self._access.read(lambda db: every(db, Campaign, _CAMPAIGNS))

    async def set_campaign_state(self, name: str, state: CampaignState) -> None:
        """Start, pause, drain or end a campaign; raise NotFound. Reservations and the gate obey from then on."""

        def work(db: Connection) -> None:
            if db.execute(_SET_STATE, {"key": name, "state": state}).rowcount == 0:
                raise NotFound(f"no campaign {name!r}")

        await self._access.write(work)

    async def add_leads(self, leads: Sequence[Lead]) -> list[bool]:
        """Add leads and say of each whether it is new: False if its campaign has the number already.

        Their `id` is given here. Written in pieces: after a StoreError some may have been added.
        """
        new: list[bool] = []
        for chunk in chunks(leads):
            new += await self._add_leads(chunk)
        return new

    async def _add_leads(self, chunk: Sequence[Lead]) -> list[bool]:
        rows = [{name: value for name, value in row_of(lead).items() if name != "id"} for lead in chunk]
        # Filled by every run of the work: a second one finds what the first, its commit's answer lost, has added.
        added: set[tuple[str, str]] = set()

        def work(db: Connection) -> None:
            added.update((row.number, row.campaign) for row in db.execute(_add(db.dialect.name), rows))

        await self._access.write(work)
        new = []
        for lead in chunk:
            key = (clean(lead.number), clean(lead.campaign))
            new.append(key in added)
            added.discard(key)
        return new

    async def renew_lead(self, lead: Lead) -> Lead | None:
        """Let `lead` be as given, in place of the one its campaign has of that number; None if that is being called.

        Its `tries` are counted anew, unless it was READY with the same `external_id`: then it goes on.
        """
        row = {name: value for name, value in row_of(lead).items() if name != "id"}

        def work(db: Connection) -> Lead | None:
            found = db.execute(_renew(db.dialect.name), row).one_or_none()
            return None if found is None else Lead(**found._mapping)

        return await self._access.write(work)

    async def leads_of_numbers(self, campaign: str, numbers: Sequence[str]) -> list[Lead]:
        """Return the leads a campaign has of these numbers."""
        found: list[Lead] = []
        for chunk in chunks(sorted(set(numbers))):
            values = {"of": campaign, "numbers": chunk}
            found += await self._access.read(lambda db, values=values: every(db, Lead, _BY_NUMBERS, values))  # type: ignore[misc]
        return found

    async def lead(self, lead: int) -> Lead | None:
        return await self._access.read(lambda db: one(db, Lead, _LEAD, {"key": lead}))

    async def leads(self, campaign: str, state: LeadState | None = None, limit: int = 1000) -> list[Lead]:
        """Return at most `limit` leads of a campaign, of one state or of all, by `next_at`."""
        if state is None:
            return await self._access.read(lambda db: every(db, Lead, _LEADS, {"key": campaign, "most": limit}))
        values = {"key": campaign, "in_state": state, "most": limit}
        return await self._access.read(lambda db: every(db, Lead, _LEADS_IN, values))

    async def hopper(self, campaign: str, now: datetime, limit: int) -> list[Lead]:
        """Return at most `limit` leads that may be called at `now`: by priority, then the longest due."""
        values = {"key": campaign, "now": now, "most": limit}
        return await self._access.read(lambda db: every(db, Lead, _HOPPER, values))

    async def next_due(self, campaign: str) -> datetime | None:
        """Return when the first READY lead of a campaign may be called (it may be past), None without any."""

        def work(db: Connection) -> datetime | None:
            due: datetime | None = db.execute(_NEXT_DUE, {"key": campaign}).scalar_one()
            return due

        return await self._access.read(work)

    async def leads_left(self, campaign: str, until: datetime) -> int:
        """Count the READY leads of a campaign that may be called before `until`."""
        values = {"key": campaign, "until": until}
        return await self._access.read(lambda db: int(db.execute(_LEFT, values).scalar_one()))

    async def reschedule_leads(self, pairs: Sequence[tuple[int, datetime]]) -> None:
        """Set from when each lead may be called, given as (lead, next_at); a lead that is not READY is left alone."""
        for chunk in chunks(sorted(pairs)):
            rows = [{"key": lead, "at": at} for lead, at in chunk]
            await self._access.write(lambda db, rows=rows: db.execute(_RESCHEDULE, rows).rowcount)  # type: ignore[misc]

    async def finish_leads(self, leads: Sequence[int], outcome: AttemptOutcome = AttemptOutcome.REFUSED) -> set[int]:
        """Let READY leads be DONE, never to be called; return which were READY. Others are left alone.

        `outcome`: kept as their last.
        """
        finished: set[int] = set()
        for chunk in chunks(sorted(leads)):

            def work(db: Connection, chunk: Sequence[int] = chunk) -> None:
                finished.update(db.execute(_FINISH, {"keys": chunk, "outcome": outcome}).scalars())

            await self._access.write(work)
        return finished

    async def reset_leads(self, campaign: str, outcomes: Collection[AttemptOutcome], now: datetime) -> int:
        """Let DONE leads of a campaign be READY at `now` with no try made; return how many were.

        `outcomes`: only those whose last was one of them. What was called keeps its limits per number all the same.
        Written in pieces: after a StoreError some may be READY.
        """
        asked = {"of": campaign, "outcomes": sorted(outcomes), "now": now}
        found = await self._access.read(lambda db: db.execute(_DONE, asked).scalars().all())
        reset: set[int] = set()
        for chunk in chunks(found):

            def work(db: Connection, chunk: Sequence[int] = chunk) -> None:
                reset.update(db.execute(_RESET, {"keys": chunk, **asked}).scalars())

            await self._access.write(work)
        return len(reset)


def chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Return `items` in pieces of CHUNK at most."""
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
