"""menu: offer choices by key and by voice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from ivr.commands import Collect
from ivr.happenings import Digits, Happening, Heard
from ivr.nodes.asking import FAILED, INVALID, SILENCE, AskingNode, Miss
from ivr.nodes.confirming import ACCEPT, CONFIRM, QUESTION, answer_to, ask_back
from ivr.nodes.node import Step
from ivr.nodes.words import ExitName, Fields, Intent, Key, Language, Phrase, PromptKey, Seconds, Sorted
from ivr.session import Session

MISHEARD: Final = 2  # times a caller who speaks is not understood; then it is asked for keys
Phrases = Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=50)]


class Choice(Fields):
    """What takes one exit of a menu: its keys, and what may be said. `intent`, if given, then is the caller's."""

    keys: Annotated[tuple[Key, ...], Field(min_length=1, max_length=12, description="Keys that take this choice.")]
    intent: Annotated[Intent | None, Field(description="What the caller wants, for queues, reports and agents.")] = None
    phrases: Annotated[
        dict[Language, Phrases],
        Field(description="What callers may say for it, by language.", default_factory=dict),
        Sorted,
    ]
    prompt: Annotated[PromptKey | None, Field(description='How it is named when we ask back: "Did you mean …".')] = None


class MenuNode(AskingNode):
    """Ask and leave by the exit whose key is pressed or whose phrase is said.

    What was heard for certain is taken. What was heard less clearly is asked back, if the choice has a `prompt` to name
    it; what was not understood is asked again, and from the second time on only keys count. After too many tries the
    caller leaves by `failed`; or by `silence` or `invalid`, if these are connected, by what the last try was.
    """

    kind: Literal["menu"] = "menu"
    v: Literal[1] = 1
    choices: Annotated[
        dict[ExitName, Choice], Field(min_length=1, max_length=12, description="Each is an exit of this node."), Sorted
    ]
    timeout_s: Annotated[Seconds, Field(description="How long after the question nothing may come.")] = (
        6.0  # long enough to take a mobile from the ear and find the key
    )
    invalid_prompt: Annotated[PromptKey, Field(description="Said after a key that is no choice.")] = "invalid-choice"
    not_understood_prompt: Annotated[PromptKey, Field(description="Said after words that were not understood.")] = (
        "not-understood"
    )
    confirm_prompt: Annotated[PromptKey, Field(description="Said before the name of a choice that we ask back.")] = (
        "did-you-mean"
    )

    @model_validator(mode="after")
    def _own_exits_are_no_choices(self) -> Self:
        for name in (FAILED, SILENCE, INVALID):
            if name in self.choices:
                raise ValueError(f"choice {name!r} bears the name of the exit for too many tries; name it otherwise")
        return self

    def required_exits(self) -> tuple[str, ...]:
        return (*self.choices, FAILED)

    def optional_exits(self) -> Mapping[str, str]:
        return {SILENCE: FAILED, INVALID: FAILED}

    def given_up(self, why: str) -> str:
        return why if why in self.exits else FAILED

    def prompts_used(self) -> Iterator[tuple[str, str]]:
        yield from super().prompts_used()
        if not any(choice.phrases for choice in self.choices.values()):
            return
        yield "not_understood_prompt", self.not_understood_prompt
        for name, choice in self.choices.items():
            if choice.prompt is not None:
                yield f"choices.{name}.prompt", choice.prompt
                yield "confirm_prompt", self.confirm_prompt
                yield "confirm_prompt", QUESTION

    def question(self, session: Session, prompts: tuple[str, ...]) -> Collect:
        return Collect(
            prompts=prompts,
            language=session.language,
            max_digits=1,
            timeout_s=self.timeout_s,
            inter_digit_s=self.timeout_s,
            phrases=self._phrases(session) if _misheard(session) < MISHEARD else {},
        )

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        misheard, _, asked = session.stage.partition(":")
        if not asked:
            return super().hear(session, happening, now)
        session = session.but(stage=misheard)
        right = answer_to(happening)
        if right and asked in self.choices:
            return self._take(session, asked, f"heard {asked}, confirmed")
        if right is None and not isinstance(happening, Heard):  # silence, or a key of the menu itself
            return super().hear(session, happening, now)
        return self._not_understood(session, now)

    def understand(self, session: Session, answer: Digits | Heard, now: datetime) -> Step | Miss:
        if isinstance(answer, Heard):
            return self._heard(session, answer, now)
        for name, choice in self.choices.items():
            if answer.keys[:1] in choice.keys:
                return self._take(session, name, "")
        return Miss(apology=self.invalid_prompt)

    def _heard(self, session: Session, heard: Heard, now: datetime) -> Step:
        choice = self.choices.get(heard.choice)
        why = f"heard {heard.choice} {heard.score:.2f}"
        if choice is None or heard.score < CONFIRM:
            return self._not_understood(session, now)
        if heard.score >= ACCEPT:
            return self._take(session, heard.choice, why)
        if choice.prompt is None:
            return self._not_understood(session, now)  # it cannot be named, so it cannot be asked back
        asked = session.but(stage=f"{session.stage}:{heard.choice}")
        question = ask_back(session, (self.confirm_prompt, choice.prompt, QUESTION))
        return Step(session=asked, commands=(question,), why=f"{why}, asked back")

    def _not_understood(self, session: Session, now: datetime) -> Step:
        more = session.but(stage=str(_misheard(session) + 1))
        return self.ask_again(more, Miss(apology=self.not_understood_prompt), now)

    def _take(self, session: Session, name: str, why: str) -> Step:
        intent = self.choices[name].intent
        return Step(session=session if intent is None else session.with_intent(intent), exit=name, why=why)

    def _phrases(self, session: Session) -> Mapping[str, tuple[str, ...]]:
        exact, bare = session.language, session.language.partition("-")[0]  # en-GB, en
        found = ((name, choice.phrases.get(exact) or choice.phrases.get(bare)) for name, choice in self.choices.items())
        return {name: phrases for name, phrases in found if phrases}


def _misheard(session: Session) -> int:
    """How often this caller was not understood here."""
    count = session.stage.partition(":")[0]
    return int(count) if count.isdecimal() else 0
