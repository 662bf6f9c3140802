"""Calling hours on the clocks of the world, where they change, against counting minutes."""

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from callcenter.compliance.hours import Clock, next_open, refusing
from callcenter.compliance.rules import EVERY_KIND, EVERYWHERE, HoursRule, Week, week

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)

# Zones whose clocks change in an odd way, and around when: half an hour, at midnight, in a quarter of an hour's zone,
# by two hours, a whole day left out, in Ramadan.
ODD = [
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Europe/London", date(2026, 3, 29)),
    ("Europe/London", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Chatham", date(2026, 9, 27)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Africa/Cairo", date(2026, 10, 29)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("America/Havana", date(2026, 11, 1)),
    ("America/Santiago", date(2026, 4, 4)),
    ("America/Santiago", date(2026, 9, 6)),
    ("Antarctica/Troll", date(2026, 3, 29)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Asia/Kathmandu", date(2026, 6, 1)),
]


def hours(weekly: Week, rule: str = "test-hours", **more: object) -> HoursRule:
    fields: dict[str, object] = {"valid_from": date(2000, 1, 1), "source": "test", "text": "test", **more}
    return HoursRule(id=rule, regions=EVERYWHERE, kinds=EVERY_KIND, weekly=weekly, **fields)  # type: ignore[arg-type]


def all_week(spans: str) -> Week:
    return week(mon_fri=spans, sat=spans, sun=spans)


def clock(zone: str, spans: str) -> Clock:
    return Clock(zone=zone, rules=(hours(all_week(spans)),), default=hours(all_week("12:00-13:00"), "default"))


def shows(zone: str, at: datetime, spans: str) -> bool:
    """The other way to say it: the hands of the clock, as text, lie within one of the spans."""
    hands = f"{at.astimezone(ZoneInfo(zone)):%H:%M}"
    return any(start <= hands < end for start, _, end in (span.partition("-") for span in spans.split()))


def is_open(of: Clock, at: datetime) -> bool:
    return refusing(of, at) is None


@pytest.mark.parametrize(
    "spans", ["08:00-21:00", "00:30-01:30", "02:15-02:45 03:15-03:20", "00:00-24:00", "23:30-24:00"]
)
@pytest.mark.parametrize(("zone", "day"), ODD, ids=[f"{zone} {day}" for zone, day in ODD])
def test_open_is_what_the_clock_on_the_wall_shows(zone: str, day: date, spans: str) -> None:
    of = clock(zone, spans)
    first = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=30)
    for minute in range(0, 60 * 60, 7):
        at = first + minute * MINUTE
        assert is_open(of, at) == shows(zone, at, spans), at


@pytest.mark.parametrize("spans", ["08:00-21:00", "00:30-01:30", "02:15-02:45 03:15-03:20", "23:30-24:00"])
@pytest.mark.parametrize(("zone", "day"), ODD, ids=[f"{zone} {day}" for zone, day in ODD])
def test_next_open_is_the_first_open_minute(zone: str, day: date, spans: str) -> None:
    of = clock(zone, spans)
    first = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=18)
    minutes = [first + minute * MINUTE for minute in range(84 * 60)]
    opens = [at for at in minutes if shows(zone, at, spans)]
    for at in minutes[: 36 * 60 : 11]:
        assert next_open(of, at) == opens[bisect_left(opens, at)], at


@pytest.mark.parametrize("zone", sorted(available_timezones())[::3])
def test_next_open_is_open_and_nothing_before_it_is_in_any_zone_of_the_world(zone: str) -> None:
    of = clock(zone, "08:00-21:00")
    for month in range(1, 13):
        at = datetime(2026, month, 27, month, 17, 3, 500_000, tzinfo=UTC)
        found = next_open(of, at)
        assert found is not None
        assert shows(zone, found, "08:00-21:00")
        if found == at:
            continue
        assert not any(shows(zone, at + (found - at) * part / 9, "08:00-21:00") for part in range(9))
        assert not shows(zone, found - MICROSECOND, "08:00-21:00")


def test_an_hour_left_out_moves_the_start_to_the_change() -> None:
    # New York, 8 March 2026: after 01:59:59 comes 03:00 (07:00 UTC).
    of = clock("America/New_York", "02:30-04:00")
    assert next_open(of, datetime(2026, 3, 8, 5, 0, tzinfo=UTC)) == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)


def test_hours_wholly_in_the_hour_left_out_come_the_day_after() -> None:
    of = clock("America/New_York", "02:15-02:45")
    assert next_open(of, datetime(2026, 3, 8, 6, 59, 59, tzinfo=UTC)) == datetime(2026, 3, 9, 6, 15, tzinfo=UTC)


def test_an_hour_that_comes_twice_counts_both_times() -> None:
    # New York, 1 November 2026: 01:00-02:00 is 05:00-06:00 UTC and again 06:00-07:00 UTC.
    of = clock("America/New_York", "01:00-01:30")
    assert next_open(of, datetime(2026, 11, 1, 5, 30, tzinfo=UTC)) == datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
    assert next_open(of, datetime(2026, 11, 1, 6, 30, tzinfo=UTC)) == datetime(2026, 11, 2, 6, 0, tzinfo=UTC)


def test_hours_that_end_in_the_hour_that_comes_twice_open_again_with_it() -> None:
    of = clock("Europe/London", "00:30-01:30")
    assert is_open(of, datetime(2026, 10, 25, 0, 29, tzinfo=UTC))  # 01:29 summer time
    assert not is_open(of, datetime(2026, 10, 25, 0, 30, tzinfo=UTC))  # 01:30 summer time
    assert next_open(of, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == datetime(2026, 10, 25, 1, 0, tzinfo=UTC)


def test_a_day_without_midnight_begins_at_one() -> None:
    # Cairo, 24 April 2026: after 23:59:59 comes 01:00 (22:00 UTC).
    of = clock("Africa/Cairo", "00:00-10:00")
    assert next_open(of, datetime(2026, 4, 23, 12, 0, tzinfo=UTC)) == datetime(2026, 4, 23, 22, 0, tzinfo=UTC)


def test_samoa_had_no_friday_the_30th() -> None:
    friday = Clock(
        zone="Pacific/Apia",
        rules=(hours(((), (), (), (), week(mon_fri="08:00-21:00")[0], (), ())),),
        default=hours(all_week("00:00-24:00")),
    )
    # From Thursday 29 December 2011, 22:00 there, the next Friday is 6 January, 08:00 = 5 January, 18:00 UTC.
    assert next_open(friday, datetime(2011, 12, 30, 8, 0, tzinfo=UTC)) == datetime(2012, 1, 5, 18, 0, tzinfo=UTC)


def test_without_any_open_day_there_is_no_next() -> None:
    closed = Clock(zone="UTC", rules=(hours(((),) * 7),), default=hours(all_week("00:00-24:00")))
    assert next_open(closed, datetime(2026, 1, 1, tzinfo=UTC)) is None


def test_all_rules_in_force_must_allow_it() -> None:
    two = Clock(
        zone="UTC",
        rules=(hours(all_week("08:00-12:00 14:00-21:00"), "one"), hours(all_week("10:00-15:00"), "two")),
        default=hours(all_week("00:00-24:00")),
    )
    day = datetime(2026, 1, 1, tzinfo=UTC)
    refusals = {hour: refusing(two, day + timedelta(hours=hour)) for hour in (9, 11, 13, 14, 16)}
    assert {hour: found and found[0].id for hour, found in refusals.items()} == {
        9: "two",
        11: None,
        13: "one",
        14: None,
        16: "two",
    }
    assert next_open(two, day) == day + timedelta(hours=10)
    assert next_open(two, day + timedelta(hours=12)) == day + timedelta(hours=14)
    assert next_open(two, day + timedelta(hours=15)) == day + timedelta(hours=34)


def test_a_rule_begins_to_bind_at_the_called_persons_midnight() -> None:
    strict = hours(all_week("10:00-12:00"), valid_from=date(2026, 5, 2), valid_until=date(2026, 5, 3))
    of = Clock(zone="America/Los_Angeles", rules=(strict,), default=hours(all_week("00:00-24:00"), "default"))
    midnight = datetime(2026, 5, 2, 7, 0, tzinfo=UTC)
    assert is_open(of, midnight - SECOND)
    assert not is_open(of, midnight)
    assert next_open(of, midnight) == midnight + timedelta(hours=10)
    assert next_open(of, midnight + timedelta(hours=12)) == midnight + timedelta(hours=24), "the default again"


def test_holidays_have_no_hours() -> None:
    of = Clock(
        zone="Europe/Paris",
        rules=(hours(all_week("10:00-20:00"), holidays="FR"),),
        default=hours(all_week("00:00-24:00")),
    )
    # Christmas 2026 is a Friday; the 26th a holiday in Alsace-Moselle.
    assert next_open(of, datetime(2026, 12, 24, 19, 0, tzinfo=UTC)) == datetime(2026, 12, 27, 9, 0, tzinfo=UTC)
    found = refusing(of, datetime(2026, 12, 25, 12, 0, tzinfo=UTC))
    assert found is not None
    assert found[1] == "none that day"


def test_any_aware_time_will_do() -> None:
    # Arithmetic on New York's own time would be by its wall clock, an hour off over the change.
    there = datetime(2026, 3, 7, 22, 0, tzinfo=ZoneInfo("America/New_York"))
    assert next_open(clock("America/New_York", "08:00-21:00"), there) == datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
