"""music: play music for a while, until a key is pressed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from ivr.commands import Music
from ivr.happenings import Digits, Happening
from ivr.nodes.node import Node, Step
from ivr.nodes.words import NAME, ExitName, KeyOfMap, Sorted
from ivr.session import Session, Wait

MAX_MUSIC_S = 600.0  # then something should be said


class MusicNode(Node):
    """Play music for `seconds` and leave by `next`, or at once by the exit that a pressed key has in `keys`."""

    waits_for: ClassVar[frozenset[Wait]] = frozenset({Wait.KEYS})

    kind: Literal["music"] = "music"
    v: Literal[1] = 1
    seconds: Annotated[float, Field(ge=1, le=MAX_MUSIC_S, description="How long it plays.")] = 30.0
    keys: Annotated[
        dict[KeyOfMap, ExitName],
        Field(description="Keys that end it, and the exit each takes.", default_factory=dict),
        Sorted,
    ]
    music_class: Annotated[
        Annotated[str, StringConstraints(pattern=NAME)] | None,
        Field(description="Asterisk's class of music; none: the centre's."),
    ] = None

    @model_validator(mode="after")
    def _next_is_no_key(self) -> Self:
        if "next" in self.keys.values():
            raise ValueError("exit 'next' is for the end of the music; name the exit of a key otherwise")
        return self

    def required_exits(self) -> tuple[str, ...]:
        return ("next", *sorted(set(self.keys.values())))

    def enter(self, session: Session, now: datetime) -> Step:
        command = Music(seconds=self.seconds, keys="".join(self.keys), music_class=self.music_class or "")
        return Step(session=session.but(wait=Wait.KEYS), commands=(command,))

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        if isinstance(happening, Digits) and happening.keys[:1] in self.keys:
            return Step(session=session, exit=self.keys[happening.keys[:1]], why=f"key {happening.keys[:1]}")
        return Step(session=session, exit="next")
