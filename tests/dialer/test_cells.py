"""Cells of a list: what they mean, and what the operator is told of those that mean nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.cells import (
    callable_number_in,
    language_in,
    line_in,
    number_in,
    possible_number_in,
    priority_in,
    time_zone_in,
)


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("2025550143", "US", "+12025550143"),
        ("(202) 555-0143", "US", "+12025550143"),
        ("+1 202 555 0143", "GB", "+12025550143"),
        ("0044 20 7946 0000", "DE", "+442079460000"),
        ("442079460000", "GB", "+442079460000"),
        ("202\u2011555\u20110143", "US", "+12025550143"),  # hyphens that do not break
        ("202\u00a0555\u202f0143", "US", "+12025550143"),  # spaces that do not break
        ("\u202a+12025550143\u202c", "US", "+12025550143"),  # marks of direction, from a telephone's contacts
        ("06 12345678", "IT", "+390612345678"),  # Italy keeps the 0
    ],
)
def test_numbers_as_people_write_them(written: str, region: str, number: str) -> None:
    read = number_in(written, region)
    assert (read.number, read.mended) == (number, "")


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        ("'2025550143", "an apostrophe before the number"),
        ("'+12025550143", "an apostrophe before the number"),
        ('="2025550143"', 'a formula ="…" around the number'),
        ("=+12025550143", 'a formula ="…" around the number'),
        ("2025550143.0", '".0" after the number'),
        ("12025550143,00", '".0" after the number'),
    ],
)
def test_damage_that_costs_no_digit_is_mended_and_told(written: str, mended: str) -> None:
    read = number_in(written, "US")
    assert (read.number, read.mended) == ("+12025550143", mended)


@pytest.mark.parametrize("written", ["1.20256E+10", "1,20256E+10", "2E+9", "1.20256e10", "+4.42E+11"])
def test_digits_that_a_spreadsheet_rounded_are_not_guessed(written: str) -> None:
    with pytest.raises(ValueError, match="digits are lost: format the column as text") as error:
        number_in(written, "US")
    assert written in str(error.value)


@pytest.mark.parametrize(
    ("written", "region", "fault"),
    [
        ("", "US", "is empty"),
        ("\u200b", "US", "is empty"),
        ("911", "US", "is too short"),
        ("5550143", "US", "lacks the area code"),
        ("442079460000", "US", "is too long; a number from elsewhere needs + and its country code"),
        ("+999123456", "US", "begins with a country code that does not exist"),
        ("1115550143", "US", "is in no range of numbers of US"),
        ("+11115550143", "US", "is in no range of numbers of that country"),
        ("1-800-FLOWERS", "US", "has letters: give the digits"),
        ("unknown", "US", "has letters: give the digits"),
        ("2025550143 x12", "US", "has an extension"),
        ("2025550143;ext=12", "US", "has an extension"),
        ("2025550143 / 2025550144", "US", "is too long"),
        ("*67", "US", "is too short"),
        ("=1+1", "US", "is no telephone number"),
        ("٢٠٢٥٥٥٠١٤٣", "US", "is "),
    ],
)
def test_what_is_no_number(written: str, region: str, fault: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        number_in(written, region)
    assert fault in str(error.value)


def test_a_number_that_is_never_called_says_why() -> None:
    with pytest.raises(ValueError, match="it is a premium-rate number"):
        callable_number_in("+19005550143", "US")
    with pytest.raises(ValueError, match="it is a number of GB; the campaign calls"):
        callable_number_in("+442079460000", "US")
    assert callable_number_in("202 555 0143", "US").number == "+12025550143"


def test_a_possible_number_need_not_be_in_use() -> None:
    assert possible_number_in("1115550143", "US").number == "+11115550143"


@given(st.text(max_size=30))
def test_any_cell_is_a_number_or_a_fault_in_words(text: str) -> None:
    try:
        said = number_in(text, "US").number
    except ValueError as error:
        said = str(error)
    assert re.fullmatch(r"\+[0-9]{7,15}", said, re.ASCII) or re.search(r"[a-z]{2} ", said)


@pytest.mark.parametrize(("text", "language"), [("", ""), ("en", "en"), ("EN-gb", "en_GB"), ("pt_BR", "pt_BR")])
def test_languages(text: str, language: str) -> None:
    assert language_in(text) == language


@pytest.mark.parametrize("text", ["english", "e", "en_", "en_GBR", "en GB", "../x"])
def test_what_is_no_language(text: str) -> None:
    with pytest.raises(ValueError, match="is no language"):
        language_in(text)


@pytest.mark.parametrize("text", ["", "America/New_York", "US/Eastern", "America/Indiana/Knox"])
def test_time_zones(text: str) -> None:
    assert time_zone_in(text) == text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("america/new_york", "America/New_York"),
        ("Europe/Berln", "Europe/Berlin"),
        ("EST", "America/New_York"),
        ("GMT", "America/New_York"),
        ("Etc/GMT+5", "/"),
        ("+02:00", "America/New_York"),
        ("Europe", "/"),
        ("../../etc/passwd", "/"),
    ],
)
def test_what_is_no_time_zone_of_a_place(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match="is no time zone of a place: use a name like") as error:
        time_zone_in(text)
    assert hint in str(error.value)


@pytest.mark.parametrize(("text", "priority"), [("", 0), ("5", 5), ("-3", -3), ("+1000", 1000), ("007", 7)])
def test_priorities(text: str, priority: int) -> None:
    assert priority_in(text) == priority


@pytest.mark.parametrize("text", ["high", "1.5", "1001", "-1001", "99999", "1 000", "٣", "--1"])
def test_what_is_no_priority(text: str) -> None:
    with pytest.raises(ValueError, match="is no priority: a whole number from -1000 to 1000"):
        priority_in(text)


def test_text_is_one_line() -> None:
    assert line_in("José Ñandú", 10) == "José Ñandú"
    assert line_in("", 10) == ""
    for text in ("x" * 11, "a\nb", "a\tb"):
        with pytest.raises(ValueError, match="one line of at most 10 characters"):
            line_in(text, 10)
