"""Attempts that nobody brings to an end any more: their dialer died, or Asterisk lost them. Pure.

Each closing names the states it may be made from, so whatever happens at the same time wins. What was never let
through the gate is given back; what may have been dialled counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from callcenter.outbound import Attempt, AttemptOutcome, AttemptState

GATE_MAX_AGE: Final = timedelta(seconds=10)  # from SENT to the gate; Asterisk needs a few milliseconds
RESERVED_MAX: Final = timedelta(seconds=15)
SENT_MAX: Final = GATE_MAX_AGE + timedelta(seconds=5)
SNAPSHOT_SLACK: Final = timedelta(seconds=5)  # between two clocks: the leg itself is there before the gate is asked
# Without any word from Asterisk: longer than a call can be (TIMEOUT(absolute) is off while people talk).
UNSEEN_MAX: Final = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Asterisk's channels at `at`: the attempts that have one."""

    at: datetime
    attempts: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """An attempt to close as `outcome`, if it is still in one of `only_from`."""

    attempt: Attempt
    outcome: AttemptOutcome
    only_from: frozenset[AttemptState]


_S, _O = AttemptState, AttemptOutcome
DIALED: Final = frozenset({_S.DIALING, _S.ANSWERED})


def sweep(open_attempts: Iterable[Attempt], now: datetime, view: View | None) -> list[Leftover]:
    """Return what is to be closed at `now`. Without a `view` nothing that may be on the phone is touched."""
    found = []
    for attempt in open_attempts:
        outcome = _left(attempt, now, view)
        if outcome is not None:
            states = DIALED if attempt.state in DIALED else frozenset({attempt.state})
            found.append(Leftover(attempt=attempt, outcome=outcome, only_from=states))
    return found


def _left(attempt: Attempt, now: datetime, view: View | None) -> AttemptOutcome | None:
    match attempt.state:
        case AttemptState.RESERVED:
            return _O.WITHDRAWN if now - attempt.reserved_at > RESERVED_MAX else None
        case AttemptState.SENT:
            return _O.EXPIRED if now - (attempt.sent_at or attempt.reserved_at) > SENT_MAX else None
        case AttemptState.DIALING | AttemptState.ANSWERED:
            gate_at = attempt.gate_at or attempt.reserved_at
            if view is None:
                return _how(attempt) if now - gate_at > UNSEEN_MAX else None
            gone = attempt.id not in view.attempts and view.at > gate_at + SNAPSHOT_SLACK
            return _how(attempt) if gone else None
    return None


def _how(attempt: Attempt) -> AttemptOutcome:
    """Return how an attempt ended whose end nobody saw; in doubt a person who answered was dropped."""
    if attempt.connected_at is not None:
        return _O.CONNECTED
    return _O.DROPPED if attempt.answered_at is not None else _O.LOST
