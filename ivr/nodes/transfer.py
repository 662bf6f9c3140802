"""transfer: send the caller to somebody outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ivr.commands import Transfer
from ivr.happenings import Failed, Happening, Transferred
from ivr.nodes.node import Node, Step, play
from ivr.nodes.words import Destination, SomePrompts
from ivr.session import Session, Wait

ANSWERED: Final = Transferred.ANSWERED


class TransferNode(Node):
    """Send the caller to a destination of the centre's list; the call goes on by `answered` when they have talked.

    By `busy` or `no-answer`, if these are connected, or else by `failed` when nobody answers there. Flows name
    destinations, never numbers: which there are is the operator's matter.
    """

    waits_for: ClassVar[frozenset[Wait]] = frozenset({Wait.RESULT})
    prompt_fields: ClassVar[tuple[str, ...]] = ("prompts",)

    kind: Literal["transfer"] = "transfer"
    v: Literal[1] = 1
    destination: Annotated[Destination, Field(description="One of the centre's destinations.")]
    prompts: Annotated[SomePrompts, Field(description="Said before.")] = ("transfer-wait",)
    ring_s: Annotated[float, Field(ge=5, le=120, description="How long it rings there.")] = 30.0

    def required_exits(self) -> tuple[str, ...]:
        return (ANSWERED, "failed")

    def optional_exits(self) -> Mapping[str, str]:
        return {"busy": "failed", "no-answer": "failed"}

    def targets_used(self) -> Iterator[tuple[str, str, str]]:
        yield "destination", "destination", self.destination

    def enter(self, session: Session, now: datetime) -> Step:
        if session.queued:
            return Step(session=session, exit="failed", why="waits in a queue")
        said = play(self.prompts, session, now)
        command = Transfer(destination=self.destination, ring_s=self.ring_s)
        return Step(session=replace(session, wait=Wait.RESULT), commands=(*said, command))

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        match happening:
            case Transferred(status=status) if status in {ANSWERED, *self.optional_exits()}:
                return Step(session=session, exit=status)
            case Transferred(status=why) | Failed(reason=why):
                return Step(session=session, exit="failed", why=why)
        return Step(session=session, exit="failed", why=happening.kind)
