"""Where a part of a list ended, for the part that follows. Pure."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

from desk.failures import Refused


def cursor_of(at: datetime, key: object) -> str:
    """Return where a list that is sorted by time, then by key, has come to."""
    return urlsafe_b64encode(f"{at.isoformat()} {key}".encode()).decode()


def place_of(cursor: str) -> tuple[datetime, str]:
    """Return the time and the key that a cursor says; raise Refused.

    >>> place_of(cursor_of(datetime.fromisoformat("2026-03-29T01:00:00+00:00"), 7))[1]
    '7'
    """
    try:
        at, _, key = urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        place = datetime.fromisoformat(at)
    except ValueError:
        raise _not_ours() from None
    if place.tzinfo is None:
        raise _not_ours()
    return place, key


def numbered_place_of(cursor: str) -> tuple[datetime, int]:
    """Return the same of a list whose keys are numbers; raise Refused."""
    place, key = place_of(cursor)
    if not key.isdecimal() or len(key) > 18:
        raise _not_ours()
    return place, int(key)


def _not_ours() -> Refused:
    return Refused(400, "invalid", "the cursor is none of ours: take `next` of the answer before")
