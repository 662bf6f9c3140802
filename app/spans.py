"""Lengths of time as operators write them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

SPAN: Final = re.compile(r"(\d{1,6})\s*(s|min|m|h|d)", re.ASCII)
UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
LONGEST: Final = timedelta(days=36_525)


def span_in(written: str) -> timedelta:
    """Read a length of time: "90m", "4h", "2d".

    >>> span_in("4h") == span_in("240 min")
    True
    """
    found = SPAN.fullmatch(written.strip())
    if found is None:
        raise ValueError(f'"{written}" is no length of time: write e.g. 90m, 4h or 2d')
    span = int(found[1]) * UNITS[found[2]]
    if span > LONGEST:  # beyond it calendars end
        raise ValueError(f'"{written}" is more than a century')
    return span
