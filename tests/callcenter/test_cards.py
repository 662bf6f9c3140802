"""Card numbers and expiry dates as people type them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.cards import expiry_of, expiry_valid, luhn_valid, masked

# The one example of ISO/IEC 7812-1's formula that everybody prints, and numbers of several lengths.
VALID = ("79927398713", "4242424242424242", "4111111111111111", "5555555555554444", "378282246310005", "18", "91")


@pytest.mark.parametrize("digits", VALID)
def test_numbers_with_a_right_check_digit(digits: str) -> None:
    assert luhn_valid(digits)


@pytest.mark.parametrize("digits", ["", "0", "00", "0000000000000000", "79927398710", "4242 4242", "4²", "४२", "-18"])
def test_what_is_no_card_number(digits: str) -> None:
    assert not luhn_valid(digits)


def checked(digits: str) -> str:
    return next(digits + last for last in "0123456789" if luhn_valid(digits + last))


@given(st.text("0123456789", min_size=11, max_size=18).filter(lambda text: bool(text.strip("0"))), st.data())
def test_one_wrong_digit_is_always_noticed(digits: str, data: st.DataObject) -> None:
    whole = checked(digits)
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != whole[place]]))
    assert not luhn_valid(whole[:place] + other + whole[place + 1 :])


@given(st.text("0123456789", min_size=11, max_size=18).filter(lambda text: bool(text.strip("0"))))
def test_exactly_one_check_digit_is_right(digits: str) -> None:
    assert sum(luhn_valid(digits + last) for last in "0123456789") == 1


@pytest.mark.parametrize(
    ("mmyy", "today", "good"),
    [
        ("0226", date(2026, 2, 28), True),
        ("0226", date(2026, 3, 1), False),
        ("1225", date(2026, 1, 1), False),
        ("1226", date(2026, 12, 31), True),
        ("0146", date(2026, 5, 1), True),  # twenty years ahead
        ("0147", date(2026, 5, 1), False),
        ("0026", date(2026, 1, 1), False),
        ("1326", date(2026, 1, 1), False),
        ("226", date(2026, 1, 1), False),
        ("02026", date(2026, 1, 1), False),
        ("0²26", date(2026, 1, 1), False),
        ("0101", date(2099, 12, 1), True),
        ("1299", date(2100, 1, 1), False),
    ],
)
def test_a_card_is_good_through_the_last_day_of_its_month(mmyy: str, today: date, good: bool) -> None:
    assert expiry_valid(mmyy, today) is good


def test_expiry_is_read_into_this_or_the_next_century() -> None:
    assert expiry_of("0930", date(2026, 1, 1)) == (2030, 9)
    assert expiry_of("0905", date(2098, 1, 1)) == (2105, 9)


def test_only_the_last_four_digits_of_a_card_are_kept() -> None:
    assert masked("4242424242424242") == "4242"
    assert masked("42424242424") == ""
