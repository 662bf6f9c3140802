"""A call that nobody makes, played step by step in the editor."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from desk.models.common import Answer, Plain, Request
from desk.models.flows import Heard
from ivr.testing.cases import MAX_STEPS, Given, Step

WaitingFor = Literal["keys", "speech", "recording", "queue", "agent", "music", "nothing"]


class SimulateAsked(Request):
    """`steps`: all that the caller has done so far, as test cases have them; to step back, send one fewer."""

    body: Plain
    given: Given = Given()
    steps: Annotated[tuple[Step, ...], Field(max_length=MAX_STEPS)] = ()


class RecordAsked(SimulateAsked):
    """`name` of the test case; empty: made of what the caller did."""

    name: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class Passed(Answer):
    """A node that was passed; `exit` empty: the caller is there. `why`: what decided."""

    flow: str
    node: str
    exit: str
    why: str = ""


class Place(Answer):
    flow: str
    node: str


class Asks(Answer):
    """What the flow waits for. `keys`: those it takes, "" for any; `phrases`: what may be said, by choice."""

    keys: str = ""
    max_digits: int = 0
    terminator: str = ""
    timeout_s: float | None = None
    phrases: dict[str, list[str]] = Field(default_factory=dict)
    secure: bool = False


class Performed(Answer):
    """What the flow asked of the world, such as a queue or a request; `fields` of it."""

    kind: str
    fields: dict[str, Any]


class Ended(Answer):
    """How it ended: hung up, caller hung up, fallback. `cause`: of the hang-up; `outcome`, if the flow set one."""

    end: str
    cause: int | None = None
    outcome: str = ""
    reason: str = ""


class Stopped(Answer):
    """Why it cannot go on. `step`: which of the steps, from 1; 0: none. `needs`: what of `given` is missing."""

    step: int
    text: str
    needs: str = ""


class Simulation(Answer):
    """How the call stands after all steps."""

    heard: list[Heard]
    path: list[Passed]
    at: Place
    waiting_for: WaitingFor
    asks: Asks | None
    variables: dict[str, Any]
    intent: str
    language: str
    queue: str
    performed: list[Performed]
    end: Ended | None
    clock: datetime
    elapsed_s: float
    failure: Stopped | None


class Recorded(Answer):
    """A test case in which the same happens again, as test files have it."""

    case: dict[str, Any]
