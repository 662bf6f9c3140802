"""One caller's telephone line: says prompts by their key, asks questions, remembers keys typed ahead."""

from __future__ import annotations

import logging
from typing import Final

from callcenter.errors import ActionRefused
from ivr import keys
from ivr.commands import Collect, Play
from ivr.happenings import Digits, NoInput
from ivr.service.ports import Channel

log = logging.getLogger("ivr.line")

# After a number of full length many still press the # they were told to press. It must not reach the next menu.
TERMINATOR_GRACE_S: Final = 1.0


class Line:
    """Speaks on `channel` in one language. `sounds_dir` is the folder of prompts as Asterisk sees it."""

    def __init__(self, channel: Channel, sounds_dir: str, language: str) -> None:
        self._channel = channel
        self._folder = f"{sounds_dir}/{language}"
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
                pressed = await self._channel.stream_file(f"{self._folder}/{key}", keys.ALL if interruptible else "")
            except ActionRefused as error:
                log.error("prompt %s/%s cannot be played: %s", self._folder, key, error)
                continue
            said = True
            if pressed:
                self._typed += pressed
                break
        return said
