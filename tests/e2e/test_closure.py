"""Emergency closure by phone, and emergency numbers on agents' phones."""

import asyncio
from collections.abc import Sequence

import pytest

from callcenter.records import Outcome
from sim.phones.people import Outcome as PersonOutcome
from sim.phones.people import PersonPlan
from sim.phones.plans import CallerPlan, EndedBy, PhoneCall
from tests.e2e.conftest import TestCentre, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def code_with_pin(centre: TestCentre, code: str) -> None:
    leg = centre.agents.phone("17").dial(code)
    await leg.answered()
    await asyncio.sleep(1.0)
    await leg.press(centre.box.blueprint.secrets.closure_pin + "#")
    await leg.ended()


async def test_closing_by_phone_puts_a_message_in_front_of_everything_until_reopened(centre: TestCentre) -> None:
    await code_with_pin(centre, "*91")
    try:
        ended = await centre.callers.place(CallerPlan(did=centre.did, caller=centre.caller())).ended()
        assert ended.ended_by is EndedBy.SERVER
        assert (await centre.record(ended)).outcome is Outcome.CLOSED

        async def stored() -> bool:
            return await centre.store.closure() is not None

        await eventually(stored, 5, "the closure in the store")
    finally:
        await code_with_pin(centre, "*90")
    ended = await centre.callers.place(CallerPlan(did=centre.did, caller=centre.caller(), hang_up_s=2.5)).ended()
    assert (await centre.record(ended)).outcome is Outcome.SELF_SERVICE
    assert await centre.store.closure() is None


async def test_closing_by_phone_while_our_services_are_dead_stays_when_they_are_back(centre: TestCentre) -> None:
    centre.acd.kill()
    await code_with_pin(centre, "*91")
    try:
        await centre.services_up()

        async def stored() -> bool:
            closure = await centre.store.closure()
            return closure is not None and closure.by == "phone 1017"

        await eventually(stored, 15, "the closure in the store")
        ended = await centre.callers.place(CallerPlan(did=centre.did, caller=centre.caller())).ended()
        assert (await centre.record(ended)).outcome is Outcome.CLOSED
    finally:
        await code_with_pin(centre, "*90")

    async def open_again() -> bool:
        return await centre.store.closure() is None

    await eventually(open_again, 5, "the centre open in the store")


async def test_an_emergency_number_on_an_agents_phone_goes_to_the_trunk_at_once(centre: TestCentre) -> None:
    centre.people["911"] = PersonPlan(number="911", outcome=PersonOutcome.ANSWERS, talk_s=None, patience_s=None)
    leg = centre.agents.phone("17").dial("911")
    await leg.answered()

    def emergency(calls: Sequence[PhoneCall]) -> list[PhoneCall]:
        return [call for call in calls if call.number == "911"]  # campaigns' tests may have had this carrier before

    (call,) = emergency(await centre.carrier.until(lambda calls: any(call.answered_at for call in emergency(calls))))
    assert call.caller == centre.did
    assert call.invited_at is not None
    assert leg.call.invited_at is not None
    assert (call.invited_at - leg.call.invited_at).total_seconds() < 1
    await leg.hang_up()
    (call,) = emergency(await centre.carrier.until(lambda calls: all(call.ended_at for call in emergency(calls))))
    assert call.ended_by is EndedBy.SERVER
