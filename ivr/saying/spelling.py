"""Values → the prompts that say them. Pure and cached: an engine turn spells in microseconds.

Nothing here knows a language: `english`, `spanish` and `french` do, each a module with the functions of `Grammar`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from math import isfinite
from typing import Final, Protocol

from ivr.saying import english, french, spanish
from ivr.saying.currencies import CURRENCIES, Currency
from ivr.saying.pieces import MAX_NUMBER, Keys, Piece, keys, one_by_one

MAX_DIGITS: Final = 40
MAX_DECIMALS: Final = 6
YEARS: Final = range(1900, 2100)
SOON: Final = timedelta(days=6)  # a date this near is told with its weekday
SAME_YEAR: Final = timedelta(days=180)  # a date this near needs no year
UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
SEPARATORS: Final = " -().,/"

Value = str | int | float | bool | None


class SayAs(StrEnum):
    """How a value is said: digits one by one, or as what it means."""

    DIGITS = "digits"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    TIME = "time"
    DURATION = "duration"


class Grammar(Protocol):
    """What a language's module has. Every key returned names one of its `PIECES`."""

    @property
    def PIECES(self) -> Mapping[str, Piece]: ...
    @property
    def digit_groups(self) -> Callable[[str], Keys]: ...
    def number(self, value: int, /) -> Keys: ...
    def money(self, major: int, minor: int, currency: Currency, /) -> Keys: ...
    def day(self, value: date, /) -> Keys: ...
    def weekday(self, value: date, /) -> Keys: ...
    def year(self, value: int, /) -> Keys: ...
    def time(self, hour: int, minute: int, /) -> Keys: ...
    def count(self, amount: int, unit: str, /) -> Keys: ...
    def between_minutes(self, low: int, high: int, /) -> Keys: ...


GRAMMARS: Final[Mapping[str, Grammar]] = {"en": english, "es": spanish, "fr": french}


def spell(
    kind: SayAs | str, value: Value, language: str, *, currency: str = "", today: date | None = None
) -> tuple[str, ...]:
    """Return the prompts that say `value` in `language` ("es-MX" is said as "es"); raise ValueError with the reason.

    digits: "4242", "555-0100" or a telephone number "+12025550100" (said as at home); number: whole or with decimals;
    money: whole minor units (cents) of `currency` (ISO 4217); date: "2026-03-02", the nearer to `today` the shorter
    said; time: "14:30"; duration: seconds, to the two largest units. Numbers may also come as text.
    """
    return _spell(SayAs(kind), value, language, currency, today)


def between_minutes(low: int, high: int, language: str) -> tuple[str, ...]:
    """Return the prompts that say "between two and five minutes", or "five minutes" if both are the same."""
    grammar = _grammar(language)
    if not 0 <= low <= high <= MAX_NUMBER:
        raise ValueError(f"between {low} and {high} minutes is no range")
    return grammar.count(high, "minute") if low == high else grammar.between_minutes(low, high)


def pieces(language: str) -> Mapping[str, str]:
    """Return what is recorded for numbers and dates, key → text; empty for a language without a grammar."""
    return {key: piece.text for key, piece in sheet(language).items()}


def sheet(language: str) -> Mapping[str, Piece]:
    """Return the pieces of `language` with how they are to be spoken; empty for a language without a grammar."""
    grammar = GRAMMARS.get(_base(language))
    return grammar.PIECES if grammar else {}


@lru_cache(maxsize=4_096, typed=True)
def _spell(kind: SayAs, value: Value, language: str, currency: str, today: date | None) -> Keys:
    grammar = _grammar(language)
    match kind:
        case SayAs.MONEY:
            return _money(_whole(value, "an amount in minor units"), currency, grammar)
        case SayAs.DATE:
            return _date(_text(value), today, grammar)
        case SayAs.DIGITS:
            return _digits(_text(value), grammar)
        case _:
            return _PLAIN[kind](value, grammar)


def _grammar(language: str) -> Grammar:
    found = GRAMMARS.get(_base(language))
    if found is None:
        raise ValueError(f"numbers cannot be said in {language!r}; there are {', '.join(GRAMMARS)}")
    return found


def _base(language: str) -> str:
    """The language without its country: en of en-GB and of en_GB."""
    return language.replace("_", "-").partition("-")[0]


def _digits(text: str, grammar: Grammar) -> Keys:
    groups = _at_home(text) if text.startswith("+") else _parted(text)
    digits = "".join(groups)
    if not digits or not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"{text!r} is no row of digits")
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"{len(digits)} digits are too many to be said; at most {MAX_DIGITS}")
    if len(groups) == 1:
        groups = grammar.digit_groups(digits)
    return tuple(key for group in groups for key in one_by_one(group))


def _parted(text: str) -> Keys:
    """Cut where the text is parted: "555-0100" is two groups."""
    return tuple("".join(" " if char in SEPARATORS else char for char in text).split())


def _at_home(number: str) -> Keys:
    """Cut a telephone number as it is written in its own country, where the caller is at home."""
    import phonenumbers  # noqa: PLC0415  (tens of milliseconds, and few flows say telephone numbers)

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        raise ValueError(f"{number!r} is no telephone number") from None
    return _parted(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL))


def _number(value: Value, grammar: Grammar) -> Keys:
    text = _numeral(value)
    whole, _, decimals = text.removeprefix("-").partition(".")
    if len(whole) > 12 or len(decimals) > MAX_DECIMALS:
        raise ValueError(f"{text} is too long a number to be said: 12 digits, and {MAX_DECIMALS} behind the point")
    sign = keys("minus") if text.startswith("-") else ()
    behind = (*keys("point"), *keys(*decimals)) if decimals else ()
    return (*sign, *grammar.number(int(whole)), *behind)


def _money(amount: int, currency: str, grammar: Grammar) -> Keys:
    named = CURRENCIES.get(currency)
    if named is None:
        what = f"{currency!r} cannot be said" if currency else "an amount needs a currency"
        raise ValueError(f"{what}; there are {', '.join(CURRENCIES)}")
    major, minor = divmod(abs(amount), 10**named.digits)
    if major > MAX_NUMBER:
        raise ValueError(f"{amount} is too large an amount to be said")
    return (*(keys("minus") if amount < 0 else ()), *grammar.money(major, minor, named))


def _date(text: str, today: date | None, grammar: Grammar) -> Keys:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no date such as 2026-03-02") from None
    if day.year not in YEARS:
        raise ValueError(f"the year {day.year} cannot be said; from {YEARS[0]} to {YEARS[-1]}")
    if today is None:
        return (*grammar.day(day), *grammar.year(day.year))
    away = day - today
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(away.days)
    if near:
        return keys(near)
    if timedelta(0) < away <= SOON:
        return grammar.weekday(day)
    return grammar.day(day) if abs(away) <= SAME_YEAR else (*grammar.day(day), *grammar.year(day.year))


def _time(value: Value, grammar: Grammar) -> Keys:
    text = _text(value)
    hour, colon, minute = text.partition(":")
    if not (colon and hour.isdecimal() and minute.isdecimal() and len(minute) == 2 and len(hour) <= 2):
        raise ValueError(f"{text!r} is no time such as 14:30")
    if int(hour) > 23 or int(minute) > 59:
        raise ValueError(f"{text!r} is no time of the day")
    return grammar.time(int(hour), int(minute))


def _duration(value: Value, grammar: Grammar) -> Keys:
    seconds = round(float(_numeral(value)))
    if not 0 <= seconds <= MAX_NUMBER:
        raise ValueError(f"{value!r} is no duration in seconds")
    parts = _two_largest(seconds)
    if not parts:
        return grammar.count(0, "second")
    first, *rest = (grammar.count(amount, unit) for unit, amount in parts)
    return (*first, *(keys("and") + rest[0] if rest else ()))


def _two_largest(seconds: int) -> list[tuple[str, int]]:
    """Return the largest unit and the one below it, rounded to the latter: nobody wants the seconds of two hours."""
    for place, (_, size) in enumerate(UNITS[:-2]):
        if seconds >= size:
            finest = UNITS[place + 1][1]
            seconds = (seconds + finest // 2) // finest * finest
            break
    amounts = []
    for unit, size in UNITS:
        amount, seconds = divmod(seconds, size)
        amounts.append((unit, amount))
    return [(unit, amount) for unit, amount in amounts if amount]


def _text(value: Value) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, float) or value == "":
        raise ValueError(f"{value!r} cannot be said so: text is needed")
    return str(value).strip()


def _whole(value: Value, what: str) -> int:
    text = _numeral(value)
    if "." in text:
        raise ValueError(f"{text} is not {what}: it must be a whole number")
    return int(text)


def _numeral(value: Value) -> str:
    """Return a number as it is written: digits, maybe a minus before and a point within."""
    if isinstance(value, bool) or value is None:
        raise ValueError(f"{value!r} is no number")
    text = _written(value) if isinstance(value, float) else str(value).strip()
    whole, point, decimals = text.removeprefix("-").partition(".")
    if not (whole.isascii() and whole.isdigit()) or (point and not (decimals.isascii() and decimals.isdigit())):
        raise ValueError(f"{value!r} is no number")
    return text if any(digit in text for digit in "123456789") else text.removeprefix("-")


def _written(value: float) -> str:
    """Return a float without what its binary form adds behind the sixth decimal, and without ".0"."""
    if not isfinite(value):
        raise ValueError(f"{value!r} is no number")
    return f"{value:.{MAX_DECIMALS}f}".rstrip("0").rstrip(".")


_PLAIN: Final[Mapping[SayAs, Callable[[Value, Grammar], Keys]]] = {
    SayAs.NUMBER: _number,
    SayAs.TIME: _time,
    SayAs.DURATION: _duration,
}
