"""consent: tell or ask the caller that the call is recorded, before it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from callcenter.compliance.recording import Duty, recording_duty
from ivr.commands import RecordCall
from ivr.happenings import Digits, Happening, Heard
from ivr.nodes.confirming import answer_to, ask_back
from ivr.nodes.node import Node, Step, play, spoken
from ivr.nodes.words import Prompts, SomePrompts
from ivr.session import Session, Wait

TRIES: Final = 2
SILENCE_PROMPT: Final = "did-not-hear"
INVALID_PROMPT: Final = "invalid-choice"
ANNOUNCED: Final = "announced"
ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"


class ConsentNode(Node):
    """Tell the caller that the call is recorded, or ask whether it may be; only then the recording begins.

    `ask`: auto does what the law of the caller's place and of the number called asks for (callcenter.compliance); yes
    always asks, no only announces. Asked, the caller presses 1 or says yes; whoever says no, or nothing, is not
    recorded and leaves by `refused`, if that is connected, else by `next` like everybody.
    """

    waits_for: ClassVar[frozenset[Wait]] = frozenset({Wait.KEYS})
    prompt_fields: ClassVar[tuple[str, ...]] = (
        "announce_prompts",
        "ask_prompts",
        "accepted_prompts",
        "refused_prompts",
    )

    kind: Literal["consent"] = "consent"
    v: Literal[1] = 1
    ask: Annotated[Literal["auto", "yes", "no"], Field(description="Whether the caller is asked.")] = "auto"
    announce_prompts: Annotated[Prompts, Field(description="Said where telling is enough.")] = ("consent-announce",)
    ask_prompts: Annotated[Prompts, Field(description="The question: 1 for yes, 2 for no.")] = ("consent-ask",)
    accepted_prompts: Annotated[SomePrompts, Field(description="Said after yes.")] = ("consent-given",)
    refused_prompts: Annotated[SomePrompts, Field(description="Said after no.")] = ("consent-refused",)

    def optional_exits(self) -> Mapping[str, str]:
        return {REFUSED: "next"}

    def prompts_used(self) -> Iterator[tuple[str, str]]:
        yield from super().prompts_used()
        if self.ask != "no":
            yield from (("ask", key) for key in (SILENCE_PROMPT, INVALID_PROMPT))

    def enter(self, session: Session, now: datetime) -> Step:
        verdict = recording_duty(session.caller, session.did, now.date())
        asks = verdict.duty is Duty.ASK if self.ask == "auto" else self.ask == "yes"
        why = verdict.rule.id if self.ask == "auto" else "as the flow says"
        noted = replace(session, stage=verdict.jurisdiction)
        if asks:
            question = ask_back(session, spoken(self.ask_prompts, session, now))
            return Step(session=replace(noted, wait=Wait.KEYS), commands=(question,), why=why)
        said = play(self.announce_prompts, session, now, interruptible=False)  # who presses on was told all the same
        return Step(session=noted, commands=(*said, _record(noted, ANNOUNCED)), exit="next", why=why)

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        answer = answer_to(happening)
        if answer is None and session.tries + 1 < TRIES:
            tried = replace(session, tries=session.tries + 1)
            apology = INVALID_PROMPT if isinstance(happening, Digits | Heard) else SILENCE_PROMPT
            question = ask_back(tried, (apology, *spoken(self.ask_prompts, session, now)))
            return Step(session=tried, commands=(question,), why="no answer")
        if answer:
            said = play(self.accepted_prompts, session, now)
            return Step(session=session, commands=(*said, _record(session, ACCEPTED)), exit="next", why=ACCEPTED)
        said = play(self.refused_prompts, session, now)
        return Step(session=session, commands=(*said, _record(session, REFUSED)), exit=REFUSED)


def _record(session: Session, given: str) -> RecordCall:
    return RecordCall(on=given != REFUSED, given=given, jurisdiction=session.stage)
