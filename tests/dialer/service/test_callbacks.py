"""Calls back end to end but for Asterisk: claimed, reserved, through the gate, and what becomes of the callback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

import pytest

from callcenter import dialplan
from callcenter.care import Callback, CallbackState, Notice, NoticeKind
from callcenter.happenings import CallbackAnswered, CallWaits, DialEnded, LegDialed, LegRinging, Met
from callcenter.outbound import AttemptOutcome, CampaignKind, CampaignState
from dialer.callbacks import BETWEEN_TRIES
from dialer.flights import Flight
from tests.dialer.service.conftest import CAMPAIGN, NOON, ClockedStore, lead_of
from tests.dialer.service.wishes import MINUTE, NAME, TRUNK, WISH, House, booked, open_house, wish
from tests.doubles_ami import FakeAmi


@pytest.fixture
async def house(store: ClockedStore, asterisk: FakeAmi) -> AsyncIterator[House]:
    async with open_house(store, asterisk) as opened:
        yield opened


async def test_a_queues_campaign_comes_with_the_first_wish(house: House) -> None:
    house.see("ready")
    await house.once()
    assert await house.store.campaign(NAME) is None
    await booked(house)
    campaign = await house.store.campaign(NAME)
    assert campaign is not None
    assert (campaign.kind, campaign.queue, campaign.trunk) == (CampaignKind.CALLBACK, "sales", "main")
    assert (campaign.state, campaign.caller_id) == (CampaignState.RUNNING, TRUNK.caller_id)


async def test_a_wish_is_called_once_an_agent_is_ready_and_goes_through_the_gate_once(house: House) -> None:
    await booked(house)
    house.see("ready")
    (flight,) = await house.once()
    claimed = await house.wish()
    assert (claimed.state, claimed.attempt) == (CallbackState.DIALING, flight.attempt)
    session = await house.through_the_gate(flight)
    assert session.lets_through
    assert session.variables["__" + dialplan.VAR_CALLBACK] == WISH.id
    assert session.variables["__" + dialplan.VAR_PERSON_LANGUAGE] == "es"
    assert session.variables["__" + dialplan.VAR_CALL_QUEUE] == "sales"
    assert session.variables["__" + dialplan.VAR_NUMBER] == WISH.number
    assert not (await house.through_the_gate(flight)).lets_through
    assert len(await house.once()) == 1  # nobody is called a second time


async def test_a_wish_is_done_when_they_talked_with_an_agent(house: House) -> None:
    await booked(house)
    house.see("ready")
    (flight,) = await house.once()
    await house.through_the_gate(flight)
    await house.ends(flight, AttemptOutcome.CONNECTED)
    assert await house.once() == []
    assert await house.state() is CallbackState.DONE


@pytest.mark.parametrize(
    "outcome", [AttemptOutcome.BUSY, AttemptOutcome.NO_ANSWER, AttemptOutcome.MACHINE, AttemptOutcome.ABANDONED]
)
async def test_three_tries_ten_minutes_apart_and_then_it_is_given_up(house: House, outcome: AttemptOutcome) -> None:
    await booked(house)
    for number in (1, 2, 3):
        house.see("ready")
        (flight,) = await house.once()
        await house.through_the_gate(flight)
        await house.ends(flight, outcome)
        ended_at = house.at
        assert await house.once() == []
        now = await house.wish()
        if number < 3:
            assert (now.state, now.due_at) == (CallbackState.OPEN, ended_at + BETWEEN_TRIES)
            house.see("ready")
            assert await house.once(BETWEEN_TRIES.total_seconds() - 3) == []
        house.at = ended_at + BETWEEN_TRIES
    assert (await house.wish()).state is CallbackState.FAILED
    assert (await house.wish()).reason == f"given up: {outcome}, tries: 3"


async def test_of_one_that_is_given_up_somebody_is_told_in_the_same_transaction(house: House) -> None:
    def told(callback: Callback, reason: str, at: datetime) -> list[Notice]:
        return [Notice(id=callback.id, kind=NoticeKind.SMTP, target="s@example.com", subject=reason, due_at=at)]

    house.pace.callbacks.notices = told
    await booked(house, WISH, wish(1, queue="closed-down"))
    house.see("ready")
    (flight,) = await house.once()
    await house.through_the_gate(flight)
    await house.ends(flight, AttemptOutcome.INVALID)
    await house.once()
    assert await house.state() is CallbackState.FAILED
    subjects = {notice.id: notice.subject for notice in await house.store.unsent_notices(10)}
    assert subjects == {
        WISH.id: "given up: invalid, tries: 1",
        "wish1": 'there is no queue "closed-down" any more',
    }


async def test_a_fault_on_the_way_is_no_try(house: House) -> None:
    await booked(house)
    for _ in range(5):
        house.see("ready")
        (flight,) = await house.once()
        await house.through_the_gate(flight)
        await house.ends(flight, AttemptOutcome.FAILED)
        await house.once()
        assert await house.state() is CallbackState.OPEN
        house.at += BETWEEN_TRIES


async def test_a_hundred_at_once_are_called_no_more_than_agents_are_there(house: House) -> None:
    await booked(house, *(wish(place) for place in range(100)))
    house.see("ready", "ready")
    first = await house.once()
    assert {flight.attempt for flight in first} == {(await house.wish(wish(n))).attempt for n in (0, 1)}
    for _ in range(3):
        house.see("ready", "ready")
        assert len(await house.once()) == 2
    await house.ends(first[0], AttemptOutcome.BUSY)
    house.see("ready", "ready")
    assert len(await house.once()) == 2
    assert await house.state(wish(2)) is CallbackState.DIALING
    assert await house.state(wish(3)) is CallbackState.OPEN


async def test_whoever_is_to_be_called_is_not_overtaken_by_a_campaign_and_its_agent_is_not_promised_twice(
    house: House,
) -> None:
    await booked(house)
    await house.store.set_campaign_state(CAMPAIGN.name, CampaignState.RUNNING)
    await lead_of(house.store, "+12125550199")
    house.see("ready")
    await house.once()
    house.see("ready")
    await house.once()
    assert [flight.campaign for flight in house.flights] == [NAME]
    house.see("ready", "ready")
    await house.once()
    assert [flight.campaign for flight in house.flights] == [NAME, CAMPAIGN.name]


async def test_an_agent_in_wrap_up_is_counted_on_when_it_ends_soon(house: House) -> None:
    await booked(house)
    house.see("wrap-up 40")
    assert await house.once() == []
    house.see("wrap-up 9")
    assert len(await house.once()) == 1


async def test_a_caller_who_has_waited_longer_is_served_first(house: House) -> None:
    await booked(house)
    longer = (NOON - 6 * MINUTE).timestamp()
    house.waiting = [{"call": "main-1.9", "queue": "sales", "since": longer, "priority": 0, "skills": []}]
    house.see("wrap-up 9")
    assert await house.once() == []
    house.see("wrap-up 9", "wrap-up 9")
    assert len(await house.once()) == 1


async def test_whoever_has_come_to_the_queue_is_not_counted_twice(house: House) -> None:
    await booked(house, wish(0), wish(1))
    house.see("wrap-up 9", "wrap-up 9")
    flights = await house.once()
    assert len(flights) == 2
    answered(house, flights[0], "main-1.8")
    await house.store.book_callback(wish(2))
    since = wish(0).since.timestamp()
    house.waiting = [{"call": "main-1.8", "queue": "sales", "since": since, "priority": 0, "skills": []}]
    house.see("wrap-up 9", "wrap-up 9", "wrap-up 9")
    assert len(await house.once()) == 3


def answered(house: House, flight: Flight, leg: str) -> None:
    """They answered, took the call, and wait in the queue."""
    attempt, at, channel = flight.attempt, house.at, "PJSIP/trunk-main-1"
    for happening in (
        LegDialed(leg=leg, channel=channel, gate_channel=f"Local/{attempt}@dial-gate-1;2", attempt=attempt, at=at),
        LegRinging(leg=leg, attempt=attempt, at=at),
        DialEnded(leg=leg, attempt=attempt, status="ANSWER", at=at),
        CallbackAnswered(call=leg, channel=channel, attempt=attempt, number="", caller_id="", at=at),
        CallWaits(call=leg, channel=channel, queue="sales", at=at),
    ):
        house.flights.observe(happening)


async def test_a_talk_of_which_the_acd_has_not_told_yet_still_keeps_its_agent(house: House) -> None:
    await booked(house, wish(0), wish(1))
    house.see("ready")
    (flight,) = await house.once()
    answered(house, flight, "main-1.8")
    house.flights.observe(Met(legs=("agent", "main-1.8"), at=house.at))
    house.see("ready")
    assert len(await house.once()) == 1


async def test_standing_still_or_paused_nobody_is_called(house: House) -> None:
    await booked(house)
    house.see("ready")
    assert await house.once(standing_still=True) == []
    await house.store.set_campaign_state(NAME, CampaignState.PAUSED)
    assert await house.once() == []
    await house.store.set_campaign_state(NAME, CampaignState.RUNNING)
    assert len(await house.once()) == 1
    assert "1 called" in house.pace.told(NAME)


async def test_the_trunks_channels_are_shared(house: House) -> None:
    await booked(house, *(wish(place) for place in range(5)))
    house.pace.legs_on = lambda trunk: 28
    house.see(*["ready"] * 5)
    assert len(await house.once()) == 2


async def test_two_wishes_of_one_number_are_called_one_after_the_other(house: House) -> None:
    second = replace(WISH, id="second", since=NOON - MINUTE)
    await booked(house, WISH, second)
    house.see("ready", "ready")
    (flight,) = await house.once()
    house.see("ready", "ready")
    assert len(await house.once()) == 1
    await house.through_the_gate(flight)
    await house.ends(flight, AttemptOutcome.NO_ANSWER)
    house.see("ready", "ready")
    (other,) = await house.once()
    assert (await house.wish(second)).attempt == other.attempt
    assert [lead.tries for lead in await house.store.leads(NAME)] == [1]


async def test_whoever_was_called_back_is_not_called_for_the_same_queue_again(house: House) -> None:
    second = replace(WISH, id="second", since=NOON - MINUTE)
    await booked(house, WISH, second)
    house.see("ready")
    (flight,) = await house.once()
    await house.through_the_gate(flight)
    await house.ends(flight, AttemptOutcome.CONNECTED)
    house.see("ready")
    await house.once()
    assert (await house.state(), await house.state(second)) == (CallbackState.DONE, CallbackState.CANCELLED)
    assert await house.once() == []
