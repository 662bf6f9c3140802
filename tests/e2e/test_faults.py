"""Our services die or freeze during calls: every caller reaches an agent or a message, nobody hears dead air."""

import pytest

from callcenter.records import Outcome
from sim.phones.plans import CallerPlan, Keys
from tests.e2e.conftest import TestCentre

pytestmark = pytest.mark.asyncio(loop_scope="session")


# Pressed in the fallback's menu, which comes after "we are having a technical problem": support.
SUPPORT = Keys(after_s=8.0, digits="2")


def caller(centre: TestCentre, *keys: Keys) -> CallerPlan:
    return CallerPlan(did=centre.did, caller=centre.caller(), keys=keys, talk_s=1.0, patience_s=45)


async def test_a_caller_in_the_menu_when_the_ivr_is_killed_reaches_an_agent_through_the_fallback(
    centre: TestCentre,
) -> None:
    await centre.log_in("15", "14")
    leg = centre.callers.place(caller(centre, SUPPORT))
    await leg.answered()
    centre.ivr.kill()
    ended = await leg.ended()
    assert ended.agent in {"14", "15"}
    record = await centre.record(ended)
    assert (record.outcome, record.agent) == (Outcome.FALLBACK_AGENT, ended.agent)


async def test_a_caller_who_comes_while_the_ivr_is_dead_reaches_an_agent(centre: TestCentre) -> None:
    await centre.log_in("15", "14")
    centre.ivr.kill()
    ended = await centre.callers.place(caller(centre, SUPPORT)).ended()
    assert ended.agent in {"14", "15"}
    assert (await centre.record(ended)).outcome is Outcome.FALLBACK_AGENT


async def test_a_caller_in_the_menu_when_the_ivr_freezes_reaches_an_agent(centre: TestCentre) -> None:
    await centre.log_in("15", "14")
    leg = centre.callers.place(caller(centre))
    await leg.answered()
    centre.ivr.freeze()
    try:
        ended = await leg.ended()
    finally:
        centre.ivr.start()
    assert ended.agent in {"14", "15"}
    assert (await centre.record(ended)).outcome is Outcome.FALLBACK_AGENT


async def test_callers_who_wait_when_the_ivr_is_killed_wait_on_in_the_fallback_queue(centre: TestCentre) -> None:
    await centre.log_in()
    leg = centre.callers.place(caller(centre, Keys(after_s=2, digits="1")))
    await leg.until(lambda call: call.keys)
    centre.ivr.kill()
    await centre.log_in("11")
    assert (await leg.ended()).agent == "11"


async def test_a_talk_goes_on_when_all_our_services_are_killed(centre: TestCentre) -> None:
    await centre.log_in("11")
    plan = CallerPlan(did=centre.did, caller=centre.caller(), keys=(Keys(after_s=2, digits="1"),), talk_s=4.0)
    leg = centre.callers.place(plan)
    heard = await leg.agent_heard()
    centre.ivr.kill()
    centre.acd.kill()
    ended = await leg.ended()
    assert heard.agent == "11"
    assert ended.ended_at is not None
    assert heard.agent_heard_at is not None
    assert (ended.ended_at - heard.agent_heard_at).total_seconds() >= 4.0
    await centre.services_up()
    record = await centre.record(ended, timeout_s=20)
    assert (record.outcome, record.agent) == (Outcome.REACHED_AGENT, "11")


async def test_callers_who_wait_while_the_acd_restarts_are_served_by_the_new_one(centre: TestCentre) -> None:
    await centre.log_in()
    leg = centre.callers.place(caller(centre, Keys(after_s=2, digits="1")))
    await leg.until(lambda call: call.keys)
    centre.acd.kill()
    await centre.services_up()
    await centre.log_in("11")
    ended = await leg.ended()
    assert ended.agent == "11"
    await centre.record(ended)


async def test_calls_that_came_and_went_while_everything_of_ours_was_dead_are_on_record(centre: TestCentre) -> None:
    await centre.log_in("15")
    centre.ivr.kill()
    centre.acd.kill()
    ended = await centre.callers.place(caller(centre, SUPPORT)).ended()
    assert ended.agent == "15"
    await centre.services_up()
    assert (await centre.record(ended, timeout_s=20)).outcome is Outcome.NOT_SEEN
