"""The pacing loop: who is counted on, how many calls go out, and when it is asked again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from callcenter.adapters.ami import Ami
from callcenter.happenings import DialEnded, LegDialed, Met, PersonAnswered
from callcenter.outbound import AttemptOutcome, CallingOrder, CampaignState, Closing, Lead
from callcenter.records import CentreRecords, TrunkRecord
from dialer.crew import Crew
from dialer.flights import Flights
from dialer.service.pace import Pace
from dialer.service.placing import Placer
from tests.dialer.service.conftest import CAMPAIGN, NOON, ClockedStore, lead_of
from tests.doubles_ami import FakeAmi, link_up

LEG = "main-1.7"


class Floor:
    """A pacing loop with agents and a clock."""

    def __init__(self, ami: Ami, store: ClockedStore) -> None:
        self.store, self.crew, self.flights = store, Crew(), Flights()
        self.at = NOON
        self.placer = Placer(ami, store, self.flights, cell="main")
        self.pace = Pace(store, self.placer, self.flights, self.crew, self.now)

    def now(self) -> datetime:
        return self.at

    def see(self, **agents: str) -> None:
        """The acd's picture: agent → state; a state "on-call LEG" says with whom."""
        drawn = []
        for agent, told in agents.items():
            state, _, call = told.partition(" ")
            since = self.at.timestamp()
            drawn.append(
                {
                    "id": agent,
                    "state": state,
                    "since": since,
                    "idle_since": since,
                    "queues": ["sales"],
                    "skills": [],
                    "call": call or None,
                    "queue": "sales" if call else None,
                }
            )
        self.crew.see({"at": self.at.timestamp(), "fresh": True, "agents": drawn}, self.at)

    async def once(self, seconds: float = 1.0, *, standing_still: bool = False) -> int:
        """Let time pass, pace once, and return how many calls are on their way."""
        self.at += timedelta(seconds=seconds)
        await self.pace.once(standing_still=standing_still)
        return len(self.flights)


@pytest.fixture
async def floor(store: ClockedStore) -> AsyncIterator[Floor]:
    """Ten leads, a trunk with three channels that has been idle for a while."""
    trunk = TrunkRecord(name="main", channels=3, calls_per_second=10.0)
    await store.apply_centre(CentreRecords(agents=[], queues=[], numbers=[], trunks=[trunk]))
    for index in range(10):
        await lead_of(store, f"+121255501{index:02}")
    async with FakeAmi() as asterisk, asterisk.ami() as ami:
        await link_up(ami)
        made = Floor(ami, store)
        await made.once()
        yield made


async def test_one_call_goes_out_for_each_ready_agent_and_none_more_while_it_is_on_its_way(floor: Floor) -> None:
    floor.see(a="ready", b="ready", c="paused")
    assert await floor.once() == 2
    assert await floor.once() == 2
    assert "2 ready agents" in floor.pace.told(CAMPAIGN.name)


async def test_standing_still_places_nothing(floor: Floor) -> None:
    floor.see(a="ready")
    assert await floor.once(standing_still=True) == 0
    assert await floor.once() == 1


async def test_a_paused_campaign_places_nothing(floor: Floor) -> None:
    floor.see(a="ready")
    await floor.store.set_campaign_state(CAMPAIGN.name, CampaignState.PAUSED)
    assert await floor.once() == 0


async def test_the_trunks_channels_are_shared_with_calls_that_came_in(floor: Floor) -> None:
    floor.see(a="ready", b="ready", c="ready")
    floor.pace.legs_on = lambda trunk: 2
    assert await floor.once() == 1


async def test_an_agent_is_not_counted_on_twice_between_asterisks_word_and_the_acds(floor: Floor) -> None:
    floor.see(a="ready")
    assert await floor.once() == 1
    (flight,) = floor.flights
    attempt, at = flight.attempt, floor.at
    gate = f"Local/{attempt}@dial-gate-00000001;2"
    answered = PersonAnswered(
        call=LEG, channel="PJSIP/x", attempt=attempt, number="", caller_id="", queue="sales", skills=(), at=at
    )
    for happening in (
        LegDialed(leg=LEG, channel="PJSIP/x", gate_channel=gate, attempt=attempt, at=at),
        DialEnded(leg=LEG, attempt=attempt, status="ANSWER", at=at),
        answered,
        Met(legs=("agent", LEG), at=at),
    ):
        floor.flights.observe(happening)
    assert await floor.once() == 1  # the acd has not said yet that the agent is taken
    floor.see(a=f"on-call {LEG}", b="ready")
    assert await floor.once() == 2


async def test_a_trunk_that_is_gone_is_told_and_the_others_go_on(floor: Floor) -> None:
    lost = replace(CAMPAIGN, name="autumn", trunk="other")
    await floor.store.put_campaign(lost)
    floor.see(a="ready")
    assert await floor.once() == 1
    assert "there is no trunk" in floor.pace.told("autumn")


async def test_a_drained_campaign_ends_with_its_last_call(floor: Floor) -> None:
    floor.see(a="ready")
    await floor.once()
    (flight,) = floor.flights
    await floor.store.set_campaign_state(CAMPAIGN.name, CampaignState.DRAINING)
    await floor.once()
    assert (await state(floor)) is CampaignState.DRAINING
    await floor.store.close_attempt(Closing(attempt=flight.attempt, outcome=AttemptOutcome.BUSY, at=floor.at))
    floor.flights.forget(flight.attempt)
    await floor.once()
    assert (await state(floor)) is CampaignState.ENDED


async def state(floor: Floor) -> CampaignState:
    campaign = await floor.store.campaign(CAMPAIGN.name)
    assert campaign is not None
    return campaign.state


async def test_it_is_asked_once_a_second(floor: Floor) -> None:
    floor.at += timedelta(seconds=2)
    await floor.pace.wait()  # overdue: returns at once
    await floor.pace.once(standing_still=True)
    assert floor.pace._cadence.due_at == floor.at.timestamp() + 1


async def test_by_score_the_pacer_is_told_segments_and_the_likelier_is_called_first(floor: Floor) -> None:
    scoring, leads = floor.placer.scoring, await floor.store.leads(CAMPAIGN.name)
    await floor.store.put_campaign(replace(CAMPAIGN, order=CallingOrder.SCORE, mode="predictive"))
    first, last = leads[0], replace(leads[-1], data={"score": "90"})
    for number in range(400):
        scoring.placed(str(number), CAMPAIGN, last if number % 2 else first, NOON)
        scoring.ended(str(number), AttemptOutcome.CONNECTED if number % 2 else AttemptOutcome.NO_ANSWER)
    await lead_of(floor.store, "+12125550199", data={"score": "90"})
    floor.see(a="ready", b="ready")
    assert await floor.once() > 0
    called = [flight for flight in floor.flights if flight.segment > 0]
    lead = await floor.store.lead(called[0].lead)
    assert lead is not None
    assert lead.number == "+12125550199"
    assert scoring.coming(flight.attempt for flight in floor.flights) > 0.0


async def test_two_campaigns_of_one_queue_do_not_count_on_the_same_agent_who_talks(floor: Floor) -> None:
    """Nor does the other campaign get the agent back who was lent for one call."""
    autumn = replace(CAMPAIGN, name="autumn", mode="predictive")
    await floor.store.put_campaign(replace(CAMPAIGN, mode="predictive"))
    await floor.store.put_campaign(autumn)
    await floor.store.add_leads([Lead(campaign="autumn", number="+12125550190", next_at=NOON, created_at=NOON)])
    floor.see(a="ready", b="ready")
    await floor.once()
    mine = next(iter(floor.flights.of(CAMPAIGN.name)))
    at = floor.at
    for happening in (
        LegDialed(leg=LEG, channel="PJSIP/x", gate_channel="Local/x;2", attempt=mine.attempt, at=at),
        DialEnded(leg=LEG, attempt=mine.attempt, status="ANSWER", at=at),
        PersonAnswered(
            call=LEG, channel="PJSIP/x", attempt=mine.attempt, number="", caller_id="", queue="sales", skills=(), at=at
        ),
        Met(legs=("agent", LEG), at=at),
    ):
        floor.flights.observe(happening)
    floor.see(a=f"on-call {LEG}", b="ready")
    await floor.once()
    floor.see(a=f"wrap-up {LEG}", b="ready")
    await floor.once()
    await floor.pace.diarist.write()
    latest = {name: await floor.store.decision_at(name, floor.at) for name in (CAMPAIGN.name, "autumn")}
    busy = {name: found.floor["talk"] + found.floor["wrap"] for name, found in latest.items() if found is not None}
    assert busy == {CAMPAIGN.name: 1.0, "autumn": 0.0}


async def test_what_was_decided_is_kept_with_what_came_of_it(floor: Floor) -> None:
    floor.see(a="ready", b="ready", c="ready", d="ready")
    await floor.once()
    await floor.pace.diarist.write()
    (kept,) = [
        one for one in await floor.store.decisions(CAMPAIGN.name, NOON, NOON + timedelta(hours=1), 9) if one.placed
    ]
    assert (kept.asked, kept.placed, kept.floor["idle"]) == (3, 3, 4.0)
    assert "only 3 trunk channels free" in kept.reasons
