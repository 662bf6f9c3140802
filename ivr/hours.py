"""Opening hours: weekly hours, holidays and exceptions in a local time zone, right on the days the clock changes.

Hours are written in local wall-clock time and compared as instants. On the day an hour happens twice, a span opens at
the first occurrence of its start and closes at the *last* of its end, so a centre never closes and opens again within
the hour. On the day an hour is left out, a time inside it means the instant the clock jumps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

SPAN: Final = re.compile(r"^([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])$")
MINUTES_PER_DAY: Final = 24 * 60
LOOK_AHEAD: Final = timedelta(days=31)  # no centre that is closed for longer says when it opens

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: Final[tuple[Day, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class OpenSpan:
    """Open from `start` to before `end`, minutes after local midnight; `end` ≤ `start` means on the next day.

    >>> str(OpenSpan.parse("22:00-06:00"))
    '22:00-06:00'
    """

    start: int
    end: int

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read "HH:MM-HH:MM" (24:00 is midnight at the end of the day); raise ValueError."""
        if isinstance(text, cls):
            return text
        found = SPAN.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise ValueError(f'{text!r} is no span of hours; write for example "09:00-17:30" or "00:00-24:00"')
        hour, minute, end_hour, end_minute = (int(part) for part in found.groups())
        end = end_hour * 60 + end_minute
        if end > MINUTES_PER_DAY:
            raise ValueError(f"{text!r} ends after 24:00; a span past midnight is written like 22:00-06:00")
        return cls(hour * 60 + minute, end)

    def __str__(self) -> str:
        return f"{self.start // 60:02}:{self.start % 60:02}-{self.end // 60:02}:{self.end % 60:02}"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found, not a relative path, a folder such as "Europe"
        raise ValueError(f"time zone {name!r} is unknown; write for example Europe/Berlin") from None
    return name


TimeZone = Annotated[str, AfterValidator(_zone), Field(json_schema_extra={"x-names": "time zone"})]
Span = Annotated[
    OpenSpan,
    BeforeValidator(OpenSpan.parse),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": SPAN.pattern}),
]
Spans = Annotated[tuple[Span, ...], Field(max_length=12)]


# One canonical form, whatever order the hours were written in.
_WEEK_ORDER: Final = AfterValidator(lambda weekly: {day: weekly[day] for day in DAYS if day in weekly})
_DATE_ORDER: Final = AfterValidator(lambda dates: tuple(sorted(set(dates))))
_BY_DATE: Final = AfterValidator(lambda exceptions: dict(sorted(exceptions.items())))


class Hours(BaseModel):
    """When a centre is open. A day not named in `weekly` is closed.

    For one date, `exceptions` (its spans, none: closed) win over `holidays` (closed), and both over `weekly`. A span
    past midnight belongs to the day it starts on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    timezone: Annotated[TimeZone, Field(description="Where the clock hangs, such as Europe/Berlin.")]
    weekly: Annotated[
        dict[Day, Spans],
        _WEEK_ORDER,
        Field(description='Open from and to on each day, such as "09:00-17:30".', default_factory=dict),
    ]
    holidays: Annotated[tuple[date, ...], _DATE_ORDER, Field(description="Days that are closed.")] = ()
    exceptions: Annotated[
        dict[date, Spans],
        _BY_DATE,
        Field(description="Hours of single days, whatever else says; none: closed.", default_factory=dict),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursState:
    """Open or not at one instant, and why. `holiday` is also a closed state."""

    state: Literal["open", "closed", "holiday"]
    why: str


def state_at(hours: Hours, now: datetime) -> HoursState:
    """Return whether a centre with these hours is open at `now` (aware), with the reason for the log."""
    zone = ZoneInfo(hours.timezone)
    today = now.astimezone(zone).date()
    # The day before: a span past midnight. The day after: a clock set back over midnight.
    for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
        spans, rule = _spans_on(hours, day)
        for span in spans:
            if _opens(span, day, zone) <= now < _closes(span, day, zone):
                return HoursState(state="open", why=f"{rule} {span} {hours.timezone}")
    _, rule = _spans_on(hours, today)
    state: Literal["closed", "holiday"] = "holiday" if rule.startswith("holiday") else "closed"
    return HoursState(state=state, why=f"outside {rule} {hours.timezone}" if state == "closed" else rule)


def opens_next(hours: Hours, now: datetime) -> datetime | None:
    """Return when a centre that is closed at `now` opens again, in its local time; None if not within LOOK_AHEAD.

    >>> from datetime import UTC
    >>> mondays = Hours(timezone="Europe/Berlin", weekly={"mon": ["09:00-17:00"]})
    >>> str(opens_next(mondays, datetime(2026, 3, 6, 12, tzinfo=UTC)))
    '2026-03-09 09:00:00+01:00'
    """
    zone = ZoneInfo(hours.timezone)
    today = now.astimezone(zone).date()
    for ahead in range(LOOK_AHEAD.days):
        day = today + timedelta(days=ahead)
        spans, _ = _spans_on(hours, day)
        opening = min((at for span in spans if (at := _opens(span, day, zone)) > now), default=None)
        if opening is not None:
            return opening.astimezone(zone)
    return None


def _spans_on(hours: Hours, day: date) -> tuple[tuple[OpenSpan, ...], str]:
    """Return the spans that start on `day` and the rule they come from."""
    if day in hours.exceptions:
        return hours.exceptions[day], f"exception {day}"
    if day in hours.holidays:
        return (), f"holiday {day}"
    name = DAYS[day.weekday()]
    return hours.weekly.get(name, ()), name


def _opens(span: OpenSpan, day: date, zone: ZoneInfo) -> datetime:
    return _instant(_wall(day, span.start), zone, fold=0)


def _closes(span: OpenSpan, day: date, zone: ZoneInfo) -> datetime:
    end = span.end if span.end > span.start else span.end + MINUTES_PER_DAY
    return _instant(_wall(day, end), zone, fold=1)


def _wall(day: date, minutes: int) -> datetime:
    return datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes)


def _instant(wall: datetime, zone: ZoneInfo, *, fold: int) -> datetime:
    """Return when the local clock shows `wall`: of two instants the one of `fold`, of none the jump over it."""
    first, last = (wall.replace(tzinfo=zone, fold=f).astimezone(UTC) for f in (0, 1))
    if last >= first:
        return last if fold else first
    # PEP 495: in a gap fold=0 gives the later instant, fold=1 the earlier; the clock jumps in between.
    early, late = last, first
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)
