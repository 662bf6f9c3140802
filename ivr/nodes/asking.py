"""Asking: what a menu and a collect share: prompts, an answer, an apology and another try."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, ClassVar, Final

from pydantic import Field

from ivr.commands import Collect
from ivr.happenings import Digits, Happening, Heard
from ivr.nodes.node import Node, Step, spoken
from ivr.nodes.words import PromptKey, Prompts, Seconds, Tries
from ivr.session import Session, Wait

FAILED: Final = "failed"  # exit after too many tries
SILENCE: Final = "silence"
INVALID: Final = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """An answer that is none: what is said before the question is asked again ("": nothing), and why, for the log."""

    apology: str
    why: str = INVALID


class AskingNode(Node):
    """Ask by `prompts` and wait `timeout_s` after them for an answer; a key interrupts the prompts.

    A wrong answer or silence is met with a short apology and the question again; after `tries` askings without a good
    answer the caller leaves by `failed`.
    """

    waits_for: ClassVar[frozenset[Wait]] = frozenset({Wait.KEYS})
    prompt_fields: ClassVar[tuple[str, ...]] = ("prompts",)

    prompts: Annotated[Prompts, Field(description="The question.")]
    timeout_s: Annotated[Seconds, Field(description="How long after the question nothing may come.")]
    tries: Annotated[Tries, Field(description="How often it is asked before the caller leaves by failed.")] = 3
    invalid_prompt: Annotated[PromptKey | None, Field(description="Said before the question after a wrong answer.")]
    silence_prompt: Annotated[PromptKey, Field(description="Said before the question after silence.")] = "did-not-hear"

    def prompts_used(self) -> Iterator[tuple[str, str]]:
        yield from super().prompts_used()
        yield "invalid_prompt", self.apology
        yield "silence_prompt", self.silence_prompt

    @property
    def apology(self) -> str:
        """What is said after a wrong answer."""
        return self.invalid_prompt or "invalid-entry"

    @abstractmethod
    def question(self, session: Session, prompts: tuple[str, ...]) -> Collect:
        """Return the command that says `prompts` and reads an answer."""

    @abstractmethod
    def understand(self, session: Session, answer: Digits | Heard, now: datetime) -> Step | Miss:
        """Return what follows from `answer`, or in what way it is none."""

    def given_up(self, why: str) -> str:
        """Return the exit of a caller whose last try was `why`: invalid or silence."""
        return FAILED

    def enter(self, session: Session, now: datetime) -> Step:
        return self._ask(session, (), now)

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        if not isinstance(happening, Digits | Heard):
            return self.ask_again(session, Miss(apology=self.silence_prompt, why=SILENCE), now)
        found = self.understand(session, happening, now)
        return self.ask_again(session, found, now) if isinstance(found, Miss) else found

    def ask_again(self, session: Session, miss: Miss, now: datetime) -> Step:
        """Return the next try, or the way out after the last one."""
        tried = session.but(tries=session.tries + 1)
        why = f"{miss.why}, try {tried.tries} of {self.tries}"
        if tried.tries >= self.tries:
            return Step(session=tried, exit=self.given_up(miss.why), why=why)
        return replace(self._ask(tried, (miss.apology,) if miss.apology else (), now), why=why)

    def _ask(self, session: Session, before: tuple[str, ...], now: datetime) -> Step:
        prompts = spoken(self.prompts, session, now) or (self.silence_prompt,)  # never a question in silence
        command = self.question(session, (*before, *prompts))
        return Step(session=session.but(wait=Wait.KEYS), commands=(command,))
