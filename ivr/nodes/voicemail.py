"""voicemail: let the caller leave a message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ivr.commands import Command, KeepVoicemail, Record
from ivr.happenings import Digits, Done, Failed, Happening, Recorded
from ivr.nodes.confirming import one_key
from ivr.nodes.node import Node, Step, play, spoken
from ivr.nodes.words import Mailbox, Prompts, SomePrompts
from ivr.session import Session, Wait

SHORTEST_S: Final = 1.0  # shorter is a click or a breath
OUTCOME: Final = "voicemail"
REVIEW: Final = "review"  # stage: the message waits for the caller's yes; length and file follow
KEEPING: Final = "keeping"  # stage: it is being put away
AGAIN: Final = "2"
REVIEW_PROMPT: Final = "message-review"
AGAIN_PROMPT: Final = "message-again"
MAX_AGAIN: Final = 5  # times a message is recorded anew


class VoicemailNode(Node):
    """Record a message and put it into mailbox `box`, whose owner is told; then leave by `saved`.

    It ends with `end_key`, after `silence_s` of silence, after `max_s`, or when the caller hangs up, as most people do:
    it is kept all the same. `empty`: nothing was said. `failed`: it could not be kept. With `review` the caller may
    record it anew before it is kept.
    """

    waits_for: ClassVar[frozenset[Wait]] = frozenset({Wait.RESULT, Wait.KEYS})
    prompt_fields: ClassVar[tuple[str, ...]] = ("prompts", "saved_prompts")

    kind: Literal["voicemail"] = "voicemail"
    v: Literal[1] = 1
    box: Annotated[Mailbox, Field(description="One of the centre's mailboxes.")]
    prompts: Annotated[Prompts, Field(description="Said before the tone.")] = ("leave-message",)
    max_s: Annotated[float, Field(ge=5, le=600, description="Longest message.")] = 120.0
    silence_s: Annotated[float, Field(ge=1, le=30, description="Silence that ends it.")] = 5.0
    end_key: Annotated[Literal["#", "*", ""], Field(description="The key that ends it.")] = "#"
    review: Annotated[bool, Field(description="Whether the caller may record it anew.")] = False
    saved_prompts: Annotated[SomePrompts, Field(description="Said when it is kept.")] = ("message-saved",)

    def required_exits(self) -> tuple[str, ...]:
        return ("saved", "empty", "failed")

    def prompts_used(self) -> Iterator[tuple[str, str]]:
        yield from super().prompts_used()
        if self.review:
            yield from (("review", key) for key in (REVIEW_PROMPT, AGAIN_PROMPT))

    def targets_used(self) -> Iterator[tuple[str, str, str]]:
        yield "box", "mailbox", self.box

    def enter(self, session: Session, now: datetime) -> Step:
        return self._record(session, spoken(self.prompts, session, now))

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        under_review = self._under_review(session)
        if under_review is not None:
            return self._reviewed(session, under_review, happening)
        if session.stage == KEEPING:
            return self._kept(session, happening, now)
        match happening:
            case Recorded(length_s=length_s) if length_s >= SHORTEST_S:
                return self._recorded(session, happening)
            case Failed(reason=reason):
                return Step(session=session, exit="failed", why=reason)
        return Step(session=session, exit="empty", why="nothing was said")

    def hung_up(self, session: Session, now: datetime) -> tuple[Command, ...]:
        under_review = self._under_review(session)
        return () if under_review is None else (self._keep(session, under_review),)

    def _record(self, session: Session, prompts: tuple[str, ...]) -> Step:
        command = Record(
            prompts=prompts,
            language=session.language,
            max_s=self.max_s,
            silence_s=self.silence_s,
            ends=self.end_key,
            outcome=OUTCOME,
        )
        return Step(session=replace(session, wait=Wait.RESULT, stage=""), commands=(command,))

    def _recorded(self, session: Session, recorded: Recorded) -> Step:
        if not self.review or recorded.hung_up or session.tries >= MAX_AGAIN:
            return self._keeping(session, recorded)
        waiting = replace(session, wait=Wait.KEYS, stage=f"{REVIEW} {recorded.length_s} {recorded.file}")
        return Step(session=waiting, commands=(one_key(session, (REVIEW_PROMPT,)),), why=f"{recorded.length_s:.0f} s")

    def _reviewed(self, session: Session, recorded: Recorded, happening: Happening) -> Step:
        """Whoever says nothing to the question has said all they wanted."""
        if isinstance(happening, Digits) and happening.keys[:1] == AGAIN:
            return self._record(replace(session, tries=session.tries + 1), (AGAIN_PROMPT,))
        return self._keeping(session, recorded)

    def _keeping(self, session: Session, recorded: Recorded) -> Step:
        waiting = replace(session, wait=Wait.RESULT, stage=KEEPING)
        return Step(session=waiting, commands=(self._keep(session, recorded),), why=f"{recorded.length_s:.0f} s")

    def _keep(self, session: Session, recorded: Recorded) -> KeepVoicemail:
        return KeepVoicemail(box=self.box, file=recorded.file, length_s=recorded.length_s, language=session.language)

    def _kept(self, session: Session, happening: Happening, now: datetime) -> Step:
        if isinstance(happening, Done):
            said = play(self.saved_prompts, session, now)
            return Step(session=replace(session, outcome=OUTCOME), commands=said, exit="saved")
        why = happening.reason if isinstance(happening, Failed) else happening.kind
        return Step(session=session, exit="failed", why=why)

    def _under_review(self, session: Session) -> Recorded | None:
        stage, _, rest = session.stage.partition(" ")
        length_s, _, file = rest.partition(" ")
        return Recorded(file=file, length_s=float(length_s)) if stage == REVIEW else None
