"""What happens next: the event core of all simulations. Pure: time is a number, chance comes from the caller."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from itertools import count

Action = Callable[[], None]


class Agenda:
    """Actions in order of time, those of one instant in the order they were entered.

    `now` is in seconds from the start of the simulation and never goes back.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._entries: list[tuple[float, int, Action]] = []
        self._order = count()

    def at(self, time_s: float, action: Action) -> None:
        """Enter an action; raise ValueError for a time that has passed."""
        if time_s < self.now:
            raise ValueError(f"{time_s:g} s has passed: it is {self.now:g} s")
        heapq.heappush(self._entries, (time_s, next(self._order), action))

    def after(self, delay_s: float, action: Action) -> None:
        self.at(self.now + delay_s, action)

    def run(self, until_s: float = math.inf) -> None:
        """Carry out what is due up to and including `until_s`; then it is `until_s`, if that is finite."""
        while self._entries and self._entries[0][0] <= until_s:
            self.now, _, action = heapq.heappop(self._entries)
            action()
        if math.isfinite(until_s):
            self.now = until_s
