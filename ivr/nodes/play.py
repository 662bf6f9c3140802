"""play: say prompts and go on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ivr.nodes.node import Node, Step, play
from ivr.nodes.words import Prompts
from ivr.session import Session


class PlayNode(Node):
    """Say prompts, then leave by `next`.

    A key pressed meanwhile ends an interruptible one and counts for the next menu: people who know the way type ahead.
    """

    prompt_fields: ClassVar[tuple[str, ...]] = ("prompts",)

    kind: Literal["play"] = "play"
    v: Literal[1] = 1
    prompts: Annotated[Prompts, Field(description="What is said, in this order.")]
    interruptible: Annotated[bool, Field(description="Whether a key ends it.")] = True

    def enter(self, session: Session, now: datetime) -> Step:
        said = play(self.prompts, session, now, interruptible=self.interruptible)
        return Step(session=session, commands=said, exit="next")
