"""Drafts that somebody calls: one call each. The same on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from callcenter.adapters.store import Store
from callcenter.adapters.store.trials import KEPT
from callcenter.records import FlowTrial

T0 = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
TRIAL = FlowTrial(token="0a1b", flow="main", body={"start": "menu"}, by="ann", caller="+12025550143", made_at=T0)


async def test_a_trial_is_one_calls(store: Store) -> None:
    await store.put_trial(TRIAL)
    assert await store.trial("0a1b") == TRIAL
    assert await store.begin_trial("0a1b", "c1", T0) == replace(TRIAL, call_id="c1")
    assert await store.begin_trial("0a1b", "c2", T0) is None
    assert await store.begin_trial("0a1b", "c1", T0) is not None  # asked again: its answer was lost
    assert await store.trial("0a1b") == replace(TRIAL, call_id="c1")
    assert await store.begin_trial("ffff", "c1", T0) is None


async def test_of_two_calls_at_once_one_gets_it(store: Store) -> None:
    await store.put_trial(TRIAL)
    found = await asyncio.gather(*(store.begin_trial("0a1b", f"c{n}", T0) for n in range(4)))
    assert sum(one is not None for one in found) == 1


async def test_old_ones_are_worth_nothing_and_forgotten(store: Store) -> None:
    await store.put_trial(TRIAL)
    assert await store.begin_trial("0a1b", "c1", T0 + timedelta(seconds=1)) is None
    await store.put_trial(replace(TRIAL, token="2c", made_at=T0 + KEPT))
    assert await store.trial("0a1b") is not None
    await store.put_trial(replace(TRIAL, token="3d", made_at=T0 + KEPT + timedelta(seconds=1)))
    assert await store.trial("0a1b") is None
