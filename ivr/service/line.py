"""One caller's telephone line: says prompts by their key, asks questions, remembers keys typed ahead."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from callcenter.errors import ActionRefused
from ivr import keys
from ivr.commands import Collect, Play
from ivr.happenings import Digits, NoInput
from ivr.service.ports import Channel

log = logging.getLogger("ivr.line")

# After a number of full length many still press the # they were told to press. It must not reach the next menu.
TERMINATOR_GRACE_S: Final = 1.0
UNKNOWN_LENGTH_S: Final = 30.0
LATE_S: Final = 1.0  # playing may begin this late


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounds:
    """`folder`: rendered prompts as Asterisk sees them. `lengths_s`: by "<language>/<key>", where known.

    If we freeze while a prompt plays, Asterisk takes the caller away soon after the end of this very prompt.
    """

    folder: str
    lengths_s: Mapping[str, float] = field(default_factory=dict)


class Line:
    """Speaks on `channel` in one language. `sounds` are the prompts as Asterisk sees them, and how long each is."""

    def __init__(self, channel: Channel, sounds: Sounds, language: str) -> None:
        self._channel = channel
        self._folder, self._language, self._lengths = f"{sounds.folder}/{language}", language, sounds.lengths_s
        self._typed = ""

    async def play(self, command: Play) -> None:
        """Say prompts; a key typed before or meanwhile ends them (if it may) and counts for the next question."""
        if not (command.interruptible and self._typed):
            await self.say(command.prompts, interruptible=command.interruptible)

    async def ask(self, question: Collect) -> Digits | NoInput:
        """Say the prompts and read the answer. Raise ActionRefused if none of them can be said: no silent question."""
        if not self._typed and not await self.say(question.prompts, interruptible=question.interruptible):
            raise ActionRefused(f"no prompt of {', '.join(question.prompts)} can be said")
        typed, self._typed = self._typed, ""
        while (complete := keys.answer(question, typed)) is None:
            key = await self._channel.wait_for_digit(question.inter_digit_s if typed else question.timeout_s)
            if not key:
                return Digits(keys=typed) if typed else NoInput()
            typed += key
        given, self._typed = complete
        if keys.may_still_end(question, given) and not self._typed:
            key = await self._channel.wait_for_digit(TERMINATOR_GRACE_S)
            self._typed = key.replace(question.terminator, "")
        return given

    async def say(self, prompts: tuple[str, ...], *, interruptible: bool) -> bool:
        """Say prompts until a key comes; return whether anything could be said. A missing prompt is passed over."""
        said = not prompts
        for key in prompts:
            try:
                pressed = await self._channel.stream_file(
                    f"{self._folder}/{key}", keys.ALL if interruptible else "", max_s=self._longest_s(key)
                )
            except ActionRefused as error:
                log.error("prompt %s/%s cannot be played: %s", self._folder, key, error)
                continue
            said = True
            if pressed:
                self._typed += pressed
                break
        return said

    def _longest_s(self, key: str) -> float:
        length = self._lengths.get(f"{self._language}/{key}")
        return UNKNOWN_LENGTH_S if length is None else length + LATE_S
