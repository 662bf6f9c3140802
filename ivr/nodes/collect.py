"""collect: ask for digits, such as an account number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from ivr.commands import Collect
from ivr.nodes.asking import FAILED, AskingNode
from ivr.nodes.node import Step
from ivr.nodes.words import PromptKey, Seconds, Variable
from ivr.session import Session

MAX_DIGITS: Final = 32  # nobody enters more by key


class CollectNode(AskingNode):
    """Ask for `min_digits` to `max_digits` digits, keep them as variable `into` and leave by `done`.

    The caller may end with `terminator` ("" for none). After too many tries they leave by `failed`.
    """

    kind: Literal["collect"] = "collect"
    v: Literal[1] = 1
    into: Variable
    min_digits: Annotated[int, Field(ge=1, le=MAX_DIGITS)] = 1
    max_digits: Annotated[int, Field(ge=1, le=MAX_DIGITS)]
    terminator: Literal["#", "*", ""] = "#"
    timeout_s: Seconds = 8.0  # people look the number up
    inter_digit_s: Seconds = 4.0
    invalid_prompt: PromptKey = "invalid-entry"

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.min_digits > self.max_digits:
            raise ValueError(f"min_digits {self.min_digits} is more than max_digits {self.max_digits}")
        return self

    def required_exits(self) -> tuple[str, ...]:
        return ("done", FAILED)

    def variables_set(self) -> Iterator[tuple[str, str]]:
        yield "into", self.into

    def question(self, session: Session, prompts: tuple[str, ...]) -> Collect:
        return Collect(
            prompts=prompts,
            language=session.language,
            max_digits=self.max_digits,
            timeout_s=self.timeout_s,
            inter_digit_s=self.inter_digit_s,
            terminator=self.terminator,
        )

    def understand(self, session: Session, keys: str) -> Step | None:
        if self.min_digits <= len(keys) <= self.max_digits and keys.isascii() and keys.isdecimal():
            return Step(session=session.with_variable(self.into, keys), exit="done")
        return None
