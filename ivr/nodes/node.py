"""What every kind of node has in common: exits, and how it behaves when a caller enters it or answers it.

A node decides, it never acts: `enter`, `hear` and `returned` return a `Step`, whose commands the service performs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field

from ivr.commands import Command, Play
from ivr.expressions import ExpressionError, Value, evaluate, names_in
from ivr.happenings import Happening
from ivr.nodes.words import ExitName, Fields, NodeId, Saying, Sorted
from ivr.saying import spell
from ivr.session import Session, Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Run another flow and come back: with `variables` to begin with. `queued`: the caller is in a queue meanwhile."""

    flow: str
    variables: Mapping[str, Value] = field(default_factory=dict)
    queued: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a node decided.

    At most one of `exit` (go on there), `call` (into another flow) and `leave` (out of this flow, by that exit of the
    node that called it); with none, stay here and wait for `session.wait` (or it is over).
    """

    session: Session
    commands: tuple[Command, ...] = ()
    exit: str | None = None
    call: Call | None = None
    leave: str | None = None
    why: str = ""


class Node(Fields, ABC):
    """A vertex of a flow. `exits` says where each named way out leads. `note` is for whoever edits the flow."""

    waits_for: ClassVar[frozenset[Wait]] = frozenset()  # empty: never waits; a loop of such nodes would spin
    ends: ClassVar[bool] = False  # the call, or this flow, is over here
    open_exits: ClassVar[bool] = False  # it has exits besides its own: those the flow it runs is left by

    prompt_fields: ClassVar[tuple[str, ...]] = ()  # fields that hold prompts and sayings

    note: Annotated[str, Field(max_length=500, description="For whoever edits the flow.")] = ""
    exits: Annotated[
        dict[ExitName, NodeId], Field(description="The node behind each way out.", default_factory=dict), Sorted
    ]

    def required_exits(self) -> tuple[str, ...]:
        """Exits that must lead somewhere."""
        return ("next",)

    def optional_exits(self) -> Mapping[str, str]:
        """Exits that may be left out, each with the exit taken in its place."""
        return {}

    # What lint, bundles and the editor ask of a node. Fields are named as an author finds them.

    def prompts_used(self) -> Iterator[tuple[str, str]]:
        """Yield (field, prompt key) for every prompt this node may say."""
        yield from ((name, item) for name in self.prompt_fields for item in getattr(self, name) if type(item) is str)

    def sayings_used(self) -> Iterator[tuple[str, Saying]]:
        """Yield (field, saying) for every value this node may say among its prompts."""
        items = ((name, item) for name in self.prompt_fields for item in getattr(self, name))
        yield from ((name, item) for name, item in items if isinstance(item, Saying))

    def expressions_used(self) -> Iterator[tuple[str, str]]:
        """Yield (field, expression) for every expression this node reckons."""
        yield from ((name, saying.value) for name, saying in self.sayings_used())

    def variables_set(self) -> Iterator[tuple[str, str]]:
        """Yield (field, variable) for every variable this node may set."""
        yield from ()

    def secrets_set(self) -> Iterator[tuple[str, str]]:
        """Yield (field, name) for every secret this node may take, such as a card's number."""
        yield from ()

    def secrets_used(self) -> Iterator[tuple[str, str]]:
        """Yield (field, name) for every secret this node needs."""
        yield from ()

    def queues_used(self) -> Iterator[tuple[str, str]]:
        """Yield (field, queue)."""
        yield from ()

    def flows_used(self) -> Iterator[tuple[str, str]]:
        """Yield (field, flow) for every other flow this node runs."""
        yield from ()

    def targets_used(self) -> Iterator[tuple[str, str, str]]:
        """Yield (field, sort, name) for what the centre must have: sort is destination, mailbox or provider."""
        yield from ()

    # What it does.

    @abstractmethod
    def enter(self, session: Session, now: datetime) -> Step:
        """Decide what happens as a caller arrives here."""

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        """Decide what follows from `happening`, one that `session.wait` accepts. Only nodes that wait are asked."""
        return Step(session=session)

    def returned(self, session: Session, exit: str, results: Mapping[str, Value], now: datetime) -> Step:
        """Decide what follows when the flow this node has called is left by `exit`, with its variables."""
        return Step(session=session, exit=exit)

    def not_run(self, session: Session, problem: str, now: datetime) -> Step | None:
        """Decide what follows when the flow this node has called cannot be run; None: the call's flow ends here."""
        return None

    def hung_up(self, session: Session, now: datetime) -> tuple[Command, ...]:
        """Return what is still to be done for a caller who hung up here; it can be done without the telephone."""
        return ()

    def leads_to(self, exit: str) -> str | None:
        """Return the node behind `exit`, or behind the exit taken in its place; None: dangling."""
        if exit in self.exits:
            return self.exits[exit]
        return self.exits.get(self.optional_exits().get(exit, ""))


def spoken(items: Iterable[str | Saying], session: Session, now: datetime) -> tuple[str, ...]:
    """Return the prompt keys of `items`, sayings spelled in the session's language; what has no value is left out."""
    keys: list[str] = []
    for item in items:
        try:
            keys.extend((item,) if isinstance(item, str) else _spelled(item, session, now))
        except (ExpressionError, ValueError):
            continue  # the caller hears the rest of the sentence; lint warns of variables that may not be set
    return tuple(keys)


def play(
    items: Iterable[str | Saying], session: Session, now: datetime, *, interruptible: bool = True
) -> tuple[Command, ...]:
    """Return the command that says `items`, () if there is nothing to say."""
    prompts = spoken(items, session, now)
    return (Play(prompts=prompts, language=session.language, interruptible=interruptible),) if prompts else ()


def said_wrongly(items: Iterable[str | Saying], session: Session, now: datetime) -> str:
    """Return why one of the sayings in `items` cannot be said, "" if all can."""
    for item in items:
        try:
            if not isinstance(item, str):
                _spelled(item, session, now)
        except (ExpressionError, ValueError) as error:
            return str(error)
    return ""


def _spelled(saying: Saying, session: Session, now: datetime) -> tuple[str, ...]:
    value = evaluate(saying.value, session.scope)
    today = now.astimezone(ZoneInfo(saying.timezone)).date() if saying.timezone else None
    return spell(saying.say, value, session.language, currency=saying.currency or "", today=today)


def variables_read(node: Node) -> frozenset[str]:
    """Return every variable that the expressions of `node` read."""
    return frozenset(name for _, text in node.expressions_used() for name in names_in(text))
