"""Asking: what a menu and a collect share: prompts, an answer by keys, an apology and another try."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Final

from ivr.commands import Collect
from ivr.happenings import Digits, Happening
from ivr.nodes.node import Node, Step, expressions_in, keys_in, spoken
from ivr.nodes.words import PromptKey, Prompts, Seconds, Tries
from ivr.session import Session, Wait

FAILED: Final = "failed"  # exit after too many tries


class AskingNode(Node):
    """Ask by `prompts` and wait `timeout_s` after them for keys; a key interrupts the prompts.

    A wrong answer or silence is met with a short apology and the prompts again; after `tries` askings without a good
    answer the caller leaves by `failed`.
    """

    waits_for: ClassVar[frozenset[Wait]] = frozenset({Wait.KEYS})

    prompts: Prompts
    timeout_s: Seconds
    tries: Tries = 3
    invalid_prompt: PromptKey
    silence_prompt: PromptKey = "did-not-hear"

    def prompts_used(self) -> Iterator[tuple[str, str]]:
        yield from keys_in("prompts", self.prompts)
        yield "invalid_prompt", self.invalid_prompt
        yield "silence_prompt", self.silence_prompt

    def expressions_used(self) -> Iterator[tuple[str, str]]:
        yield from expressions_in("prompts", self.prompts)

    @abstractmethod
    def question(self, session: Session, prompts: tuple[str, ...]) -> Collect:
        """Return the command that says `prompts` and reads an answer."""

    @abstractmethod
    def understand(self, session: Session, keys: str) -> Step | None:
        """Return where `keys` lead, or None if they are no answer."""

    def enter(self, session: Session, now: datetime) -> Step:
        question = self.question(session, spoken(self.prompts, session))
        return Step(session=replace(session, wait=Wait.KEYS), commands=(question,))

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        if not isinstance(happening, Digits):
            return self._ask_again(session, self.silence_prompt, "silence")
        return self.understand(session, happening.keys) or self._ask_again(session, self.invalid_prompt, "invalid")

    def _ask_again(self, session: Session, apology: str, why: str) -> Step:
        tried = replace(session, tries=session.tries + 1)
        if tried.tries >= self.tries:
            return Step(session=tried, exit=FAILED, why=f"{why}, try {tried.tries} of {self.tries}")
        command = self.question(session, (apology, *spoken(self.prompts, session)))
        return Step(session=tried, commands=(command,), why=f"{why}, try {tried.tries} of {self.tries}")
