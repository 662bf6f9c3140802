"""What a flow asks the telephone to do: the commands a turn returns and never performs itself.

Prompts are named by their key in the catalogue (`ivr.prompts`), never by file. Seconds are wall-clock seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Say prompts one after the other. A key ends an interruptible one and counts for the next `Collect`."""

    kind: ClassVar[str] = "play"
    prompts: tuple[str, ...]
    interruptible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """Say prompts, then read keys. The answer is `Digits` or, when no key came, `NoInput`.

    Ends at `max_digits`, at a key of `terminator` (not part of the answer), `timeout_s` after the prompts without a
    key, or `inter_digit_s` after the last key. A key interrupts the prompts if they are `interruptible`.
    """

    kind: ClassVar[str] = "collect"
    prompts: tuple[str, ...]
    max_digits: int
    timeout_s: float
    inter_digit_s: float
    terminator: str = ""
    interruptible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueue:
    """Hand the caller over to the acd and keep them company. `since` survives a failed connect: no place is lost.

    `prompts` are heard once the acd knows of the caller, and are cut off the moment an agent is there. `max_wait_s`
    None means the queue's own limit.
    """

    kind: ClassVar[str] = "enqueue"
    queue: str
    since: datetime
    intent: str = ""
    priority: int = 0
    skills: tuple[str, ...] = ()
    language: str = "en"
    data: Mapping[str, str] = field(default_factory=dict)
    prompts: tuple[str, ...] = ()
    max_wait_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup:
    """End the call with a Q.850 cause (16: normal clearing)."""

    kind: ClassVar[str] = "hangup"
    cause: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """The flow cannot go on: give the caller to the dialplan's fallback queue. Never dead air."""

    kind: ClassVar[str] = "fallback"
    reason: str


Command = Play | Collect | Enqueue | Hangup | Fallback


def as_json(command: Command) -> dict[str, Any]:
    """Return `command` as plain JSON with its kind.

    >>> as_json(Hangup(cause=16))
    {'kind': 'hangup', 'cause': 16}
    """
    plain = {"kind": command.kind, **asdict(command)}
    return {name: _plain(value) for name, value in plain.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
