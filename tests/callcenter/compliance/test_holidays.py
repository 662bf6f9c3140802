"""Holidays against calendars as printed."""

from datetime import date

import pytest

from callcenter.compliance.holidays import CALENDARS, easter, is_holiday

# As the churches' tables give them, with the earliest and the latest possible day.
EASTERS = [
    "1818-03-22",
    "1961-04-02",
    "2000-04-23",
    "2019-04-21",
    "2024-03-31",
    "2025-04-20",
    "2027-03-28",
    "2038-04-25",
]


@pytest.mark.parametrize("day", EASTERS)
def test_easter(day: str) -> None:
    assert easter(int(day[:4])).isoformat() == day


def test_easter_is_always_a_sunday_in_march_or_april() -> None:
    for year in range(1900, 2200):
        day = easter(year)
        assert day.weekday() == 6
        assert date(year, 3, 22) <= day <= date(year, 4, 25)


def days(calendar: str, year: int) -> str:
    return " ".join(f"{day:%m-%d}" for day in sorted(CALENDARS[calendar](year)))


def test_france_2026() -> None:
    # With Good Friday (3 April) and 26 December of Alsace-Moselle.
    expected = "01-01 04-03 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25 12-26"
    assert days("FR", 2026) == expected


def test_spain_2026() -> None:
    assert days("ES", 2026) == "01-01 01-06 04-02 04-03 05-01 08-15 10-12 11-01 12-06 12-08 12-25"


def test_australia_takes_a_weekday_instead_of_a_weekend() -> None:
    # 2026: Anzac Day and Boxing Day are Saturdays. 2022: Christmas Day is a Sunday.
    assert days("AU", 2026) == "01-01 01-26 04-03 04-06 04-25 04-27 12-25 12-26 12-28"
    assert days("AU", 2022)[-17:] == "12-25 12-26 12-27"
    assert days("AU", 2027)[-23:] == "12-25 12-26 12-27 12-28"


def test_no_calendar_has_no_holidays() -> None:
    assert not is_holiday("", date(2026, 12, 25))
    assert is_holiday("FR", date(2026, 12, 25))
