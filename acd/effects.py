"""What the floor wants done: frozen values that `acd.service` performs, in the order given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from acd.agents import AgentEvent, Seat
from callcenter.messages import Message
from callcenter.records import CallRecord, LegRecord, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    """Redirect the caller's channel to meet the agent's parked channel. Refused: `Floor.refused`."""

    call: str
    channel: str
    agent: str
    agent_channel: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """End a channel of ours, an agent's nailed-up leg at log-out."""

    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TellLost:
    """Tell the ivr, on the caller's channel, that the agent vanished during the talk: the caller is to wait again."""

    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCall:
    record: CallRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCall:
    """`changes`: fields of CallRecord."""

    call: str
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCall:
    call: str
    at: datetime
    outcome: Outcome
    cause: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveLeg:
    record: LegRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class DropWaiting:
    """The caller does not wait any more: connected, gone, or in the fallback."""

    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelCallbacks:
    """Whoever calls from `number` has reached an agent of `queue` by themselves: nobody need call them back for it."""

    number: str
    queue: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMoved:
    """An agent changed state: to be logged, stored, told to the desk and mirrored to the fallback queue."""

    before: Seat
    event: AgentEvent
    after: Seat


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    message: Message


Effect = (
    Connect | HangUp | TellLost | OpenCall | ChangeCall | CloseCall | SaveLeg | DropWaiting | CancelCallbacks
    | AgentMoved | Publish
)  # fmt: skip
