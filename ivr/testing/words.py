"""What fields of test cases are made of: lengths of time, instants, keys, and how they are said to authors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PlainSerializer, StringConstraints, WithJsonSchema

from ivr.nodes.words import FORMS as FORMS_OF_FLOWS

KEYS: Final = r"^[0-9*#]+$"
ONE_LINE: Final = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$"
LENGTH: Final = re.compile(r"(?:(\d+)\s*h)?\s*(?:(\d+)\s*m(?:in)?)?\s*(?:(\d+(?:\.\d+)?)\s*s)?")
FORMS: Final[Mapping[str, str]] = {
    **FORMS_OF_FLOWS,
    KEYS: "keys of the telephone, such as 4711#",
    ONE_LINE: "one line of text",
}
DEFAULT_CLOCK: Final = datetime(2026, 3, 2, 15, tzinfo=UTC)  # a Monday, in the morning in New York
MAX_SECONDS: Final = 30 * 86_400
YEARS: Final = range(1900, 2200)


def seconds_in(written: object) -> float:
    """Return the seconds in `written`: a number of them, or "90s", "10m", "1h 30m". Raise ValueError.

    >>> seconds_in("1h 30m"), seconds_in("2m30s"), seconds_in(8)
    (5400.0, 150.0, 8.0)
    """
    if isinstance(written, bool):
        found = None
    elif isinstance(written, int | float):
        found = float(written)
    else:
        match = LENGTH.fullmatch(written.strip()) if isinstance(written, str) else None
        hours, minutes, seconds = match.groups() if match and written else (None, None, None)
        known = hours or minutes or seconds
        found = 3600 * int(hours or 0) + 60 * int(minutes or 0) + float(seconds or 0) if known else None
    if found is None or not 0 <= found <= MAX_SECONDS:
        raise ValueError(f"{written!r} is no length of time; write for example 90s, 10m or 1h 30m")
    return found


def length(seconds: float) -> str:
    """Return `seconds` as an author writes them.

    >>> length(90), length(600), length(2.5), length(5400)
    ('1m 30s', '10m', '2.5s', '1h 30m')
    """
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = ((f"{hours:g}h", hours), (f"{minutes:g}m", minutes), (f"{round(rest, 3):g}s", rest))
    return " ".join(text for text, value in parts if value) or "0s"


def instant_in(written: object) -> datetime:
    """Return the instant `written`: "2026-03-02 09:30 America/New_York", ISO 8601, or a datetime; without zone UTC.

    Raise ValueError.
    """
    if isinstance(written, datetime):
        return written.astimezone(UTC) if written.tzinfo else written.replace(tzinfo=UTC)
    if isinstance(written, date):
        return datetime(written.year, written.month, written.day, tzinfo=UTC)
    text, _, zone = written.strip().partition(" ") if isinstance(written, str) else ("", "", "")
    clock, _, zone = zone.partition(" ") if zone[:1].isdigit() else ("", "", zone)
    try:
        found = datetime.fromisoformat(f"{text} {clock}".strip())
        found = found.replace(tzinfo=ZoneInfo(zone.strip())) if zone.strip() else found
        if found.year not in YEARS:
            raise ValueError
    except (ValueError, KeyError, OSError):
        example = "2026-03-02 09:30 America/New_York"
        raise ValueError(f"{written!r} is no time; write for example {example}, or 2026-03-02T14:30:00Z") from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def keys_in(written: object) -> object:
    """Return one key as text: YAML reads an unquoted 1 as a number. Raise ValueError for more: it reads 0123 as 83."""
    if type(written) is not int:
        return written
    if not 0 <= written <= 9:
        raise ValueError(f"{written} is a number to YAML, which may have lost zeros; put keys in quotes")
    return str(written)


Length = Annotated[
    float,
    BeforeValidator(seconds_in),
    PlainSerializer(length, return_type=str),
    WithJsonSchema({"type": ["string", "number"], "description": "90s, 10m, 1h 30m, or a number of seconds"}),
]
Instant = Annotated[
    datetime,
    BeforeValidator(instant_in),
    PlainSerializer(lambda at: at.isoformat().replace("+00:00", "Z"), return_type=str),
    WithJsonSchema({"type": "string", "description": "2026-03-02 09:30 America/New_York, or 2026-03-02T14:30:00Z"}),
]
Keys = Annotated[
    str,
    StringConstraints(pattern=KEYS),
    BeforeValidator(keys_in),
    WithJsonSchema({"type": ["string", "integer"], "pattern": KEYS, "minimum": 0, "maximum": 9}),
]
