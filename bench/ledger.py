"""The ledger on SQLite with synchronous=FULL: attempts per second, and what the event loop feels of 100 a second.

An attempt is what the dialer writes for each: reserved and marked sent ten at a time, passed by the gate, its answer
noted, closed; every step returns only when it will survive a loss of power. The campaign has 20,000 leads; each
number is called under a limit per interval and one per week. First attempts come at 100 a second, as from a trunk,
then as fast as they are done. The database lies beside this file, because a temporary folder may be memory.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from bench.figures import Figure, least, most, plain, told
from callcenter.adapters.store import Store
from callcenter.outbound import (
    Attempt,
    AttemptOutcome,
    CallLimit,
    Campaign,
    CampaignKind,
    CampaignState,
    Closing,
    Draft,
    Lead,
    LeadState,
)

FOR_S: Final = 5.0
LEADS: Final = 20_000
BATCH: Final = 10
READ_AHEAD: Final = 200
# Batches under way at once when attempts are made as fast as they are done.
AT_ONCE: Final = 5
TARGET_PER_S: Final = 100.0
TARGET_LAG_P99_MS: Final = 20.0
# Between two looks at the event loop.
LOOK_S: Final = 0.005
MAX_AGE: Final = timedelta(seconds=10)
LIMITS: Final = (
    CallLimit(rule="interval", calls=1, window=timedelta(hours=4)),
    CallLimit(rule="seven-in-seven", calls=7, window=timedelta(days=7)),
)


@dataclass(slots=True)
class Measured:
    """Times in seconds; what one phase of the bench saw."""

    done: int = 0
    spent: float = 0.0
    cpu: float = 0.0
    lags: list[float] = field(default_factory=list)
    gates: list[float] = field(default_factory=list)


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="ledger-", dir=Path(__file__).parent) as folder:
        imported_per_s, paced, flat_out = asyncio.run(_measure(f"sqlite:///{Path(folder) / 'ledger.db'}"))
    return [
        least("ledger: attempts offered at 100/s, done", paced.done / paced.spent, "attempts/s", TARGET_PER_S * 0.98),
        most("ledger: event loop lag p99 at 100 attempts/s", _p99_ms(paced.lags), "ms", TARGET_LAG_P99_MS),
        plain("ledger: gate p99 at 100 attempts/s", _p99_ms(paced.gates), "ms"),
        plain("ledger: CPU per attempt", paced.cpu / paced.done * 1000, "ms"),
        least("ledger: attempts, 50 at once", flat_out.done / flat_out.spent, "attempts/s", TARGET_PER_S),
        plain("ledger: event loop lag p99, 50 at once", _p99_ms(flat_out.lags), "ms"),
        plain("ledger: leads imported", imported_per_s, "leads/s"),
    ]


async def _measure(url: str) -> tuple[float, Measured, Measured]:
    async with await Store.open(url) as store:
        await store.migrate()
        imported_per_s = await _import(store)
        return imported_per_s, await _watched(store, _paced), await _watched(store, _flat_out)


async def _import(store: Store) -> float:
    """Make a campaign with its leads; return leads per second."""
    now = await store.now()
    campaign = Campaign(
        name="bench",
        title="Bench",
        kind=CampaignKind.SALES,
        queue="sales",
        trunk="main",
        caller_id="+12025550100",
        region="US",
        company="Example",
        callback="+12025550100",
        state=CampaignState.RUNNING,
        created_at=now,
    )
    await store.put_campaign(campaign)
    leads = [
        Lead(campaign="bench", number=f"+1202{place:07}", next_at=now, created_at=now, data={"account": place})
        for place in range(LEADS)
    ]
    began = time.perf_counter()
    added = sum(await store.add_leads(leads))
    if added != LEADS:
        raise RuntimeError(f"{added} of {LEADS} leads were added")
    return LEADS / (time.perf_counter() - began)


class _Hopper:
    """Leads read ahead, as the dialer does."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._leads: list[Lead] = []
        self._taken: set[int] = set()
        self._reading = asyncio.Lock()

    async def take(self) -> list[Lead]:
        """Return leads for a batch."""
        async with self._reading:
            if len(self._leads) < BATCH:
                found = await self._store.hopper("bench", await self._store.now(), READ_AHEAD + len(self._taken))
                self._leads = [lead for lead in found if lead.id not in self._taken]
            batch, self._leads = self._leads[:BATCH], self._leads[BATCH:]
            self._taken.update(lead.id for lead in batch)
            return batch

    def done(self, lead: int) -> None:
        """Forget a lead whose attempt has ended."""
        self._taken.discard(lead)


async def _watched(store: Store, make: Callable[[Store, Measured], Coroutine[Any, Any, None]]) -> Measured:
    measured = Measured()
    watching = asyncio.create_task(_watch_loop(measured.lags))
    began, cpu = time.perf_counter(), time.process_time()
    await make(store, measured)
    measured.spent, measured.cpu = time.perf_counter() - began, time.process_time() - cpu
    watching.cancel()
    return measured


async def _paced(store: Store, measured: Measured) -> None:
    """Begin a batch every tenth of a second, whether the one before is done or not."""
    hopper = _Hopper(store)
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for tick in range(int(FOR_S * TARGET_PER_S / BATCH)):
            await asyncio.sleep(began + tick * BATCH / TARGET_PER_S - time.perf_counter())
            group.create_task(_batch(store, hopper, measured))


async def _flat_out(store: Store, measured: Measured) -> None:
    """Keep AT_ONCE batches under way."""
    hopper = _Hopper(store)
    until = time.perf_counter() + FOR_S

    async def lane() -> None:
        while time.perf_counter() < until:
            await _batch(store, hopper, measured)

    await asyncio.gather(*(lane() for _ in range(AT_ONCE)))


async def _batch(store: Store, hopper: _Hopper, measured: Measured) -> None:
    drafts = [
        Draft(id=uuid4().hex, lead=lead.id, campaign="bench", number=lead.number, cell="main", limits=LIMITS)
        for lead in await hopper.take()
    ]
    attempts = await store.reserve(drafts, await store.now())
    sent = await store.mark_sent([draft.id for draft in drafts], await store.now())
    if len(sent) != BATCH:
        raise RuntimeError(f"{len(sent)} of {BATCH} attempts were sent: {attempts}")
    await asyncio.gather(*(_dial(store, draft.id, measured) for draft in drafts))
    for draft in drafts:
        hopper.done(draft.lead)


async def _dial(store: Store, attempt: str, measured: Measured) -> None:
    began = time.perf_counter()
    passed = await store.pass_gate(attempt, await store.now(), MAX_AGE)
    measured.gates.append(time.perf_counter() - began)
    now = await store.now()
    await store.note_attempt(attempt, answered_at=now)
    end = Closing(attempt=attempt, outcome=AttemptOutcome.CONNECTED, at=now, cause=16, lead_state=LeadState.DONE)
    if not isinstance(passed, Attempt) or not await store.close_attempt(end):
        raise RuntimeError(f"attempt {attempt} was not let through, or closed by somebody else: {passed}")
    measured.done += 1


async def _watch_loop(lags: list[float]) -> None:
    """Note how much later than asked the event loop comes back."""
    while True:
        asked = time.perf_counter()
        await asyncio.sleep(LOOK_S)
        lags.append(time.perf_counter() - asked - LOOK_S)


def _p99_ms(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)] * 1000


if __name__ == "__main__":
    sys.exit(told(run()))
