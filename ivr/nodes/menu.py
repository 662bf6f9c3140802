"""menu: offer choices by key."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ivr.commands import Collect
from ivr.nodes.asking import FAILED, AskingNode
from ivr.nodes.node import Step
from ivr.nodes.words import ExitName, Key, PromptKey, Seconds, Sorted
from ivr.session import Session


class Choice(BaseModel):
    """What takes one exit of a menu: its keys. `intent`, if given, is then known of the caller."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: Annotated[tuple[Key, ...], Field(min_length=1, max_length=12)]
    intent: str | None = None


class MenuNode(AskingNode):
    """Ask and leave by the exit whose key is pressed, or by `failed` after too many tries."""

    kind: Literal["menu"] = "menu"
    v: Literal[1] = 1
    choices: Annotated[dict[ExitName, Choice], Sorted, Field(min_length=1, max_length=12)]
    timeout_s: Seconds = 6.0  # long enough to take a mobile from the ear and find the key
    invalid_prompt: PromptKey = "invalid-choice"

    @model_validator(mode="after")
    def _failed_is_no_choice(self) -> Self:
        if FAILED in self.choices:
            raise ValueError(f"choice {FAILED!r} bears the name of the exit for too many tries; name it otherwise")
        return self

    def required_exits(self) -> tuple[str, ...]:
        return (*self.choices, FAILED)

    def question(self, session: Session, prompts: tuple[str, ...]) -> Collect:
        return Collect(
            prompts=prompts,
            language=session.language,
            max_digits=1,
            timeout_s=self.timeout_s,
            inter_digit_s=self.timeout_s,
        )

    def understand(self, session: Session, keys: str) -> Step | None:
        for name, choice in self.choices.items():
            if keys[:1] in choice.keys:
                known = session if choice.intent is None else session.with_intent(choice.intent)
                return Step(session=known, exit=name)
        return None
