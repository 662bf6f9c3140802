"""Campaigns, leads and drafts for the tests of the store, and what must always be true of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, text

from callcenter.adapters.store import Store
from callcenter.adapters.store.access import Access
from callcenter.outbound import (
    Attempt,
    AttemptOutcome,
    AttemptState,
    CallLimit,
    Campaign,
    CampaignKind,
    CampaignState,
    Closing,
    Draft,
    Lead,
    Refusal,
)

T = TypeVar("T")

T0 = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
MAX_AGE = 10 * SECOND
NUMBER = "+12025550143"
INTERVAL = CallLimit(rule="interval", calls=1, window=4 * HOUR)
WEEK = CallLimit(rule="seven-in-seven", calls=7, window=timedelta(days=7))

CAMPAIGN = Campaign(
    name="spring",
    title="Spring offer",
    kind=CampaignKind.SALES,
    queue="sales",
    trunk="main",
    caller_id="+12025550100",
    region="US",
    company="Example Ltd",
    callback="+12025550100",
    state=CampaignState.RUNNING,
    created_at=T0,
)
LEAD = Lead(campaign="spring", number=NUMBER, next_at=T0, created_at=T0)

_ids = count(1)


def number(place: int) -> str:
    """Return a number of its own for each `place`."""
    return f"+1202{place:07}"


def draft(lead: Lead, *limits: CallLimit) -> Draft:
    """Return a draft on `lead` with an id of its own."""
    return Draft(
        id=f"{next(_ids):032x}",
        lead=lead.id,
        campaign=lead.campaign,
        number=lead.number,
        cell="main",
        limits=limits,
    )


async def add_lead(store: Store, lead: Lead = LEAD) -> Lead:
    """Add a lead and return it as stored."""
    assert await store.add_leads([lead]) == [True]
    [stored] = [found for found in await store.leads(lead.campaign, limit=10_000) if found.number == lead.number]
    return stored


async def running(store: Store, *names: str, interval: timedelta = 4 * HOUR) -> None:
    """Have campaigns that run."""
    for name in names:
        await store.put_campaign(replace(CAMPAIGN, name=name, interval=interval))


async def reserved(store: Store, lead: Lead, *limits: CallLimit, at: datetime = T0) -> Attempt:
    """Reserve an attempt on `lead`."""
    [attempt] = await store.reserve([draft(lead, *limits)], at)
    assert isinstance(attempt, Attempt), attempt
    return attempt


async def sent(store: Store, lead: Lead, at: datetime = T0) -> Attempt:
    """Reserve an attempt on `lead` and mark it sent."""
    attempt = await reserved(store, lead, at=at)
    assert await store.mark_sent([attempt.id], at) == {attempt.id}
    return replace(attempt, state=AttemptState.SENT, sent_at=at)


async def dialing(store: Store, lead: Lead, at: datetime = T0) -> Attempt:
    """Bring an attempt on `lead` through the gate."""
    attempt = await sent(store, lead, at)
    passed = await store.pass_gate(attempt.id, at, MAX_AGE)
    assert passed == replace(attempt, state=AttemptState.DIALING, gate_at=at)
    return passed


def closing(attempt: Attempt, outcome: AttemptOutcome, at: datetime = T0, **changes: object) -> Closing:
    """Return the end of `attempt`."""
    return replace(Closing(attempt=attempt.id, outcome=outcome, at=at), **changes)  # type: ignore[arg-type]


class _Around:
    """A database reached through another."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self.where = access.where

    async def read(self, work: Callable[[Connection], T], *, limit_s: float | None = None) -> T:
        return await self._access.read(work, limit_s=limit_s)

    async def write(self, work: Callable[[Connection], T], *, limit_s: float | None = None) -> T:
        return await self._access.write(work, limit_s=limit_s)

    async def now(self) -> datetime:
        return await self._access.now()

    async def room(self) -> int | None:
        return await self._access.room()

    async def close(self) -> None:
        await self._access.close()


class Twice(_Around):
    """A database that loses the answer to every commit: all work is run, committed and run again."""

    async def write(self, work: Callable[[Connection], T], *, limit_s: float | None = None) -> T:
        await super().write(work, limit_s=limit_s)
        return await super().write(work, limit_s=limit_s)


class Slow(_Around):
    """A database that has done the work long before it commits; `worked` says that it has."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self.worked = asyncio.Event()

    async def write(self, work: Callable[[Connection], T], *, limit_s: float | None = None) -> T:
        loop = asyncio.get_running_loop()

        def slowly(db: Connection) -> T:
            result = work(db)
            loop.call_soon_threadsafe(self.worked.set)
            if db.dialect.name == "postgresql":
                db.execute(text("SELECT pg_sleep(0.1)"))
            else:
                time.sleep(0.1)
            return result

        return await super().write(slowly, limit_s=limit_s)


async def meanwhile(slow: Store, first: Coroutine[Any, Any, object], second: Coroutine[Any, Any, T]) -> T:
    """Return what `second` says, asked when `slow` has done all of `first` but for the commit."""
    worked = cast(Slow, slow._access).worked
    commits = asyncio.create_task(first)
    await worked.wait()
    try:
        return await second
    finally:
        await commits


_WRONG: dict[str, str] = {
    "two open attempts on a number": """
        SELECT number FROM attempts WHERE ended_at IS NULL GROUP BY number HAVING count(*) > 1""",
    "a lead that is dialing without exactly one open attempt, or has one without dialing": """
        SELECT leads.id FROM leads LEFT JOIN attempts ON attempts.lead = leads.id AND attempts.ended_at IS NULL
        GROUP BY leads.id, leads.state
        HAVING count(attempts.id) <> CASE leads.state WHEN 'dialing' THEN 1 ELSE 0 END""",
    "tries that are not the attempts that count, without faults on the way": """
        SELECT leads.id FROM leads LEFT JOIN attempts ON attempts.lead = leads.id
        GROUP BY leads.id, leads.tries
        HAVING leads.tries <> coalesce(sum(CASE WHEN attempts.counted AND coalesce(attempts.outcome, '') <> 'failed'
        THEN 1 ELSE 0 END), 0)""",
    "an attempt ended without an end, or the reverse": """
        SELECT id FROM attempts WHERE (state = 'ended') <> (ended_at IS NOT NULL)
        OR (ended_at IS NULL) <> (outcome IS NULL)""",
    "an attempt that passed the gate and does not count": """
        SELECT id FROM attempts WHERE gate_at IS NOT NULL AND NOT counted""",
}


async def wrong(store: Store) -> Sequence[str]:
    """Return what is not as it must be in the ledger, nothing if all is well."""

    def work(db: Connection) -> list[str]:
        return [f"{what}: {rows}" for what, query in _WRONG.items() if (rows := db.execute(text(query)).all())]

    return await store._access.read(work)


def said(answer: Attempt | Refusal) -> tuple[str, datetime | None]:
    """Return the rule and the time of a refusal."""
    assert isinstance(answer, Refusal), answer
    return answer.rule, answer.until


async def as_stored(store: Store, lead: Lead) -> Lead:
    """Return how a lead is now."""
    found = await store.lead(lead.id)
    assert found is not None
    return found
