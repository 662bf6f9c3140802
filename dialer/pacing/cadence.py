"""When a pacer is asked: once a second, and at once after an event it wakes for, 100 ms apart at least. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

TICK_S: Final = 1.0
# What happens within this time of a decision is decided together: a burst of events is one question, not many.
COALESCE_S: Final = 0.1


@dataclass(slots=True, kw_only=True)
class Cadence:
    """`note` each event, ask when `due_at` has come, then tell it `decided`.

    >>> cadence = Cadence(wake=frozenset({"idle"}))
    >>> cadence.decided(10.0); cadence.due_at
    11.0
    >>> cadence.note("idle"); cadence.due_at
    10.1
    """

    wake: frozenset[str]
    _last: float = field(default=-math.inf, init=False)
    _woken: bool = field(default=False, init=False)

    def note(self, kind: str) -> None:
        """An event of this kind was observed."""
        self._woken = self._woken or kind in self.wake

    def decided(self, t: float) -> None:
        """The pacer was asked at `t` (s)."""
        self._last, self._woken = t, False

    @property
    def due_at(self) -> float:
        """When to ask next (s); in the past: now. -inf before the first time."""
        return self._last + (COALESCE_S if self._woken else TICK_S)
