"""Campaigns call simulated people through the real Asterisk: judged by what their carrier logged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from callcenter.adapters.ami import Ami
from callcenter.compliance.verdict import Question, Verdict, may_dial
from callcenter.outbound import AttemptOutcome, CampaignKind, CampaignState, DncEntry, LeadState
from callcenter.records import Direction, Outcome
from sim.phones import people
from sim.phones.heard import heard, whole_prompts
from sim.phones.people import PersonPlan
from sim.phones.phone import Leg
from sim.phones.plans import CallerPlan, Keys
from tests.e2e.conftest import TestCentre, eventually
from tests.e2e.outbound import (
    NEW_CALL_S,
    RINGS,
    SLACK,
    SOON,
    Calling,
    ami_address,
    clear_up,
    judge,
    pause,
    settled,
    silence_s,
    staff,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

PROMPTS = Path(__file__).parents[2] / "prompts" / "en"
AGAIN = timedelta(seconds=6)  # an interval that tests can wait out


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """Calls that last: placed before all tests, judged by the last ones."""

    once: Calling
    again: Calling
    rings_out: str
    lost: str
    declined: str
    bereft: Leg


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def slow(whole_centre: TestCentre) -> AsyncIterator[Slow]:
    centre = whole_centre
    await centre.services_up()
    centre.dialer.start()
    await staff(centre, "13")
    once = await Calling.prepare(centre, queue="collections", ring=timedelta(seconds=15))
    again = await Calling.prepare(centre, queue="collections", interval=AGAIN, max_tries=2)
    numbers = [await once.lead(plan) for plan in (RINGS, RINGS, person(people.Outcome.NEVER_RESPONDS))]
    declined = await again.lead(person(people.Outcome.DECLINES))
    await centre.dialer_up()
    await once.start()  # with one agent for one call
    bereft = await once.rings(numbers[0])
    bereft.answer()
    await once.hears_agent(numbers[0])
    await centre.agents.vanish("13")
    await staff(centre, "11", "12", "14", "15", "18")
    await once.rings(numbers[1])
    await again.start()
    yield Slow(once=once, again=again, bereft=bereft, rings_out=numbers[1], lost=numbers[2], declined=declined)
    await clear_up(centre)


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def dialing(slow: Slow, centre: TestCentre) -> AsyncIterator[None]:
    """A test before this one may have ended the dialer; this one leaves no campaign behind."""
    await centre.dialer_up()
    yield
    await clear_up(centre, slow.once, slow.again)


async def crew(centre: TestCentre, *agents: str) -> None:
    """Make these agents ready; two others have the slow calls."""
    await staff(centre, *agents, leave=("15", "18"))


def person(outcome: people.Outcome) -> PersonPlan:
    return PersonPlan(number="", outcome=outcome, ring_s=0.3)


async def test_a_person_who_answers_talks_with_an_agent(centre: TestCentre) -> None:
    await crew(centre, "11")
    calling = await Calling.prepare(centre)
    number = await calling.lead(SOON)
    await calling.start()
    attempt = await calling.ended(number)
    assert (attempt.outcome, attempt.agent) == (AttemptOutcome.CONNECTED, "11")
    assert None not in (attempt.sent_at, attempt.gate_at, attempt.ringing_at, attempt.answered_at)
    assert attempt.connected_at is not None
    (call,) = calling.calls(number)
    assert call.agent == "11"
    assert attempt.connected_at - attempt.answered_at < timedelta(seconds=1)  # type: ignore[operator]
    record = await calling.record(attempt)
    assert (record.direction, record.outcome, record.caller) == (Direction.OUTBOUND, Outcome.REACHED_AGENT, number)
    assert (await calling.row(number)).state is LeadState.DONE


async def test_an_agents_next_caller_is_not_taken_for_somebody_we_called(centre: TestCentre) -> None:
    await crew(centre, "11")
    calling = await Calling.prepare(centre)
    number = await calling.lead(SOON)
    await calling.start()
    await calling.ended(number)
    await crew(centre, "11")
    plan = CallerPlan(did=centre.did, caller=centre.caller(), keys=(Keys(after_s=2, digits="1"),), talk_s=None)
    caller = centre.callers.place(plan)
    await caller.agent_heard()
    async with Ami(ami_address(centre)) as ami:
        await ami.wait_ready()
        codes = [row.text("AccountCode") for row in await ami.channels() if row.text("CallerIDNum") == plan.caller]
    assert codes == [""]
    await caller.hang_up()


# How the network or the person takes a call -> the attempt's outcome, Q.850 cause, and when it may be called again.
REFUSALS = {
    people.Outcome.BUSY: (AttemptOutcome.BUSY, 17, timedelta(hours=4)),
    people.Outcome.CONGESTION: (AttemptOutcome.FAILED, 34, timedelta(hours=4)),
    people.Outcome.INVALID: (AttemptOutcome.INVALID, 1, None),
}


async def test_a_call_that_nobody_answers_is_told_by_its_cause_and_its_lead_waits(centre: TestCentre) -> None:
    await crew(centre, "11", "12")
    calling = await Calling.prepare(centre)
    numbers = {refusal: await calling.lead(person(refusal)) for refusal in REFUSALS}
    await calling.start()
    for refusal, number in numbers.items():
        outcome, cause, wait = REFUSALS[refusal]
        attempt = await calling.ended(number)
        lead = await calling.row(number)
        assert (attempt.outcome, attempt.cause, attempt.answered_at) == (outcome, cause, None)
        assert lead.last_outcome is outcome
        assert attempt.ended_at is not None
        if wait is None:
            assert lead.state is LeadState.DONE
        else:
            assert (lead.state, lead.next_at) == (LeadState.READY, attempt.ended_at + wait)


async def test_a_machine_is_hung_up_on_and_a_person_in_the_same_campaign_reaches_an_agent(centre: TestCentre) -> None:
    await crew(centre, "11", "12")
    calling = await Calling.prepare(centre, amd=True)
    machine = await calling.lead(PersonPlan(number="", outcome=people.Outcome.MACHINE, ring_s=0.3, greeting_s=4.0))
    somebody = await calling.lead(SOON)
    await calling.start()
    attempt, answered = await calling.ended(machine), await calling.ended(somebody)
    assert attempt.outcome is AttemptOutcome.MACHINE
    assert attempt.answered_at is not None
    assert [call.agent for call in calling.calls(machine)] == [None]
    assert answered.outcome is AttemptOutcome.CONNECTED
    assert [call.agent for call in calling.calls(somebody)] in (["11"], ["12"])


def prompts_heard(leg: Leg, folder: Path) -> list[str]:
    recording = folder / "person.wav"
    leg.save(recording)
    return [prompt.name for prompt in heard(recording, whole_prompts(PROMPTS))]


async def test_whoever_answers_when_nobody_is_free_hears_the_message_after_two_seconds_and_may_opt_out(
    centre: TestCentre, tmp_path: Path
) -> None:
    await crew(centre, "11", "12", "14")
    calling, other = await Calling.prepare(centre), await Calling.prepare(centre)
    numbers = [await calling.lead(RINGS) for _ in range(3)]
    await calling.start()
    patient, opting_out, impatient = legs = [await calling.rings(number) for number in numbers]
    await pause(centre, "11", "12", "14")
    for leg in legs:
        leg.answer()
    for leg in legs:
        await leg.answered()
    await impatient.hang_up()  # while waiting

    async def plays() -> bool:
        return silence_s(opting_out) is not None

    await eventually(plays, 5, "a message")
    await opting_out.press("9")

    async def listed() -> bool:
        return [entry.campaign for entry in await centre.store.dnc(opting_out.call.number)] == [None]

    await eventually(listed, 5, "the number on the do-not-call list")

    async def noted() -> bool:
        """By the audit log the desk's pages know of it."""
        said = f"add {opting_out.call.number}: key pressed in the message of campaign {calling.campaign.name}"
        return ("caller", "dnc", said) in [(one.who, one.what, one.detail) for one in await centre.store.audits()]

    await eventually(noted, 5, "an entry of the audit log")
    await is_never_called(other, opting_out.call.number)
    for leg in (opting_out, patient):
        async with asyncio.timeout(15):
            await leg.ended()
    assert await centre.store.dnc(patient.call.number) == []
    for number in numbers:
        await is_a_drop(calling, number)
    for leg in (patient, opting_out):
        assert 1.9 <= (silence_s(leg) or 0.0) <= 2.0 + SLACK.total_seconds()
    assert prompts_heard(patient, tmp_path) == ["goodbye"]
    assert prompts_heard(opting_out, tmp_path)[-1] == "opted-out"
    assert silence_s(impatient) is None


async def is_a_drop(calling: Calling, number: str) -> None:
    attempt, lead = await calling.ended(number), await calling.row(number)
    assert (attempt.outcome, attempt.agent, attempt.connected_at) == (AttemptOutcome.DROPPED, None, None)
    assert None not in (attempt.ringing_at, attempt.answered_at, attempt.ended_at)
    assert (lead.state, lead.last_outcome) == (LeadState.READY, AttemptOutcome.DROPPED)
    assert lead.next_at == attempt.ended_at + timedelta(hours=72)  # type: ignore[operator]
    record = await calling.record(attempt)
    assert (record.direction, record.outcome, record.agent) == (Direction.OUTBOUND, Outcome.DROPPED, None)


async def is_never_called(calling: Calling, number: str) -> None:
    """A number on the list is taken out of another campaign too, whose other leads are called."""
    before = len(calling.calls(number))
    await calling.lead(number=number)
    asked = await calling.lead(SOON)
    await crew(calling.centre, "11")
    await calling.start()
    await calling.ended(asked)
    lead = await calling.until_row(number, lambda lead: lead.state is LeadState.DONE, "taken out")
    assert (lead.last_outcome, lead.tries) == (AttemptOutcome.REFUSED, 0)
    assert len(calling.calls(number)) == before


# West to east; from 22:00 to 01:00 UTC it is night in none of ours, so somebody of the list lives in London then.
PLACES = (
    ("+16715550142", ""),
    ("+18085550142", ""),
    ("+12135550142", ""),
    ("+12125550142", ""),
    ("+12125550142", "Europe/London"),
)


def asleep(now: datetime) -> tuple[str, str, Verdict]:
    """Return a number that may not be called now nor in the next minutes, the zone its lead gives, and the verdict."""
    for number, zone in PLACES:
        question = Question(number=number, kind=CampaignKind.SALES, region="US", time_zone=zone)
        verdict = may_dial(question, now)
        if verdict.until is not None and verdict.until > now + timedelta(minutes=10):
            return number, zone, verdict
    pytest.fail(f"at {now} it is day everywhere")


async def test_nobody_is_called_out_of_hours_or_from_the_list_or_for_two_campaigns(centre: TestCentre) -> None:
    await crew(centre, "11", "12", "14")
    one, two = await Calling.prepare(centre), await Calling.prepare(centre)
    number, zone, verdict = asleep(datetime.now(UTC))
    sleeper = await one.lead(number=number, time_zone=zone, consent="")
    unwilling = await one.lead()
    await centre.store.add_dnc([DncEntry(number=unwilling, reason="test", since=datetime.now(UTC))])
    both = await one.lead(replace(SOON, ring_s=1.0))
    await two.lead(replace(SOON, ring_s=1.0), number=both)
    asked = await two.lead(SOON)
    await one.start()
    await two.start()
    assert (await two.ended(asked)).outcome is AttemptOutcome.CONNECTED
    lead = await one.until_row(sleeper, lambda lead: lead.next_at > datetime.now(UTC), "put off")
    assert (lead.state, lead.next_at, lead.tries) == (LeadState.READY, verdict.until, 0)
    lead = await one.until_row(unwilling, lambda lead: lead.state is LeadState.DONE, "taken out")
    assert lead.last_outcome is AttemptOutcome.REFUSED

    async def one_of_them() -> bool:
        rows = [await calling.row(both) for calling in (one, two)]
        done = [row for row in rows if row.last_outcome is AttemptOutcome.CONNECTED]
        put_off = [row for row in rows if row.state is LeadState.READY and row.next_at > datetime.now(UTC) + SLACK]
        return len(done) == len(put_off) == 1

    await eventually(one_of_them, NEW_CALL_S, "a talk for one campaign, and the other's lead put off")
    assert one.calls(sleeper, unwilling) == []
    assert len(one.calls(both)) == 1


async def test_a_paused_campaign_places_no_call_and_a_drained_one_ends_when_its_calls_have(centre: TestCentre) -> None:
    await crew(centre, "11", "12")
    paused, drained = await Calling.prepare(centre), await Calling.prepare(centre)
    begun = [await calling.lead(RINGS) for calling in (paused, drained)]
    await paused.start()
    await drained.start()
    legs = [await paused.rings(begun[0]), await drained.rings(begun[1])]
    left = [await calling.lead(SOON) for calling in (paused, drained)]  # no agent is left for them yet
    await paused.pause()
    await drained.drain()
    for leg in legs:
        leg.answer()
    for leg in legs:
        async with asyncio.timeout(NEW_CALL_S):
            await leg.agent_heard()
        await leg.hang_up()
    for calling, number in zip((paused, drained), begun, strict=True):
        assert (await calling.ended(number)).outcome is AttemptOutcome.CONNECTED

    async def over() -> bool:
        return await drained.state() is CampaignState.ENDED

    await eventually(over, NEW_CALL_S, "the end of a drained campaign")
    control = await Calling.prepare(centre)
    await crew(centre, "11", "12")
    asked = await control.lead(SOON)
    await control.start()
    assert (await control.ended(asked)).outcome is AttemptOutcome.CONNECTED
    assert paused.calls(*left) == []
    assert await paused.state() is CampaignState.PAUSED
    await crew(centre, "11", "12")
    await paused.start()
    assert (await paused.ended(left[0])).outcome is AttemptOutcome.CONNECTED
    assert drained.calls(left[1]) == []


async def test_a_person_whose_agent_vanishes_in_the_talk_is_offered_to_another(slow: Slow) -> None:
    leg = slow.bereft
    async with asyncio.timeout(30):
        await leg.until(lambda call: len(call.agents_heard) == 2)
    await leg.hang_up()
    first, second = [heard.agent for heard in leg.call.agents_heard]
    assert first == "13"
    assert second in {"15", "18"}
    assert (await slow.once.ended(leg.call.number)).outcome is AttemptOutcome.CONNECTED


async def test_nobody_is_called_again_before_the_interval_is_over(slow: Slow) -> None:
    async def done() -> bool:
        return (await slow.again.row(slow.declined)).state is LeadState.DONE

    await eventually(done, 90, "two tries")
    first, second = await slow.again.attempts(slow.declined)
    assert {first.outcome, second.outcome} == {AttemptOutcome.NO_ANSWER}
    assert {first.cause, second.cause} == {21}
    assert first.ended_at is not None
    assert first.gate_at is not None
    assert second.gate_at is not None
    assert second.gate_at >= first.ended_at + AGAIN
    one, two = slow.again.calls(slow.declined)
    assert one.invited_at is not None
    assert two.invited_at is not None
    assert two.invited_at - one.invited_at >= AGAIN


async def test_a_call_rings_fifteen_seconds_and_one_that_is_lost_is_given_up(slow: Slow) -> None:
    rung_out = await slow.once.ended(slow.rings_out)
    assert (rung_out.outcome, rung_out.answered_at) == (AttemptOutcome.NO_ANSWER, None)
    (call,) = slow.once.calls(slow.rings_out)
    assert call.cancelled_at is not None
    assert call.ringing_at is not None
    assert timedelta(seconds=15) <= call.cancelled_at - call.ringing_at < timedelta(seconds=15) + 3 * SLACK
    lost = await slow.once.ended(slow.lost, timeout_s=40)
    assert (lost.outcome, lost.ringing_at, lost.answered_at) == (AttemptOutcome.FAILED, None, None)
    for attempt in (rung_out, lost):
        lead = await slow.once.row(attempt.number)
        assert attempt.ended_at is not None
        assert (lead.state, lead.next_at) == (LeadState.READY, attempt.ended_at + timedelta(hours=4))


async def test_all_that_the_carrier_saw_was_lawful_and_in_the_ledger(centre: TestCentre) -> None:
    await settled(centre)
    await judge(centre)
