"""Messages between our processes: frozen values with a `kind`.

They travel as JSON over Redis Streams, or as they are over the in-process bus. A reader ignores kinds and fields
it does not know, so processes of two versions understand each other.

The hand-over of a caller does not travel here but as an AMI user event (dialplan.EVENT_WAITING): it needs only
what is alive whenever there is a call at all, so losing Redis loses no caller.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Final, get_args


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitChanged:
    """acd → ivr: a caller's place in the queue. `position` counts from 1; the estimates are seconds or None."""

    kind: ClassVar[str] = "wait-changed"
    call_id: str
    position: int
    p50_s: float | None = None
    p90_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReserved:
    """acd → ivr: the caller is about to be connected; say nothing more."""

    kind: ClassVar[str] = "agent-reserved"
    call_id: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallChanged:
    """acd → desk: a call moved on. `stage` is ivr, waiting, talking or ended; `at` is epoch seconds."""

    kind: ClassVar[str] = "call-changed"
    call_id: str
    stage: str
    at: float
    queue: str | None = None
    agent: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChanged:
    """acd → desk: an agent entered a state; `at` is epoch seconds."""

    kind: ClassVar[str] = "agent-changed"
    agent: str
    state: str
    at: float
    reason: str = ""
    call_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreChanged:
    """anybody → all: centre.toml, the block list or the closure changed; read it again."""

    kind: ClassVar[str] = "centre-changed"
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCommand:
    """command line or desk → acd: put an agent into a state (`action` is logout, pause or ready)."""

    kind: ClassVar[str] = "agent-command"
    agent: str
    action: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneWanted:
    """desk → acd: let Asterisk know a browser's phone, until `until` (epoch seconds). The other two are hex digits."""

    kind: ClassVar[str] = "phone-wanted"
    phone: str
    password: str = field(repr=False)
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneGone:
    """desk → acd: Asterisk is to know a browser's phone no more."""

    kind: ClassVar[str] = "phone-gone"
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneKnown:
    """acd → desk: Asterisk knows a browser's phone now, with the password last wanted."""

    kind: ClassVar[str] = "phone-known"
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialMoved:
    """ivr → desk: a call that tries a draft went on.

    `trial`: of the draft, see `callcenter.records.trial_id`. `visits`: those that are new, or were left since the
    message before, as [seq, flow, node, exit]; exit "": it is there.
    """

    kind: ClassVar[str] = "trial-moved"
    trial: str
    visits: list[list[Any]]


Message = (
    WaitChanged
    | AgentReserved
    | CallChanged
    | AgentChanged
    | CentreChanged
    | AgentCommand
    | PhoneWanted
    | PhoneGone
    | PhoneKnown
    | TrialMoved
)

KINDS: Final[dict[str, type[Message]]] = {message.kind: message for message in get_args(Message)}

_FIELDS: Final = {kind: tuple(item.name for item in fields(message)) for kind, message in KINDS.items()}
_ENCODE: Final = json.JSONEncoder(separators=(",", ":")).encode


def encode(message: Message) -> str:
    """Return `message` as one line of JSON with its kind.

    >>> encode(CentreChanged(what="closure"))
    '{"kind":"centre-changed","what":"closure"}'
    """
    values = {name: getattr(message, name) for name in _FIELDS[message.kind]}
    return _ENCODE({"kind": message.kind, **values})


def decode(text: str) -> Message | None:
    """Return the message in `text`, or None for an unknown kind or text that is no message (never raises).

    Fields this version does not know are left out.
    """
    try:
        raw: Any = json.loads(text)
        message = KINDS[raw.pop("kind")]
        return message(**{name: value for name, value in raw.items() if name in _FIELDS[message.kind]})
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
