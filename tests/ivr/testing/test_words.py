"""Lengths of time, instants and keys as authors of test cases write them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.testing.words import instant_in, keys_in, length, seconds_in


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("90s", 90), ("10m", 600), ("1h", 3600), ("1h 30m", 5400), ("2m30s", 150), ("2.5s", 2.5), (8, 8), (0, 0)],
)
def test_lengths_of_time(written: object, seconds: float) -> None:
    assert seconds_in(written) == seconds


@pytest.mark.parametrize("written", ["", "ten", "10", "m", "-5s", "5 s m", None, True, [], 31 * 86_400])
def test_what_is_no_length_of_time(written: object) -> None:
    with pytest.raises(ValueError, match="is no length of time; write for example 90s, 10m or 1h 30m"):
        seconds_in(written)


@given(st.integers(0, 30 * 86_400))
def test_a_length_reads_as_it_is_written(seconds: int) -> None:
    assert seconds_in(length(seconds)) == seconds


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-02 09:30 America/New_York",
        "2026-03-02T14:30:00Z",
        "2026-03-02 14:30",
        "2026-03-02 15:30+01:00",
        datetime(2026, 3, 2, 14, 30),  # noqa: DTZ001 - as YAML reads it
        datetime(2026, 3, 2, 15, 30, tzinfo=timezone(timedelta(hours=1))),
    ],
)
def test_the_same_instant_in_many_ways(written: object) -> None:
    assert instant_in(written) == datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


def test_a_day_is_its_beginning() -> None:
    assert instant_in(date(2026, 3, 2)) == instant_in("2026-03-02") == datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize("written", ["yesterday", "", 5, None, "2026-03-02 09:30 Mars/Olympus", "2026-03-02 25:00"])
def test_what_is_no_time(written: object) -> None:
    with pytest.raises(ValueError, match="is no time; write for example 2026-03-02 09:30 America/New_York"):
        instant_in(written)


def test_a_bare_digit_is_a_key_but_a_number_may_have_lost_its_zeros() -> None:
    assert (keys_in(7), keys_in("0123")) == ("7", "0123")
    with pytest.raises(ValueError, match="83 is a number to YAML"):
        keys_in(0o123)
