"""Calls back while dialers die anywhere and wishes come and go: nobody is called twice, no wish is forgotten."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.care import Callback, CallbackState
from callcenter.outbound import (
    OPEN,
    Attempt,
    AttemptOutcome,
    AttemptState,
    CampaignKind,
    Closing,
    LeadState,
)
from dialer.callbacks import TRIES
from dialer.retry import after
from dialer.sweep import SENT_MAX, sweep
from tests.dialer.service.conftest import NOON, ClockedStore
from tests.dialer.service.wishes import NAME, House, furnish, wish
from tests.doubles_ami import FakeAmi, link_up

STEPS = 40
MORE = [pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 40)]
PEOPLE = 3
HOW = [
    AttemptOutcome.CONNECTED,
    AttemptOutcome.BUSY,
    AttemptOutcome.MACHINE,
    AttemptOutcome.ABANDONED,
    AttemptOutcome.FAILED,
    AttemptOutcome.LOST,
]


class World:
    """Two dialers on one store, what passed the gate, and what became of each wish."""

    def __init__(self, store: ClockedStore, dialers: list[House], rng: random.Random) -> None:
        self.store, self.dialers, self.rng = store, dialers, rng
        self.let_through: list[str] = []
        self.booked: list[Callback] = []
        self.over: dict[str, CallbackState] = {}

    async def step(self) -> None:
        looks, gates = [self.look] * 3, [self.gate] * 2
        others = [self.ends, self.sweep, self.dies, self.asks, self.cancels]
        await self.rng.choice([*looks, *gates, *others])()
        await self.check()

    async def look(self, agents: int = 2) -> None:
        """One dialer looks, a little or a long time later."""
        house = self.rng.choice(self.dialers)
        house.at = max(one.at for one in self.dialers)
        house.see(*["ready"] * agents)
        await house.once(self.rng.choice([1.0, 1.0, 5.0, 700.0]))

    async def open_attempts(self, *states: AttemptState) -> list[Attempt]:
        return [attempt for attempt in await self.store.open_attempts() if attempt.state in (states or OPEN)]

    async def gate(self) -> None:
        """An Originate arrives, late or twice."""
        asked = [attempt.id for attempt in await self.open_attempts()] + self.let_through[-2:]
        if not asked:
            return
        attempt = self.rng.choice(asked)
        wanted = await self._wanted(attempt)
        house = self.dialers[0]
        for flight in [f for one in self.dialers for f in one.flights if f.attempt == attempt][:1]:
            if (await house.through_the_gate(flight)).lets_through:
                assert attempt not in self.let_through, "let through twice"
                assert wanted, "called for a wish that was taken back"
                self.let_through.append(attempt)

    async def _wanted(self, attempt: str) -> bool:
        return any(one.attempt == attempt for one in await self.store.callbacks())

    async def ends(self) -> None:
        dialing = await self.open_attempts(AttemptState.DIALING)
        if dialing:
            await self._close(self.rng.choice(dialing), self.rng.choice(HOW))

    async def _close(self, attempt: Attempt, outcome: AttemptOutcome) -> None:
        campaign, lead = await self.store.campaign(NAME), await self.store.lead(attempt.lead)
        assert campaign is not None
        assert lead is not None
        state, next_at = after(campaign, lead.tries, outcome, self.store.at)
        closing = Closing(attempt=attempt.id, outcome=outcome, at=self.store.at, lead_state=state, next_at=next_at)
        await self.store.close_attempt(closing)
        for house in self.dialers:
            house.flights.forget(attempt.id)

    async def sweep(self) -> None:
        for left in sweep(await self.store.open_attempts(), self.store.at, None):
            await self._close(left.attempt, left.outcome)

    async def dies(self) -> None:
        """One dialer forgets everything; or it dies between the claim and the reservation."""
        house = self.rng.choice(self.dialers)
        house.flights.clear()
        due = await self.store.due_callbacks(self.store.at, 5)
        if due and self.rng.random() < 0.5:
            await self.store.claim_callback(self.rng.choice(due).id, f"{self.rng.getrandbits(128):032x}", self.store.at)

    async def asks(self) -> None:
        """Somebody asks, perhaps not for the first time."""
        number = self.rng.randrange(PEOPLE)
        made = replace(wish(number), id=f"w{len(self.booked)}", since=self.store.at, due_at=self.store.at)
        await self.store.book_callback(made)
        self.booked.append(made)

    async def cancels(self) -> None:
        """Somebody changes their mind, most often while they are being called."""
        live = await self.store.callbacks()
        called = [one for one in live if one.state is CallbackState.DIALING] or live
        if called:
            await self.store.cancel_callback(self.rng.choice(called).id, "changed their mind", self.store.at)

    async def check(self) -> None:
        """What must hold at any time."""
        open_ones = await self.store.open_attempts()
        assert len({attempt.number for attempt in open_ones}) == len(open_ones)
        for lead in await self.store.leads(NAME):
            assert (lead.state is LeadState.DIALING) == any(attempt.lead == lead.id for attempt in open_ones)
            assert lead.tries <= TRIES
        for one in self.booked:
            now = await self.store.callback(one.id)
            assert now is not None
            before = self.over.setdefault(one.id, now.state) if now.ended_at else None
            assert before in {None, now.state}, "what is over stays as it is"

    async def rests(self) -> None:
        """Nobody dies any more and all phones are busy: every wish comes to its end."""
        for _ in range(200):
            if not await self.store.callbacks() and not await self.store.open_attempts():
                break
            await self.look(agents=3)
            for attempt in await self.open_attempts(AttemptState.SENT):
                for house in self.dialers:
                    flight = house.flights.get(attempt.id)
                    if flight is not None and (await house.through_the_gate(flight)).lets_through:
                        assert attempt.id not in self.let_through
                        self.let_through.append(attempt.id)
            for attempt in await self.open_attempts(AttemptState.DIALING):
                await self._close(attempt, AttemptOutcome.BUSY)
            self.store.at += SENT_MAX
            await self.sweep()
            await self.check()
            # Six calls a day, calling hours: wishes may have to wait.
            due = await self.store.next_callback()
            for house in self.dialers:
                house.at = max(self.store.at, due or self.store.at)


@pytest.fixture
async def dialers(store: ClockedStore) -> AsyncIterator[list[House]]:
    await furnish(store)
    async with AsyncExitStack() as stack:
        asterisk = await stack.enter_async_context(FakeAmi())
        found = []
        for _ in range(2):
            ami = await stack.enter_async_context(asterisk.ami())
            await link_up(ami)
            found.append(House(ami, store))
        yield found


@pytest.mark.timeout(120)  # some thousand commits
@pytest.mark.parametrize("seed", [0, 1, *MORE])
async def test_whatever_dies_nobody_is_called_twice_and_every_wish_comes_to_an_end(
    store: ClockedStore, dialers: list[House], seed: int
) -> None:
    world = World(store, dialers, random.Random(seed))
    await world.asks()
    for _ in range(STEPS):
        await world.step()
    await world.rests()
    assert await store.callbacks() == []
    assert await store.open_attempts() == []
    campaign = await store.campaign(NAME)
    assert campaign is not None
    assert campaign.kind is CampaignKind.CALLBACK
    attempts = await store.attempts(NAME, NOON - timedelta(days=1), NOON + timedelta(days=30), 1000)
    assert {attempt.id for attempt in attempts if attempt.gate_at is not None} == set(world.let_through)
