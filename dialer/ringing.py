"""Calls that have rung for as long as they may, or that never begin to ring. Pure.

Counted by our own clock from when we saw it, not from Asterisk's time: a clock that is set must not cut a ring short.
That makes a ring longer by as much as we are late, never shorter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from dialer.flights import Flight

# From the INVITE to the first ring, at most. Networks take up to some 15 s; a call without any sign is lost on the way.
SILENT_MAX: Final = timedelta(seconds=30)


@dataclass(slots=True)
class Ringing:
    """Remembers since when each call rings, or is silent."""

    _since: dict[tuple[str, bool], float] = field(default_factory=dict)

    def due(self, flights: Iterable[Flight], at: float) -> list[Flight]:
        """Return those to be ended now. `at`: a clock that is never set (s)."""
        seen: dict[tuple[str, bool], float] = {}
        over: list[Flight] = []
        for flight in flights:
            if not flight.leg or flight.answered_at is not None:
                continue
            rings = flight.ringing_at is not None
            key = (flight.attempt, rings)
            seen[key] = self._since.get(key, at)
            longest = flight.ring if rings else SILENT_MAX
            if at - seen[key] >= longest.total_seconds():
                over.append(flight)
        self._since = seen
        return over
