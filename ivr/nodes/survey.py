"""survey: ask what the caller thought of the call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from ivr.commands import Command, Record, SaveAnswer
from ivr.happenings import Digits, Happening, Heard, Recorded
from ivr.nodes.confirming import ACCEPT, in_language, one_key
from ivr.nodes.node import Node, Step, play, spoken
from ivr.nodes.words import Fields, Prompts, Saying, SomePrompts, Tries, Variable
from ivr.session import Session, Wait

COMMENT: Final = "comment"  # stage, and the name under which a spoken answer is kept
OFFER: Final = "offer"  # stage: asked whether they would like to say more
SHORTEST_S: Final = 1.0
COMMENT_PROMPTS: Final = ("survey-comment-offer", "survey-comment")
APOLOGY: Final = "invalid-choice"

SCORES: Final = {"1-5": {str(score): score for score in range(1, 6)}, "yes-no": {"1": 5, "2": 1}}
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("one", "two", "three", "four", "five"),
    "es": ("uno", "dos", "tres", "cuatro", "cinco"),
    "fr": ("un", "deux", "trois", "quatre", "cinq"),
}


class Question(Fields):
    """One question, answered from 1 (bad) to 5 (good), or by yes (1) and no (2), which count as 5 and 1."""

    name: Annotated[Variable, Field(description="What it is called in reports; the score is kept as this variable.")]
    prompts: Annotated[Prompts, Field(description="The question; it says which keys there are.")] = ("survey-score",)
    scale: Annotated[Literal["1-5", "yes-no"], Field(description="How it is answered.")] = "1-5"


class SurveyNode(Node):
    """Ask questions, keep each answer with the call and the agent who took it, and leave by `done`.

    With `comment` the caller may also say why, which is recorded. Whoever does not answer the first question leaves by
    `declined`; other questions without an answer are passed over.
    """

    waits_for: ClassVar[frozenset[Wait]] = frozenset({Wait.KEYS, Wait.RESULT})
    prompt_fields: ClassVar[tuple[str, ...]] = ("prompts", "thanks_prompts")

    kind: Literal["survey"] = "survey"
    v: Literal[1] = 1
    prompts: Annotated[SomePrompts, Field(description="Said first.")] = ("survey-intro",)
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=10, description="In this order.")] = (
        Question(name="satisfaction"),
    )
    comment: Annotated[bool, Field(description="Whether the caller may say more, in their own words.")] = False
    comment_max_s: Annotated[float, Field(ge=5, le=300, description="Longest comment.")] = 60.0
    tries: Annotated[Tries, Field(description="How often each question is asked; nobody owes us an answer.")] = 2
    thanks_prompts: Annotated[SomePrompts, Field(description="Said at the end.")] = ("survey-thanks",)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [question.name for question in self.questions]
        for name in names:
            if names.count(name) > 1 or name == COMMENT:
                why = "is the name of what is said in the caller's own words" if name == COMMENT else "is there twice"
                raise ValueError(f"question {name!r} {why}; name it otherwise")
        return self

    def required_exits(self) -> tuple[str, ...]:
        return ("done", "declined")

    def prompts_used(self) -> Iterator[tuple[str, str]]:
        yield from super().prompts_used()
        for place, question in enumerate(self.questions):
            yield from ((f"questions.{place}.prompts", item) for item in question.prompts if isinstance(item, str))
        yield "questions", APOLOGY
        if self.comment:
            yield from (("comment", key) for key in COMMENT_PROMPTS)

    def sayings_used(self) -> Iterator[tuple[str, Saying]]:
        yield from super().sayings_used()
        for place, question in enumerate(self.questions):
            yield from ((f"questions.{place}.prompts", item) for item in question.prompts if isinstance(item, Saying))

    def expressions_used(self) -> Iterator[tuple[str, str]]:
        yield from super().expressions_used()
        for place, question in enumerate(self.questions):
            items = (item for item in question.prompts if not isinstance(item, str))
            yield from ((f"questions.{place}.prompts", item.value) for item in items)

    def variables_set(self) -> Iterator[tuple[str, str]]:
        yield from ((f"questions.{place}.name", question.name) for place, question in enumerate(self.questions))

    def enter(self, session: Session, now: datetime) -> Step:
        return self._ask(session, 0, spoken(self.prompts, session, now), now)

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        if session.stage == OFFER:
            return self._offered(session, happening, now)
        if session.stage == COMMENT:
            return self._commented(session, happening, now)
        return self._answered(session, happening, now)

    def _answered(self, session: Session, happening: Happening, now: datetime) -> Step:
        place = int(session.stage)
        question = self.questions[place]
        score = _score(question, happening)
        if score is not None:
            known = session.with_variable(question.name, score)
            step = self._next(known, place + 1, now)
            saved = SaveAnswer(question=question.name, score=score)
            return replace(step, commands=(saved, *step.commands), why=f"{question.name} {score}")
        if session.tries + 1 < self.tries:
            apology = (APOLOGY,) if isinstance(happening, Digits | Heard) else ()
            return self._ask(replace(session, tries=session.tries + 1), place, apology, now)
        if place == 0:
            return Step(session=session, exit="declined", why="no answer")
        return self._next(session, place + 1, now)

    def _ask(self, session: Session, place: int, before: tuple[str, ...], now: datetime) -> Step:
        question = self.questions[place]
        phrases = _phrases(session.language) if question.scale == "1-5" else {}
        command = one_key(session, (*before, *spoken(question.prompts, session, now)), phrases)
        return Step(session=replace(session, wait=Wait.KEYS, stage=str(place)), commands=(command,))

    def _next(self, session: Session, place: int, now: datetime) -> Step:
        fresh = replace(session, tries=0)
        if place < len(self.questions):
            return self._ask(fresh, place, (), now)
        if not self.comment:
            return self._done(fresh, (), now)
        offer = one_key(fresh, COMMENT_PROMPTS[:1])
        return Step(session=replace(fresh, wait=Wait.KEYS, stage=OFFER), commands=(offer,))

    def _offered(self, session: Session, happening: Happening, now: datetime) -> Step:
        if not (isinstance(happening, Digits) and happening.keys[:1] == "1"):
            return self._done(session, (), now)
        record = Record(prompts=COMMENT_PROMPTS[1:], language=session.language, max_s=self.comment_max_s)
        return Step(session=replace(session, wait=Wait.RESULT, stage=COMMENT), commands=(record,))

    def _commented(self, session: Session, happening: Happening, now: datetime) -> Step:
        saved: tuple[Command, ...] = ()
        if isinstance(happening, Recorded) and happening.length_s >= SHORTEST_S:
            saved = (SaveAnswer(question=COMMENT, file=happening.file),)
        return self._done(session, saved, now)

    def _done(self, session: Session, commands: tuple[Command, ...], now: datetime) -> Step:
        return Step(session=session, commands=(*commands, *play(self.thanks_prompts, session, now)), exit="done")


def _score(question: Question, happening: Happening) -> int | None:
    match happening:
        case Digits(keys=keys):
            return SCORES[question.scale].get(keys[:1])
        case Heard(choice=choice, score=sure) if sure >= ACCEPT:
            return SCORES[question.scale].get(choice)
    return None


def _phrases(language: str) -> Mapping[str, tuple[str, ...]]:
    words = in_language(_WORDS, language) or ()
    return {str(score): (word,) for score, word in enumerate(words, 1)}
