"""States of an agent, as one table, and the seat: an agent with a nailed-up leg and what it is doing.

The acd is the only writer of these states. If Asterisk refuses something, the state does not change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from callcenter.errors import IllegalTransition
from callcenter.records import Agent


class AgentState(StrEnum):
    LOGGED_OUT = "logged-out"
    READY = "ready"
    RESERVED = "reserved"  # a caller is on the way to this agent
    ON_CALL = "on-call"
    WRAP_UP = "wrap-up"
    PAUSED = "paused"


class AgentEvent(StrEnum):
    LOG_IN = "log-in"
    LOG_OUT = "log-out"
    VANISH = "vanish"  # the nailed-up leg is gone without a log-out
    RESERVE = "reserve"
    RELEASE = "release"  # the caller did not get through to the agent
    CONNECT = "connect"
    COMPLETE = "complete"  # the call is over
    WRAPPED_UP = "wrapped-up"
    PAUSE = "pause"
    GET_READY = "get-ready"


LOGGED_IN: Final = frozenset(AgentState) - {AgentState.LOGGED_OUT}
BUSY: Final = frozenset({AgentState.RESERVED, AgentState.ON_CALL})
OFF_DUTY: Final = frozenset({AgentState.LOGGED_OUT, AgentState.PAUSED})

_S, _E = AgentState, AgentEvent
_GONE: Final = {_E.LOG_OUT: _S.LOGGED_OUT, _E.VANISH: _S.LOGGED_OUT}
TRANSITIONS: Final[Mapping[AgentState, Mapping[AgentEvent, AgentState]]] = {
    _S.LOGGED_OUT: {_E.LOG_IN: _S.READY},
    # CONNECT from READY, WRAP_UP and PAUSED: the fallback queue connects agents without asking the acd.
    _S.READY: {**_GONE, _E.RESERVE: _S.RESERVED, _E.CONNECT: _S.ON_CALL, _E.PAUSE: _S.PAUSED},
    _S.RESERVED: {**_GONE, _E.RELEASE: _S.READY, _E.CONNECT: _S.ON_CALL},
    _S.ON_CALL: {**_GONE, _E.COMPLETE: _S.WRAP_UP},
    _S.WRAP_UP: {
        **_GONE,
        _E.WRAPPED_UP: _S.READY,
        _E.GET_READY: _S.READY,
        _E.PAUSE: _S.PAUSED,
        _E.CONNECT: _S.ON_CALL,
    },
    _S.PAUSED: {**_GONE, _E.GET_READY: _S.READY, _E.PAUSE: _S.PAUSED, _E.CONNECT: _S.ON_CALL},
}


def advance(state: AgentState, event: AgentEvent) -> AgentState:
    """Return the state after `event`; raise IllegalTransition if the table has no such step.

    >>> advance(AgentState.READY, AgentEvent.RESERVE)
    <AgentState.RESERVED: 'reserved'>
    """
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise IllegalTransition("agent", state, event) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """An agent who is or was logged in.

    - `since`: when the present state began.
    - `idle_since`: when the agent last became free for a call; longest idle is served first. A pause keeps it.
    - `channel`, `leg`: name and Uniqueid of the nailed-up leg.
    - `call`, `queue`: whom the agent is reserved for, talking to or wrapping up.
    - `pause_next`: pause with this reason when the present call and its wrap-up are over.
    - `wrap_up_until`: end of the wrap-up.
    """

    agent: Agent
    state: AgentState = AgentState.LOGGED_OUT
    since: datetime
    idle_since: datetime
    channel: str = ""
    leg: str = ""
    call: str | None = None
    queue: str | None = None
    reason: str = ""
    pause_next: str | None = None
    wrap_up_until: datetime | None = None

    def after(self, event: AgentEvent, at: datetime, *, call: str | None = None, reason: str = "") -> Seat:
        """Return this seat after `event`. A call is kept until the wrap-up is over."""
        state = advance(self.state, event)
        keeps_call = state in {AgentState.RESERVED, AgentState.ON_CALL, AgentState.WRAP_UP}
        return replace(
            self,
            state=state,
            since=at,
            call=(call or self.call) if keeps_call else None,
            queue=self.queue if keeps_call else None,
            reason=reason,
            wrap_up_until=None,
        )

    def wrap_up(self, at: datetime, length: timedelta) -> Seat:
        """Return this seat when its call has ended: in wrap-up until `at` + `length`."""
        return replace(self.after(AgentEvent.COMPLETE, at), wrap_up_until=at + length, idle_since=at)
