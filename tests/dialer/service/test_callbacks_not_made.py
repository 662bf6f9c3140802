"""Calls back that wait, are cancelled, given up, or never made."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from callcenter.care import CallbackState
from callcenter.happenings import LegDialed, LegEnded, LegRinging
from callcenter.outbound import AttemptOutcome, DncEntry, LeadState
from callcenter.records import CentreRecords, Queue
from dialer.flights import Ended
from tests.dialer.service.conftest import NOON, ClockedStore
from tests.dialer.service.wishes import MINUTE, NAME, TRUNK, WISH, House, booked, open_house, wish
from tests.doubles_ami import FakeAmi


@pytest.fixture
async def house(store: ClockedStore, asterisk: FakeAmi) -> AsyncIterator[House]:
    async with open_house(store, asterisk) as opened:
        yield opened


async def test_one_that_is_cancelled_before_the_gate_is_not_called(house: House) -> None:
    await booked(house)
    house.see("ready")
    (flight,) = await house.once()
    await house.store.cancel_callback(WISH.id, "called in", house.at)
    assert not (await house.through_the_gate(flight)).lets_through
    attempt = await house.store.attempt(flight.attempt)
    assert attempt is not None
    assert (attempt.outcome, attempt.counted) == (AttemptOutcome.REFUSED, False)


async def test_one_that_is_cancelled_while_it_rings_is_silenced_and_not_tried_again(
    house: House, asterisk: FakeAmi
) -> None:
    await booked(house)
    house.see("ready")
    (flight,) = await house.once()
    await house.through_the_gate(flight)
    gate = f"Local/{flight.attempt}@dial-gate-1;2"
    dialed = LegDialed(leg="main-1.8", channel="PJSIP/x", gate_channel=gate, attempt=flight.attempt, at=house.at)
    house.flights.observe(dialed)
    house.flights.observe(LegRinging(leg="main-1.8", attempt=flight.attempt, at=house.at))
    await house.store.cancel_callback(WISH.id, "called in", house.at)
    await house.once()
    assert [action["Channel"] for _, action in asterisk.seen if action["Action"] == ["Hangup"]] == [[gate]]
    (ended,) = [
        effect
        for effect in house.flights.observe(LegEnded(leg="main-1.8", cause=0, at=house.at))
        if isinstance(effect, Ended)
    ]
    assert ended.outcome is AttemptOutcome.CANCELLED
    await house.ends(flight, ended.outcome)
    assert await house.store.leads(NAME, LeadState.READY) == []
    assert await house.state() is CallbackState.CANCELLED


async def test_one_asked_for_a_chosen_time_is_called_from_then_on(house: House) -> None:
    chosen = NOON + 20 * MINUTE
    await booked(house, replace(WISH, due_at=chosen), wish(9))
    house.see("ready", "ready")
    assert len(await house.once()) == 1
    house.at = chosen - timedelta(seconds=2)
    house.see("ready", "ready")
    assert len(await house.once()) == 1
    house.see("ready", "ready")
    assert len(await house.once()) == 2


async def test_one_due_long_ago_waits_for_the_calling_hours(house: House) -> None:
    """The dialer was away: they asked for eight in the evening, and it is midnight."""
    evening = NOON + timedelta(hours=8)
    await booked(house, replace(WISH, due_at=evening))
    house.at = evening + timedelta(hours=4)
    for _ in range(4):
        house.see("ready")
        assert await house.once() == []
    waits = await house.wish()
    assert (waits.state, waits.due_at) == (CallbackState.OPEN, datetime(2026, 3, 3, 13, 0, tzinfo=NOON.tzinfo))
    house.at = waits.due_at
    house.see("ready")
    assert len(await house.once()) == 1


async def test_one_that_was_asked_for_too_long_ago_is_given_up(house: House) -> None:
    await booked(house, replace(WISH, since=NOON - timedelta(days=8)))
    house.see("ready")
    assert await house.once() == []
    await house.once()
    assert await house.state() is CallbackState.FAILED


@pytest.mark.parametrize("number", ["+19005550143", "+442079460000", "911", "anonymous"])
async def test_certain_numbers_are_never_called_whoever_asks(house: House, number: str) -> None:
    await booked(house, replace(WISH, number=number))
    house.see("ready")
    assert await house.once() == []
    await house.once()
    assert await house.state() is CallbackState.FAILED


async def test_a_do_not_call_list_older_than_the_wish_does_not_bind(house: House) -> None:
    await house.store.add_dnc([DncEntry(number=WISH.number, reason="no offers", since=NOON - 9 * MINUTE)])
    await booked(house)
    house.see("ready")
    (flight,) = await house.once()
    assert (await house.through_the_gate(flight)).lets_through


async def test_a_do_not_call_list_younger_than_the_wish_binds(house: House) -> None:
    await booked(house)
    await house.store.add_dnc([DncEntry(number=WISH.number, reason="leave me alone", since=NOON)])
    house.see("ready")
    assert await house.once() == []
    await house.once()
    assert await house.state() is CallbackState.FAILED


async def test_one_whose_queue_is_gone_is_given_up(house: House) -> None:
    await booked(house, replace(WISH, queue="closed-down"), wish(1))
    found = await house.wish()
    assert (found.state, found.reason) == (CallbackState.FAILED, 'there is no queue "closed-down" any more')
    assert await house.state(wish(1)) is CallbackState.OPEN


async def test_without_a_trunk_that_can_show_a_number_they_wait(house: House) -> None:
    mute = replace(TRUNK, caller_id="")
    queue = Queue(name="sales", title="Sales")
    await house.store.apply_centre(CentreRecords(agents=[], queues=[queue], numbers=[], trunks=[mute]))
    await house.store.book_callback(WISH)
    house.see("ready")
    await house.once()
    assert await house.once() == []
    assert await house.store.campaign(NAME) is None
    assert await house.state() is CallbackState.OPEN
