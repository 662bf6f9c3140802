"""Calling hours on one local clock: open now, and when next. Right on the days the clock changes.

Whether a person may be called depends on what the clock on their wall shows. So a wall-clock time that occurs twice
counts both times, and one that is left out never comes. Rules are looked up by local date: one that begins to bind at
midnight does so at the called person's midnight.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from callcenter.compliance.holidays import is_holiday
from callcenter.compliance.rules import HoursRule, Span

DAY: Final = timedelta(days=1)
ALL_DAY: Final = (Span(0, 1440),)
SEARCH: Final = 30  # days without any hours after which there are none: the longest run of holidays is far shorter
STEP: Final = timedelta(hours=6)  # no zone changes its offset and changes it back within this
SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The hours on one local clock. All `rules` in force must allow a time; on days without any, `default` must."""

    zone: str
    rules: tuple[HoursRule, ...]
    default: HoursRule


@lru_cache(maxsize=1024)
def zone_info(name: str) -> ZoneInfo:
    """Return the zone `name` (IANA); raise KeyError, ValueError or OSError if there is none.

    ZoneInfo itself remembers eight zones and reads the file of a ninth again each time; a number may lie in forty.
    """
    return ZoneInfo(name)


def refusing(clock: Clock, at: datetime) -> tuple[HoursRule, str] | None:
    """Return the first rule that forbids a call at `at` and its hours of that day in words; None if none does."""
    wall = _wall(clock.zone, at)
    for rule in _in_force(clock, wall.date()):
        spans = _spans(rule, wall.date())
        if not _within(wall, spans):
            return rule, " ".join(str(span) for span in spans) or "none that day"
    return None


def next_open(clock: Clock, at: datetime) -> datetime | None:
    """Return the first instant (UTC) from `at` on at which the hours allow a call; None if there is none in sight."""
    zone = zone_info(clock.zone)
    at = at.astimezone(UTC)
    while True:
        wall = _wall(clock.zone, at)
        start = _next_wall(clock, wall)
        if start is None or start == wall:
            return at if start == wall else None
        ahead = at + (start - wall)
        change = _change(zone, at, ahead)
        if change is None:
            return ahead
        # Up to the change no wall-clock time of the hours came; from it on the clock shows another time.
        at = change


def _wall(zone: str, at: datetime) -> datetime:
    return at.astimezone(zone_info(zone)).replace(tzinfo=None)


def _on(day: date, minutes: int) -> datetime:
    return datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes)


def _within(wall: datetime, spans: tuple[Span, ...]) -> bool:
    return any(_on(wall.date(), span.start) <= wall < _on(wall.date(), span.end) for span in spans)


def _next_wall(clock: Clock, wall: datetime) -> datetime | None:
    """Return the first wall-clock time from `wall` on that lies within the hours."""
    for ahead in range(SEARCH):
        day = wall.date() + timedelta(days=ahead)
        for span in _open(clock, day):
            if wall < _on(day, span.end):
                return max(wall, _on(day, span.start))
    return None


def _change(zone: ZoneInfo, start: datetime, end: datetime) -> datetime | None:
    """Return the first instant in (start, end] at which the offset of `zone` differs from that at `start`."""
    offset = start.astimezone(zone).utcoffset()
    # Offsets change on whole seconds, so rounding down stays on the same side of each change.
    same = start.replace(microsecond=0)
    while same < end:
        later = min(same + STEP, end)
        if later.astimezone(zone).utcoffset() != offset:
            return _bisect(zone, same, later)
        same = later
    return None


def _bisect(zone: ZoneInfo, same: datetime, other: datetime) -> datetime:
    """Return the whole second of the only change of offset between `same` and `other`."""
    offset, steps, base = same.astimezone(zone).utcoffset(), -(-(other - same) // SECOND), same
    low = 0
    while steps - low > 1:
        middle = (low + steps) // 2
        if (base + middle * SECOND).astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            steps = middle
    return base + steps * SECOND


def _in_force(clock: Clock, day: date) -> tuple[HoursRule, ...]:
    return tuple(rule for rule in clock.rules if rule.in_force(day)) or (clock.default,)


def _spans(rule: HoursRule, day: date) -> tuple[Span, ...]:
    return () if is_holiday(rule.holidays, day) else rule.weekly[day.weekday()]


def _open(clock: Clock, day: date) -> tuple[Span, ...]:
    """Return the spans of `day` that every rule in force allows."""
    spans: tuple[Span, ...] = ALL_DAY
    for rule in _in_force(clock, day):
        spans = _common(spans, _spans(rule, day))
    return spans


def _common(one: tuple[Span, ...], other: tuple[Span, ...]) -> tuple[Span, ...]:
    both = ((max(a.start, b.start), min(a.end, b.end)) for a in one for b in other)
    return tuple(sorted(Span(start, end) for start, end in both if start < end))
