"""Opening hours at the edge and one minute to either side, and on the days the clock changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ivr.hours import DAYS, Hours, OpenSpan, state_at

OFFICE = Hours.model_validate(
    {
        "timezone": "Europe/Berlin",
        "weekly": {"mon": ["09:00-12:00", "13:00-17:30"], "fri": ["22:00-06:00"], "sat": ["10:00-24:00"]},
        "holidays": ["2026-05-25"],
        "exceptions": {"2026-05-18": ["10:00-11:00"], "2026-05-22": []},
    }
)


def at(zone: str, text: str, fold: int = 0) -> datetime:
    """A local wall-clock time as the instant it means."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("local", "state"),
    [
        ("2026-05-04T08:59", "closed"),
        ("2026-05-04T09:00", "open"),
        ("2026-05-04T09:01", "open"),
        ("2026-05-04T11:59", "open"),
        ("2026-05-04T12:00", "closed"),
        ("2026-05-04T12:59", "closed"),
        ("2026-05-04T13:00", "open"),
        ("2026-05-04T17:29", "open"),
        ("2026-05-04T17:30", "closed"),
        ("2026-05-05T10:00", "closed"),  # Tuesday: not named
        ("2026-05-08T21:59", "closed"),
        ("2026-05-08T22:00", "open"),
        ("2026-05-09T05:59", "open"),  # Friday's night span goes into Saturday
        ("2026-05-09T06:00", "closed"),
        ("2026-05-09T23:59", "open"),
        ("2026-05-10T00:00", "closed"),  # 24:00 is the end of Saturday
        ("2026-05-18T09:30", "closed"),  # exception on a Monday
        ("2026-05-18T10:00", "open"),
        ("2026-05-18T11:00", "closed"),
        ("2026-05-22T23:00", "closed"),  # exception without a span
        ("2026-05-25T10:00", "holiday"),
    ],
)
def test_week_holidays_and_exceptions(local: str, state: str) -> None:
    assert state_at(OFFICE, at("Europe/Berlin", local)).state == state


def test_the_reason_names_the_rule() -> None:
    def why(local: str) -> str:
        return state_at(OFFICE, at("Europe/Berlin", local)).why

    assert why("2026-05-04T09:00") == "mon 09:00-12:00 Europe/Berlin"
    assert why("2026-05-04T12:30") == "outside mon Europe/Berlin"
    assert why("2026-05-18T10:30") == "exception 2026-05-18 10:00-11:00 Europe/Berlin"
    assert why("2026-05-25T10:00") == "holiday 2026-05-25"


def test_an_exception_wins_over_a_holiday() -> None:
    hours = Hours.model_validate(
        {"timezone": "UTC", "holidays": ["2026-12-25"], "exceptions": {"2026-12-25": ["10:00-12:00"]}}
    )
    assert state_at(hours, at("UTC", "2026-12-25T11:00")).state == "open"


# Berlin: 2026-03-29 02:00 -> 03:00 (an hour is left out); 2026-10-25 03:00 -> 02:00 (an hour comes twice).
SUNDAY_NIGHT = Hours.model_validate({"timezone": "Europe/Berlin", "weekly": {"sun": ["01:30-02:30"]}})
SUNDAY_EARLY = Hours.model_validate({"timezone": "Europe/Berlin", "weekly": {"sun": ["02:30-04:00"]}})


@pytest.mark.parametrize(
    ("hours", "utc", "state"),
    [
        # In spring the clock jumps over 02:30: a span that ends there ends with the jump, at 01:00 UTC.
        (SUNDAY_NIGHT, "2026-03-29T00:29", "closed"),
        (SUNDAY_NIGHT, "2026-03-29T00:30", "open"),
        (SUNDAY_NIGHT, "2026-03-29T00:59", "open"),
        (SUNDAY_NIGHT, "2026-03-29T01:00", "closed"),
        # … and one that starts there starts with it.
        (SUNDAY_EARLY, "2026-03-29T00:59", "closed"),
        (SUNDAY_EARLY, "2026-03-29T01:00", "open"),
        (SUNDAY_EARLY, "2026-03-29T01:59", "open"),
        (SUNDAY_EARLY, "2026-03-29T02:00", "closed"),
        # In autumn 02:30 comes twice: open until the second.
        (SUNDAY_NIGHT, "2026-10-24T23:29", "closed"),
        (SUNDAY_NIGHT, "2026-10-24T23:30", "open"),
        (SUNDAY_NIGHT, "2026-10-25T00:29", "open"),
        (SUNDAY_NIGHT, "2026-10-25T00:31", "open"),
        (SUNDAY_NIGHT, "2026-10-25T01:29", "open"),
        (SUNDAY_NIGHT, "2026-10-25T01:30", "closed"),
        # … and from the first on.
        (SUNDAY_EARLY, "2026-10-25T00:29", "closed"),
        (SUNDAY_EARLY, "2026-10-25T00:30", "open"),
        (SUNDAY_EARLY, "2026-10-25T01:10", "open"),
        (SUNDAY_EARLY, "2026-10-25T02:59", "open"),
        (SUNDAY_EARLY, "2026-10-25T03:00", "closed"),
    ],
)
def test_days_on_which_the_clock_changes(hours: Hours, utc: str, state: str) -> None:
    assert state_at(hours, at("UTC", utc)).state == state


def test_the_clock_may_go_back_over_midnight() -> None:
    """Havana sets its clock back at 01:00 to 00:00: Sunday's midnight comes twice, a span to 24:00 ends at the last."""
    hours = Hours.model_validate({"timezone": "America/Havana", "weekly": {"sat": ["20:00-24:00"]}})
    assert state_at(hours, at("UTC", "2026-11-01T03:59")).state == "open"
    first, second = (at("America/Havana", "2026-11-01T00:00", fold) for fold in (0, 1))
    assert second - first == timedelta(hours=1)
    assert state_at(hours, second - timedelta(minutes=1)).state == "open"
    assert state_at(hours, second).state == "closed"


ALWAYS = list(DAYS)
MOMENTS = st.integers(946_684_800, 2_145_916_800).map(lambda s: datetime.fromtimestamp(s, UTC))  # 2000 to 2037
ZONES = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Havana",
    "Pacific/Apia",
]


@given(
    zone=st.sampled_from(ZONES),
    now=MOMENTS,
)
def test_a_centre_open_all_week_is_never_closed(zone: str, now: datetime) -> None:
    hours = Hours.model_validate({"timezone": zone, "weekly": {day: ["00:00-24:00"] for day in ALWAYS}})
    assert state_at(hours, now).state == "open"


@given(
    zone=st.sampled_from(ZONES),
    now=MOMENTS,
    start=st.integers(0, 1439),
    end=st.integers(1, 1440),
)
def test_hours_agree_with_the_wall_clock_on_ordinary_days(zone: str, now: datetime, start: int, end: int) -> None:
    """Where no clock changes within a day, open means just what the local clock shows."""
    local = now.astimezone(ZoneInfo(zone))
    around = [(now + timedelta(hours=h)).astimezone(ZoneInfo(zone)).utcoffset() for h in range(-48, 49, 4)]
    if len(set(around)) > 1 or start >= end:
        return
    span = str(OpenSpan(start, end))
    hours = Hours.model_validate({"timezone": zone, "weekly": {day: [span] for day in ALWAYS}})
    shown = local.hour * 60 + local.minute
    assert (state_at(hours, now).state == "open") == (start <= shown < end)


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        ({"timezone": "Mars/Olympus"}, "time zone 'Mars/Olympus' is unknown"),
        ({"timezone": "Europe"}, "time zone 'Europe' is unknown"),
        ({"timezone": "UTC", "weekly": {"mon": ["9-17"]}}, "'9-17' is no span of hours"),
        ({"timezone": "UTC", "weekly": {"mon": ["09:00-24:01"]}}, "ends after 24:00"),
        ({"timezone": "UTC", "weekly": {"mon": [900]}}, "900 is no span of hours"),
        ({"timezone": "UTC", "weekly": {"monday": ["09:00-17:00"]}}, "weekly.monday"),
        ({"timezone": "UTC", "holidays": ["2026-02-30"]}, "holidays.0"),
    ],
)
def test_hours_nobody_can_mean_are_refused(bad: dict[str, object], text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Hours.model_validate(bad)
    assert text in str(refused.value)


def test_hours_have_one_canonical_form() -> None:
    mixed = {
        "timezone": "UTC",
        "weekly": {"sun": ["10:00-11:00"], "mon": ["09:00-17:00"]},
        "holidays": ["2026-12-26", "2026-12-25"],
    }
    dumped = Hours.model_validate(mixed).model_dump(mode="json", exclude_defaults=True)
    assert list(dumped["weekly"]) == ["mon", "sun"]
    assert dumped["holidays"] == ["2026-12-25", "2026-12-26"]
    assert Hours.model_validate(dumped) == Hours.model_validate(mixed)
    assert OFFICE.holidays == (date(2026, 5, 25),)
