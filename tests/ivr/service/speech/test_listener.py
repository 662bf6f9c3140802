"""Questions answered by voice: spoken, interrupted, answered by a key, by nobody, and lost."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import uvloop

from callcenter import ulaw
from callcenter.errors import ChannelGone
from ivr.happenings import Digits, Heard, NoInput
from ivr.service.line import Line
from ivr.service.sounds import Sounds, Voice
from ivr.service.speech.listener import SpeechListener
from ivr.service.speech.prompts import Prompts
from ivr.service.speech.server import AudioServer
from tests.doubles import Clock
from tests.ivr.service.speech.asking import (
    NOISE,
    PAY,
    PROMPT_S,
    SMALL_TALK,
    Desk,
    FakeRecogniser,
    open_desk,
    question,
    speaks,
)
from tests.ivr.service.speech.talking import Side, TalkingChannel, judge, write_prompt


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as opened:
        yield opened


async def test_what_is_said_after_the_prompt_is_understood(desk: Desk) -> None:
    channel = desk.call(speaks)
    heard = await desk.ask()
    assert isinstance(heard, Heard)
    assert (heard.choice, heard.text) == ("collections", "Pay my bill.")
    assert bytes(channel.sides[0].heard) == b"\x02\x02" * 3200  # the whole prompt
    (sound,) = desk.recogniser.sounds
    assert 1.0 <= len(sound) / 16_000 <= 1.8
    assert desk.recogniser.learnt == desk.recogniser.menus  # while the prompt was said
    assert desk.recogniser.menus[0].language == "en"
    assert desk.listener.counts["heard"] == 1
    assert channel.journal == ["audio socket"]


async def test_who_speaks_into_the_prompt_stops_it(desk: Desk) -> None:
    write_prompt(desk.folder, "en/main-menu", 20.0)

    async def interrupts(side: Side) -> None:
        await side.until_heard(0.1)
        side.be_silent(0.32)
        side.speak(1.0)
        side.be_silent(0.8)

    channel = desk.call(interrupts)
    heard = await desk.ask()
    assert isinstance(heard, Heard)
    assert heard.choice == "collections"
    assert len(channel.sides[0].heard) < 2 * 16_000


async def test_a_key_stops_the_prompt_and_the_rest_is_read_by_keys(desk: Desk) -> None:
    write_prompt(desk.folder, "en/main-menu", 20.0)

    async def presses(side: Side) -> None:
        await side.until_heard(0.1)
        side.press("4")

    channel = desk.call(presses, keys=["5", "6"])
    assert await desk.ask(max_digits=3) == Digits(keys="456")
    assert len(channel.sides[0].heard) < 1 * 16_000
    assert desk.recogniser.sounds == []
    assert desk.listener.counts["key"] == 1


async def test_a_key_pressed_while_speaking_wins(desk: Desk) -> None:
    async def speaks_and_presses(side: Side) -> None:
        await side.until_heard(PROMPT_S)
        side.speak(1.0)
        side.press("1")

    desk.call(speaks_and_presses)
    assert await desk.ask() == Digits(keys="1")


async def test_a_key_pressed_while_we_think_wins(desk: Desk) -> None:
    desk.recogniser.thinks = asyncio.Event()

    async def presses_then(side: Side) -> None:
        await speaks(side)
        await desk.recogniser.asked.wait()
        side.press("2")

    desk.call(presses_then)
    assert await desk.ask() == Digits(keys="2")


async def test_who_goes_on_after_a_pause_is_understood_as_a_whole(desk: Desk) -> None:
    desk.recogniser.readings = [SMALL_TALK, PAY]

    async def hesitates(side: Side) -> None:
        await side.until_heard(PROMPT_S)
        await asyncio.sleep(0.1)
        side.speak(0.5)
        side.be_silent(0.4)
        await desk.recogniser.asked.wait()
        side.speak(0.5)
        side.be_silent(0.8)

    desk.call(hesitates)
    heard = await desk.ask()
    assert isinstance(heard, Heard)
    assert heard.choice == "collections"
    assert len(desk.recogniser.sounds[1]) > len(desk.recogniser.sounds[0]) + 0.5 * 16_000


async def test_understanding_begins_before_the_silence_is_long_enough(desk: Desk) -> None:
    order: list[str] = []

    async def pauses(side: Side) -> None:
        await side.until_heard(PROMPT_S)
        await asyncio.sleep(0.1)
        side.speak(0.5)
        side.be_silent(0.4)
        await desk.recogniser.asked.wait()
        order.append("asked")
        side.be_silent(0.4)

    desk.call(pauses)
    await desk.ask()
    assert order == ["asked"]
    assert len(desk.recogniser.sounds) == 1


async def test_who_never_stops_is_understood_as_far_as_they_came(desk: Desk) -> None:
    async def talks(side: Side) -> None:
        await side.until_heard(PROMPT_S)
        await asyncio.sleep(0.1)
        side.speak(9.0)

    desk.call(talks)
    heard = await desk.ask()
    assert isinstance(heard, Heard)
    assert heard.choice == "collections"
    assert len(desk.recogniser.sounds[0]) >= 7.9 * 16_000


async def test_who_says_nothing_gave_no_input(desk: Desk) -> None:
    async def silent(side: Side) -> None:
        await side.until_heard(PROMPT_S)
        await asyncio.sleep(0.1)
        side.be_silent(3)

    desk.call(silent)
    assert await desk.ask() == NoInput()
    assert desk.listener.counts["silence"] == 1


async def test_a_phone_that_sends_nothing_while_nobody_speaks_is_silent(desk: Desk) -> None:
    async def mute(side: Side) -> None:
        await side.until_heard(PROMPT_S)

    desk.call(mute)
    assert await desk.ask(timeout_s=0.3) == NoInput()


async def test_a_phone_that_sends_nothing_after_the_last_word_is_understood(desk: Desk) -> None:
    async def speaks_only(side: Side) -> None:
        await side.until_heard(PROMPT_S)
        side.speak(1.0)

    desk.call(speaks_only)
    heard = await desk.ask()
    assert isinstance(heard, Heard)
    assert heard.choice == "collections"


async def test_other_words_are_heard_as_none_of_the_choices(desk: Desk) -> None:
    desk.recogniser.readings = [SMALL_TALK]
    desk.call(speaks)
    heard = await desk.ask()
    assert isinstance(heard, Heard)
    assert heard.score < 0.4
    assert heard.text == "It is raining."


async def test_too_late_is_not_understood(desk: Desk) -> None:
    desk.recogniser.readings = [None]
    desk.call(speaks)
    assert await desk.ask() == Heard()
    assert desk.listener.counts["nothing"] == 1


async def test_after_a_cough_the_caller_is_listened_to(desk: Desk) -> None:
    desk.recogniser.readings = [NOISE, PAY]

    async def coughs(side: Side) -> None:
        await speaks(side)
        await desk.recogniser.asked.wait()
        await asyncio.sleep(0.05)
        side.be_silent(0.3)
        side.speak(0.8)
        side.be_silent(0.8)

    desk.call(coughs)
    heard = await desk.ask()
    assert isinstance(heard, Heard)
    assert heard.choice == "collections"
    assert len(desk.recogniser.sounds) == 2


@pytest.mark.parametrize("moment", ["prompt", "speech", "thought"])
async def test_who_hangs_up_ends_the_question_at_once(desk: Desk, moment: str) -> None:
    if moment == "thought":
        desk.recogniser.thinks = asyncio.Event()

    async def hangs_up(side: Side) -> None:
        await side.until_heard(0.1)
        if moment != "prompt":
            await side.until_heard(PROMPT_S)
            side.speak(1.0)
        if moment == "thought":
            side.be_silent(0.8)
            await desk.recogniser.asked.wait()
        side.hang_up()

    desk.call(hangs_up)
    with pytest.raises(ChannelGone):
        await desk.ask()
    assert desk.server.connections == 0
    assert not [task for task in asyncio.all_tasks() if task.get_name() in {"audio socket", "understanding"}]


def test_the_event_loop_of_production_does_as_well(tmp_path: Path) -> None:
    async def call() -> Heard | Digits | NoInput:
        write_prompt(tmp_path, "en/main-menu", PROMPT_S)
        async with AudioServer() as server:
            prompts = Prompts(tmp_path, Voice(Sounds(folder="/sounds")))
            listener = SpeechListener(server, FakeRecogniser([PAY]), prompts, lambda: judge)
            line = Line(TalkingChannel(speaks), Voice(Sounds(folder="/sounds")), Clock(), listener=listener)
            return await asyncio.wait_for(line.ask(question()), 15)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        heard = runner.run(call())
    assert isinstance(heard, Heard)
    assert heard.choice == "collections"


async def test_a_cancelled_question_leaves_nothing_behind(desk: Desk) -> None:
    started = asyncio.Event()

    async def listens(side: Side) -> None:
        started.set()
        await side.ended.wait()

    desk.call(listens)
    asking = asyncio.create_task(desk.ask())
    await started.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "audio socket"]


async def test_a_prompt_that_must_be_heard_is_stopped_by_nobody(desk: Desk) -> None:
    async def impatient(side: Side) -> None:
        await side.until_heard(0.1)
        side.press("9")
        side.be_silent(0.4)
        side.speak(1.0)
        await side.until_heard(PROMPT_S)
        await asyncio.sleep(0.1)
        side.press("1")

    channel = desk.call(impatient)
    assert await desk.ask(interruptible=False) == Digits(keys="1")
    assert len(channel.sides[0].heard) == 2 * 3200


async def test_the_words_for_those_who_may_speak_are_said(tmp_path: Path, desk: Desk) -> None:
    write_prompt(tmp_path, "en/main-menu--speech", 0.2)
    sounds = Sounds(folder="/sounds", lengths_s={"en/main-menu": PROMPT_S, "en/main-menu--speech": 0.2})
    prompts = Prompts(tmp_path, Voice(sounds))
    assert len(await prompts.sound(question())) == 3200
    assert (
        len(await prompts.sound(question(prompts=("main-menu", "es/main-menu")))) == 2 * 3200
    )  # better in English than not at all


async def test_prompts_are_said_as_the_builder_keeps_them(tmp_path: Path) -> None:
    wanted = np.sin(np.arange(4000) / 8).astype(np.float32) / 2
    (tmp_path / "en").mkdir()
    (tmp_path / "en/main-menu.ulaw").write_bytes(ulaw.encode(wanted))
    sound = await Prompts(tmp_path, Voice(Sounds(folder="/sounds"))).sound(question())
    assert len(sound) % 320 == 0
    assert np.frombuffer(sound, "<i2")[:4000] / 32768 == pytest.approx(wanted, abs=0.02)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no sound at all"])
async def test_a_prompt_that_is_no_sound_is_passed_over(tmp_path: Path, content: bytes) -> None:
    write_prompt(tmp_path, "en/welcome", 0.2)
    (tmp_path / "en/main-menu.wav").write_bytes(content)
    prompts = Prompts(tmp_path, Voice(Sounds(folder="/sounds")))
    assert len(await prompts.sound(question(prompts=("main-menu", "welcome")))) == 3200


async def test_a_prompt_that_was_changed_is_said_anew(tmp_path: Path) -> None:
    prompts = Prompts(tmp_path, Voice(Sounds(folder="/sounds")))
    write_prompt(tmp_path, "en/main-menu", 0.2)
    assert len(await prompts.sound(question())) == 3200
    write_prompt(tmp_path, "en/main-menu", 0.4)
    os.utime(tmp_path / "en/main-menu.wav", ns=(1, 1))
    assert len(await prompts.sound(question())) == 6400


async def test_a_regions_language_is_that_of_its_country(desk: Desk) -> None:
    write_prompt(desk.folder, "en-GB/main-menu", 0.1)
    desk.call(speaks)
    heard = await desk.ask(language="en-GB", prompts=("main-menu", "main-menu", "main-menu", "main-menu"))
    assert isinstance(heard, Heard)
    assert heard.choice == "collections"
    assert list(desk.listener.languages) == ["en"]
    assert len(desk.listener.languages) == 1
