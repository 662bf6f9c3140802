"""Placing: a row before each call, SENT before Asterisk is told, Asterisk told once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert

from callcenter.adapters.ami import Ami
from callcenter.adapters.store.answers import hour_of
from callcenter.adapters.store.schema import answer_counts
from callcenter.errors import ConfigError, StoreError
from callcenter.outbound import AttemptOutcome, AttemptState, DncEntry, LeadState
from dialer.flights import Flights
from dialer.service.placing import Placer
from dialer.trunks import TrunkLimits
from tests.dialer.service.conftest import CAMPAIGN, NEW_YORK, NOON, ClockedStore, lead_of
from tests.doubles_ami import FakeAmi, link_up

LATER = NOON + timedelta(seconds=10)  # the trunk's bucket has filled


@pytest.fixture
async def ami(asterisk: FakeAmi) -> AsyncIterator[Ami]:
    async with asterisk.ami() as connected:
        await link_up(connected)
        yield connected


def placer(ami: Ami, store: ClockedStore) -> Placer:
    made = Placer(ami, store, Flights(), cell="main")
    made.limits = {"main": TrunkLimits(channels=30, calls_per_second=10.0)}
    made.trunk("main", NOON)
    return made


async def place(made: Placer, wanted: int) -> int:
    await made.hoppers[CAMPAIGN.name].fill(CAMPAIGN, wanted, NOON)
    return await made.place(CAMPAIGN, wanted, LATER, ready=wanted)


async def test_each_lead_is_sent_and_told_to_asterisk_once_by_its_id_alone(
    asterisk: FakeAmi, ami: Ami, store: ClockedStore
) -> None:
    await lead_of(store)
    await lead_of(store, "+12125550144")
    assert await place(placer(ami, store), 5) == 2
    rows = {attempt.id: attempt for attempt in await store.open_attempts("main")}
    assert [row.state for row in rows.values()] == [AttemptState.SENT, AttemptState.SENT]
    told = [action for _, action in asterisk.named("Originate")]
    assert {action["Channel"][0] for action in told} == {f"Local/{attempt}@dial-gate/n" for attempt in rows}
    assert all("5550143" not in str(action) for action in told)  # no number travels here


async def test_when_sql_fails_after_the_reservation_asterisk_is_not_told(
    asterisk: FakeAmi, ami: Ami, store: ClockedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> set[str]:
        raise StoreError("database is away")

    await lead_of(store)
    monkeypatch.setattr(ClockedStore, "mark_sent", away)
    with pytest.raises(StoreError):
        await place(placer(ami, store), 1)
    assert asterisk.named("Originate") == []
    assert [attempt.state for attempt in await store.open_attempts("main")] == [AttemptState.RESERVED]


async def test_an_asterisk_that_does_not_answer_is_not_told_again(
    asterisk: FakeAmi, ami: Ami, store: ClockedStore
) -> None:
    asterisk.cut = {"Originate"}
    await lead_of(store)
    made = placer(ami, store)
    assert await place(made, 1) == 1
    assert await place(made, 1) == 0
    assert len(asterisk.named("Originate")) == 1


async def test_a_number_listed_since_the_hopper_was_filled_is_done(ami: Ami, store: ClockedStore) -> None:
    lead = await lead_of(store)
    made = placer(ami, store)
    await made.hoppers[CAMPAIGN.name].fill(CAMPAIGN, 1, NOON)
    await store.add_dnc([DncEntry(number=NEW_YORK, reason="asked", since=NOON)])
    assert await made.place(CAMPAIGN, 1, LATER, ready=1) == 0
    done = await store.lead(lead.id)
    assert done is not None
    assert done.state is LeadState.DONE


async def test_a_gate_that_is_not_reached_gets_one_probe_every_ten_seconds(ami: Ami, store: ClockedStore) -> None:
    made = placer(ami, store)
    for _ in range(3):
        made.gate.failed()
    later = NOON + timedelta(seconds=10)
    assert [made.allowed(CAMPAIGN, 5, at) for at in (NOON, NOON, later)] == [1, 0, 1]
    made.gate.worked()
    assert made.allowed(CAMPAIGN, 5, NOON) == 5


async def test_a_trunk_that_carries_no_call_does_not_burn_the_list(ami: Ami, store: ClockedStore) -> None:
    made = placer(ami, store)
    for _ in range(5):
        made.ended("main", AttemptOutcome.FAILED, reached=False)
    assert [made.allowed(CAMPAIGN, 5, NOON), made.allowed(CAMPAIGN, 5, NOON)] == [1, 0]
    assert made.allowed(replace(CAMPAIGN, trunk="other"), 5, NOON) == 5
    made.ended("main", AttemptOutcome.BUSY, reached=False)
    assert made.allowed(CAMPAIGN, 5, NOON) == 5


async def test_a_lead_whose_hours_end_in_the_hopper_is_not_even_reserved(ami: Ami, store: ClockedStore) -> None:
    lead = await lead_of(store)
    made = placer(ami, store)
    await made.hoppers[CAMPAIGN.name].fill(CAMPAIGN, 1, NOON)
    store.at = NOON + timedelta(hours=10)
    assert await made.place(CAMPAIGN, 1, LATER, ready=1) == 0
    assert await store.attempts(CAMPAIGN.name, NOON, NOON + timedelta(days=1), 10) == []
    waits = await store.lead(lead.id)
    assert waits is not None
    assert waits.next_at == NOON + timedelta(hours=20)


async def test_a_link_that_is_lost_between_reservation_and_call_leaves_it_to_the_sweep(
    asterisk: FakeAmi, ami: Ami, store: ClockedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lead_of(store)
    flights = Flights()
    made = Placer(ami, store, flights, cell="main")
    made.limits = {"main": TrunkLimits(channels=30, calls_per_second=10.0)}
    made.trunk("main", NOON)
    made.perform = lambda effects: flights.clear()  # the link goes as soon as the attempt is reserved
    assert await place(made, 1) == 0
    assert asterisk.named("Originate") == []
    assert [attempt.state for attempt in await store.open_attempts("main")] == [AttemptState.RESERVED]


async def test_a_trunk_that_does_not_exist_is_named(ami: Ami, store: ClockedStore) -> None:
    with pytest.raises(ConfigError, match='no trunk "other"'):
        placer(ami, store).trunk("other", NOON)


async def test_the_bound_on_drops_lets_through_one_call_for_each_ready_agent_and_keeps_the_other_leads(
    ami: Ami, store: ClockedStore
) -> None:
    for index in range(4):
        await lead_of(store, f"+121255501{index:02}")
    counts = {"campaign": CAMPAIGN.name, "hour": hour_of(NOON), "live": 3_000, "drops": 200}

    def count(db: Connection) -> None:
        db.execute(insert(answer_counts), counts)

    await store._access.write(count)
    made = placer(ami, store)
    await made.hoppers[CAMPAIGN.name].fill(CAMPAIGN, 4, NOON)
    assert await made.place(CAMPAIGN, 4, LATER, ready=1) == 1
    assert len(await store.hopper(CAMPAIGN.name, NOON, 10)) == 3
