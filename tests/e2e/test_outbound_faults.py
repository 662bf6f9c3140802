"""Parts die, freeze or lose each other in a campaign: nobody is called twice or hears dead air, and all goes on."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from callcenter import dialplan
from callcenter.adapters.ami import Ami, Origination
from callcenter.outbound import Attempt, AttemptOutcome, Draft, LeadState
from tests.e2e.conftest import TestCentre, eventually
from tests.e2e.crashes import campaign_of_one, doomed, is_made_good
from tests.e2e.outbound import (
    NEW_CALL_S,
    RINGS,
    SLACK,
    SOON,
    Calling,
    ami_address,
    clear_up,
    dialer_says,
    dialer_session,
    give_up_lease,
    judge,
    settled,
    silence_s,
    staff,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

STANDS = "standing still"


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def crashed(whole_centre: TestCentre) -> AsyncIterator[Mapping[str, Calling]]:
    """Campaigns whose dialer died; what is left of them is swept while the other tests run."""
    centre = whole_centre
    centre.dialer.kill()
    await give_up_lease(centre, "dialer")
    await centre.services_up()
    found = {}
    async with doomed(centre, "sent") as first:
        await staff(centre, "11", "12", "14")
        found["sent"] = await campaign_of_one(centre)
        await first.active()
        async with doomed(centre, "passed") as second:  # stands by meanwhile, as the next one will
            await first.dies()
            await found["sent"].pause()
            found["passed"] = await campaign_of_one(centre)
            await second.active()
            centre.dialer.start()
            await second.dies()
            await found["passed"].pause()
    yield found
    await clear_up(centre)


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def dialing(crashed: Mapping[str, Calling], centre: TestCentre) -> AsyncIterator[None]:
    """A test before this one may have ended the dialer; this one leaves no campaign behind."""
    await centre.dialer_up()
    yield
    await clear_up(centre, *crashed.values())


async def is_called(calling: Calling, agent: str) -> None:
    """Dialing goes on: another lead of the campaign is called and talks with `agent`."""
    number = await calling.lead(SOON)
    await staff(calling.centre, agent)
    attempt = await calling.ended(number)
    assert (attempt.outcome, attempt.agent) == (AttemptOutcome.CONNECTED, agent)


async def test_calls_go_on_while_the_dialer_is_dead_and_the_next_one_takes_them_over(centre: TestCentre) -> None:
    await staff(centre, "11", "12", "14")
    calling = await Calling.prepare(centre)
    numbers = [await calling.lead(RINGS) for _ in range(3)]
    await calling.start()
    before, meanwhile, afterwards = legs = [await calling.rings(number) for number in numbers]
    before.answer()
    await calling.hears_agent(before.call.number)
    killed_at = datetime.now(UTC)
    centre.dialer.kill()
    meanwhile.answer()
    await calling.hears_agent(meanwhile.call.number)
    await give_up_lease(centre, "dialer")
    await centre.dialer_up()
    await dialer_says(centre, "dialing", killed_at)
    afterwards.answer()
    await calling.hears_agent(afterwards.call.number)
    for leg in legs:
        assert leg.call.ended_at is None
        await leg.hang_up()
    for leg in legs:
        attempt = await calling.ended(leg.call.number)
        assert (attempt.outcome, attempt.agent) == (AttemptOutcome.CONNECTED, leg.call.agent)
        assert None not in (attempt.ringing_at, attempt.answered_at, attempt.connected_at, attempt.call_id)
        assert len(calling.calls(leg.call.number)) == 1
        assert (await calling.row(leg.call.number)).state is LeadState.DONE
    await is_called(calling, "11")


async def originate(centre: TestCentre, attempt: str) -> None:
    """Tell Asterisk to place a call as the dialer does, and return when that call is over."""
    async with Ami(ami_address(centre)) as ami:
        await ami.wait_ready()
        local = f"Local/{attempt}@{dialplan.CONTEXT_GATE}/n"
        await ami.originate(
            Origination(channel=local, context=dialplan.CONTEXT_DIALED, exten="s", channel_id=uuid4().hex)
        )
        async with asyncio.timeout(NEW_CALL_S):
            while True:
                event = await ami.next_event()
                if getattr(event, "name", "") == "OriginateResponse":
                    return


async def test_an_originate_that_comes_again_calls_nobody(centre: TestCentre) -> None:
    await staff(centre, "11")
    calling = await Calling.prepare(centre)
    number = await calling.lead(RINGS)
    await calling.start()
    leg = await calling.rings(number)
    (attempt,) = await calling.attempts(number)
    await originate(centre, attempt.id)  # while it rings
    await leg.hang_up()
    await calling.ended(number)
    await originate(centre, attempt.id)  # after its end
    await originate(centre, uuid4().hex)  # of an attempt that never was
    assert len(calling.calls(number)) == 1


async def test_a_frozen_gate_lets_no_call_through_and_talks_go_on(centre: TestCentre) -> None:
    await staff(centre, "11", "12")
    calling = await Calling.prepare(centre)
    talking, waiting = await calling.lead(RINGS), calling.number()
    await calling.start()
    leg = await calling.rings(talking)
    leg.answer()
    await calling.hears_agent(talking)
    await calling.pause()
    await calling.lead(SOON, number=waiting)
    await dialer_says(centre, "dialing", datetime.now(UTC))  # so it writes nothing now that would lock the store
    centre.dialer.freeze()
    try:
        await calling.start()
        attempt = await reserved(calling, waiting)
        await originate(centre, attempt.id)
    finally:
        centre.dialer.start()
    assert leg.call.ended_at is None
    assert calling.calls(waiting) == []
    await leg.hang_up()
    assert (await calling.ended(talking)).outcome is AttemptOutcome.CONNECTED
    await is_called(calling, "12")
    assert calling.calls(waiting) == []


async def reserved(calling: Calling, number: str) -> Attempt:
    """Reserve an attempt and mark it sent, as the dialer does before it tells Asterisk."""
    store, lead = calling.centre.store, await calling.row(number)
    draft = Draft(id=uuid4().hex, lead=lead.id, campaign=calling.campaign.name, number=number, cell="main")
    (attempt,) = await store.reserve([draft], await store.now())
    assert isinstance(attempt, Attempt)
    assert await store.mark_sent([attempt.id], await store.now()) == {attempt.id}
    return attempt


async def test_without_redis_no_call_is_placed_and_with_it_dialing_goes_on(centre: TestCentre) -> None:
    await staff(centre, "11")
    assert centre.box.redis is not None
    calling = await Calling.prepare(centre)
    await calling.start()
    stopped_at = datetime.now(UTC)
    await asyncio.to_thread(centre.box.redis.stop)
    try:
        await dialer_says(centre, f"{STANDS}: no fresh picture of the agents", stopped_at)
        assert datetime.now(UTC) - stopped_at < timedelta(seconds=10)
        number = await calling.lead(SOON)
    finally:
        back_at = datetime.now(UTC)
        await asyncio.to_thread(centre.box.redis.start)
    assert (await calling.ended(number)).outcome is AttemptOutcome.CONNECTED
    (call,) = calling.calls(number)
    assert call.invited_at is not None
    assert call.invited_at > back_at
    await dialer_says(centre, "dialing", back_at)


async def test_with_the_acd_dead_a_person_hears_the_message_and_no_call_is_placed_until_it_is_back(
    centre: TestCentre,
) -> None:
    await staff(centre, "11", "12")
    calling = await Calling.prepare(centre)
    number = await calling.lead(RINGS)
    await calling.start()
    leg = await calling.rings(number)
    killed_at = datetime.now(UTC)
    centre.acd.kill()
    leg.answer()
    await leg.answered()

    async def plays() -> bool:
        return silence_s(leg) is not None

    await eventually(plays, 5, "a message")
    await leg.hang_up()
    assert 1.9 <= (silence_s(leg) or 0.0) <= 2.0 + SLACK.total_seconds()
    assert leg.call.agent is None
    attempt = await calling.ended(number)
    assert (attempt.outcome, attempt.connected_at) == (AttemptOutcome.DROPPED, None)
    await dialer_says(centre, f"{STANDS}: no fresh picture of the agents", killed_at)
    later = await calling.lead(SOON)
    await give_up_lease(centre, "acd")
    back_at = datetime.now(UTC)
    await centre.services_up()
    assert (await calling.ended(later)).outcome is AttemptOutcome.CONNECTED
    (call,) = calling.calls(later)
    assert call.invited_at is not None
    assert call.invited_at > back_at


async def test_a_call_survives_the_loss_of_the_link_to_asterisk(centre: TestCentre) -> None:
    await staff(centre, "11", "12")
    calling = await Calling.prepare(centre)
    numbers = [await calling.lead(RINGS) for _ in range(2)]
    await calling.start()
    talking, ringing = [await calling.rings(number) for number in numbers]
    talking.answer()
    await calling.hears_agent(talking.call.number)
    before, session = await dialer_session(centre)
    await asyncio.to_thread(centre.box.asterisk.exec_cli, f"manager kick session {session}")

    async def is_new() -> bool:
        since, _ = await dialer_session(centre)
        return bool(since) and since != before

    await eventually(is_new, 10, "another login of the dialer")
    await dialer_says(centre, "dialing", datetime.now(UTC))
    ringing.answer()
    await calling.hears_agent(ringing.call.number)
    for leg in (talking, ringing):
        await leg.hang_up()
        attempt = await calling.ended(leg.call.number)
        assert (attempt.outcome, attempt.agent) == (AttemptOutcome.CONNECTED, leg.call.agent)
        assert len(calling.calls(leg.call.number)) == 1
    await is_called(calling, "11")


async def test_while_nothing_can_be_written_no_call_is_placed(centre: TestCentre) -> None:
    await staff(centre, "11")
    calling = await Calling.prepare(centre)
    await calling.start()
    number = await calling.lead(SOON, next_at=datetime.now(UTC) + timedelta(seconds=2))
    with closing(sqlite3.connect(centre.box.settings.sql_url.removeprefix("sqlite:///"), isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(4.0)  # it was due for half of that
        assert calling.calls(number) == []
        back_at = datetime.now(UTC)
        db.execute("ROLLBACK")
    assert (await calling.ended(number)).outcome is AttemptOutcome.CONNECTED
    (call,) = calling.calls(number)
    assert call.invited_at is not None
    assert call.invited_at > back_at


async def test_what_a_dialer_that_crashed_left_behind_is_made_good(
    crashed: Mapping[str, Calling], centre: TestCentre
) -> None:
    for point, calling in crashed.items():
        await is_made_good(calling, point)


async def test_all_that_the_carrier_saw_was_lawful_and_in_the_ledger(centre: TestCentre) -> None:
    await settled(centre)
    await judge(centre)
