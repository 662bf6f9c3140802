"""What a flow asks the telephone and the world to do: the commands a turn returns and never performs itself.

Prompts are named by their key in the catalogue (`ivr.prompts`), never by file; `es/welcome` names one of another
language than the command's. Seconds are wall-clock seconds, money is in minor units (cents). The last command of a turn
is the one that is answered, by the happening named with it; those before it are done in order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, ClassVar

SECRET: str = "secret"  # metadata of fields that are in no log, record or repr


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Say prompts one after the other. A key ends an interruptible one and counts for the next `Collect`."""

    kind: ClassVar[str] = "play"
    prompts: tuple[str, ...]
    language: str = "en"
    interruptible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """Say prompts, then read an answer: `Digits`, `Heard` where callers may speak, or `NoInput`.

    Ends at `max_digits`, at a key of `terminator` (not part of the answer), `timeout_s` after the prompts without a
    key, or `inter_digit_s` after the last key. A key interrupts the prompts if they are `interruptible`.
    `phrases` are what may be said, by the choice it means; empty: keys only. `secure`: what is pressed is in no log and
    on no recording.
    """

    kind: ClassVar[str] = "collect"
    prompts: tuple[str, ...]
    max_digits: int
    timeout_s: float
    inter_digit_s: float
    terminator: str = ""
    language: str = "en"
    interruptible: bool = True
    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    secure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Music:
    """Play music for `seconds`: `Digits` with one of `keys` as soon as it is pressed, else `NoInput`."""

    kind: ClassVar[str] = "music"
    seconds: float
    keys: str = ""
    music_class: str = ""  # empty: the centre's


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueue:
    """Hand the caller over to the acd. `since`, their place, survives a failed connect and an earlier queue.

    Not answered by itself: the commands of the wait flow follow, and at any instant an agent may be there
    (`AgentLeft` or `ConnectFailed` is what we hear of it), or the wait fails (`QueueFailed`). `max_wait_s` counts from
    `entered`; None means the queue's own limit. `agent` is asked first for `agent_first_s`.
    """

    kind: ClassVar[str] = "enqueue"
    queue: str
    since: datetime
    entered: datetime | None = None  # None: `since`
    intent: str = ""
    priority: int = 0
    skills: tuple[str, ...] = ()
    language: str = "en"
    data: Mapping[str, Any] = field(default_factory=dict)
    max_wait_s: float | None = None
    agent: str = ""
    agent_first_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """Take the caller out of the queue again: they chose something else."""

    kind: ClassVar[str] = "withdraw"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPlace:
    """Ask for the caller's place in the queue: `Placed`."""

    kind: ClassVar[str] = "ask-place"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """Ask what is known of the caller: `Known`, or `Failed`."""

    kind: ClassVar[str] = "look-up"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Ask another system by HTTP: `Fetched` whatever the status, or `Failed` (reason: timeout, refused, …)."""

    kind: ClassVar[str] = "fetch"
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    timeout_s: float = 5.0
    retries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Say prompts, beep and record the caller: `Recorded`, or `NoInput` for nothing but silence.

    Ends after `max_s`, `silence_s` of silence, or a key of `ends`. `outcome`: what the call has come to if the caller
    hangs up while speaking.
    """

    kind: ClassVar[str] = "record"
    prompts: tuple[str, ...]
    language: str = "en"
    max_s: float = 120.0
    silence_s: float = 4.0
    ends: str = "#"
    beep: bool = True
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepVoicemail:
    """Put a recording into a mailbox, which tells its owner: `Done` or `Failed`."""

    kind: ClassVar[str] = "keep-voicemail"
    box: str
    file: str
    length_s: float
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookCallback:
    """Promise a call back to `number`: `Done`, or `Failed` (reason `number`: that one cannot be called).

    `since`: the place they keep, and at the latest now; `due_at` None: as soon as that place is served.
    """

    kind: ClassVar[str] = "book-callback"
    number: str
    queue: str
    since: datetime
    due_at: datetime | None = None
    intent: str = ""
    priority: int = 0
    skills: tuple[str, ...] = ()
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveAnswer:
    """Keep an answer to a survey: a score, or the file of a spoken one. Not answered."""

    kind: ClassVar[str] = "save-answer"
    question: str
    score: int | None = None
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCall:
    """Say what the caller was told of recording, and begin it or leave it. Not answered.

    `given`: announced, accepted or refused. Nothing is recorded before this.
    """

    kind: ClassVar[str] = "record-call"
    on: bool
    given: str
    jurisdiction: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pay:
    """Charge a card: `Paid`, or `Failed`.

    Reasons: `declined`; `unknown`, asked and not answered: it may yet have been charged; any other: not charged.
    """

    kind: ClassVar[str] = "pay"
    amount: int  # minor units
    currency: str
    reference: str
    card: Mapping[str, str] = field(repr=False, metadata={SECRET: True})  # number, expiry (MMYY), code


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Note that the caller has promised to pay a debt on a day: `Done`, or `Failed`."""

    kind: ClassVar[str] = "promise"
    reference: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Send the caller to a destination of the centre's list: `Transferred`, when they come back."""

    kind: ClassVar[str] = "transfer"
    destination: str
    ring_s: float = 30.0


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


Command = (
    Play | Collect | Music | Enqueue | Withdraw | AskPlace | LookUp | Fetch | Record | KeepVoicemail | BookCallback
    | SaveAnswer | RecordCall | Pay | Promise | Transfer | Hangup | Fallback
)  # fmt: skip


def as_json(command: Command) -> dict[str, Any]:
    """Return `command` as plain JSON with its kind; what is secret is not in it.

    >>> as_json(Hangup(cause=16))
    {'kind': 'hangup', 'cause': 16}
    """
    shown = (f.name for f in fields(command) if not f.metadata.get(SECRET))
    return {"kind": command.kind, **{name: _plain(getattr(command, name)) for name in shown}}


def _plain(value: Any) -> Any:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return list(value) if isinstance(value, tuple) else value
