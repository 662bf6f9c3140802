"""Campaigns call simulated people through the real Asterisk: judged by what their carrier logged."""

from datetime import timedelta

import pytest

from callcenter.outbound import AttemptOutcome
from callcenter.records import Direction, Outcome
from sim.phones import carrier_log
from tests.e2e.conftest import TestCentre
from tests.e2e.outbound import SOON, Calling

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_person_who_answers_talks_with_an_agent(centre: TestCentre) -> None:
    await centre.log_in("11")
    calling = await Calling.prepare(centre)
    number = await calling.lead(SOON)
    await calling.start()
    attempt = await calling.ended(number)
    assert (attempt.outcome, attempt.agent) == (AttemptOutcome.CONNECTED, "11")
    assert None not in (attempt.sent_at, attempt.gate_at, attempt.ringing_at, attempt.answered_at)
    assert attempt.connected_at is not None
    (call,) = [call for call in centre.carrier.calls if call.number == number]
    assert call.agent == "11"
    assert attempt.connected_at - attempt.answered_at < timedelta(seconds=1)  # type: ignore[operator]
    (record,) = [record for record in await centre.all_calls() if record.id == attempt.call_id]
    assert (record.direction, record.outcome, record.caller) == (Direction.OUTBOUND, Outcome.REACHED_AGENT, number)
    await calling.stop()
    assert carrier_log.too_soon(centre.carrier.calls, calling.campaign.interval) == []
