"""A caller's place in a flow, as a frozen value that survives the process as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from callcenter.errors import StoreError
from ivr import happenings as h
from ivr.expressions import Value

FORMAT: Final = 2  # of the JSON; it reads 1, which had one flow and no frames


class Wait(StrEnum):
    """What a caller's session waits for between two turns."""

    KEYS = "keys"  # or words, where the caller may speak
    AGENT = "agent"  # in a queue, without a wait flow
    TALK = "talk"  # with an agent, until one of them leaves
    RESULT = "result"  # of something asked for outside the telephone
    NOTHING = "nothing"  # ended


# What each wait accepts. Anything else is ignored: a late or doubled happening must never move a caller.
ACCEPTS: Final[Mapping[Wait, frozenset[type[h.Happening]]]] = {
    Wait.KEYS: frozenset({h.Digits, h.Heard, h.NoInput, h.HungUp}),
    Wait.AGENT: frozenset({h.NoInput, h.HungUp}),
    Wait.TALK: frozenset({h.HungUp}),
    Wait.RESULT: frozenset(
        {h.Placed, h.Known, h.Fetched, h.Recorded, h.Paid, h.Transferred, h.Done, h.Failed, h.NoInput, h.HungUp}
    ),
    Wait.NOTHING: frozenset(),
}
# What a caller in a queue accepts besides, whatever the wait flow is doing.
# AgentLeft without AgentConnected is the rule on Asterisk: we are not there while they talk.
OF_THE_QUEUE: Final[frozenset[type[h.Happening]]] = frozenset(
    {h.AgentConnected, h.AgentLeft, h.ConnectFailed, h.QueueFailed}
)


class EndKind(StrEnum):
    """Who ended the session."""

    HANGUP = "hangup"  # the flow hung up
    CALLER = "caller"  # the caller hung up
    FALLBACK = "fallback"  # the flow could not go on


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a session ended. `outcome`: what the call came to without an agent, for its record, as far as the flow says.

    `reason` explains a fallback.
    """

    kind: EndKind
    cause: int | None = None  # Q.850, of our own hang-up
    outcome: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallInfo:
    """What is known of a call before its first turn. `call_id` is the Uniqueid of the caller's leg.

    `variables` are given to the flow, such as those of a call back; `since` is the place in the queue kept from before.
    """

    call_id: str
    caller: str = ""
    did: str = ""
    language: str = ""  # empty: the flow's first
    variables: Mapping[str, Value] = field(default_factory=dict)
    intent: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A flow that waits for one it has called: where it goes on, what it knew. `queued`: its caller is in a queue."""

    flow: str
    node: str
    tries: int = 0
    stage: str = ""
    variables: Mapping[str, Value] = field(default_factory=dict)
    queued: bool = False


@dataclass(frozen=True, kw_only=True)  # no slots: it is copied a dozen times a turn, and a dict is copied at once
class Session:
    """One call in its flows: where it is, what it waits for, what it has learned.

    `flow`, `node` and what follows are the present place, `outer` the flows that called it, outermost first.
    `variables` hold what this flow has learned; `intent`, `agent` (who served last), `outcome` (what the call has come
    to without an agent) and `kept_since` (a place in a queue from before) are the call's. `tries` counts failed answers
    at the present node, `stage` is the node's own note, `since` is when the present wait for an agent began. `secrets`
    are card numbers and the like: they are in no JSON and no log, and gone when the process is.
    """

    call_id: str
    caller: str
    did: str
    language: str
    flow: str
    node: str
    started_at: datetime
    wait: Wait = Wait.NOTHING
    tries: int = 0
    stage: str = ""
    turns: int = 0
    spins: int = 0  # turns since the caller was last waited for
    since: datetime | None = None
    kept_since: datetime | None = None
    intent: str = ""
    agent: str = ""
    outcome: str = ""
    variables: Mapping[str, Value] = field(default_factory=dict)
    outer: tuple[Frame, ...] = ()
    versions: Mapping[str, int] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(repr=False, default_factory=dict)
    end: End | None = None

    @property
    def queued(self) -> bool:
        """Whether an agent may come at any instant."""
        return self.since is not None

    @property
    def has_number(self) -> bool:
        """Whether the caller's number is known; a withheld one has no digits."""
        return any(mark.isdecimal() for mark in self.caller)

    @property
    def scope(self) -> Mapping[str, Value]:
        """What an expression sees: the flow's variables, and what is known of every call."""
        call = {name: getattr(self, name) for name in CALL_NAMES}
        return {**self.variables, **call}

    def but(self, **changes: Any) -> Session:
        """Return the session with some fields changed: `dataclasses.replace`, at a fraction of its time."""
        if not changes.keys() <= self.__dict__.keys():
            raise TypeError(f"a session has no {', '.join(sorted(changes.keys() - self.__dict__.keys()))}")
        changed = object.__new__(Session)
        changed.__dict__.update(self.__dict__, **changes)
        return changed

    def with_variable(self, name: str, value: Value) -> Session:
        return self.but(variables={**self.variables, name: value})

    def with_variables(self, values: Mapping[str, Value]) -> Session:
        return self.but(variables={**self.variables, **values})

    def with_intent(self, intent: str) -> Session:
        return self.but(intent=intent)

    def without_secrets(self, *names: str) -> Session:
        return self.but(secrets={name: value for name, value in self.secrets.items() if name not in names})

    def with_secret(self, name: str, value: str) -> Session:
        return self.but(secrets={**self.secrets, name: value})

    def frame(self, *, queued: bool = False) -> Frame:
        """Return the present place, to come back to."""
        return Frame(
            flow=self.flow,
            node=self.node,
            tries=self.tries,
            stage=self.stage,
            variables=self.variables,
            queued=queued,
        )

    def back_in(self, frame: Frame, outer: tuple[Frame, ...]) -> Session:
        """Return the session back in `frame`, with `outer` around it."""
        return self.but(
            flow=frame.flow,
            node=frame.node,
            tries=frame.tries,
            stage=frame.stage,
            variables=frame.variables,
            outer=outer,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the session as plain JSON; `from_json` is its inverse, but for the secrets."""
        return {"format": FORMAT, **_SESSION.dump_python(self, mode="json", exclude={"secrets"})}

    @classmethod
    def from_json(cls, state: Mapping[str, Any], *, flow: str = "", version: int = 0) -> Session:
        """Return the session that `to_json` wrote; raise StoreError if `state` is none (damaged or too new).

        `flow` and `version` are for one written in format 1, which did not say them.
        """
        plain = dict(state)
        written = plain.pop("format", None)
        if written == 1:
            variables = dict(plain.get("variables", {}))
            plain |= {"flow": flow, "versions": {flow: version}, "intent": variables.pop("intent", "")}
            plain["variables"] = variables
        elif written != FORMAT:
            raise StoreError(f"stored session has format {written!r}, this program knows {FORMAT}")
        try:
            return _SESSION.validate_python(plain)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise StoreError(f"stored session is damaged: {where}: {first['msg']}") from None


# Known of every call, readable in every flow and written by none of its `set` or `collect` nodes.
CALL_NAMES: Final = ("agent", "call_id", "caller", "did", "intent", "language")
_SESSION: Final = TypeAdapter(Session)
