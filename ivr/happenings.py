"""What can happen to a caller between two turns: the inputs of the engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits:
    """Keys came. `terminated`: the terminator ended them (it is not part of `keys`)."""

    kind: ClassVar[str] = "digits"
    keys: str = field(repr=False)  # may be an account or a card: never in a log
    terminated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoInput:
    """The caller pressed nothing in the time given."""

    kind: ClassVar[str] = "no-input"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConnected:
    """An agent is talking with the caller."""

    kind: ClassVar[str] = "agent-connected"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLeft:
    """The agent hung up or was taken away; the caller is still there."""

    kind: ClassVar[str] = "agent-left"


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
class HungUp:
    """The caller hung up."""

    kind: ClassVar[str] = "hung-up"


Happening = Digits | NoInput | AgentConnected | AgentLeft | ConnectFailed | QueueFailed | HungUp
