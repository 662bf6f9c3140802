"""play: say prompts and go on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from ivr.commands import Play
from ivr.nodes.node import Node, Step, expressions_in, keys_in, spoken
from ivr.nodes.words import Prompts
from ivr.session import Session


class PlayNode(Node):
    """Say prompts, then leave by `next`.

    A key pressed meanwhile ends an interruptible one and counts for the next menu: people who know the way type ahead.
    """

    kind: Literal["play"] = "play"
    v: Literal[1] = 1
    prompts: Annotated[Prompts, Field(description="What is said, in this order.")]
    interruptible: Annotated[bool, Field(description="Whether a key ends it.")] = True

    def prompts_used(self) -> Iterator[tuple[str, str]]:
        yield from keys_in("prompts", self.prompts)

    def expressions_used(self) -> Iterator[tuple[str, str]]:
        yield from expressions_in("prompts", self.prompts)

    def enter(self, session: Session, now: datetime) -> Step:
        prompts = spoken(self.prompts, session, now)
        command = Play(prompts=prompts, language=session.language, interruptible=self.interruptible)
        return Step(session=session, commands=(command,), exit="next")
