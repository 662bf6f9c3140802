"""Until when a campaign will call today: the hours of those next on its list, and the length of the list. Pure."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from callcenter.compliance.verdict import Question, may_dial

STEP: Final = timedelta(minutes=15)  # calling hours end on quarters of an hour, everywhere we know
FARTHEST: Final = timedelta(hours=24)
TEMPO_S: Final = 300.0  # calls of so long say how fast a list is worked through
SOONEST_S: Final = 30.0  # before so long nothing is said
LEAST_LEFT_S: Final = 1.0  # while there is a lead, the list is not at its end


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


class Tempo:
    """How fast a campaign works through its list."""

    def __init__(self, t: float) -> None:
        self._began = t
        self._placed: deque[tuple[float, int]] = deque()

    def note(self, t: float, calls: int) -> None:
        """So many calls were placed at `t` (s)."""
        if calls:
            self._placed.append((t, calls))
        while self._placed and self._placed[0][0] < t - TEMPO_S:
            self._placed.popleft()

    def left_s(self, t: float, leads: int) -> float:
        """Return after how long `leads` more will have been called; inf while nobody can say."""
        span = min(TEMPO_S, t - self._began)
        calls = sum(calls for at, calls in self._placed if at >= t - TEMPO_S)
        if span < SOONEST_S or not calls:
            return math.inf
        return max(LEAST_LEFT_S, leads * span / calls)
