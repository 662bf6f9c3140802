"""A caller's place in a flow, as a frozen value that survives the process as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from callcenter.errors import StoreError
from ivr.happenings import AgentConnected, AgentLeft, ConnectFailed, Digits, Happening, HungUp, NoInput, QueueFailed

FORMAT: Final = 1  # of the JSON; a later one reads the earlier


class Wait(StrEnum):
    """What a caller's session waits for between two turns."""

    KEYS = "keys"
    AGENT = "agent"  # in a queue
    TALK = "talk"  # with an agent, until one of them leaves
    NOTHING = "nothing"  # ended


# What each wait accepts. Anything else is ignored: a late or doubled happening must never move a caller.
ACCEPTS: Final[Mapping[Wait, frozenset[type[Happening]]]] = {
    Wait.KEYS: frozenset({Digits, NoInput, HungUp}),
    # AgentLeft without AgentConnected is the rule on Asterisk: we are not there while they talk.
    Wait.AGENT: frozenset({AgentConnected, AgentLeft, ConnectFailed, QueueFailed, HungUp}),
    Wait.TALK: frozenset({AgentLeft, ConnectFailed, HungUp}),
    Wait.NOTHING: frozenset(),
}


class EndKind(StrEnum):
    """Who ended the session."""

    HANGUP = "hangup"  # the flow hung up
    CALLER = "caller"  # the caller hung up
    FALLBACK = "fallback"  # the flow could not go on


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a session ended. `outcome` is what a hang-up node says of the call; `reason` explains a fallback."""

    kind: EndKind
    cause: int | None = None  # Q.850, of our own hang-up
    outcome: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallInfo:
    """What is known of a call before its first turn. `call_id` is the Uniqueid of the caller's leg."""

    call_id: str
    caller: str = ""
    did: str = ""
    language: str = ""  # empty: the flow's first


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One call in one flow: where it is, what it waits for, what it has learned.

    `variables` hold what the caller entered and `intent`; `tries` counts the failed answers at the present node;
    `since` is when the present wait for an agent began.
    """

    call_id: str
    caller: str
    did: str
    language: str
    node: str
    started_at: datetime
    wait: Wait = Wait.NOTHING
    tries: int = 0
    turns: int = 0
    since: datetime | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    end: End | None = None

    @property
    def intent(self) -> str:
        """What the caller wants, as far as known: "sales", "support", …; empty: not yet asked."""
        return self.variables.get(INTENT, "")

    def with_variable(self, name: str, value: str) -> Session:
        return replace(self, variables={**self.variables, name: value})

    def with_intent(self, intent: str) -> Session:
        return self.with_variable(INTENT, intent)

    def to_json(self) -> dict[str, Any]:
        """Return the session as plain JSON; `from_json` is its inverse."""
        return {"format": FORMAT, **_SESSION.dump_python(self, mode="json")}

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Session:
        """Return the session that `to_json` wrote; raise StoreError if `state` is none (damaged or too new)."""
        plain = dict(state)
        if plain.pop("format", None) != FORMAT:
            raise StoreError(f"stored session has format {state.get('format')!r}, this program knows {FORMAT}")
        try:
            return _SESSION.validate_python(plain)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise StoreError(f"stored session is damaged: {where}: {first['msg']}") from None


INTENT: Final = "intent"  # the variable behind Session.intent
_SESSION: Final = TypeAdapter(Session)
