"""Questions that may be answered by voice: the prompt is said and the caller heard over one AudioSocket connection.

A key always wins: it stops the prompt, ends the listening, and the rest of the answer is read by keys. Whatever of this
fails, the question is asked by keys as if there were no speech.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

from callcenter.adapters.speech.workers import DEADLINE_S, Menu
from callcenter.errors import ActionRefused
from callcenter.spoken import Reading
from ivr.commands import Collect
from ivr.happenings import Digits, Heard, NoInput
from ivr.service.line import Line
from ivr.service.ports import Channel
from ivr.service.speech.player import Player
from ivr.service.speech.prompts import Prompts
from ivr.service.speech.server import AudioServer, Connection
from ivr.speech.decision import decide
from ivr.speech.ear import UTTERANCE_MAX_S, Sign
from ivr.speech.hearing import BYTES_A_SECOND, Hearing, Judge
from ivr.speech.others import OTHERS

log = logging.getLogger("ivr.speech")

UNDERSTANDING: Final = "understanding"
SPARE_S: Final = 2.0  # connecting and ending
CONNECT_S: Final = 2.5  # Asterisk itself gives up after 2 s; a caller hears nothing meanwhile
# Phones that suppress silence send nothing while nobody speaks, and none sends sound while a key is held. What is
# missing for longer than this is silence.
GAP_S: Final = 0.2
# Each is a connection, a timer of 20 ms and 0.7 % of a core for the ear; one more is asked for keys.
LISTENING_MAX: Final = 64


class Recogniser(Protocol):
    """What turns an utterance into readings. `languages`: what it can do now, () while it is not there."""

    @property
    def languages(self) -> tuple[str, ...]: ...

    def learn(self, menu: Menu) -> None:
        """Get ready for utterances in a menu."""
        ...

    async def recognise(self, sound: bytes, menu: Menu, deadline_s: float) -> tuple[Reading, ...] | None:
        """Return the readings, None if there are none in time."""
        ...


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key was pressed; it is the first of the answer."""

    key: str


@dataclass(frozen=True, slots=True)
class Pause:
    """The caller pauses; this may be all they say."""

    sound: bytes


@dataclass(frozen=True, slots=True)
class GoesOn:
    """It was not all."""


@dataclass(frozen=True, slots=True)
class Said:
    """The utterance is over. After the pause there was only silence."""

    sound: bytes


@dataclass(frozen=True, slots=True)
class Silence:
    """Nobody has said anything."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is gone, with or without the caller."""


Event = Pressed | Pause | GoesOn | Said | Silence | Lost


class Languages(Collection[str]):
    """Languages as a flow names them: en-GB is understood by who understands en."""

    def __init__(self, codes: tuple[str, ...]) -> None:
        self._codes = codes

    def __contains__(self, language: object) -> bool:
        return isinstance(language, str) and bare(language) in self._codes

    def __iter__(self) -> Iterator[str]:
        return iter(self._codes)

    def __len__(self) -> int:
        return len(self._codes)


def bare(language: str) -> str:
    return language.partition("-")[0]


def menu_of(question: Collect) -> Menu:
    language = bare(question.language)
    return Menu(language=language, phrases=question.phrases, others=OTHERS.get(language, ()))


class SpeechListener:
    """Asks questions by voice. `detector` returns a judge of speech for one stream; `counts` say how questions ended:
    key, heard, nothing (words that mean none of it), silence, lost, keys (asked by keys alone)."""

    def __init__(
        self, server: AudioServer, recogniser: Recogniser, prompts: Prompts, detector: Callable[[], Judge]
    ) -> None:
        self._server, self._recogniser, self._prompts, self._detector = server, recogniser, prompts, detector
        self.counts = dict.fromkeys(("key", "heard", "nothing", "silence", "lost", "keys"), 0)
        self.listening = 0

    @property
    def languages(self) -> Collection[str]:
        return Languages(self._recogniser.languages if self.listening < LISTENING_MAX else ())

    async def ask(self, line: Line, question: Collect) -> Digits | Heard | NoInput:
        """Say the prompts and read an answer by voice or by key, whichever comes first."""
        prompt = b"" if line.wait else await self._prompts.sound(question)
        if not prompt or question.secure:
            return await self._by_keys(line, question)
        self.listening += 1
        try:
            answer = await self._listen(line.channel, question, prompt)
        finally:
            self.listening -= 1
        match answer:
            case Pressed(key):
                self.counts["key"] += 1
                line.type_ahead(key)
                return await line.read(question)
            case Lost():
                self.counts["lost"] += 1
                return await self._by_keys(line, question)
            case Heard():
                self.counts["heard" if answer.choice else "nothing"] += 1
            case NoInput():
                self.counts["silence"] += 1
        return answer

    async def _by_keys(self, line: Line, question: Collect) -> Digits | NoInput:
        self.counts["keys"] += 1
        await line.say_question(question)
        return await line.read(question)

    async def _listen(self, channel: Channel, question: Collect, prompt: bytes) -> Pressed | Heard | NoInput | Lost:
        """Listen over one connection. Raise ChannelGone when the caller hung up or was taken away."""
        longest_s = len(prompt) / BYTES_A_SECOND + question.timeout_s + UTTERANCE_MAX_S + DEADLINE_S
        self._recogniser.learn(menu_of(question))  # while the prompt is said
        listening = Listening(Hearing(self._detector(), question.timeout_s), prompt, question.interruptible)
        with self._server.expect(listening) as ident:
            relay = asyncio.create_task(
                channel.audio_socket(str(ident), self._server.port, max_s=longest_s + SPARE_S), name="audio socket"
            )
            relay.add_done_callback(lambda _: listening.lost())
            try:
                answer = await self._answer(listening, question, longest_s)
                listening.close()
                with contextlib.suppress(ActionRefused, TimeoutError):  # it has served; or there is none to be had
                    async with asyncio.timeout(SPARE_S):
                        await relay
            finally:
                listening.close()
                relay.cancel()
                await asyncio.gather(relay, return_exceptions=True)
        return answer

    async def _answer(
        self, listening: Listening, question: Collect, longest_s: float
    ) -> Pressed | Heard | NoInput | Lost:
        """Follow what happens until it is an answer. Understanding begins in a pause, which may have been the end."""
        thought: asyncio.Task[Heard | None] | None = None
        try:
            async with asyncio.timeout(longest_s):
                while True:
                    event = await listening.next()
                    if isinstance(event, Pressed | Lost):
                        return event
                    if isinstance(event, Silence):
                        return NoInput()
                    if isinstance(event, Pause | GoesOn):
                        await _forget(thought)
                        thought = None
                    if isinstance(event, Pause | Said) and thought is None:
                        thought = asyncio.create_task(self._understand(event.sound, question), name=UNDERSTANDING)
                    if isinstance(event, Said) and thought is not None:
                        if (answer := await _first(thought, listening)) is not None:
                            return answer
                        thought = None
                        listening.resume()  # it was no word
        except TimeoutError:
            return NoInput()
        finally:
            await _forget(thought)

    async def _understand(self, sound: bytes, question: Collect) -> Heard | None:
        """Return what an utterance means; None if there are no words in it: a cough, a door."""
        begun = time.monotonic()
        readings = await self._recogniser.recognise(sound, menu_of(question), DEADLINE_S)
        if readings is not None and not any(reading.text for reading in readings):
            return None
        heard = decide(readings or (), question.phrases)
        taken_s = time.monotonic() - begun
        length_s = len(sound) / BYTES_A_SECOND
        log.info("%.1f s of speech: %s %.2f after %.2f s", length_s, heard.choice or "-", heard.score, taken_s)
        return heard


async def _first(thought: asyncio.Task[Heard | None], listening: Listening) -> Heard | Pressed | Lost | None:
    """Return what was understood, None if it was no word; or what happened before that."""
    happening = asyncio.create_task(listening.next(), name="meanwhile")
    try:
        await asyncio.wait([thought, happening], return_when=asyncio.FIRST_COMPLETED)
        if happening.done() and isinstance(event := happening.result(), Pressed | Lost):
            return event
        return await thought
    finally:
        await _forget(happening)


async def _forget(task: asyncio.Task[Any] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Listening:
    """One question: says the prompt and hears the caller. A `Sink` of the server's; `next` yields what happened."""

    def __init__(self, hearing: Hearing, prompt: bytes, interruptible: bool) -> None:
        self._hearing, self._prompt, self._interruptible = hearing, prompt, interruptible
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._connection: Connection | None = None
        self._player: Player | None = None
        self._open = True  # to what the caller says
        self._sound_at = 0.0  # when the last sound came
        self._watch = asyncio.get_running_loop().call_later(CONNECT_S, self.lost)

    async def next(self) -> Event:
        return await self._events.get()

    def resume(self) -> None:
        """Listen on after an utterance that was none."""
        self._hearing.resume()
        self._open = True

    def close(self) -> None:
        """Let Asterisk's application return."""
        self._stop()
        if self._connection:
            self._connection.end()

    def connected(self, connection: Connection) -> None:
        self._connection = connection
        self._player = Player(self._prompt, connection.send, self._hearing.prompt_ended)
        self._player.start()
        self._sound_at = asyncio.get_running_loop().time()
        self._watch.cancel()
        self._fill()

    def audio(self, samples: bytes) -> None:
        self._sound_at = asyncio.get_running_loop().time()
        if not self._open or self._player is None or self._must_be_heard():
            return
        sign = self._hearing.feed(samples)
        if sign is Sign.BEGAN:
            self._player.stop()
        elif sign is Sign.PAUSED:
            self._events.put_nowait(Pause(self._hearing.utterance))
        elif sign is Sign.GOES_ON:
            self._events.put_nowait(GoesOn())
        elif sign is Sign.ENDED:
            self._open = False
            self._events.put_nowait(Said(self._hearing.utterance))
        elif sign is Sign.SILENT:
            self._open = False
            self._events.put_nowait(Silence())

    def key(self, key: str) -> None:
        if self._player is None or self._must_be_heard():
            return
        self._open = False
        self._player.stop()
        self._events.put_nowait(Pressed(key))

    def lost(self) -> None:
        self._stop()
        self._events.put_nowait(Lost())

    def _stop(self) -> None:
        self._open = False
        self._watch.cancel()
        if self._player:
            self._player.stop()

    def _fill(self) -> None:
        """Hear silence where no sound has come."""
        loop = asyncio.get_running_loop()
        missing_s = loop.time() - self._sound_at
        if missing_s >= GAP_S:
            self.audio(bytes(round(missing_s * BYTES_A_SECOND) // 2 * 2))
        self._watch = loop.call_later(GAP_S / 2, self._fill)

    def _must_be_heard(self) -> bool:
        return not self._interruptible and self._player is not None and self._player.playing
