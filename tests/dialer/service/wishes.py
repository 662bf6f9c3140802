"""A dialer that calls people back, with wishes, agents, callers and a clock, for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from callcenter.adapters.ami import Ami
from callcenter.care import Callback, CallbackState
from callcenter.outbound import AttemptOutcome, CampaignState, Closing
from callcenter.records import CentreRecords, Queue, TrunkRecord
from dialer.crew import Crew
from dialer.flights import Flight, Flights
from dialer.retry import after
from dialer.service.gate import Gate
from dialer.service.pace import Pace
from dialer.service.placing import Placer
from tests.dialer.service.conftest import CAMPAIGN, NOON, ClockedStore
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


async def furnish(store: ClockedStore) -> None:
    """Give the centre a queue and a trunk, and its campaign a rest."""
    queue = Queue(name="sales", title="Sales")
    await store.apply_centre(CentreRecords(agents=[], queues=[queue], numbers=[], trunks=[TRUNK]))
    await store.set_campaign_state(CAMPAIGN.name, CampaignState.PAUSED)


@asynccontextmanager
async def open_house(store: ClockedStore, asterisk: FakeAmi) -> AsyncIterator[House]:
    """A centre with a queue and a trunk, that has been up for a while."""
    await furnish(store)
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
