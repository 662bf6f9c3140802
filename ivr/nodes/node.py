"""What every kind of node has in common: exits, and how it behaves when a caller enters it or answers it.

A node decides, it never acts: `enter` and `hear` return a `Step`, whose commands the service performs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from ivr.commands import Command
from ivr.happenings import Happening
from ivr.session import Session, Wait

MAX_TIMEOUT_S: Final = 60.0  # longer silence is no wait for an answer any more

# Patterns of words in a flow, each with how it is said to an author.
NAME: Final = r"^[a-z0-9][a-z0-9_-]{0,63}$"
PROMPT: Final = r"^[a-z0-9][a-z0-9-]{0,63}$"
VARIABLE: Final = r"^[a-z][a-z0-9_]{0,31}$"
KEY: Final = r"^[0-9*#]$"
LANGUAGE: Final = r"^[a-z]{2}(-[A-Z]{2})?$"
FORMS: Final[Mapping[str, str]] = {
    NAME: "up to 64 small letters, digits, - and _",
    PROMPT: "up to 64 small letters, digits and -",
    VARIABLE: "up to 32 small letters, digits and _, a letter first",
    KEY: "one key of the telephone: 0 to 9, * or #",
    LANGUAGE: "a language such as en or en-GB",
}

NodeId = Annotated[str, StringConstraints(pattern=NAME)]
ExitName = Annotated[str, StringConstraints(pattern=NAME)]
PromptKey = Annotated[str, StringConstraints(pattern=PROMPT)]
Prompts = Annotated[tuple[PromptKey, ...], Field(min_length=1, max_length=20)]
Seconds = Annotated[float, Field(gt=0, le=MAX_TIMEOUT_S)]
Tries = Annotated[int, Field(ge=1, le=10)]
# Maps are kept sorted, so that a flow has one canonical form whatever order it was written in.
Sorted = AfterValidator(lambda table: dict(sorted(table.items())))
# YAML reads an unquoted 1 as a number; a key of the telephone is text.
Key = Annotated[
    str, StringConstraints(pattern=KEY), BeforeValidator(lambda value: str(value) if type(value) is int else value)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a node decided. `exit` None: stay here and wait for `session.wait` (or, with `session.end`, it is over)."""

    session: Session
    commands: tuple[Command, ...] = ()
    exit: str | None = None
    why: str = ""


class Node(BaseModel, ABC):
    """A vertex of a flow. `exits` says where each named way out leads."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    waits_for: ClassVar[frozenset[Wait]] = frozenset()  # empty: never waits; a loop of such nodes would spin
    ends: ClassVar[bool] = False  # the call is over here

    exits: Annotated[dict[ExitName, NodeId], Sorted] = Field(default_factory=dict)

    def required_exits(self) -> tuple[str, ...]:
        """Exits that must lead somewhere."""
        return ("next",)

    def optional_exits(self) -> Mapping[str, str]:
        """Exits that may be left out, each with the exit taken in its place."""
        return {}

    def prompts_used(self) -> Iterator[tuple[str, str]]:
        """Yield (field, prompt key) for every prompt this node may say."""
        yield from ()

    @abstractmethod
    def enter(self, session: Session, now: datetime) -> Step:
        """Decide what happens as a caller arrives here."""

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        """Decide what follows from `happening`, one that `session.wait` accepts. Only nodes that wait are asked."""
        return Step(session=session)

    def leads_to(self, exit: str) -> str | None:
        """Return the node behind `exit`, or behind the exit taken in its place; None: dangling."""
        if exit in self.exits:
            return self.exits[exit]
        return self.exits.get(self.optional_exits().get(exit, ""))
