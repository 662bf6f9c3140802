"""Callers on a real SIPp call another real SIPp on loopback: what is planned happens, and the log says so.

Needs sipp (Debian: sip-tester).
"""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callcenter.errors import ChannelGone
from sim.phones.audio import rms
from sim.phones.callers import Callers
from sim.phones.phone import Leg, Phone
from sim.phones.plans import CallerPlan, EndedBy, Keys, Line

HERE, THERE = "127.0.0.2", "127.0.0.5"
TONES = {1850: "7", 1900: "8"}


@contextlib.asynccontextmanager
async def pair(log_dir: Path | None = None) -> AsyncIterator[tuple[Callers, Phone]]:
    """Callers and the phone that all of them reach."""
    async with Phone(Line(name="there", server_port=9, local_ip=THERE), log_dir=log_dir) as there:
        line = Line(name="here", server_ip=THERE, server_port=there.sip_port, local_ip=HERE)
        async with Callers(line, agents=TONES, log_dir=log_dir) as callers:
            yield callers, there


async def offered(phone: Phone) -> Leg:
    return await asyncio.wait_for(phone.incoming.get(), 5)


async def answered(phone: Phone) -> Leg:
    leg = await offered(phone)
    leg.answer()
    await leg.answered()
    return leg


async def test_a_caller_presses_keys_hears_an_agent_talks_and_hangs_up() -> None:
    plan = CallerPlan(
        did="123", caller="+12025550101", keys=(Keys(after_s=0.5, digits="1*"),), talk_s=0.5, expected="sales"
    )
    async with pair() as (callers, there):
        leg = callers.place(plan)
        other = await answered(there)
        await leg.until(lambda call: call.keys)
        await asyncio.sleep(0.7)  # both keys are played
        other.speak(1850)
        call, theirs = await leg.ended(), await other.ended()
    assert (theirs.number, theirs.caller, theirs.incoming) == ("123", "+12025550101", True)
    assert other.port is not None
    assert other.port.keys == "1*"
    assert (call.agent, call.status, call.ended_by, call.expected) == ("7", 200, EndedBy.PHONE, "sales")
    assert theirs.ended_by is EndedBy.SERVER
    assert call.answered_at
    assert call.agent_heard_at
    assert call.ended_at
    pressed = (call.keys[0].at - call.answered_at).total_seconds()
    talk = (call.ended_at - call.agent_heard_at).total_seconds()
    assert pressed == pytest.approx(0.5, abs=0.15)
    assert talk == pytest.approx(0.6, abs=0.2)  # a tone is sure after 0.1 s


async def test_a_caller_without_an_agent_loses_patience() -> None:
    async with pair() as (callers, there):
        leg = callers.place(CallerPlan(did="123", caller="1", patience_s=0.4))
        await answered(there)
        call = await leg.ended()
    assert call.agent is None
    assert call.ended_by is EndedBy.PHONE
    assert call.answered_at
    assert call.ended_at
    assert (call.ended_at - call.answered_at).total_seconds() == pytest.approx(0.4, abs=0.15)


async def test_a_caller_hangs_up_at_a_given_instant_while_it_rings() -> None:
    async with pair() as (callers, there):
        leg = callers.place(CallerPlan(did="123", caller="1", hang_up_s=0.3))
        other = await offered(there)
        other.ring()
        call, theirs = await leg.ended(), await other.ended()
    assert call.ringing_at is not None
    assert call.answered_at is None
    assert call.ended_by is EndedBy.PHONE
    assert theirs.ended_by is EndedBy.SERVER


@pytest.mark.parametrize("delay_ms", [0, 1, 2, 5])
async def test_hanging_up_at_the_moment_of_the_answer_ends_the_call_on_both_sides(delay_ms: int) -> None:
    async with pair() as (callers, there):
        leg = callers.place(CallerPlan(did="123", caller="1"))
        other = await offered(there)
        other.answer()
        await asyncio.sleep(delay_ms / 1000)
        await leg.hang_up()
        async with asyncio.timeout(2):
            await leg.done.wait()
            await other.done.wait()
    assert leg.call.ended_by is EndedBy.PHONE
    assert other.call.ended_by is EndedBy.SERVER


async def test_the_other_side_hangs_up_first() -> None:
    async with pair() as (callers, there):
        leg = callers.place(CallerPlan(did="123", caller="1", talk_s=20, patience_s=20))
        other = await answered(there)
        await other.hang_up()
        call = await leg.ended()
    assert (call.ended_by, call.status) == (EndedBy.SERVER, 200)


@pytest.mark.parametrize("status", [404, 486, 603])
async def test_a_refused_call(status: int) -> None:
    async with pair() as (callers, there):
        leg = callers.place(CallerPlan(did="123", caller="1"))
        (await offered(there)).refuse(status)
        call = await leg.ended()
        with pytest.raises(ChannelGone):
            await leg.answered()
    assert (call.status, call.ended_by, call.answered_at) == (status, EndedBy.SERVER, None)


async def test_what_a_caller_heard_is_recorded() -> None:
    async with pair() as (callers, there):
        leg = callers.place(CallerPlan(did="123", caller="1", talk_s=0.5, record=True))
        other = await answered(there)
        other.speak(1900)
        await leg.ended()
    assert 0.4 < leg.sound().size / 8000 < 2.0
    assert rms(leg.sound()[-1600:]) == pytest.approx(0.25 / 2**0.5, rel=0.05)


async def test_callers_come_at_their_time_and_are_told_as_they_end(tmp_path: Path) -> None:
    plans = [CallerPlan(did=str(i), caller=f"+1202555010{i}", at_s=0.1 * i, hang_up_s=0.4 - 0.1 * i) for i in range(4)]
    async with pair(tmp_path) as (callers, _):
        run = asyncio.create_task(callers.run(plans))
        ended = [call.number async for call in callers.ended()]
        await run
        placed = [call.invited_at for call in callers.calls if call.invited_at]
        starts = [(at - placed[0]).total_seconds() for at in placed]
    assert sorted(ended) == ["0", "1", "2", "3"]
    assert starts == pytest.approx([0.0, 0.1, 0.2, 0.3], abs=0.05)
    logged = [json.loads(line) for line in (tmp_path / "calls.jsonl").read_text().splitlines()]
    assert sorted(call["number"] for call in logged if call["phone"] == "here") == ["0", "1", "2", "3"]
    assert "INVITE sip:3@" in (tmp_path / "here.sipp.log").read_text()


async def test_many_calls_at_once_each_have_their_own_ears() -> None:
    async with pair() as (callers, there):
        legs = [callers.place(CallerPlan(did=str(i), caller="1", talk_s=0.2)) for i in range(20)]
        others = {leg.call.number: leg for leg in [await answered(there) for _ in legs]}
        for number, other in others.items():
            other.speak(1850 if int(number) % 2 else 1900)
        calls = [await leg.ended() for leg in legs]
    assert [call.agent for call in calls] == ["7" if i % 2 else "8" for i in range(20)]


async def test_all_agents_of_a_call_are_heard_in_turn() -> None:
    async with pair() as (callers, there):
        leg = callers.place(CallerPlan(did="123", caller="1"))
        other = await answered(there)
        for hz, count in ((1850, 1), (1900, 2), (0, 2), (1900, 2), (1850, 3)):
            other.speak(hz)
            await asyncio.sleep(0.25)
            assert len(leg.call.agents_heard) == count
        heard = leg.call.agents_heard
    assert [one.agent for one in heard] == ["7", "8", "7"]
    assert leg.call.agent_heard_at == heard[0].at < heard[1].at < heard[2].at


async def test_a_caller_who_vanishes_tells_nobody() -> None:
    async with pair() as (callers, there):
        leg = callers.place(CallerPlan(did="123", caller="1"))
        other = await answered(there)
        await leg.answered()
        await leg.vanish()
        assert (await leg.ended()).ended_by is EndedBy.PHONE
        assert other.call.ended_at is None


async def test_leaving_hangs_up_and_ends_every_process_also_after_an_error() -> None:
    pids: list[int | None] = []
    theirs: list[Leg] = []

    async def break_off() -> None:
        async with pair() as (callers, there):
            callers.place(CallerPlan(did="123", caller="1"))
            theirs.append(await answered(there))
            pids.extend((callers.phone.pid, there.pid))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await break_off()
    assert theirs[0].call.ended_by is EndedBy.SERVER
    for pid in pids:
        assert pid is not None
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_calls_end_with_the_phones_process() -> None:
    async with pair() as (callers, there):
        leg = callers.place(CallerPlan(did="123", caller="1", talk_s=20, patience_s=20))
        await answered(there)
        await callers.phone.vanish()
        call = await leg.ended()
        assert call.ended_by is EndedBy.PHONE
        assert callers.phone.pid is None
