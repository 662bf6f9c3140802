"""The hopper: only leads that may be called now; the others wait for their hour, or are never called."""

from __future__ import annotations

from datetime import timedelta

from callcenter.outbound import AttemptOutcome, DncEntry, LeadState
from dialer.service.hopper import Hopper
from tests.dialer.service.conftest import CAMPAIGN, NEW_YORK, NOON, ClockedStore, lead_of

HONOLULU = "+18085550143"  # 7:00 there at NOON


async def test_leads_come_by_priority_and_those_out_of_hours_wait_for_theirs(store: ClockedStore) -> None:
    await lead_of(store)
    await lead_of(store, "+12125550144", priority=1)
    early = await lead_of(store, HONOLULU)
    hopper = Hopper(store)
    await hopper.fill(CAMPAIGN, 5, NOON)
    assert [lead.number for lead in hopper.take(5)] == ["+12125550144", NEW_YORK]
    waits = await store.lead(early.id)
    assert waits is not None
    assert (waits.state, waits.next_at) == (LeadState.READY, NOON + timedelta(hours=1))


async def test_a_number_on_the_list_is_done_and_one_who_agreed_is_called_at_any_time(store: ClockedStore) -> None:
    listed = await lead_of(store)
    await lead_of(store, HONOLULU, consent="form of 2026-01-05")
    await store.add_dnc([DncEntry(number=NEW_YORK, reason="asked", since=NOON, campaign=CAMPAIGN.name)])
    hopper = Hopper(store)
    await hopper.fill(CAMPAIGN, 5, NOON)
    assert [lead.number for lead in hopper.take(5)] == [HONOLULU]
    done = await store.lead(listed.id)
    assert done is not None
    assert (done.state, done.last_outcome) == (LeadState.DONE, AttemptOutcome.REFUSED)


async def test_what_is_held_is_not_read_twice_and_an_empty_list_is_looked_at_again(store: ClockedStore) -> None:
    await lead_of(store)
    hopper = Hopper(store)
    await hopper.fill(CAMPAIGN, 5, NOON)
    await hopper.fill(CAMPAIGN, 5, NOON)
    assert len(hopper) == 1
    await lead_of(store, "+12125550144")
    await hopper.fill(CAMPAIGN, 5, NOON + timedelta(seconds=0.5))
    assert len(hopper) == 1  # looked a moment ago
    await hopper.fill(CAMPAIGN, 5, NOON + timedelta(seconds=1))
    assert len(hopper) == 2


async def test_a_cleared_hopper_reads_anew(store: ClockedStore) -> None:
    await lead_of(store)
    hopper = Hopper(store)
    await hopper.fill(CAMPAIGN, 5, NOON)
    hopper.clear()
    assert hopper.take(5) == []
    await hopper.fill(CAMPAIGN, 5, NOON)
    assert len(hopper) == 1
