"""Public holidays that rules of law name. Only what can be computed: no day that a government declares year by year.

Sources: FR Code du travail L. 3133-1, and the two further days of Alsace-Moselle (L. 3134-13); ES Real Decreto
2001/1983 art. 45 (days of the regions and towns are not known here); AU the seven days that the Telemarketing and
Research Calls Industry Standard 2017 calls national public holidays, with the weekdays taken instead of a weekend.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

SATURDAY: Final = 5


def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (the "anonymous" algorithm, Nature 1876).

    >>> easter(2024).isoformat(), easter(2026).isoformat()
    ('2024-03-31', '2026-04-05')
    """
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (a + 11 * h) // 319
    r = (2 * e + 2 * i - k - h + m + 32) % 7
    month = (h - m + r + 90) // 25
    return date(year, month, (h - m + r + month + 19) % 32)


def is_holiday(calendar: str, day: date) -> bool:
    """True if `day` is a holiday of `calendar`; the calendar "" has none."""
    return calendar != "" and day in _days(calendar, day.year)


@lru_cache(maxsize=64)
def _days(calendar: str, year: int) -> frozenset[date]:
    return CALENDARS[calendar](year)


def _fixed(year: int, *days: tuple[int, int]) -> frozenset[date]:
    return frozenset(date(year, month, day) for month, day in days)


def _around_easter(year: int, *offsets: int) -> frozenset[date]:
    return frozenset(easter(year) + timedelta(days=offset) for offset in offsets)


def _france(year: int) -> frozenset[date]:
    # Good Friday and 26 December are holidays in Alsace-Moselle only; a number does not tell where its owner lives.
    fixed = _fixed(year, (1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25), (12, 26))
    return fixed | _around_easter(year, -2, 1, 39, 50)


def _spain(year: int) -> frozenset[date]:
    fixed = _fixed(year, (1, 1), (1, 6), (5, 1), (8, 15), (10, 12), (11, 1), (12, 6), (12, 8), (12, 25))
    return fixed | _around_easter(year, -3, -2)


def _australia(year: int) -> frozenset[date]:
    single = _fixed(year, (1, 1), (1, 26), (4, 25))
    mondays = frozenset(day + timedelta(days=7 - day.weekday()) for day in single if day.weekday() >= SATURDAY)
    christmas = _fixed(year, (12, 25), (12, 26))
    # Of Christmas Day and Boxing Day each has a weekday of its own: the 27th, the 28th or both.
    instead = frozenset(day + timedelta(days=2) for day in christmas if day.weekday() >= SATURDAY)
    return single | mondays | christmas | instead | _around_easter(year, -2, 1)


CALENDARS: Final[Mapping[str, Callable[[int], frozenset[date]]]] = {
    "AU": _australia,
    "ES": _spain,
    "FR": _france,
}
