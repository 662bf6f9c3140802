"""A part that fails again and again is asked once in a while, instead of being handed everything. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Breaker:
    """Open after `failures` in a row; then one probe every `probe_every_s`, until one works. Times in s, any clock.

    A probe of which nothing is heard again (whoever waited for it left) is followed by the next one all the same.

    >>> breaker = Breaker(failures=2, probe_every_s=10.0)
    >>> breaker.failed(); breaker.failed()
    >>> breaker.allowed(5, at=100.0), breaker.allowed(5, at=101.0), breaker.allowed(5, at=110.0)
    (1, 0, 1)
    >>> breaker.worked(); breaker.allowed(5, at=110.0)
    5
    """

    failures: int
    probe_every_s: float
    _in_a_row: int = field(default=0, init=False)
    _probed_at: float | None = field(default=None, init=False)

    @property
    def is_open(self) -> bool:
        return self._in_a_row >= self.failures

    def failed(self, at: float | None = None) -> None:
        """Count a failure. `at`: the next probe goes `probe_every_s` after it; without it the first goes at once."""
        self._in_a_row += 1
        if at is not None and self.is_open:
            self._probed_at = at

    def worked(self) -> None:
        self._in_a_row, self._probed_at = 0, None

    def allowed(self, wanted: int, at: float) -> int:
        """Return how many of `wanted` may be tried now: all, or one if it is time for a probe."""
        if not self.is_open or wanted == 0:
            return wanted
        if self._probed_at is not None and at - self._probed_at < self.probe_every_s:
            return 0
        self._probed_at = at
        return 1
