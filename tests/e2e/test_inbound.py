"""Callers reach the right agent: judged by whose tone their phone heard, then by our record."""

from datetime import UTC, datetime

import pytest

from callcenter.records import BlockedCaller, Outcome
from sim.phones.plans import CallerPlan, EndedBy, Keys, PhoneCall
from tests.e2e.conftest import TestCentre

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACCOUNT = "12345678#"


async def call(centre: TestCentre, *keys: Keys, **more: object) -> PhoneCall:
    plan = CallerPlan(did=centre.did, caller=centre.caller(), keys=keys, **{"talk_s": 1.0, "patience_s": 25, **more})  # type: ignore[arg-type]
    leg = centre.callers.place(plan)
    return await leg.ended()


@pytest.mark.parametrize(
    ("keys", "queue", "agent"),
    [
        ((Keys(after_s=2, digits="1"),), "sales", "11"),
        ((Keys(after_s=2, digits="2"),), "support", "15"),
        ((Keys(after_s=2, digits="3"), Keys(after_s=5, digits=ACCOUNT)), "collections", "18"),
        ((Keys(after_s=2, digits="0"),), "support", "15"),
    ],
)
async def test_a_key_leads_to_an_agent_of_the_right_queue(
    centre: TestCentre, keys: tuple[Keys, ...], queue: str, agent: str
) -> None:
    await centre.log_in(agent)
    ended = await call(centre, *keys)
    assert ended.agent == agent
    record = await centre.record(ended)
    assert (record.queue, record.agent, record.outcome) == (queue, agent, Outcome.REACHED_AGENT)
    assert record.did == centre.did


async def test_an_agent_of_another_queue_does_not_get_the_call(centre: TestCentre) -> None:
    await centre.log_in("18")  # collections and support
    ended = await call(centre, Keys(after_s=2, digits="1"), patience_s=4.0)
    assert ended.agent is None
    assert (await centre.record(ended)).outcome is Outcome.ABANDONED


async def test_a_wrong_key_is_answered_and_the_next_one_counts(centre: TestCentre) -> None:
    await centre.log_in("11")
    ended = await call(centre, Keys(after_s=2, digits="9"), Keys(after_s=7, digits="1"))
    assert ended.agent == "11"
    assert (await centre.record(ended)).queue == "sales"


async def test_a_caller_who_presses_nothing_reaches_an_agent_in_the_end(centre: TestCentre) -> None:
    await centre.log_in("15")
    ended = await call(centre, patience_s=70)
    assert ended.agent == "15"


async def test_callers_are_served_in_the_order_they_came(centre: TestCentre) -> None:
    await centre.log_in()
    key = Keys(after_s=2, digits="1")
    plans = [CallerPlan(did=centre.did, caller=centre.caller(), keys=(key,), talk_s=1.0) for _ in range(3)]
    legs = []
    for plan in plans:
        legs.append(centre.callers.place(plan))
        await legs[-1].until(lambda call: call.keys)
    await centre.until_waiting(*plans)
    await centre.agents.log_in("11")
    calls = [await leg.ended() for leg in legs]
    heard = [call.agent_heard_at for call in calls]
    assert all(call.agent == "11" for call in calls)
    assert heard == sorted(heard)


async def test_a_caller_who_hangs_up_while_waiting_has_abandoned(centre: TestCentre) -> None:
    await centre.log_in()
    ended = await call(centre, Keys(after_s=2, digits="1"), patience_s=3.0)
    assert ended.ended_by is EndedBy.PHONE
    record = await centre.record(ended)
    assert (record.outcome, record.agent) == (Outcome.ABANDONED, None)
    assert await centre.store.waiting(record.id) is None


async def test_a_caller_who_hangs_up_in_the_menu_is_self_service(centre: TestCentre) -> None:
    ended = await call(centre, hang_up_s=2.5)
    assert (await centre.record(ended)).outcome is Outcome.SELF_SERVICE


async def test_when_the_agent_ends_the_call_the_caller_is_said_goodbye_and_the_agent_wraps_up(
    centre: TestCentre,
) -> None:
    await centre.log_in("11")
    plan = CallerPlan(did=centre.did, caller=centre.caller(), keys=(Keys(after_s=2, digits="1"),))
    leg = centre.callers.place(plan)
    await leg.agent_heard()
    await centre.agents.nailed("11").press("*0")
    ended = await leg.ended()
    assert ended.ended_by is EndedBy.SERVER
    assert (await centre.record(ended)).outcome is Outcome.REACHED_AGENT
    await centre.until_state("11", "wrap-up", "ready")
    assert "11" in centre.agents.logged_in()
    await centre.until_state("11", "ready")


async def test_a_blocked_caller_is_refused_and_never_answered(centre: TestCentre) -> None:

    number = centre.caller()
    await centre.store.block(BlockedCaller(number=number, reason="test", since=datetime.now(UTC)))
    ended = await centre.callers.place(CallerPlan(did=centre.did, caller=number)).ended()
    assert ended.answered_at is None
    assert ended.status is not None
    assert ended.status >= 400
    assert (await centre.record(ended)).outcome is Outcome.BLOCKED
