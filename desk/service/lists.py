"""Lists (CSV) of leads, persons and debts, taken over into the store: what the command line and the desk do alike.

Importing a list again adds only what is not there yet.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Generic, Protocol, TypeVar

from callcenter.adapters.store import Store
from callcenter.care import Debt
from callcenter.errors import Conflict, StoreError
from callcenter.outbound import Campaign, CampaignKind, Lead
from callcenter.records import Person
from desk.care_lists import DebtList, Listed, kept, read_debts, read_persons
from dialer.leads import Import, read_leads

T = TypeVar("T")

SLICE: Final = 5_000  # rows written at a time: about a second


class Worker(Protocol):
    """How a long list is worked off: a terminal shows that it goes on."""

    async def read(self, read: Callable[[], T], source: str) -> T:
        """Return what `read` makes of a list: some 0.3 ms a row."""
        ...

    def slices(self, starts: range, what: str) -> Iterable[int]:
        """Return `starts`, as each is come to."""
        ...


class Unseen:
    """Nobody watches."""

    async def read(self, read: Callable[[], T], source: str) -> T:
        return await asyncio.to_thread(read)

    def slices(self, starts: range, what: str) -> Iterable[int]:
        return starts


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The text of a list. `source`: what it is called; `who` gave it; `dry_run`: only say what would be done."""

    text: str
    source: str
    who: str
    dry_run: bool = False
    worker: Worker = field(default_factory=Unseen)

    @property
    def lines(self) -> Iterable[str]:
        """Lines as spreadsheets end them: LF, CRLF or CR; no other character ends one."""
        return io.StringIO(self.text, newline=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a list. `new` None: nothing was to be added; `forbidden`: those on the do-not-call list."""

    read: Import
    new: int | None
    forbidden: int


async def take_leads(store: Store, campaign: Campaign, given: Given) -> Imported:
    """Add the people of a list to a campaign; raise FaultsError if its head cannot be used, Conflict, StoreError."""
    if campaign.kind is CampaignKind.CALLBACK:
        raise Conflict(f"campaign {campaign.name} calls back whoever asks for it, and has no list")
    now = await store.now()
    name, source = campaign.name, given.source
    read = await given.worker.read(
        partial(read_leads, given.lines, campaign=name, region=campaign.region, now=now, source=source), source
    )
    forbidden = await store.dnc_numbers([lead.number for lead in read.leads], name)
    if given.dry_run:
        return Imported(read=read, new=None, forbidden=len(forbidden))

    async def add(part: Sequence[Lead]) -> int:
        return sum(await store.add_leads(part))

    new = await added(given.worker, add, read.leads, "leads")
    counts = f"{new} new, {len(read.leads)} read, {len(read.faults)} rows at fault"
    await store.audit(given.who, "leads", f"import {source} into {name}: {counts}", now)
    return Imported(read=read, new=new, forbidden=len(forbidden))


async def added(worker: Worker, add: Callable[[Sequence[T]], Awaitable[int]], items: Sequence[T], what: str) -> int:
    """Add `items` piece by piece, return how many were new. Raise StoreError that says how far it came."""
    new = 0
    try:
        for start in worker.slices(range(0, len(items), SLICE), what):
            new += await add(items[start : start + SLICE])
    except StoreError as error:
        raise StoreError(f"{new} {what} were added, then: {error}; import again, none is added twice") from None
    return new


# ------------------------------------------------------------------------------------------- persons and debts


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered(Generic[T]):
    """What became of a list of persons or debts. `new` None: nothing was to be changed."""

    read: Listed[T]
    new: int | None


async def take_persons(store: Store, region: str, given: Given) -> Entered[Person]:
    """Enter the persons of a list; numbers without + are read as dialled in `region`. Raise FaultsError, StoreError."""
    source = given.source
    read = await given.worker.read(partial(read_persons, given.lines, region, source), source)
    if given.dry_run:
        return Entered(read=read, new=None)

    async def put(part: Sequence[Person]) -> int:
        return await store.put_persons([kept(one, await store.person(one.number), read.columns) for one in part])

    new = await added(given.worker, put, read.rows, "persons")
    await store.audit(given.who, "person", f"import {source}: {new} new, {len(read.rows)} read", await store.now())
    return Entered(read=read, new=new)


async def take_debts(store: Store, region: str, currency: str, given: Given) -> Entered[Debt]:
    """Take over a list of debts as of now; amounts without a currency are in `currency`. Raise FaultsError."""
    now, source = await store.now(), given.source
    how = DebtList(region=region, currency=currency, now=now, source=source)
    read = await given.worker.read(partial(read_debts, given.lines, how), source)
    if given.dry_run:
        return Entered(read=read, new=None)
    new = await added(given.worker, store.put_debts, read.rows, "debts")
    await store.audit(given.who, "debt", f"import {source}: {new} new or changed, {len(read.rows)} read", now)
    return Entered(read=read, new=new)
