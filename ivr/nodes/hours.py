"""hours: go one way while open, another while closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from ivr.hours import Hours, opens_next, state_at
from ivr.nodes.node import Node, Step
from ivr.session import Session

OPENS_ON: Final = "opens_on"
OPENS_AT: Final = "opens_at"


class HoursNode(Node):
    """Leave by `open`, `closed` or, if connected, `holiday`, by the local time of `hours`.

    While closed, `opens_on` (a date) and `opens_at` (a time of the day) are set to when it opens again, to be said; to
    null if that is more than a month ahead.
    """

    kind: Literal["hours"] = "hours"
    v: Literal[1] = 1
    hours: Annotated[Hours, Field(description="When the centre is open.")]

    def required_exits(self) -> tuple[str, ...]:
        return ("open", "closed")

    def optional_exits(self) -> Mapping[str, str]:
        return {"holiday": "closed"}

    def variables_set(self) -> Iterator[tuple[str, str]]:
        yield from (("hours", name) for name in (OPENS_ON, OPENS_AT))

    def enter(self, session: Session, now: datetime) -> Step:
        state = state_at(self.hours, now)
        if state.state != "open":
            opening = opens_next(self.hours, now)
            on, at = (f"{opening:%Y-%m-%d}", f"{opening:%H:%M}") if opening else (None, None)
            session = session.with_variables({OPENS_ON: on, OPENS_AT: at})
        return Step(session=session, exit=state.state, why=state.why)
