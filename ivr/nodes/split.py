"""split: send shares of the callers different ways, to see which is better."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from itertools import accumulate
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from ivr.nodes.node import Node, Step
from ivr.nodes.words import ExitName, Sorted
from ivr.session import Session

WHOLE: Final = 100  # percent
Percent = Annotated[int, Field(ge=0, le=WHOLE)]


class SplitNode(Node):
    """Leave by one of the exits of `weights`, each taken by that many percent of the callers.

    Who goes which way hangs on their number, so that whoever calls again comes the same way again (`by` call: each call
    anew; a withheld number is always by call). Nothing is drawn by lot: the same call takes the same way when it is
    played again. Another `salt` shares the callers out anew.
    """

    kind: Literal["split"] = "split"
    v: Literal[1] = 1
    weights: Annotated[
        dict[ExitName, Percent],
        Field(min_length=2, max_length=10, description="Percent of callers by exit; together 100."),
        Sorted,
    ]
    by: Annotated[Literal["caller", "call"], Field(description="What stays on its way: a caller, or one call.")] = (
        "caller"
    )
    salt: Annotated[
        str, StringConstraints(max_length=64), Field(description="Any word; another one shares the callers out anew.")
    ] = ""

    @model_validator(mode="after")
    def _is_a_whole(self) -> Self:
        if (total := sum(self.weights.values())) != WHOLE:
            raise ValueError(f"weights add up to {total} percent, must be {WHOLE}")
        return self

    def required_exits(self) -> tuple[str, ...]:
        return tuple(self.weights)

    def enter(self, session: Session, now: datetime) -> Step:
        who = session.caller if self.by == "caller" and session.has_number else session.call_id
        lot = _lot(session.flow, session.node, self.salt, who) % WHOLE
        ends = zip(self.weights, accumulate(self.weights.values()), strict=True)
        return Step(session=session, exit=next(exit for exit, end in ends if lot < end), why=f"by {self.by}")


def _lot(*what: str) -> int:
    """Return a number that hangs on `what` and on nothing else, evenly spread."""
    return int.from_bytes(sha256("\0".join(what).encode("utf-8", "surrogatepass")).digest()[:8])
