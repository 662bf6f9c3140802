"""Agents by phone: log-in with PIN, pause, ready, log-out, and phones that vanish."""

import asyncio

import pytest

from callcenter.records import Outcome
from sim.phones.plans import CallerPlan, Keys
from tests.e2e.conftest import TestCentre

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_wrong_pin_does_not_log_in(centre: TestCentre) -> None:
    await centre.log_in()
    phone = centre.agents.phone("12")
    leg = phone.dial("*1")
    await leg.answered()
    for _ in range(3):
        await asyncio.sleep(1.5)
        await leg.press("9999#")
        await asyncio.sleep(2.5)  # "wrong PIN" is said
    await leg.ended()
    assert await centre.state("12") == "logged-out"


async def test_an_agent_may_log_in_on_any_phone_by_number(centre: TestCentre) -> None:
    await centre.log_in()
    leg = centre.agents.phone("12").dial("*113")
    await leg.answered()
    await asyncio.sleep(1.0)
    await leg.press("4711#")
    await centre.until_state("13", "ready")
    await leg.hang_up()
    await centre.until_state("13", "logged-out")


async def test_pause_ready_and_log_out_by_phone_code(centre: TestCentre) -> None:
    await centre.log_in("11")
    await centre.agents.dial("11", "*32")
    await centre.until_state("11", "paused")
    (change,) = [c for c in await centre.store.last_agent_changes() if c.agent == "11"]
    assert change.reason == "lunch"
    await centre.agents.dial("11", "*4")
    await centre.until_state("11", "ready")
    await centre.agents.dial("11", "*2")
    await centre.until_state("11", "logged-out")
    assert (await centre.agents.nailed("11").ended()).ended_at is not None


async def test_a_paused_agent_gets_no_call_until_ready(centre: TestCentre) -> None:
    await centre.log_in("11")
    await centre.agents.dial("11", "*3")
    await centre.until_state("11", "paused")
    plan = CallerPlan(did=centre.did, caller=centre.caller(), keys=(Keys(after_s=2, digits="1"),), talk_s=1.0)
    leg = centre.callers.place(plan)
    await leg.until(lambda call: call.keys)
    await asyncio.sleep(2.0)
    assert leg.call.agent is None
    await centre.agents.dial("11", "*4")
    assert (await leg.agent_heard()).agent == "11"
    await leg.ended()


async def test_a_caller_whose_agent_vanishes_in_the_talk_reaches_another_agent(centre: TestCentre) -> None:
    await centre.log_in("16")
    plan = CallerPlan(did=centre.did, caller=centre.caller(), keys=(Keys(after_s=2, digits="2"),), hang_up_s=50)
    leg = centre.callers.place(plan)
    assert (await leg.agent_heard()).agent == "16"
    await centre.agents.vanish("16")
    await centre.until_state("16", "logged-out", timeout_s=30)
    await centre.agents.log_in("15")
    await centre.until_state("15", "on-call", timeout_s=20)
    await leg.hang_up()
    record = await centre.record(await leg.ended())
    assert (record.agent, record.outcome) == ("15", Outcome.REACHED_AGENT)


async def test_an_agent_whose_idle_phone_vanishes_is_logged_out(centre: TestCentre) -> None:
    await centre.log_in("17")
    await centre.agents.vanish("17")
    await centre.until_state("17", "logged-out", timeout_s=30)
