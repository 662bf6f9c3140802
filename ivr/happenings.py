"""What can happen to a caller between two turns: the inputs of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits:
    """Keys came. `terminated`: the terminator ended them (it is not part of `keys`)."""

    kind: ClassVar[str] = "digits"
    keys: str = field(repr=False)  # may be an account or a card: never in a log
    terminated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoInput:
    """The caller pressed and said nothing in the time given."""

    kind: ClassVar[str] = "no-input"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The caller spoke. `choice`: which of the question's it sounds most like, "" none; `score` 0..1: how sure."""

    kind: ClassVar[str] = "heard"
    choice: str = ""
    score: float = 0.0
    text: str = field(repr=False, default="")  # people say names and numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConnected:
    """An agent is talking with the caller."""

    kind: ClassVar[str] = "agent-connected"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLeft:
    """The agent hung up or was taken away; the caller is still there. `agent`: who it was, if known."""

    kind: ClassVar[str] = "agent-left"
    agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectFailed:
    """The caller was on the way to an agent who turned out to be gone or busy."""

    kind: ClassVar[str] = "connect-failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFailed:
    """The queue cannot serve the caller. `reason` is TIMEOUT (waited too long) or UNAVAILABLE (no such queue)."""

    TIMEOUT: ClassVar[str] = "timeout"
    UNAVAILABLE: ClassVar[str] = "unavailable"
    kind: ClassVar[str] = "queue-failed"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The caller's place in the queue, from 1, and in how many seconds half and nine in ten such callers are served.

    `reserved`: an agent is on the way, and will cut off whatever is said now.
    """

    kind: ClassVar[str] = "placed"
    position: int | None = None
    p50_s: float | None = None
    p90_s: float | None = None
    reserved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the caller: `facts` by the names of `ivr.nodes.caller.FACTS`."""

    kind: ClassVar[str] = "known"
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Another system answered. `body` is its JSON."""

    kind: ClassVar[str] = "fetched"
    status: int
    body: Any = field(repr=False, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The caller has spoken on `file`, a name in the folder of recordings.

    `hung_up`: and then hung up, as most people end a message; what needs them comes to nothing, the rest is done.
    """

    kind: ClassVar[str] = "recorded"
    file: str
    length_s: float
    hung_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """The provider took the money."""

    kind: ClassVar[str] = "paid"
    reference: str
    last4: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """The caller is back from a transfer. `status`: answered, busy, no-answer or failed."""

    ANSWERED: ClassVar[str] = "answered"
    kind: ClassVar[str] = "transferred"
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was asked for is done."""

    kind: ClassVar[str] = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """What was asked for could not be done. `reason` is one word for the flow, `detail` a sentence for the log."""

    kind: ClassVar[str] = "failed"
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HungUp:
    """The caller hung up."""

    kind: ClassVar[str] = "hung-up"


Happening = (
    Digits | NoInput | Heard | AgentConnected | AgentLeft | ConnectFailed | QueueFailed | Placed | Known | Fetched
    | Recorded | Paid | Transferred | Done | Failed | HungUp
)  # fmt: skip
