"""Who talked is in the ledger even if nobody told the dialer: the acd's record of the call knows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callcenter.adapters.store import Store
from callcenter.outbound import Attempt
from callcenter.records import CallRecord, Direction
from dialer.service.takeover import note_agent
from tests.callcenter.adapters.outbound_rows import CAMPAIGN, NUMBER, SECOND, T0, add_lead, dialing

LEG = "main-1.7"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite:///{tmp_path}/callcenter.db") as opened:
        await opened.migrate()
        yield opened


async def talk(store: Store) -> Attempt:
    """An attempt whose person talks on LEG, and the acd's record of that call, with no agent in either."""
    await store.put_campaign(CAMPAIGN)
    attempt = await dialing(store, await add_lead(store))
    await store.note_attempt(attempt.id, answered_at=T0 + SECOND, connected_at=T0 + SECOND, call_id=LEG)
    await store.open_call(
        CallRecord(id=LEG, direction=Direction.OUTBOUND, started_at=T0, did=CAMPAIGN.caller_id, caller=NUMBER)
    )
    return attempt


async def agent_of(store: Store, attempt: Attempt) -> str | None:
    found = await store.attempt(attempt.id)
    assert found is not None
    return found.agent


async def test_the_agent_is_taken_from_the_record_of_the_call(store: Store) -> None:
    attempt = await talk(store)
    await store.update_call(LEG, agent="12")
    await note_agent(store, attempt.id)
    assert await agent_of(store, attempt) == "12"


async def test_the_agent_who_was_told_of_stays(store: Store) -> None:
    attempt = await talk(store)
    await store.note_attempt(attempt.id, agent="11")
    await store.update_call(LEG, agent="12")
    await note_agent(store, attempt.id)
    assert await agent_of(store, attempt) == "11"


async def test_without_a_record_of_an_agent_nothing_is_noted(store: Store) -> None:
    attempt = await talk(store)
    await note_agent(store, attempt.id)
    await note_agent(store, "0" * 32)  # an attempt that never was
    assert await agent_of(store, attempt) is None
