"""One caller's telephone line: says prompts by their key, asks questions, plays music, remembers keys typed ahead.

While the caller waits in a queue nothing takes longer than SLICE_S without a look whether the wait still makes sense,
silence is filled with music, and nothing is said once an agent is on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final, Protocol

from callcenter import dialplan
from callcenter.errors import ActionRefused
from ivr import keys
from ivr.commands import Collect, Music, Play
from ivr.happenings import Digits, Heard, NoInput
from ivr.service.ports import Channel
from ivr.service.sounds import Voice

# After a number of full length many still press the # they were told to press. It must not reach the next menu.
TERMINATOR_GRACE_S: Final = 1.0
SLICE_S: Final = 2.0  # how long one WAIT FOR DIGIT lasts in a queue: the grain of looks at the wait
MUSIC_SLICE_S: Final = 5.0  # outside of one: should we freeze, nobody hears music for minutes

Answer = Digits | Heard | NoInput


class Wait(Protocol):
    """A wait in a queue, as the line sees it."""

    @property
    def agent_is_near(self) -> bool:
        """Whether an agent is on the way and will cut off whatever is said."""
        ...

    async def check(self) -> None:
        """Raise what ends the wait, if it is over."""
        ...


class Listener(Protocol):
    """Understands what callers say, in some languages."""

    @property
    def languages(self) -> Collection[str]:
        """Those in which callers may speak now."""
        ...

    async def ask(self, line: Line, question: Collect) -> Answer:
        """Say the prompts and read an answer by voice or by key, whichever comes first."""
        ...


class Line:
    """Speaks on `channel`. `wait` is the queue the caller is in, None outside of one."""

    def __init__(
        self, channel: Channel, voice: Voice, now: Callable[[], datetime], *, listener: Listener | None = None
    ) -> None:
        self.channel = channel
        self.wait: Wait | None = None
        self._voice, self._now, self._listener = voice, now, listener
        self._typed = ""
        self._music = ""  # class of what plays

    async def play(self, command: Play) -> None:
        """Say prompts; a key typed before or meanwhile ends them (if it may) and counts for the next question."""
        if not (command.interruptible and self._typed):
            await self.say(command.prompts, command.language, interruptible=command.interruptible)

    async def ask(self, question: Collect) -> Answer:
        """Say the prompts and read the answer. Raise ActionRefused if none of them can be said: no silent question."""
        spoken = bool(question.phrases) and self.hears(question.language)
        if not self._typed and self._listener is not None and spoken:
            return await self._listener.ask(self, question)
        if not self._typed:
            await self.say_question(question)
        return await self.read(question)

    def hears(self, language: str) -> bool:
        """Whether callers may answer by speaking this language."""
        return self._listener is not None and language in self._listener.languages

    async def say_question(self, question: Collect, *, spoken: bool = False) -> None:
        """Say the prompts of a question. Raise ActionRefused if none of them can be said."""
        prompts, interruptible = question.prompts, question.interruptible
        if not await self.say(prompts, question.language, interruptible=interruptible, spoken=spoken):
            raise ActionRefused(f"no prompt of {', '.join(prompts)} can be said")

    async def read(self, question: Collect) -> Digits | NoInput:
        """Read the keys of an answer, those typed ahead first."""
        typed, self._typed = self._typed, ""
        while (complete := keys.answer(question, typed)) is None:
            key = await self._key(question.inter_digit_s if typed else question.timeout_s)
            if not key:
                return Digits(keys=typed) if typed else NoInput()
            typed += key
        given, self._typed = complete
        if keys.may_still_end(question, given) and not self._typed:
            key = await self._key(TERMINATOR_GRACE_S)
            self._typed = key.replace(question.terminator, "")
        return given

    async def music(self, command: Music) -> Digits | NoInput:
        """Play music until one of its keys is pressed or its time is over; other keys mean nothing."""
        typed, self._typed = self._typed, ""
        pressed = next((key for key in typed if key in command.keys), "")
        music_class = command.music_class or dialplan.MUSIC_CLASS
        until = self._now() + timedelta(seconds=command.seconds)
        while not pressed and (left := (until - self._now()).total_seconds()) > 0:
            await self._look()
            await self.music_on(music_class)
            key = await self._key(min(left, MUSIC_SLICE_S) if self.wait is None else left, music_class)
            pressed = key if key in command.keys else ""
        return Digits(keys=pressed) if pressed else NoInput()

    async def hold(self, seconds: float) -> None:
        """Let music play for a moment, while somebody else is asked; keys are typed ahead."""
        await self._look()
        await self.music_on(self._music or dialplan.MUSIC_CLASS)
        self._typed += await self.channel.wait_for_digit(seconds)

    async def say(self, prompts: tuple[str, ...], language: str, *, interruptible: bool, spoken: bool = False) -> bool:
        """Say prompts until a key comes; return whether anything could be said. What cannot be said is passed over."""
        said = not prompts
        for prompt in prompts:
            await self._look()
            pressed = await self._say(prompt, language, keys.ALL if interruptible else "", spoken=spoken)
            said = said or pressed is not None
            if pressed:
                self._typed += pressed
                break
        return said

    def type_ahead(self, keys: str) -> None:
        """Note keys that were pressed while something else listened; they count for the next question."""
        self._typed += keys

    def forget_keys(self) -> None:
        self._typed = ""

    def music_ended(self) -> None:
        """Something else has ended the music."""
        self._music = ""

    async def music_on(self, music_class: str) -> None:
        if self._music != music_class:
            await self.channel.set_music(True, music_class)
            self._music = music_class

    async def music_off(self) -> None:
        if self._music:
            await self.channel.set_music(False)
            self._music = ""

    async def _say(self, prompt: str, language: str, escape: str, *, spoken: bool) -> str | None:
        """Play one prompt; return the key that ended it or "", None if no file of it can be played."""
        for sound in self._voice.files(prompt, language, spoken=spoken):
            self._music = ""  # STREAM FILE ends it for good
            try:
                return await self.channel.stream_file(
                    sound.path, escape, max_s=sound.longest_s, least_s=sound.shortest_s
                )
            except ActionRefused as error:
                self._voice.failed(sound, error)
        return None

    async def _key(self, timeout_s: float, music_class: str = dialplan.MUSIC_CLASS) -> str:
        """Return the next key, or "" after `timeout_s`."""
        if self.wait is None:
            return await self.channel.wait_for_digit(timeout_s)
        until = self._now() + timedelta(seconds=timeout_s)
        while (left := (until - self._now()).total_seconds()) > 0:
            await self._look()
            await self.music_on(music_class)
            key = await self.channel.wait_for_digit(min(left, SLICE_S))
            if key:
                return key
        return ""

    async def _look(self) -> None:
        """Whoever waits in a queue: go on only if the wait does, and while no agent is on the way."""
        if self.wait is None:
            return
        await self.wait.check()
        while self.wait.agent_is_near:
            await self.music_on(self._music or dialplan.MUSIC_CLASS)
            self._typed += await self.channel.wait_for_digit(SLICE_S)
            await self.wait.check()
