"""Until when today a campaign may call: the hours of those who are next on its list. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from callcenter.compliance.verdict import Question, may_dial

STEP: Final = timedelta(minutes=15)  # calling hours end on quarters of an hour, everywhere we know
FARTHEST: Final = timedelta(hours=24)


def lawful_until(question: Question, now: datetime) -> datetime | None:
    """Return the first quarter of an hour at which whom we may call now may not be called any more; None: not within
    a day."""
    quarter = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    at = quarter + STEP
    while at <= now + FARTHEST:
        if not may_dial(question, at).allowed:
            return at
        at += STEP
    return None


def day_end(questions: Iterable[Question], now: datetime) -> float:
    """Return when the last of those who may be called now may not be any more (s from now), inf if there is no end.

    It is the zone farthest west that counts: the day of a campaign ends with its last call.
    """
    ends = {lawful_until(question, now) for question in questions if may_dial(question, now).allowed}
    if not ends or None in ends:
        return math.inf
    return max((end - now).total_seconds() for end in ends if end is not None)
