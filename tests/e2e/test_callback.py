"""People who asked for it are called back through the real Asterisk: once, in their turn, and into the right queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from uuid import uuid4

import pytest
import pytest_asyncio

from callcenter.care import Callback, CallbackState
from callcenter.messages import AgentCommand
from callcenter.outbound import Attempt, AttemptOutcome, Campaign
from callcenter.records import CallRecord, Direction, Outcome, Waiting
from dialer.callbacks import BETWEEN_TRIES, campaign_name
from sim.phones import people
from sim.phones.demand import lead_number
from sim.phones.people import PersonPlan
from sim.phones.plans import CallerPlan, Keys
from tests.e2e.conftest import TestCentre, eventually
from tests.e2e.outbound import RINGS, Calling, dialer_says, give_up_lease, judge, pause, settled, staff

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUEUE = "sales"
TAKES_IT = PersonPlan(
    number="",
    outcome=people.Outcome.ANSWERS,
    ring_s=0.3,
    keys=(Keys(after_s=1.5, digits="1"),),
    patience_s=30,
    talk_s=1.0,
)
SOON_S = 15.0  # from the wish to the ring: looks once a second, of the acd's picture once a second


class Wishes:
    """Calls back under test: wishes of queue sales, and what became of them."""

    def __init__(self, centre: TestCentre) -> None:
        self.centre = centre

    async def book(self, plan: PersonPlan = TAKES_IT, **changes: object) -> Callback:
        """Book a callback, due now, of somebody who has waited for ten minutes; `changes`: of Callback."""
        self.centre.numbers += 1
        now = datetime.now(UTC)
        fields: dict[str, object] = {
            "id": uuid4().hex,
            "number": lead_number(self.centre.numbers),
            "queue": QUEUE,
            "since": now - timedelta(minutes=10),
            "due_at": now,
            "call_id": "0.0",
            "updated_at": now,
        }
        wish = Callback(**{**fields, **changes})  # type: ignore[arg-type]
        self.centre.people[wish.number] = plan
        assert await self.centre.store.book_callback(wish)
        return wish

    async def asked_for(self, number: str) -> Callback:
        """Return the one wish of a caller, once they have asked."""

        async def found() -> Callback | None:
            return next(iter(await self.centre.store.callbacks(number=number)), None)

        return await eventually(found, 10, f"a callback to {number}")

    async def until(self, wish: Callback, state: CallbackState, timeout_s: float = 40.0) -> Callback:
        async def reached() -> Callback | None:
            found = await self.centre.store.callback(wish.id)
            return found if found is not None and found.state is state else None

        return await eventually(reached, timeout_s, f"a callback that is {state}")

    async def calling(self) -> Calling:
        """The campaign of these calls, as the other tests of calls out look at one."""

        async def made() -> Campaign | None:
            return await self.centre.store.campaign(campaign_name(QUEUE))

        return Calling(self.centre, await eventually(made, 10, "a campaign of calls back"))

    async def ended(self, wish: Callback) -> Attempt:
        return await (await self.calling()).ended(wish.number, 60)

    async def record(self, attempt: Attempt) -> CallRecord:
        return await (await self.calling()).record(attempt)

    async def waits(self, wish: Callback) -> Waiting:
        """Return the waiting row of whoever was called back, once they wait for an agent."""
        calling = await self.calling()

        async def row() -> Waiting | None:
            (attempt,) = await calling.attempts(wish.number)
            return await self.centre.store.waiting(attempt.call_id) if attempt.call_id else None

        return await eventually(row, 20, "somebody called back who waits for an agent")


@pytest_asyncio.fixture(loop_scope="session")
async def wishes(centre: TestCentre) -> AsyncIterator[Wishes]:
    """No wish is left behind, and no call; a test before this one may have ended a service."""
    await centre.dialer_up()
    yield Wishes(centre)
    now = datetime.now(UTC)
    for wish in await centre.store.callbacks():
        await centre.store.cancel_callback(wish.id, "the test is over", now)
    for call in centre.carrier.calls:
        if call.ended_at is None:
            await centre.carrier.leg(call).hang_up()
    await centre.callers.phone.hang_up_all()


async def test_whoever_asked_is_called_takes_the_call_by_a_key_and_talks_with_an_agent(
    centre: TestCentre, wishes: Wishes
) -> None:
    await staff(centre, "11")
    wish = await wishes.book()
    attempt = await wishes.ended(wish)
    assert (attempt.outcome, attempt.agent) == (AttemptOutcome.CONNECTED, "11")
    (call,) = (await wishes.calling()).calls(wish.number)
    assert (call.agent, call.caller) == ("11", centre.did)
    record = await wishes.record(attempt)
    assert (record.direction, record.outcome) == (Direction.CALLBACK, Outcome.REACHED_AGENT)
    assert (record.caller, record.queue, record.agent) == (wish.number, QUEUE, "11")
    done = await wishes.until(wish, CallbackState.DONE)
    assert (done.attempt, done.tries) == (attempt.id, 1)


async def test_a_caller_who_asks_for_it_while_waiting_is_called_back_with_the_place_they_had(
    centre: TestCentre, wishes: Wishes
) -> None:
    await staff(centre, "11")
    await pause(centre, "11")
    plan = CallerPlan(did=centre.did, caller=centre.caller(), keys=(Keys(after_s=2, digits="1"),), talk_s=None)
    leg = centre.callers.place(plan)
    await centre.until_waiting(plan)
    (waiting,) = await centre.store.all_waiting()
    await asyncio.sleep(4.0)  # until they hear music
    await leg.press("1")
    await asyncio.sleep(4.0)  # until they are asked whether it is their number
    await leg.press("1")
    wish = await wishes.asked_for(plan.caller)
    await leg.hang_up()
    assert (await centre.record(leg.call)).outcome is Outcome.CALL_BACK
    assert (wish.queue, wish.since, wish.state) == (QUEUE, waiting.since, CallbackState.OPEN)
    centre.people[plan.caller] = TAKES_IT
    await staff(centre, "11")
    assert (await wishes.ended(wish)).outcome is AttemptOutcome.CONNECTED
    await wishes.until(wish, CallbackState.DONE)


async def test_they_come_before_callers_who_came_later_than_they_asked(centre: TestCentre, wishes: Wishes) -> None:
    await staff(centre, "11")
    wish = await wishes.book(RINGS)
    leg = await (await wishes.calling()).rings(wish.number, SOON_S)
    await pause(centre, "11")
    later = CallerPlan(did=centre.did, caller=centre.caller(), keys=(Keys(after_s=2, digits="1"),), talk_s=None)
    caller = centre.callers.place(later)
    await centre.until_waiting(later)
    leg.answer()
    await asyncio.sleep(1.5)  # as long as anybody needs to hear what it is about
    await leg.press("1")
    row = await wishes.waits(wish)
    assert (row.since, row.queue) == (wish.since, QUEUE)
    centre.bus.publish(AgentCommand(agent="11", action="ready"))
    await leg.agent_heard()
    assert caller.call.agent is None
    await leg.hang_up()
    await caller.agent_heard()
    await caller.hang_up()
    assert (await wishes.ended(wish)).outcome is AttemptOutcome.CONNECTED


async def test_an_answering_machine_reaches_no_agent_and_they_are_tried_again(
    centre: TestCentre, wishes: Wishes
) -> None:
    await staff(centre, "11")
    machine = PersonPlan(number="", outcome=people.Outcome.MACHINE, ring_s=0.3, talk_s=3.0)
    wish = await wishes.book(machine)
    attempt = await wishes.ended(wish)
    assert (attempt.outcome, attempt.connected_at) == (AttemptOutcome.MACHINE, None)
    assert (await wishes.record(attempt)).outcome is Outcome.SELF_SERVICE
    again = await wishes.until(wish, CallbackState.OPEN)
    assert attempt.ended_at is not None
    assert (again.due_at, again.tries) == (attempt.ended_at + BETWEEN_TRIES, 1)
    assert await centre.state("11") == "ready"


async def test_whoever_is_busy_is_tried_again(centre: TestCentre, wishes: Wishes) -> None:
    await staff(centre, "11")
    wish = await wishes.book(PersonPlan(number="", outcome=people.Outcome.BUSY))
    attempt = await wishes.ended(wish)
    assert (attempt.outcome, attempt.cause) == (AttemptOutcome.BUSY, 17)
    assert (await wishes.until(wish, CallbackState.OPEN)).reason == "busy, tries: 1"


async def test_whoever_takes_the_call_and_leaves_before_an_agent_has_abandoned_it_and_is_no_drop(
    centre: TestCentre, wishes: Wishes
) -> None:
    await staff(centre, "11")
    wish = await wishes.book(RINGS)
    leg = await (await wishes.calling()).rings(wish.number, SOON_S)
    await pause(centre, "11")
    leg.answer()
    await asyncio.sleep(1.5)
    await leg.press("1")
    await wishes.waits(wish)
    await leg.hang_up()
    attempt = await wishes.ended(wish)
    assert attempt.outcome is AttemptOutcome.ABANDONED
    assert (await wishes.record(attempt)).outcome is Outcome.ABANDONED


async def test_with_two_agents_no_more_than_two_are_called_at_once(centre: TestCentre, wishes: Wishes) -> None:
    await staff(centre, "11", "14")
    booked = [await wishes.book() for _ in range(5)]
    for wish in booked:
        await wishes.until(wish, CallbackState.DONE, 60)
    numbers = [wish.number for wish in booked]
    calls = (await wishes.calling()).calls(*numbers)
    assert len(calls) == 5
    steps = sorted(
        (at, step) for call in calls for at, step in ((call.invited_at, 1), (call.ended_at, -1)) if at is not None
    )
    assert len(steps) == 10
    assert max(accumulate(step for _, step in steps)) <= 2


async def test_whoever_calls_in_and_reaches_an_agent_is_not_called_any_more(centre: TestCentre, wishes: Wishes) -> None:
    await staff(centre, "11")
    wish = await wishes.book(RINGS)
    calling = await wishes.calling()
    await calling.rings(wish.number, SOON_S)
    plan = CallerPlan(did=centre.did, caller=wish.number, keys=(Keys(after_s=2, digits="1"),), talk_s=None)
    caller = centre.callers.place(plan)
    await caller.agent_heard()
    cancelled = await wishes.until(wish, CallbackState.CANCELLED)
    assert cancelled.reason == "reached an agent by calling in"
    attempt = await wishes.ended(wish)
    assert attempt.outcome is AttemptOutcome.CANCELLED
    assert (await calling.row(wish.number)).next_at <= datetime.now(UTC)
    await caller.hang_up()


async def test_the_dialer_dies_while_it_rings_and_its_successor_follows_the_call_to_its_end(
    centre: TestCentre, wishes: Wishes
) -> None:
    await staff(centre, "11")
    wish = await wishes.book(RINGS)
    calling = await wishes.calling()
    leg = await calling.rings(wish.number, SOON_S)
    killed_at = datetime.now(UTC)
    centre.dialer.kill()
    await give_up_lease(centre, "dialer")
    leg.answer()
    await asyncio.sleep(1.5)
    await leg.press("1")
    await leg.agent_heard()
    await centre.dialer_up()
    await dialer_says(centre, "dialing", killed_at)
    await leg.hang_up()
    attempt = await wishes.ended(wish)
    assert attempt.outcome is AttemptOutcome.CONNECTED
    assert len(calling.calls(wish.number)) == 1
    assert (await wishes.until(wish, CallbackState.DONE)).attempt == attempt.id


async def test_with_the_ivr_dead_they_reach_an_agent_of_their_queue_all_the_same(
    centre: TestCentre, wishes: Wishes
) -> None:
    await staff(centre, "11", "13")  # 13 serves another queue
    wish = await wishes.book(RINGS)
    leg = await (await wishes.calling()).rings(wish.number, SOON_S)
    centre.ivr.kill()
    leg.answer()
    async with asyncio.timeout(20):
        await leg.agent_heard()
    assert leg.call.agent == "11"
    await leg.hang_up()
    attempt = await wishes.ended(wish)
    assert attempt.outcome is AttemptOutcome.CONNECTED
    assert (await wishes.record(attempt)).outcome is Outcome.FALLBACK_AGENT
    await wishes.until(wish, CallbackState.DONE)


async def test_nobody_was_called_twice_and_nothing_is_left_open(centre: TestCentre, wishes: Wishes) -> None:
    await settled(centre)
    assert len(centre.carrier.calls) >= 10
    await judge(centre)
