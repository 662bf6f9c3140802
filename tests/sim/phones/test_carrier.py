"""A real SIPp as a switch calls the carrier, a real SIPp too: each person does as planned, and the log says so.

Needs sipp (Debian: sip-tester).
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from callcenter.errors import ChannelGone, ConfigError, Unreachable
from sim.phones.audio import RATE, rms
from sim.phones.carrier import Carrier
from sim.phones.people import Outcome, PersonPlan
from sim.phones.phone import Leg, Phone
from sim.phones.plans import EndedBy, Keys, Line, PhoneCall
from sim.phones.ports import free_udp_port

SWITCH, CARRIER = "127.0.0.6", "127.0.0.7"
TONES = {1850: "7", 1900: "8"}
CALLER_ID = "+12025550100"


@contextlib.asynccontextmanager
async def between(*plans: PersonPlan, log_dir: Path | None = None) -> AsyncIterator[tuple[Phone, Carrier]]:
    """A switch and a carrier to these people."""
    known = {plan.number: plan for plan in plans}
    line = Line(name="carrier", server_port=9, local_ip=CARRIER)
    async with Carrier(line, known.__getitem__, agents=TONES, log_dir=log_dir, record=True) as carrier:
        there = Line(name="switch", server_ip=CARRIER, server_port=carrier.sip_port, local_ip=SWITCH)
        async with Phone(there) as switch:
            yield switch, carrier


async def all_ended(carrier: Carrier) -> tuple[PhoneCall, ...]:
    async with asyncio.timeout(10):
        return await carrier.until(lambda calls: calls and all(call.ended_at for call in calls))


async def ended(carrier: Carrier) -> PhoneCall:
    """The carrier's only call, when it has ended."""
    (call,) = await all_ended(carrier)
    return call


def since(start: datetime | None, end: datetime | None) -> float:
    assert start
    assert end
    return (end - start).total_seconds()


def person(number: str = "1", outcome: Outcome = Outcome.ANSWERS, **more: Any) -> PersonPlan:
    return PersonPlan(number=number, outcome=outcome, **more)


async def test_a_person_answers_hears_an_agent_talks_and_hangs_up() -> None:
    async with between(person("+12065550100", post_dial_s=0.2, ring_s=0.3, talk_s=0.4)) as (switch, carrier):
        leg = switch.dial("+12065550100", CALLER_ID)
        await leg.answered()
        await asyncio.sleep(0.3)
        leg.speak(1850)
        call, ours = await ended(carrier), await leg.ended()
    assert (call.number, call.caller, call.incoming, call.expected) == ("+12065550100", CALLER_ID, True, "answers")
    assert since(call.invited_at, call.ringing_at) == pytest.approx(0.2, abs=0.1)
    assert since(call.ringing_at, call.answered_at) == pytest.approx(0.3, abs=0.1)
    assert since(call.answered_at, call.agent_heard_at) == pytest.approx(0.3, abs=0.15)
    assert since(call.agent_heard_at, call.ended_at) == pytest.approx(0.5, abs=0.2)  # a tone is sure after 0.1 s
    assert (call.agent, call.status, call.ended_by, call.cancelled_at) == ("7", 200, EndedBy.PHONE, None)
    assert (ours.status, ours.ended_by) == (200, EndedBy.SERVER)


async def test_a_person_who_hears_nobody_says_hello_and_loses_patience() -> None:
    async with between(person(greeting_s=0.4, patience_s=1.0)) as (switch, carrier):
        leg = switch.dial("1", record=True)
        call = await ended(carrier)
    sound = leg.sound()
    assert since(call.answered_at, call.ended_at) == pytest.approx(1.0, abs=0.15)
    assert (call.agent, call.ended_by) == (None, EndedBy.PHONE)
    assert rms(sound[int(0.4 * RATE) : int(0.6 * RATE)]) > 0.03
    assert rms(sound[int(0.8 * RATE) : int(0.9 * RATE)]) == 0


@pytest.mark.parametrize(
    ("outcome", "status"), [(Outcome.BUSY, 486), (Outcome.CONGESTION, 503), (Outcome.INVALID, 404)]
)
async def test_the_network_refuses(outcome: Outcome, status: int) -> None:
    async with between(person(outcome=outcome, post_dial_s=0.2)) as (switch, carrier):
        leg = switch.dial("1")
        with pytest.raises(ChannelGone):
            await leg.answered()
        call = await ended(carrier)
    assert leg.call.status == call.status == status
    assert since(call.invited_at, call.ended_at) == pytest.approx(0.2, abs=0.1)
    assert (call.ringing_at, call.answered_at, call.ended_by) == (None, None, EndedBy.PHONE)


async def test_a_person_declines() -> None:
    async with between(person(outcome=Outcome.DECLINES, ring_s=0.3)) as (switch, carrier):
        leg = switch.dial("1")
        with pytest.raises(ChannelGone):
            await leg.answered()
        call = await ended(carrier)
    assert leg.call.status == 603
    assert since(call.ringing_at, call.ended_at) == pytest.approx(0.3, abs=0.1)
    assert call.cancelled_at is None


async def test_nobody_answers_until_the_call_is_cancelled() -> None:
    async with between(person(outcome=Outcome.NO_ANSWER)) as (switch, carrier):
        leg = switch.dial("1")
        await leg.until(lambda call: call.ringing_at)
        await asyncio.sleep(0.4)
        await leg.hang_up()
        call = await ended(carrier)
        await leg.done.wait()
    assert since(call.ringing_at, call.cancelled_at) == pytest.approx(0.4, abs=0.1)
    assert (call.ended_at, call.ended_by, call.answered_at) == (call.cancelled_at, EndedBy.SERVER, None)
    assert leg.call.status == 487


@pytest.mark.parametrize("delay_ms", [0, 1, 2, 5])
async def test_a_cancel_that_crosses_the_answer_ends_the_call_once(delay_ms: int) -> None:
    async with between(person(ring_s=0.2)) as (switch, carrier):
        leg = switch.dial("1")
        await leg.until(lambda call: call.ringing_at)
        await asyncio.sleep(0.2 + delay_ms / 1000)
        await leg.hang_up()
        call = await ended(carrier)
        await leg.done.wait()
    assert call.ended_by is EndedBy.SERVER
    assert call.cancelled_at or call.answered_at
    assert call.ended_at == call.cancelled_at or since(call.answered_at, call.ended_at) >= 0


async def test_a_lost_invite_is_one_call_however_often_it_comes(tmp_path: Path) -> None:
    async with between(person(outcome=Outcome.NEVER_RESPONDS), log_dir=tmp_path) as (switch, carrier):
        leg = switch.dial("1")
        await asyncio.sleep(2.0)  # repeated after 0.5 and 1.5 s
        (call,) = carrier.calls
        assert (leg.call.status, leg.call.ringing_at, leg.call.ended_at) == (None, None, None)
    log = (tmp_path / "carrier.sipp.log").read_text()
    assert log.count("INVITE sip:1@") >= 2
    assert "SIP/2.0 100" not in log
    assert (call.status, call.ringing_at, call.ended_at, call.expected) == (None, None, None, "never-responds")


async def test_a_lost_invite_ends_when_its_sender_must_have_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.phones.carrier.GIVEN_UP_S", 0.3)
    async with between(person(outcome=Outcome.NEVER_RESPONDS)) as (switch, carrier):
        switch.dial("1")
        call = await ended(carrier)
    assert since(call.invited_at, call.ended_at) == pytest.approx(0.3, abs=0.1)
    assert (call.ended_by, call.cancelled_at) == (EndedBy.SERVER, None)


async def test_a_machine_greets_beeps_and_waits_until_it_is_hung_up() -> None:
    machine = person(outcome=Outcome.MACHINE, greeting_s=1.0, patience_s=0.1, talk_s=None)
    async with between(machine) as (switch, carrier):
        leg = switch.dial("1", agents={1000: "beep"}, record=True)
        await leg.agent_heard()
        await asyncio.sleep(0.6)
        assert leg.call.ended_at is None
        sound = leg.sound()
        await leg.hang_up()
        call = await ended(carrier)
    assert since(leg.call.answered_at, leg.call.agent_heard_at) == pytest.approx(1.6, abs=0.15)
    assert rms(sound[int(0.4 * RATE) : int(1.2 * RATE)]) > 0.03
    assert rms(sound[-1600:]) == 0
    assert call.ended_by is EndedBy.SERVER


async def test_a_machine_that_has_recorded_enough_hangs_up() -> None:
    async with between(person(outcome=Outcome.MACHINE, greeting_s=0.2, talk_s=0.3)) as (switch, carrier):
        switch.dial("1")
        call = await ended(carrier)
    assert since(call.answered_at, call.ended_at) == pytest.approx(0.3 + 0.2 + 0.3 + 0.4 + 0.3, abs=0.15)
    assert call.ended_by is EndedBy.PHONE


async def test_a_person_presses_a_key_in_the_message() -> None:
    async with between(person(keys=(Keys(after_s=0.4, digits="9"),), patience_s=1.5)) as (switch, carrier):
        leg = switch.dial("1", record=True)
        call = await ended(carrier)
    assert leg.port
    assert leg.port.keys == "9"
    assert [keys.digits for keys in call.keys] == ["9"]
    assert since(call.answered_at, call.keys[0].at) == pytest.approx(0.4, abs=0.1)
    assert since(call.answered_at, call.ended_at) == pytest.approx(1.5, abs=0.15)


async def test_nobody_opts_out_of_a_call_with_an_agent() -> None:
    async with between(person(keys=(Keys(after_s=0.5, digits="9"),), talk_s=0.7)) as (switch, carrier):
        leg = switch.dial("1", record=True)
        await leg.answered()
        leg.speak(1900)
        call = await ended(carrier)
    assert (call.agent, call.keys) == ("8", ())


async def test_the_other_side_hangs_up_on_a_person() -> None:
    async with between(person(talk_s=None)) as (switch, carrier):
        leg = switch.dial("1")
        await leg.answered()
        leg.speak(1850)
        await carrier.until(lambda calls: calls[0].agent)
        await leg.hang_up()
        assert (await ended(carrier)).ended_by is EndedBy.SERVER


async def test_what_a_person_hears_is_kept() -> None:
    async with between(person(talk_s=0.3)) as (switch, carrier):
        leg = switch.dial("1")
        await leg.answered()
        leg.speak(1850)
        sound = carrier.sound(await ended(carrier))
    assert rms(sound[-800:]) == pytest.approx(0.25 / 2**0.5, rel=0.05)


async def test_everybody_is_called_at_once(tmp_path: Path) -> None:
    outcomes = [Outcome.ANSWERS, Outcome.BUSY, Outcome.MACHINE, Outcome.DECLINES]
    plans = [
        person(str(i), outcomes[i % 4], post_dial_s=0.05, ring_s=0.1, greeting_s=0.1, patience_s=0.4) for i in range(40)
    ]
    async with between(*plans, log_dir=tmp_path) as (switch, carrier):
        legs = [switch.dial(plan.number) for plan in plans]
        await carrier.until(lambda calls: sum(bool(call.ended_at) for call in calls) >= 30)  # all but the machines
        await asyncio.gather(*(leg.hang_up() for leg in legs))
        calls = {call.number: call for call in await all_ended(carrier)}
    statuses = {Outcome.ANSWERS: 200, Outcome.BUSY: 486, Outcome.MACHINE: 200, Outcome.DECLINES: 603}
    assert {number: call.status for number, call in calls.items()} == {
        plan.number: statuses[plan.outcome] for plan in plans
    }
    logged = [json.loads(line) for line in (tmp_path / "calls.jsonl").read_text().splitlines()]
    assert sorted(int(call["number"]) for call in logged) == list(range(40))


async def test_orders_that_follow_at_once_are_all_obeyed() -> None:
    async with between(person(patience_s=0.0)) as (switch, carrier):
        for _ in range(50):
            leg: Leg = switch.dial("1")
            assert (await leg.ended()).status == 200
        calls = await all_ended(carrier)
    assert [call.status for call in calls] == [200] * 50
    assert all(call.ringing_at for call in calls)


async def test_it_listens_where_it_was_told() -> None:
    port = free_udp_port(CARRIER)
    line = Line(name="carrier", server_port=9, local_ip=CARRIER, local_port=port)
    async with Carrier(line, lambda number: person(number, Outcome.BUSY)) as carrier:
        assert carrier.sip_port == port
        switch_line = Line(name="switch", server_ip=CARRIER, server_port=port, local_ip=SWITCH)
        async with Phone(switch_line) as switch:
            assert (await switch.dial("1").ended()).status == 486
        with pytest.raises(Unreachable, match="Address already in use"):
            await Phone(line).__aenter__()


async def test_leaving_hangs_up_whatever_state_a_call_is_in() -> None:
    plans = [
        person("1", patience_s=None),
        person("2", Outcome.NO_ANSWER),
        person("3", Outcome.MACHINE),
        person("4", post_dial_s=60),
    ]
    line = Line(name="carrier", server_port=9, local_ip=CARRIER)
    known = {plan.number: plan for plan in plans}
    async with Carrier(line, known.__getitem__) as carrier:
        there = Line(name="switch", server_ip=CARRIER, server_port=carrier.sip_port, local_ip=SWITCH)
        async with Phone(there) as switch:
            legs = [switch.dial(number) for number in known]
            await carrier.until(lambda calls: sum(bool(c.answered_at or c.ringing_at) for c in calls) == 3)
            await legs[0].answered()
            await legs[2].answered()
            await carrier.__aexit__()
            calls = [await leg.ended() for leg in legs]
    assert [call.ended_by for call in calls] == [EndedBy.SERVER] * 4
    assert [call.status for call in calls] == [200, 603, 200, 603]


async def test_a_plan_that_cannot_be_made_is_told() -> None:
    def plan_of(number: str) -> PersonPlan:
        raise ConfigError(f"nobody knows {number}")

    async def run() -> None:
        async with Carrier(Line(name="carrier", server_port=9, local_ip=CARRIER), plan_of) as carrier:
            there = Line(name="switch", server_ip=CARRIER, server_port=carrier.sip_port, local_ip=SWITCH)
            async with Phone(there) as switch:
                switch.dial("1")
                await carrier.until(lambda calls: calls and calls[0].caller)

    with pytest.raises(ConfigError, match="nobody knows 1"):
        await run()
