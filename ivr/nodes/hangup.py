"""hangup: end the call."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from ivr.commands import Command, Hangup, Withdraw
from ivr.nodes.node import Node, Step
from ivr.session import End, EndKind, Session, Wait


class HangupNode(Node):
    """End the call with a Q.850 `cause`.

    `outcome` goes into the call's record if no agent was asked for, and no call back or message came of it.
    """

    ends = True

    kind: Literal["hangup"] = "hangup"
    v: Literal[1] = 1
    cause: Annotated[int, Field(ge=1, le=127, description="Cause code of Q.850; 16 is the normal end of a call.")] = 16
    outcome: Annotated[
        Literal["self-service", "closed"], Field(description="What the record says of a call that asked for no agent.")
    ] = "self-service"

    def required_exits(self) -> tuple[str, ...]:
        return ()

    def enter(self, session: Session, now: datetime) -> Step:
        end = End(kind=EndKind.HANGUP, cause=self.cause, outcome=session.outcome or self.outcome)
        ended = session.but(wait=Wait.NOTHING, end=end)
        commands: tuple[Command, ...] = (Hangup(cause=self.cause),)
        return Step(session=ended, commands=(Withdraw(), *commands) if session.queued else commands)
