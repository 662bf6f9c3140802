"""What a simulated phone is and what its owner does: frozen values, no behaviour.

Offsets are seconds. A caller's keys count from the answer, because a telephone knows no other moment; the talk
counts from the moment the phone hears an agent (each simulated agent speaks a tone of its own, see `tone_hz`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from callcenter.errors import ConfigError

# SIPp replaces [keywords] in a scenario and ends one at white space, so neither may stand in a name or password.
WORD: Final = re.compile(r"[^\s\[\]\"<>;@]+")
KEYS: Final = re.compile(r"[0-9*#]+")

DTMF_PAYLOAD: Final = 101  # RTP payload type of keys (telephone-event) that we offer, as most phones do
KEY_S: Final = 0.28  # a key: 160 ms pressed, 120 ms pause

# Agents' tones lie above the keys' tones (697..1633 Hz) and most of speech, and below G.711's edge at 3400 Hz. They
# are multiples of 50 Hz, so one 20 ms packet holds whole periods and its spectrum is one line.
FIRST_TONE_HZ: Final = 1800
TONE_STEP_HZ: Final = 50
TONES: Final = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A phone's connection: which server, from which of our addresses, and as whom.

    Without `user` it is a trunk: the server knows it by its address (`identify` with `match=<local_ip>`), so give
    trunks loopback addresses that no agent's phone uses. With `user` it answers digest challenges. `local_port`: where
    it speaks SIP and takes calls, 0 for any free port.
    """

    name: str
    server_port: int
    server_ip: str = "127.0.0.1"
    local_ip: str = "127.0.0.2"
    local_port: int = 0
    user: str = ""
    password: str = field(repr=False, default="")

    def __post_init__(self) -> None:
        for word in (self.name, self.user, self.password):
            if word and not WORD.fullmatch(word):
                raise ConfigError(f"line {self.name!r}: a name or password of a simulated phone has no blanks or []")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Digits pressed one after the other (`KEY_S` each), the first `after_s` seconds after the answer. RFC 4733."""

    after_s: float
    digits: str

    def __post_init__(self) -> None:
        if not KEYS.fullmatch(self.digits):
            raise ConfigError(f"keys {self.digits!r}: only 0-9 * # can be pressed")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerPlan:
    """One caller: whom they call, what they press, how long they talk and wait.

    - `at_s`: when the call is placed, from the start of the run.
    - `talk_s`: hang up this long after hearing an agent; None: leave that to the other side.
    - `patience_s`: hang up this long after the last key (or the answer) if no agent was heard; None: wait for ever.
    - `hang_up_s`: hang up this long after dialling, whatever happens.
    - `expected`: where the caller should end, a queue's name; only carried along to the log.
    - `record`: keep what the caller hears, see `Leg.save`.
    """

    did: str
    caller: str
    at_s: float = 0.0
    keys: tuple[Keys, ...] = ()
    talk_s: float | None = None
    patience_s: float | None = None
    hang_up_s: float | None = None
    expected: str = ""
    record: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPhone:
    """A simulated agent's phone: SIP account, PIN, and the keys pressed after dialling `login_code`.

    `keys` empty: the PIN and # one second after the answer.
    """

    agent: str
    user: str
    password: str = field(repr=False)
    pin: str = field(repr=False, default="")
    login_code: str = "*1"
    keys: tuple[Keys, ...] = field(repr=False, default=())

    @property
    def login_keys(self) -> tuple[Keys, ...]:
        return self.keys or ((Keys(after_s=1.0, digits=self.pin + "#"),) if self.pin else ())


class EndedBy(StrEnum):
    PHONE = "phone"  # this simulated phone hung up, cancelled or vanished
    SERVER = "server"  # the other side hung up or refused


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysPressed:
    digits: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentHeard:
    agent: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneCall:
    """One call as the phone itself logged it: the truth in tests. Times are aware UTC, None means "not yet".

    - `status`: final SIP status of the INVITE (200, 486, …), None if none came.
    - `keys[].at`: when the first digit began.
    - `agents_heard`: whose tones the phone heard, in turn, and since when (to one packet, 20 ms).
    - `agent`, `agent_heard_at`: the first of them.
    - `cancelled_at`: when the side that called gave up before it had an answer. The call has ended then, unless an
      answer crossed the CANCEL.
    """

    id: str
    phone: str
    number: str
    caller: str = ""
    incoming: bool = False
    expected: str = ""
    invited_at: datetime | None = None
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    keys: tuple[KeysPressed, ...] = ()
    agents_heard: tuple[AgentHeard, ...] = ()
    status: int | None = None
    cancelled_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: EndedBy | None = None

    @property
    def agent(self) -> str | None:
        return self.agents_heard[0].agent if self.agents_heard else None

    @property
    def agent_heard_at(self) -> datetime | None:
        return self.agents_heard[0].at if self.agents_heard else None


def tone_hz(index: int) -> int:
    """Return the tone of the `index`-th agent in Hz; tones repeat after 31 agents.

    >>> tone_hz(0), tone_hz(30)
    (1800, 3300)
    """
    return FIRST_TONE_HZ + TONE_STEP_HZ * (index % TONES)


def agents_by_tone(agents: Sequence[AgentPhone]) -> dict[int, str]:
    """Return Hz → agent id for agents in this order."""
    return {tone_hz(index): phone.agent for index, phone in enumerate(agents)}
