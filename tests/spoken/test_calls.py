"""People who talk to the ivr over the real Asterisk: understood, interrupting, silent, pressing keys, hanging up."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from uuid import uuid4

import pytest

from callcenter.records import CallRecord
from sim.phones.audio import RATE
from sim.phones.phone import Leg
from tests.e2e.conftest import eventually
from tests.spoken.conftest import PAY, TalkingCentre, seconds, spoken

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAY_S = PAY.size / RATE
PAUSE_S = 0.3  # with which the recording begins and ends
# Here the machine also runs Asterisk and the phones; bench.speech has the real figures.
STOP_S, REPLY_S = 1.2, 4.0
ROUNDS = 20


async def in_menu(talking: TalkingCentre, leg: Leg) -> None:
    """Return when the caller hears the main menu and is listened to."""
    await leg.answered()
    await talking.listening()


async def recorded(talking: TalkingCentre, leg: Leg) -> CallRecord:
    """Return the only record of an ended call."""
    await leg.ended()
    return await talking.centre.record(leg.call, 20)


async def way(talking: TalkingCentre, record: CallRecord) -> list[str]:
    """The nodes the caller passed, as `node exit`, once the session is stored."""

    async def ended() -> bool:
        session = await talking.centre.store.session(record.id)
        return session is not None and session.ended_at is not None

    await eventually(ended, 10, f"an ended session of {record.caller}")
    return [f"{visit.node} {visit.exit}".rstrip() for visit in await talking.centre.store.visits(record.id)]


async def test_i_want_to_pay_my_bill_reaches_collections(talking: TalkingCentre) -> None:
    leg = talking.call()
    await in_menu(talking, leg)
    await asyncio.sleep(talking.prompts_s["en/main-menu"] + 0.5)
    leg.play(PAY)
    await asyncio.sleep(PAY_S + REPLY_S)
    await leg.press("123456#")  # the account

    async def in_collections() -> bool:
        calls = await talking.centre.all_calls()
        return any(call.caller == leg.call.caller and call.queue == "collections" for call in calls)

    await eventually(in_collections, 30, "the caller in the queue collections")
    await leg.hang_up()
    record = await recorded(talking, leg)
    assert (record.queue, record.intent) == ("collections", "collections")


async def test_a_caller_who_speaks_into_the_menu_stops_it_and_is_answered_soon(talking: TalkingCentre) -> None:
    leg = talking.call()
    await in_menu(talking, leg)
    await asyncio.sleep(1.0)
    begun = seconds(len(spoken(leg.sound())))
    leg.play(PAY)
    await asyncio.sleep(PAY_S + REPLY_S)
    heard = spoken(leg.sound())
    await leg.hang_up()
    assert "choose collections" in await way(talking, await recorded(talking, leg))
    frame = round(begun * 50)
    # Within half a second of speech the menu is silent, and stays so until the answer.
    stopped = next(at for at in range(frame, len(heard)) if not any(heard[at : at + 15]))
    print(f"the menu stopped {seconds(stopped - frame) - PAUSE_S:.2f} s after the first word began")
    assert seconds(stopped - frame) <= PAUSE_S + STOP_S
    answered = next((at for at in range(stopped, len(heard)) if heard[at]), None)
    assert answered is not None, "no answer"
    reply_s = seconds(answered - frame) - (PAY_S - PAUSE_S)
    print(f"answered {reply_s:.2f} s after the last word")
    assert reply_s <= REPLY_S


async def test_a_key_pressed_while_we_listen_is_taken(talking: TalkingCentre) -> None:
    leg = talking.call()
    await in_menu(talking, leg)
    await asyncio.sleep(0.7)
    await leg.press("3")
    await asyncio.sleep(1.0)
    await leg.hang_up()
    assert "choose collections" in await way(talking, await recorded(talking, leg))


async def test_who_says_nothing_is_asked_again(talking: TalkingCentre) -> None:
    leg = talking.call()
    await in_menu(talking, leg)

    async def asked_again() -> str:
        return talking.log_line("silence, try 1 of 3")

    await eventually(asked_again, 60, "the end of the first question")
    await talking.listening()
    await asyncio.sleep(2.0)
    await leg.press("3")
    await asyncio.sleep(1.0)
    await leg.hang_up()
    record = await recorded(talking, leg)
    assert "choose collections" in await way(talking, record)
    session = await talking.centre.store.session(record.id)
    assert session is not None
    assert [entry for entry in session.inputs if "no-input" in str(entry)]


async def test_who_hangs_up_while_we_listen_leaves_one_record_and_nothing_open(talking: TalkingCentre) -> None:
    rng = random.Random(5)
    await one_hang_up(talking, 0.5)
    before = talking.descriptors()
    for round_ in range(ROUNDS):
        await one_hang_up(talking, rng.uniform(0.0, 1.5), talks=round_ % 2 == 1)

    async def closed() -> bool:
        return talking.connections() == 0 and talking.descriptors() <= before + 2

    await eventually(closed, 10, f"as few descriptors as before ({before})")


async def one_hang_up(talking: TalkingCentre, after_s: float, *, talks: bool = False) -> None:
    leg = talking.call()
    await in_menu(talking, leg)
    if talks:
        leg.play(PAY)
    await asyncio.sleep(after_s)
    await leg.hang_up()
    record = await recorded(talking, leg)  # fails if there are two
    assert (await way(talking, record))[-1].startswith("choose")


async def test_a_killed_worker_costs_callers_no_more_than_their_voice(talking: TalkingCentre) -> None:
    leg = talking.call()
    await in_menu(talking, leg)
    (worker,) = talking.workers()
    os.kill(worker, signal.SIGKILL)
    leg.play(PAY)
    await asyncio.sleep(PAY_S + REPLY_S)
    await leg.press("3")
    await asyncio.sleep(1.0)
    await leg.hang_up()
    assert "choose collections" in await way(talking, await recorded(talking, leg))

    async def another() -> bool:
        return talking.workers() not in ([], [worker])

    await eventually(another, 60, "another worker")


async def test_a_stranger_at_the_audio_port_hears_nothing(talking: TalkingCentre) -> None:
    leg = talking.call()
    await in_menu(talking, leg)
    reader, writer = await asyncio.open_connection("127.0.0.1", talking.audio_port())
    writer.write(b"\x01\x00\x10" + uuid4().bytes)
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1), 5)
    writer.close()
    assert talking.connections() == 1
    await leg.hang_up()
    await recorded(talking, leg)
