"""play: say prompts and go on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from ivr.commands import Play
from ivr.nodes.node import Node, Prompts, Step
from ivr.session import Session


class PlayNode(Node):
    """Say prompts, then leave by `next`.

    A key pressed meanwhile ends an interruptible one and counts for the next menu: people who know the way type ahead.
    """

    kind: Literal["play"] = "play"
    v: Literal[1] = 1
    prompts: Prompts
    interruptible: bool = True

    def prompts_used(self) -> Iterator[tuple[str, str]]:
        yield from (("prompts", key) for key in self.prompts)

    def enter(self, session: Session, now: datetime) -> Step:
        command = Play(prompts=self.prompts, interruptible=self.interruptible)
        return Step(session=session, commands=(command,), exit="next")
