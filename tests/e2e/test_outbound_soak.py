"""Everything that can die dies, again and again, while campaigns run: nobody is called twice or hears dead air."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.onebox import environment_of
from app.ports import free_tcp_port
from app.processes import ServiceProcess
from callcenter.outbound import AttemptOutcome, LeadState
from sim.phones import carrier_log, people
from tests.e2e.conftest import TestCentre
from tests.e2e.crashes import CRASHES, campaign_of_one, doomed, is_made_good
from tests.e2e.outbound import (
    RINGS,
    SOON,
    Calling,
    clear_up,
    dialer_says,
    dialer_session,
    give_up_lease,
    judge,
    settled,
    silence_s,
    staff,
)

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.soak, pytest.mark.timeout(600)]

LEADS = 120
FAULTS = 14
SEED = 5
SHARES = {
    people.Outcome.ANSWERS: 0.65,
    people.Outcome.NO_ANSWER: 0.05,
    people.Outcome.BUSY: 0.15,
    people.Outcome.CONGESTION: 0.05,
    people.Outcome.INVALID: 0.05,
    people.Outcome.DECLINES: 0.05,
}
HABITS = people.Habits(shares=SHARES, pace=0.15, opt_out=0.3)
MESSAGE_S = 3.5  # two seconds and a busy machine


@pytest.mark.parametrize("point", CRASHES)
async def test_wherever_the_dialer_crashes_the_next_one_makes_it_good(centre: TestCentre, point: str) -> None:
    centre.dialer.kill()
    await give_up_lease(centre, "dialer")
    async with doomed(centre, point) as dialer:
        await staff(centre, "11")
        calling = await campaign_of_one(centre)
        await dialer.dies()
    await centre.dialer_up()
    await is_made_good(calling, point)
    await clear_up(centre)


async def kill_dialer(centre: TestCentre) -> None:
    centre.dialer.kill()
    await give_up_lease(centre, "dialer")
    await centre.dialer_up()


async def freeze_dialer(centre: TestCentre) -> None:
    centre.dialer.freeze()
    await asyncio.sleep(3.0)
    centre.dialer.start()


async def kill_acd(centre: TestCentre) -> None:
    centre.acd.kill()
    await give_up_lease(centre, "acd")
    await centre.services_up()


async def stop_redis(centre: TestCentre) -> None:
    assert centre.box.redis is not None
    await asyncio.to_thread(centre.box.redis.stop)
    await asyncio.sleep(4.0)
    await asyncio.to_thread(centre.box.redis.start)


async def cut_link(centre: TestCentre) -> None:
    _, session = await dialer_session(centre)
    if session:
        await asyncio.to_thread(centre.box.asterisk.exec_cli, f"manager kick session {session}")


async def usurp(centre: TestCentre) -> None:
    """Two dialers at once, until the first sees that it has lost its lease; the second dies."""
    # Its own gate is where Asterisk does not ask: that of the first is open while both are active.
    settings = replace(centre.box.settings, gate_port=free_tcp_port())
    folder = centre.box.blueprint.folder
    other = ServiceProcess("dialer", environment_of(settings), settings.gate_port, folder / "other.log")
    other.start()
    try:
        await give_up_lease(centre, "dialer")
        holder, now = f"{socket.gethostname()}:{other.pid}", await centre.store.now()
        assert await centre.store.acquire_lease("dialer:main", holder, timedelta(seconds=30), now)
        await other.listening()
        await asyncio.sleep(4.0)
    finally:
        other.kill()
    await give_up_lease(centre, "dialer")
    await centre.dialer_up()


FAULT: tuple[Callable[[TestCentre], Awaitable[None]], ...] = (
    kill_dialer,
    freeze_dialer,
    kill_acd,
    stop_redis,
    cut_link,
    usurp,
)


async def test_whatever_dies_while_campaigns_run_nobody_is_called_twice_or_hears_dead_air(centre: TestCentre) -> None:
    await centre.dialer_up()
    await staff(centre, "11", "12", "14", "15", "18")
    rng = random.Random(SEED)
    one = await Calling.prepare(centre, ring=timedelta(seconds=15))
    two = await Calling.prepare(centre, ring=timedelta(seconds=15), queue="collections")
    numbers = [calling.number() for calling in (one, two) for _ in range(LEADS // 2)]
    person = people.people(numbers, SEED, HABITS)
    for index, number in enumerate(numbers):
        await (one, two)[index % 2].lead(person(number), number)
    await one.start()
    await two.start()
    for fault in [*FAULT, *rng.choices(FAULT, k=FAULTS - len(FAULT))]:
        await asyncio.sleep(rng.uniform(1.0, 5.0))
        await fault(centre)
    before = len(one.calls(*numbers))
    async with asyncio.timeout(60):  # and all goes on
        await centre.carrier.until(lambda _: len(one.calls(*numbers)) > before)
    await one.pause()
    await two.pause()
    await settled(centre)
    await judge(centre)
    assert len(one.calls(*numbers)) > LEADS / 4
    for call in carrier_log.without_agent(one.calls(*numbers)):
        heard_after_s = silence_s(centre.carrier.leg(call))
        assert call.answered_at is not None
        assert call.ended_at is not None
        if heard_after_s is None:
            heard_after_s = (call.ended_at - call.answered_at).total_seconds()
        assert heard_after_s < MESSAGE_S, f"{call.number} heard nothing for {heard_after_s:.1f} s"
    for calling in (one, two):
        assert await centre.store.leads(calling.campaign.name, LeadState.DIALING) == []
    await clear_up(centre)


async def test_calls_up_when_asterisk_goes_down_are_closed_and_the_campaign_goes_on_when_it_is_back(
    centre: TestCentre,
) -> None:
    """The last test: Asterisk cancels what rings, however short that was."""
    await centre.dialer_up()
    await staff(centre, "11", "12")
    calling = await Calling.prepare(centre)
    numbers = [await calling.lead(RINGS) for _ in range(2)]
    await calling.start()
    talking, ringing = [await calling.rings(number) for number in numbers]
    talking.answer()
    await calling.hears_agent(talking.call.number)
    await asyncio.to_thread(centre.box.asterisk.stop)
    down_at = datetime.now(UTC)
    await dialer_says(centre, "standing still: no link to Asterisk", down_at)
    await asyncio.to_thread(centre.box.asterisk.start)
    outcomes = [(await calling.ended(number, timeout_s=15)).outcome for number in numbers]
    assert outcomes[0] is AttemptOutcome.CONNECTED
    assert outcomes[1] in {AttemptOutcome.LOST, AttemptOutcome.NO_ANSWER, AttemptOutcome.FAILED}
    lead = await calling.row(ringing.call.number)
    assert lead.state is LeadState.READY
    assert lead.next_at >= down_at + calling.campaign.interval - timedelta(minutes=1)
    for agent in ("11", "12"):
        await centre.until_state(agent, "logged-out")
    number = await calling.lead(SOON)
    await staff(centre, "11")
    assert (await calling.ended(number)).outcome is AttemptOutcome.CONNECTED
    assert [len(calling.calls(number)) for number in numbers] == [1, 1]
    await clear_up(centre)
