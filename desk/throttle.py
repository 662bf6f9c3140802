"""How long to wait after failed sign-ins: longer with each, by the name that was tried and where from.

Who guesses one person's password from one place is stopped soonest; who guesses from many places is slowed down by the
name, but never so much that its owner cannot sign in any more. While somebody must wait, tries are not looked at, and
do not count.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

MAX_KEPT: Final = 10_000  # names and places; the oldest are forgotten first
FORGOTTEN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """So many failures are free; then one second, doubled with each, up to `longest`."""

    free: int
    longest: timedelta

    def delay(self, failures: int) -> timedelta:
        if failures <= self.free:
            return timedelta()
        return min(timedelta(seconds=2 ** min(failures - self.free - 1, 20)), self.longest)


BOTH: Final = Slope(free=3, longest=timedelta(minutes=5))  # this name from this place
NAME: Final = Slope(free=10, longest=timedelta(seconds=10))
PLACE: Final = Slope(free=20, longest=timedelta(minutes=1))  # many people may be behind one address


@dataclass(slots=True)
class _Failures:
    count: int
    last: datetime


@dataclass(slots=True)
class Throttle:
    """Failed sign-ins, remembered for an hour."""

    _kept: OrderedDict[tuple[str, str], _Failures] = field(default_factory=OrderedDict)

    def wait(self, name: str, address: str, now: datetime) -> timedelta:
        """Return how long until `name` may be tried from `address` again; zero: now."""
        waits = [self._until(key, slope, now) for key, slope in _keys(name, address)]
        return max(*waits, timedelta())

    def failed(self, name: str, address: str, now: datetime) -> None:
        for key, _ in _keys(name, address):
            before = self._kept.pop(key, None)
            count = before.count if before is not None and now - before.last < FORGOTTEN else 0
            self._kept[key] = _Failures(count + 1, now)
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)

    def passed(self, name: str, address: str) -> None:
        """Somebody signed in: what they mistyped before is forgiven. The place stays under watch for the others."""
        self._kept.pop((name, address), None)
        self._kept.pop((name, ""), None)
        place = self._kept.get(("", address))
        if place is not None:
            place.count = max(place.count - 1, 0)

    def _until(self, key: tuple[str, str], slope: Slope, now: datetime) -> timedelta:
        found = self._kept.get(key)
        if found is None or now - found.last >= FORGOTTEN:
            return timedelta()
        return found.last + slope.delay(found.count) - now


def _keys(name: str, address: str) -> tuple[tuple[tuple[str, str], Slope], ...]:
    return (((name, address), BOTH), ((name, ""), NAME), (("", address), PLACE))
