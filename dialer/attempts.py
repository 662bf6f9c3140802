"""States of an attempt, as one table. Each step is a compare-and-set in SQL: it happens once or not at all.

- Reserving makes the row and holds the number: no other attempt on it may be open.
- SEND commits before Asterisk is told, so there is a row for every call.
- PASS is done by the gate, and only then does the trunk see an INVITE: at most one for each attempt, however
  often and late Asterisk asks.
- CLOSE from RESERVED or SENT proves that no INVITE was and will be sent: the gate passes only what is SENT.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from callcenter.errors import IllegalTransition
from callcenter.outbound import AttemptState


class AttemptEvent(StrEnum):
    SEND = "send"
    PASS = "pass"
    ANSWER = "answer"
    CLOSE = "close"


_S, _E = AttemptState, AttemptEvent
TRANSITIONS: Final[Mapping[AttemptState, Mapping[AttemptEvent, AttemptState]]] = {
    _S.RESERVED: {_E.SEND: _S.SENT, _E.CLOSE: _S.ENDED},
    _S.SENT: {_E.PASS: _S.DIALING, _E.CLOSE: _S.ENDED},
    _S.DIALING: {_E.ANSWER: _S.ANSWERED, _E.CLOSE: _S.ENDED},
    _S.ANSWERED: {_E.CLOSE: _S.ENDED},
    _S.ENDED: {},
}


def advance(state: AttemptState, event: AttemptEvent) -> AttemptState:
    """Return the state after `event`; raise IllegalTransition if the table has no such step.

    >>> advance(AttemptState.SENT, AttemptEvent.PASS)
    <AttemptState.DIALING: 'dialing'>
    """
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise IllegalTransition("attempt", state, event) from None
