"""How an attempt ended that nobody answered, from what Dial() and the trunk said. Pure, as one table.

OriginateResponse is not asked: its Reason tells a busy number from one that rang out only sometimes, and its Uniqueid
may be that of another call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from callcenter.outbound import AttemptOutcome

_O = AttemptOutcome
# Q.850 causes, as Asterisk makes them of SIP responses; they say more than Dial()'s status.
BY_CAUSE: Final[Mapping[int, AttemptOutcome]] = {
    1: _O.INVALID,  # unallocated number (404)
    3: _O.FAILED,  # no route
    17: _O.BUSY,  # user busy (486, 600)
    18: _O.NO_ANSWER,  # no user responding (408)
    19: _O.NO_ANSWER,  # no answer (480)
    20: _O.NO_ANSWER,  # subscriber absent: switched off
    21: _O.NO_ANSWER,  # call rejected (603): the person did not want to answer
    22: _O.INVALID,  # number changed (410)
    27: _O.FAILED,  # destination out of order
    28: _O.INVALID,  # invalid number format (484)
    34: _O.FAILED,  # no circuit (503)
    38: _O.FAILED,  # network out of order
    41: _O.FAILED,  # temporary failure
    42: _O.FAILED,  # congestion
    58: _O.FAILED,  # bearer capability not available
}
BY_STATUS: Final[Mapping[str, AttemptOutcome]] = {
    "BUSY": _O.BUSY,
    "NOANSWER": _O.NO_ANSWER,
    "CANCEL": _O.NO_ANSWER,
    "CONGESTION": _O.FAILED,
    "CHANUNAVAIL": _O.FAILED,
}


def unanswered(status: str, cause: int | None, *, cancelled: bool = False) -> AttemptOutcome:
    """Return the outcome of a call nobody answered. `status`: Dial()'s, "" if unknown; `cause`: Q.850 of the leg.

    `cancelled`: we ended it while it rang, before its time.

    >>> unanswered("NOANSWER", 1), unanswered("NOANSWER", 0), unanswered("", None)
    (<AttemptOutcome.INVALID: 'invalid'>, <AttemptOutcome.NO_ANSWER: 'no-answer'>, <AttemptOutcome.FAILED: 'failed'>)
    """
    if cause is not None and cause in BY_CAUSE:
        return BY_CAUSE[cause]
    if cancelled:
        return _O.CANCELLED
    return BY_STATUS.get(status, _O.FAILED)
