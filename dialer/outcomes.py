"""How an attempt ended that nobody answered, from what Dial() and the trunk said. Pure, as two tables.

OriginateResponse is not asked: its Reason tells a busy number from one that rang out only sometimes, and its Uniqueid
may be that of another call. Which cause comes of which SIP status was tried on Asterisk 22.10, one by one. Dial()'s
own status is BUSY for cause 17, CONGESTION for 34 and NOANSWER for nearly everything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from callcenter.outbound import AttemptOutcome

_O = AttemptOutcome
# Q.850 causes of the person's leg; they say more than Dial()'s status. 0 and 16 say nothing: we ended the call.
BY_CAUSE: Final[Mapping[int, AttemptOutcome]] = {
    1: _O.INVALID,  # unallocated number (404, 485, 604)
    3: _O.FAILED,  # no route
    17: _O.BUSY,  # user busy (486, 600)
    19: _O.NO_ANSWER,  # no answer (480: also a phone that is switched off, so without ringing; 483)
    20: _O.NO_ANSWER,  # subscriber absent
    22: _O.INVALID,  # number changed (410)
    23: _O.FAILED,  # redirected (3xx): the other number was never cleared, so it is not dialled
    27: _O.FAILED,  # destination out of order (502)
    28: _O.INVALID,  # invalid number format (484)
    29: _O.FAILED,  # facility rejected (501)
    34: _O.FAILED,  # no circuit (503, 580)
    38: _O.FAILED,  # network out of order (500)
    41: _O.FAILED,  # temporary failure (409)
    42: _O.FAILED,  # congestion
    58: _O.FAILED,  # bearer capability not available (488, 606)
    102: _O.FAILED,  # timer expired (504)
}
# From a phone that was reached these are the person's doing; before that, the trunk's or the network's.
BY_WHOM: Final[Mapping[int, str]] = {
    18: "408: nobody reacted; also our own word for a trunk that gave no response for 32 s",
    21: "603: declined; also 401, 403, 407: the trunk refuses us",
    127: "487: the network gave up ringing; 607, 608: unwanted; also whatever Asterisk has no cause for (400, 402, …)",
}
BY_STATUS: Final[Mapping[str, AttemptOutcome]] = {
    "BUSY": _O.BUSY,
    "CONGESTION": _O.FAILED,
    "CHANUNAVAIL": _O.FAILED,
}
RANG_OUT: Final = frozenset({"NOANSWER", "CANCEL"})


def unanswered(status: str, cause: int | None, *, reached: bool, cancelled: bool = False) -> AttemptOutcome:
    """Return the outcome of a call nobody answered. `status`: Dial()'s, "" if unknown; `cause`: Q.850 of the leg.

    `reached`: it rang, or sound came before any answer; `cancelled`: we ended it while it rang, before its time.

    >>> unanswered("NOANSWER", 1, reached=False), unanswered("NOANSWER", 0, reached=True)
    (<AttemptOutcome.INVALID: 'invalid'>, <AttemptOutcome.NO_ANSWER: 'no-answer'>)
    >>> unanswered("NOANSWER", 21, reached=True), unanswered("NOANSWER", 21, reached=False)
    (<AttemptOutcome.NO_ANSWER: 'no-answer'>, <AttemptOutcome.FAILED: 'failed'>)
    """
    if cause is not None and cause in BY_CAUSE:
        return BY_CAUSE[cause]
    if cancelled:
        return _O.CANCELLED
    if cause in BY_WHOM or status in RANG_OUT:
        return _O.NO_ANSWER if reached else _O.FAILED
    return BY_STATUS.get(status, _O.FAILED)
