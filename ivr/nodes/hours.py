"""hours: go one way while open, another while closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from ivr.hours import Hours, state_at
from ivr.nodes.node import Node, Step
from ivr.session import Session


class HoursNode(Node):
    """Leave by `open`, `closed` or, if connected, `holiday`, by the local time of `hours`."""

    kind: Literal["hours"] = "hours"
    v: Literal[1] = 1
    hours: Annotated[Hours, Field(description="When the centre is open.")]

    def required_exits(self) -> tuple[str, ...]:
        return ("open", "closed")

    def optional_exits(self) -> Mapping[str, str]:
        return {"holiday": "closed"}

    def enter(self, session: Session, now: datetime) -> Step:
        state = state_at(self.hours, now)
        return Step(session=session, exit=state.state, why=state.why)
