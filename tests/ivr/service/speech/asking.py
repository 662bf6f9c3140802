"""A listener with a recogniser that is told what it understands, for questions to callers who talk."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from callcenter.adapters.speech.workers import Menu
from callcenter.spoken import Reading
from ivr.commands import Collect
from ivr.happenings import Digits, Heard, NoInput
from ivr.service.line import Line
from ivr.service.sounds import Sounds, Voice
from ivr.service.speech.listener import SpeechListener
from ivr.service.speech.prompts import Prompts
from ivr.service.speech.server import AudioServer
from tests.doubles import Clock
from tests.ivr.service.speech.talking import Side, TalkingChannel, judge, write_prompt

PHRASES: Mapping[str, tuple[str, ...]] = {"collections": ("pay my bill",), "agent": ("speak to an agent",)}
PROMPT_S = 0.4
PAY = Reading(text="Pay my bill.", confidence=0.9, intents={})
NOISE = Reading(text="", confidence=0.0)
SMALL_TALK = Reading(text="It is raining.", confidence=0.9, intents={"collections": 0.1, "agent": 0.1, "": 0.8})


@dataclass
class FakeRecogniser:
    """Reads each utterance as told. None: too late. `thinks`: until then it has not answered."""

    readings: list[Reading | None]
    languages: tuple[str, ...] = ("en",)
    thinks: asyncio.Event | None = None
    sounds: list[bytes] = field(default_factory=list)
    menus: list[Menu] = field(default_factory=list)
    learnt: list[Menu] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def learn(self, menu: Menu) -> None:
        self.learnt.append(menu)

    async def recognise(self, sound: bytes, menu: Menu, deadline_s: float) -> tuple[Reading, ...] | None:
        self.sounds.append(sound)
        self.menus.append(menu)
        self.asked.set()
        if self.thinks:
            await self.thinks.wait()
        reading = self.readings.pop(0)
        return None if reading is None else (reading,)


@dataclass
class Desk:
    """A listener, and what it is made of."""

    server: AudioServer
    folder: Path
    recogniser: FakeRecogniser
    listener: SpeechListener
    line: Line | None = None

    def call(self, *talks: Callable[[Side], Awaitable[None]] | None, keys: list[str] | None = None) -> TalkingChannel:
        channel = TalkingChannel(*talks, keys=keys)
        self.line = Line(channel, Voice(Sounds(folder="/sounds")), Clock(), listener=self.listener)
        return channel

    async def ask(self, **changed: object) -> Digits | Heard | NoInput:
        assert self.line is not None
        return await asyncio.wait_for(self.line.ask(question(**changed)), 15)


def question(**changed: object) -> Collect:
    made: dict[str, object] = {
        "prompts": ("main-menu",),
        "max_digits": 1,
        "timeout_s": 2.0,
        "inter_digit_s": 1.0,
        "phrases": PHRASES,
        **changed,
    }
    return Collect(**made)  # type: ignore[arg-type]


@asynccontextmanager
async def open_desk(folder: Path) -> AsyncIterator[Desk]:
    """A desk that is told "I want to pay" first; it ends with nobody listened to."""
    write_prompt(folder, "en/main-menu", PROMPT_S)
    recogniser = FakeRecogniser([PAY])
    async with AudioServer() as server:
        prompts = Prompts(folder, Voice(Sounds(folder="/sounds")))
        listener = SpeechListener(server, recogniser, prompts, lambda: judge)
        found = Desk(server=server, folder=folder, recogniser=recogniser, listener=listener)
        yield found
        assert listener.listening == 0


async def speaks(side: Side) -> None:
    await side.until_heard(PROMPT_S)
    await asyncio.sleep(0.1)
    side.be_silent(0.3)
    side.speak(1.0)
    side.be_silent(0.8)
