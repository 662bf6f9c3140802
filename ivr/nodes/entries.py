"""What keys mean, by what was asked for: a number, an amount, a date, a card. Pure: keys in, a value or why not.

An amount is in minor units (cents), `*` being its decimal point; a date is kept as 2026-03-02. Reasons name the rule,
never the keys: those may be a card.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from callcenter.cards import CARD_DIGITS, expiry_valid, luhn_valid
from ivr.expressions import Value
from ivr.saying.currencies import CURRENCIES

Takes = Literal["digits", "number", "amount", "date", "card", "expiry", "code"]
Order = Literal["mdy", "dmy", "ymd"]
Dates = Literal["any", "past", "future"]

MONTH_FIRST: Final = frozenset({"en", "en-US"})  # languages whose speakers put the month first; others the day
CENTURY: Final = 100
LEAP: Final = 8  # years from one 29 February to the next, at most
AMOUNT: Final = re.compile(r"([0-9]*)(?:\*([0-9]*))?")


class NoEntryError(ValueError):
    """The keys are no such value. Its text is the rule that was broken, for the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a value must be besides: `today` is the caller's, `order` that of a date's parts, `luhn` of digits."""

    today: date
    currency: str = ""
    order: Order = "mdy"
    dates: Dates = "any"
    luhn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One sort of value: how many keys it takes at least and at most, and what they mean.

    `secret`: it is of a payment card, and kept nowhere. `apology` is said after keys that are no such value.
    """

    least: int
    most: int
    apology: str
    mean: Callable[[str, Rules], Value]
    secret: bool = False


def order_in(language: str) -> Order:
    """Return the order in which speakers of `language` write a date.

    >>> order_in("en"), order_in("en-GB"), order_in("fr")
    ('mdy', 'dmy', 'dmy')
    """
    return "mdy" if language in MONTH_FIRST else "dmy"


def digits(keys: str, rules: Rules) -> str:
    """Return `keys` if they are digits (and the last one checks the others)."""
    if not (keys.isascii() and keys.isdecimal()):
        raise NoEntryError("not all digits")
    if rules.luhn and not luhn_valid(keys):
        raise NoEntryError("check digit")
    return keys


def number(keys: str, rules: Rules) -> int:
    """Return a whole number."""
    return int(digits(keys, rules))


def amount(keys: str, rules: Rules) -> int:
    """Return an amount in minor units.

    >>> [amount(keys, Rules(today=date.min, currency="USD")) for keys in ("12", "12*50", "12*5", "*99")]
    [1200, 1250, 1250, 99]
    """
    found = AMOUNT.fullmatch(keys)
    decimals = CURRENCIES[rules.currency].digits
    if found is None or not keys.strip("*"):
        raise NoEntryError("no amount")
    whole, part = found[1] or "0", found[2] or ""
    if len(part) > decimals:
        raise NoEntryError("too many decimals")
    return int(whole + part.ljust(decimals, "0"))


def day(keys: str, rules: Rules) -> str:
    """Return a date from day and month, without a year or with two or four digits of it, in this order.

    >>> [day(keys, Rules(today=date(2026, 3, 3), dates="future")) for keys in ("0304", "030427", "03042028")]
    ['2026-03-04', '2027-03-04', '2028-03-04']
    """
    text = digits(keys, rules)
    if len(text) not in {4, 6, 8}:
        raise NoEntryError("not four, six or eight digits")
    parts, rest = {"y": 0}, text
    for part in rules.order:
        length = len(text) - 4 if part == "y" else 2
        parts[part], rest = int(rest[:length] or 0), rest[length:]
    found = _date(parts, rules, years=_years(parts["y"], len(text) - 4, rules.today.year))
    if rules.dates == "past" and found > rules.today:
        raise NoEntryError("not past yet")
    if rules.dates == "future" and found < rules.today:
        raise NoEntryError("past already")
    return found.isoformat()


def card(keys: str, rules: Rules) -> str:
    """Return a card number whose check digit is right."""
    if not luhn_valid(keys):
        raise NoEntryError("check digit")
    return keys


def expiry(keys: str, rules: Rules) -> str:
    """Return MMYY of a card that can still be charged."""
    if not expiry_valid(keys, rules.today):
        raise NoEntryError("expired, or no month")
    return keys


ENTRIES: Final[Mapping[Takes, Entry]] = {
    "digits": Entry(least=1, most=32, apology="invalid-entry", mean=digits),  # nobody enters more by key
    "number": Entry(least=1, most=9, apology="invalid-number", mean=number),
    "amount": Entry(least=1, most=10, apology="invalid-amount", mean=amount),
    "date": Entry(least=4, most=8, apology="invalid-date", mean=day),
    "card": Entry(least=CARD_DIGITS[0], most=CARD_DIGITS[1], apology="card-number-invalid", mean=card, secret=True),
    "expiry": Entry(least=4, most=4, apology="card-expiry-invalid", mean=expiry, secret=True),
    "code": Entry(least=3, most=4, apology="card-code-invalid", mean=digits, secret=True),
}


def _years(year: int, digits: int, now: int) -> tuple[int, ...]:
    """Return the years that may be meant by a year of so many digits."""
    if digits == 4:
        return (year,)
    if digits == 2:
        century = now // CENTURY * CENTURY
        return tuple(century + shift + year for shift in (-CENTURY, 0, CENTURY))
    return tuple(range(now - LEAP, now + LEAP + 1))


def _date(parts: Mapping[str, int], rules: Rules, years: tuple[int, ...]) -> date:
    """Return the date of these parts in the year that fits the rule, or is nearest to today."""
    found = [made for year in years if (made := _made(year, parts["m"], parts["d"]))]
    if not found:
        raise NoEntryError("no such day")
    if rules.dates == "past":
        return max((one for one in found if one <= rules.today), default=found[0])
    if rules.dates == "future":
        return min((one for one in found if one >= rules.today), default=found[-1])
    return min(found, key=lambda one: abs(one - rules.today))


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
