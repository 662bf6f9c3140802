"""say: say a value, such as a balance or a date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ivr.nodes.node import Node, Step, play, said_wrongly
from ivr.nodes.words import Prompts, Saying
from ivr.session import Session


class SayNode(Node):
    """Say values among prompts ("your balance is" and an amount), then leave by `next`.

    If one of the values is missing or cannot be said so, nothing is said and the caller leaves by `failed`, if that is
    connected. A play node would leave such a value out and say the rest.
    """

    prompt_fields: ClassVar[tuple[str, ...]] = ("prompts",)

    kind: Literal["say"] = "say"
    v: Literal[1] = 1
    prompts: Annotated[Prompts, Field(description="Prompts and values, in this order; at least one value.")]
    interruptible: Annotated[bool, Field(description="Whether a key ends it.")] = True

    @model_validator(mode="after")
    def _says_a_value(self) -> Self:
        if not any(isinstance(item, Saying) for item in self.prompts):
            raise ValueError("prompts hold no value to say, such as {say: money, value: balance}; use a play node")
        return self

    def optional_exits(self) -> Mapping[str, str]:
        return {"failed": "next"}

    def enter(self, session: Session, now: datetime) -> Step:
        wrong = said_wrongly(self.prompts, session, now)
        if wrong:
            return Step(session=session, exit="failed", why=wrong)
        said = play(self.prompts, session, now, interruptible=self.interruptible)
        return Step(session=session, commands=said, exit="next")
