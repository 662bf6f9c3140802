"""What happens to calls and legs, as values: what `callcenter.tracker` makes of Asterisk's events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LegStarted:
    leg: str
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LegAnswered:
    leg: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnded:
    """`cause` is the Q.850 hangup cause; 16 is an ordinary hang-up. `up`: it had been answered."""

    leg: str
    cause: int | None
    at: datetime
    up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallArrived:
    call: str
    channel: str
    did: str
    caller: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWaits:
    """The ivr handed this caller over; the waiting row is committed."""

    call: str
    channel: str
    queue: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWithdrawn:
    """The caller does not wait any more and is still there, back in the flow."""

    call: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDone:
    """The ivr or the dialplan says how a call without an agent is to be recorded; the caller is still there."""

    call: str
    outcome: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFellBack:
    call: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LegDialed:
    """An attempt has gone to the trunk. `leg`: of the person called; `gate_channel`: the Local channel that dials."""

    leg: str
    channel: str
    gate_channel: str
    attempt: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRinging:
    leg: str
    attempt: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LegProgressed:
    """The network sends sound before any answer: a ring tone of its own, or an announcement."""

    leg: str
    attempt: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DialEnded:
    """Dialling is over. `status` is Dial()'s: ANSWER, BUSY, NOANSWER, CANCEL, CONGESTION, CHANUNAVAIL."""

    leg: str
    attempt: str
    status: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAnswered:
    """Somebody we called is on the line and waits for an agent; told again if the agent chosen could not be reached.

    `caller_id`: our number, as shown to the person.
    """

    call: str
    channel: str
    attempt: str
    number: str
    caller_id: str
    queue: str
    skills: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackAnswered:
    """Whoever asked to be called back, or a machine of theirs, is on the line and hears our IVR."""

    call: str
    channel: str
    attempt: str
    number: str
    caller_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineAnswered:
    call: str
    attempt: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDropped:
    """No agent in time: the person we called hears the message now, and must not be sent to an agent any more."""

    call: str
    attempt: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    legs: tuple[str, str]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    legs: tuple[str, str]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rested:
    leg: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackConnected:
    """app_queue connected a caller of the fallback to an agent."""

    call: str
    agent: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackCompleted:
    call: str
    agent: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureChanged:
    closed: bool
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreChanged:
    """centre.toml, the block list or the closure changed: read them again."""

    at: datetime


Happening = (
    LegStarted
    | LegAnswered
    | LegEnded
    | CallArrived
    | CallWaits
    | CallWithdrawn
    | CallDone
    | CallFellBack
    | LegDialed
    | LegRinging
    | LegProgressed
    | DialEnded
    | PersonAnswered
    | CallbackAnswered
    | MachineAnswered
    | PersonDropped
    | Met
    | Parted
    | Rested
    | FallbackConnected
    | FallbackCompleted
    | ClosureChanged
    | CentreChanged
)
