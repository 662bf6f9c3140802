"""place: tell a waiting caller their place in the queue and how long it may take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ivr.commands import AskPlace, Play
from ivr.company import Told, Wish, announce, prompts_used
from ivr.happenings import Happening, Placed
from ivr.nodes.node import Node, Step
from ivr.session import Session, Wait


class PlaceNode(Node):
    """Tell the caller how many are ahead and how long it may take, if there is news; then leave by `next`.

    For wait flows: put it between pieces of music, and it says something only when it is time to. Nothing in the first
    15 seconds; then the place and a range of minutes, again when they got better, and once a minute a word that the
    caller is not forgotten. What got worse is not told. In a flow that nobody waits in it says nothing.
    """

    waits_for: ClassVar[frozenset[Wait]] = frozenset({Wait.RESULT})

    kind: Literal["place"] = "place"
    v: Literal[1] = 1
    place: Annotated[bool, Field(description="Whether to tell how many are ahead.")] = True
    estimate: Annotated[bool, Field(description="Whether to tell how long it may take.")] = True

    def prompts_used(self) -> Iterator[tuple[str, str]]:
        yield from (("place", key) for key in prompts_used(Wish(place=self.place, estimate=self.estimate)))

    def enter(self, session: Session, now: datetime) -> Step:
        if not session.queued:
            return Step(session=session, exit="next", why="waits in no queue")
        return Step(session=replace(session, wait=Wait.RESULT), commands=(AskPlace(),))

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        placed = happening if isinstance(happening, Placed) else Placed()
        wish = Wish(language=session.language, place=self.place, estimate=self.estimate)
        said = announce(placed, Told.of(session.variables), session.since or now, now, wish)
        told = session.with_variables(said.told.as_variables())
        commands = (Play(prompts=said.prompts, language=session.language),) if said.prompts else ()
        return Step(session=told, commands=commands, exit="next", why=_worded(placed))


def _worded(placed: Placed) -> str:
    return "an agent is on the way" if placed.reserved else f"place {placed.position or 'unknown'}"
