"""What a carrier allows on one trunk: so many calls at once, so many new calls per second. Pure.

The rate is a token bucket: it fills with `calls_per_second` and holds one second's worth, at least one call. So in any
w seconds no more than rate × w + burst calls are placed. A fresh bucket is empty, so a process that is started again
and again places no more than one that runs on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

# Tokens are fractions added up in floating point: a tenth of a call ten times is a call.
ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkLimits:
    """`channels`: calls at once, both directions; `calls_per_second`: calls placed. Raises ValueError below 0."""

    channels: int
    calls_per_second: float

    def __post_init__(self) -> None:
        if self.channels < 0 or not 0 <= self.calls_per_second < math.inf:
            raise ValueError(f"no trunk has {self.channels} channels and {self.calls_per_second} calls per second")

    @property
    def burst(self) -> float:
        """Most calls that may be placed at one instant."""
        return max(1.0, self.calls_per_second)


@dataclass(slots=True, kw_only=True)
class Trunk:
    """A carrier's line as one process uses it. `since` (s): begin of its use, then up to when the bucket is filled.

    Any clock will do; one that goes back adds nothing.
    """

    limits: TrunkLimits
    since: float
    _tokens: float = field(default=0.0, init=False)

    def channels_free(self, in_use: int) -> int:
        """Return how many more calls the trunk carries while it carries `in_use`."""
        return max(0, self.limits.channels - in_use)

    def calls_free(self, now: float) -> int:
        """Return how many calls the rate allows at this instant."""
        self._fill(now)
        return math.floor(self._tokens + ROUNDING)

    def free(self, now: float, in_use: int) -> int:
        """Return how many calls may be placed now: channels and rate both allow them."""
        return min(self.channels_free(in_use), self.calls_free(now))

    def take(self, now: float, calls: int) -> None:
        """Note that `calls` are placed now; raise ValueError if the rate does not allow them."""
        if not 0 <= calls <= self.calls_free(now):
            raise ValueError(f"{calls} calls cannot be placed now: the rate allows {self.calls_free(now)}")
        self._tokens = max(0.0, self._tokens - calls)

    def change(self, now: float, limits: TrunkLimits) -> None:
        """Apply new limits from now on; what has been saved up beyond the new burst is lost."""
        self._fill(now)
        self.limits = limits
        self._tokens = min(self._tokens, limits.burst)

    def _fill(self, now: float) -> None:
        passed = max(0.0, now - self.since)
        self._tokens = min(self.limits.burst, self._tokens + passed * self.limits.calls_per_second)
        self.since = max(self.since, now)
