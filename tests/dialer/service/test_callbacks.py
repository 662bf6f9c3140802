"""Calls back end to end but for Asterisk: claimed, reserved, through the gate, and what becomes of the callback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from callcenter import dialplan
from callcenter.adapters.ami import Ami
from callcenter.care import Callback, CallbackState, Notice, NoticeKind
from callcenter.happenings import CallbackAnswered, CallWaits, DialEnded, LegDialed, LegEnded, LegRinging, Met
from callcenter.outbound import (
    Attempt,
    AttemptOutcome,
    AttemptState,
    CampaignKind,
    CampaignState,
    Closing,
    DncEntry,
    LeadState,
)
from callcenter.records import CentreRecords, Queue, TrunkRecord
from dialer.callbacks import BETWEEN_TRIES
from dialer.crew import Crew
from dialer.flights import Ended, Flight, Flights
from dialer.retry import after
from dialer.service.gate import Gate
from dialer.service.pace import Pace
from dialer.service.placing import Placer
from tests.dialer.service.conftest import CAMPAIGN, NOON, ClockedStore, lead_of
from tests.dialer.service.test_gate import Session
from tests.doubles_ami import FakeAmi, link_up

MINUTE = timedelta(minutes=1)
NAME = "callback:sales"
TRUNK = TrunkRecord(name="main", channels=30, calls_per_second=30.0, caller_id="+12025550100")
WISH = Callback(
    id="wish0",
    number="+12125550143",
    queue="sales",
    since=NOON - 5 * MINUTE,
    due_at=NOON - MINUTE,
    language="es",
    call_id="main-1.1",
    updated_at=NOON,
)


def wish(place: int, **changes: object) -> Callback:
    """The wish of the one who waits as the `place`th."""
    made = replace(
        WISH, id=f"wish{place}", number=f"+121255501{place:02}", since=NOON - 5 * MINUTE + place * MINUTE / 60
    )
    return replace(made, **changes)  # type: ignore[arg-type]


class House:
    """One dialer's loop, with agents, callers and a clock."""

    def __init__(self, ami: Ami, store: ClockedStore) -> None:
        self.store, self.crew, self.flights = store, Crew(), Flights()
        self.at = NOON
        self.placer = Placer(ami, store, self.flights, cell="main")
        self.pace = Pace(store, self.placer, self.flights, self.crew, lambda: self.at)
        self.waiting: list[Mapping[str, object]] = []

    def see(self, *states: str) -> None:
        """Agents of queue sales; "wrap-up 9": it ends in nine seconds."""
        agents = []
        for number, told in enumerate(states):
            state, _, left_s = told.partition(" ")
            free_at = self.at.timestamp() + float(left_s) if left_s else None
            since = self.at.timestamp()
            agents.append(
                {
                    "id": f"1{number}",
                    "state": state,
                    "since": since,
                    "idle_since": since,
                    "queues": ["sales"],
                    "skills": [],
                    "call": None,
                    "queue": None,
                    "free_at": free_at,
                }
            )
        picture = {"at": self.at.timestamp(), "fresh": True, "agents": agents, "waiting": self.waiting}
        self.crew.see(picture, self.at)

    async def once(self, after_s: float = 1.0, *, standing_still: bool = False) -> list[Flight]:
        """Let time pass, pace once, and return the calls back on their way."""
        self.at += timedelta(seconds=after_s)
        self.store.at = self.at
        await self.pace.once(standing_still=standing_still)
        return [flight for flight in self.flights if flight.requested]

    async def state(self, wish: Callback = WISH) -> CallbackState:
        return (await self.wish(wish)).state

    async def wish(self, wish: Callback = WISH) -> Callback:
        found = await self.store.callback(wish.id)
        assert found is not None
        return found

    async def through_the_gate(self, flight: Flight) -> Session:
        session = Session(args=(flight.attempt,))
        await Gate(self.store).let_through(session)  # type: ignore[arg-type]
        return session

    async def ends(self, flight: Flight, outcome: AttemptOutcome) -> None:
        """As the dialer closes it."""
        campaign = await self.store.campaign(flight.campaign)
        assert campaign is not None
        state, next_at = after(campaign, flight.tries, outcome, self.at)
        await self.store.close_attempt(
            Closing(attempt=flight.attempt, outcome=outcome, at=self.at, lead_state=state, next_at=next_at)
        )
        self.flights.forget(flight.attempt)


@pytest.fixture
async def asterisk() -> AsyncIterator[FakeAmi]:
    async with FakeAmi() as fake:
        yield fake


@pytest.fixture
async def house(store: ClockedStore, asterisk: FakeAmi) -> AsyncIterator[House]:
    """A centre with a queue and a trunk, that has been up for a while."""
    queue = Queue(name="sales", title="Sales")
    await store.apply_centre(CentreRecords(agents=[], queues=[queue], numbers=[], trunks=[TRUNK]))
    await store.set_campaign_state(CAMPAIGN.name, CampaignState.PAUSED)
    async with asterisk.ami() as ami:
        await link_up(ami)
        yield House(ami, store)


async def booked(house: House, *wishes: Callback) -> None:
    """Have these wishes, and the campaign for them, which comes with the first look at one."""
    for one in wishes or (WISH,):
        await house.store.book_callback(one)
    house.see("paused")
    assert await house.once(2) == []
    assert await house.once(2) == []


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


# ------------------------------------------------------------------------------------------------ deaths in between


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
