"""Calls back while dialers die in between, or two of them work at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.care import CallbackState
from callcenter.outbound import Attempt, AttemptOutcome, AttemptState, Closing
from tests.dialer.service.conftest import NOON, ClockedStore, lead_of
from tests.dialer.service.wishes import MINUTE, NAME, WISH, House, booked, open_house
from tests.doubles_ami import FakeAmi, link_up


@pytest.fixture
async def house(store: ClockedStore, asterisk: FakeAmi) -> AsyncIterator[House]:
    async with open_house(store, asterisk) as opened:
        yield opened


async def test_a_dialer_that_dies_between_claim_and_reservation_delays_the_call_and_nothing_else(house: House) -> None:
    await booked(house)
    await house.store.claim_callback(WISH.id, "0" * 32, house.at)
    house.see("ready")
    await house.once()
    house.see("ready")
    assert len(await house.once()) == 1


@pytest.mark.parametrize("sent", [False, True])
async def test_a_dialer_that_dies_before_the_gate_leaves_an_attempt_to_the_sweep(house: House, sent: bool) -> None:
    await booked(house)
    house.see("ready")
    (flight,) = await house.once()
    house.flights.clear()  # the next dialer knows nothing of it
    for _ in range(3):
        house.see("ready")
        assert await house.once() == []
    assert await house.state() is CallbackState.DIALING
    only_from = frozenset({AttemptState.RESERVED, AttemptState.SENT})
    swept = Closing(
        attempt=flight.attempt,
        outcome=AttemptOutcome.EXPIRED if sent else AttemptOutcome.WITHDRAWN,
        at=house.at,
        only_from=only_from,
        next_at=house.at,
    )
    assert await house.store.close_attempt(swept)
    await house.once()
    assert await house.state() is CallbackState.OPEN
    house.see("ready")
    (again,) = await house.once()
    assert again.attempt != flight.attempt
    assert not (await house.through_the_gate(flight)).lets_through
    assert (await house.through_the_gate(again)).lets_through


async def test_two_dialers_call_one_person_once(house: House, asterisk: FakeAmi, store: ClockedStore) -> None:
    await booked(house)
    async with asterisk.ami() as ami:
        await link_up(ami)
        other = House(ami, store)
        for one in (house, other):
            one.see("ready")
        first, second = await house.once(), await other.once(3)
        assert (len(first), len(second)) == (1, 0)
        for one in (house, other):
            one.see("ready")
            await one.once(3)
        attempts = await store.attempts(NAME, NOON - MINUTE, NOON + MINUTE, 10)
        assert [attempt.id for attempt in attempts] == [first[0].attempt]


async def test_a_claim_whose_lead_cannot_be_made_is_taken_back(house: House) -> None:
    """The lead is being called: by whichever way that came about, the wish stays open."""
    await booked(house)
    lead = await house.store.renew_lead(
        replace(await lead_of(house.store, "+12125550177"), campaign=NAME, number=WISH.number, external_id="another")
    )
    assert lead is not None
    campaign = await house.store.campaign(NAME)
    assert campaign is not None
    house.at += timedelta(seconds=1)
    assert await house.placer.place_leads(campaign, {"f" * 32: lead}, house.at) == 1
    house.see("ready", "ready", "ready")
    await house.once()
    assert await house.state() is CallbackState.OPEN
    found = await house.store.attempt("f" * 32)
    assert isinstance(found, Attempt)
