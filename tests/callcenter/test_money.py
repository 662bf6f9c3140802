"""Amounts as people write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.money import amount_in, currency_in, decimal, decimals
from ivr.saying.currencies import CURRENCIES


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("120.50", "USD", 12050),
        ("120.5", "USD", 12050),
        ("120", "USD", 12000),
        ("0", "USD", 0),
        ("0.07", "USD", 7),
        ("007", "USD", 700),
        ("120,50", "EUR", 12050),
        ("120.500", "EUR", 12050),
        (" 7 ", "JPY", 7),
        ("7.0", "JPY", 7),
        ("1.234", "KWD", 1234),
        ("999999999999.99", "USD", 99999999999999),
    ],
)
def test_amounts_are_read_into_minor_units(text: str, currency: str, amount: int) -> None:
    assert amount_in(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "currency", "why"),
    [
        ("1,234", "USD", '"1,234" may mean two amounts: write it like 1234.00'),
        ("1,2", "EUR", '"1,2" may mean two amounts: write it like 1234.00'),
        ("1,234", "JPY", '"1,234" may mean two amounts: write it like 1234'),
        ("1,234", "KWD", '"1,234" may mean two amounts: write it like 1234.000'),
        ("1.234", "USD", '"1.234" has more decimals than USD: write it like 1234.00'),
        ("7.5", "JPY", '"7.5" has more decimals than JPY: write it like 1234'),
        ("1,234.50", "USD", '"1,234.50" is no amount: write it like 1234.00, without sign, currency or separators'),
        ("$5", "USD", '"$5" is no amount'),
        ("-5", "USD", '"-5" is no amount'),
        ("", "USD", '"" is no amount'),
        ("5.", "USD", '"5." is no amount'),
        (".5", "USD", '".5" is no amount'),
        ("1e3", "USD", '"1e3" is no amount'),
        ("५", "USD", '"५" is no amount'),
        ("1000000000000", "USD", '"1000000000000" is no amount'),
    ],
)
def test_what_may_mean_something_else_is_refused(text: str, currency: str, why: str) -> None:
    with pytest.raises(ValueError) as refused:
        amount_in(text, currency)
    assert str(refused.value).startswith(why)


@given(st.integers(0, 10**12 - 1), st.sampled_from(["USD", "EUR", "JPY", "KWD"]))
def test_an_amount_written_is_read_again(amount: int, currency: str) -> None:
    written = decimal(amount, currency)
    assert amount_in(written, currency) == amount
    assert Decimal(written) == Decimal(amount).scaleb(-decimals(currency))


@pytest.mark.parametrize("text", ["usd", "EUR", " gbp "])
def test_currencies_in_use_are_known(text: str) -> None:
    assert currency_in(text) == text.strip().upper()


@pytest.mark.parametrize("text", ["", "$", "DEM", "XAU", "XXX", "US", "dollar"])
def test_what_is_no_currency_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="use its ISO code"):
        currency_in(text)


def test_a_currency_that_is_said_has_as_many_decimals_as_one_that_is_read() -> None:
    assert {code: decimals(code) for code in CURRENCIES} == {code: of.digits for code, of in CURRENCIES.items()}
