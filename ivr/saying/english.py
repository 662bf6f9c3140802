"""English as it is spoken in the United States: "one hundred five dollars", 12-hour clock, days as ordinals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from ivr.saying.currencies import Currency
from ivr.saying.pieces import Keys, Piece, counted, digit_ends, in_threes, keys, plain, thousands, words

_ONES: Final = words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS: Final = words("twenty thirty forty fifty sixty seventy eighty ninety")
_BELOW_100: Final = [*_ONES, *(f"{ten}-{one}" if one else ten for ten in _TENS for one in ("", *_ONES[1:10]))]
_FIRSTS: Final = words(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
)
_ORDINALS: Final = [*_FIRSTS, *(f"twenty-{first}" for first in _FIRSTS[:9]), "thirtieth", "thirty-first"]
_MONTHS: Final = words("January February March April May June July August September October November December")
_WEEKDAYS: Final = words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")

PIECES: Final[Mapping[str, Piece]] = {
    **plain(counted(_BELOW_100)),
    **plain(counted((f"{one} hundred" for one in _ONES[1:10]), "{}00", start=1)),
    **plain({"2000": "two thousand", "thousand": "thousand", "million": "million", "billion": "billion"}),
    **plain({"minus": "minus", "point": "point", "and": "and", "between": "between", "at": "at"}),
    **digit_ends(_ONES[:10]),
    **plain({"dollar": "dollar", "dollars": "dollars", "cent": "cent", "cents": "cents"}),
    **plain({"euro": "euro", "euros": "euros", "eurocent": "cent", "eurocents": "cents"}),
    **plain({"pound": "pound", "pounds": "pounds", "penny": "penny", "pennys": "pence"}),
    **plain({"peso": "peso", "pesos": "pesos", "centavo": "centavo", "centavos": "centavos"}),
    **plain({"franc": "franc", "francs": "francs", "centime": "centime", "centimes": "centimes"}),
    **plain({"sol": "sol", "sols": "soles", "centimo": "céntimo", "centimos": "céntimos"}),
    **plain({"day": "day", "days": "days", "hour": "hour", "hours": "hours"}),
    **plain({"minute": "minute", "minutes": "minutes", "second": "second", "seconds": "seconds"}),
    **plain(counted(_ORDINALS, "day-{}", start=1)),
    **plain(counted(_MONTHS, "month-{}", start=1)),
    **plain(counted(_WEEKDAYS, "weekday-{}", start=1)),
    **plain({"yesterday": "yesterday", "today": "today", "tomorrow": "tomorrow"}),
    **plain(counted((f"oh {one}" for one in _ONES[1:10]), "oh-{}", start=1)),
    **plain({"midnight": "midnight", "noon": "noon", "hundred": "hundred"}),
    "say-am": Piece(text="a.m.", spoken="A-M"),
    "say-pm": Piece(text="p.m.", spoken="P-M"),
}

digit_groups: Final = in_threes


def number(value: int) -> Keys:
    """Say a whole number from 0 on, without "and"."""
    if value == 0:
        return keys(0)
    billions, millions, thousand, ones = thousands(value)
    said: Keys = ()
    for group, name in ((billions, "billion"), (millions, "million")):
        said += (*_below_thousand(group), *keys(name)) if group else ()
    if thousand:
        said += keys(2000) if thousand == 2 else (*_below_thousand(thousand), *keys("thousand"))
    return said + _below_thousand(ones)


def _below_thousand(value: int) -> Keys:
    hundreds, rest = divmod(value, 100)
    return (keys(f"{hundreds}00") if hundreds else ()) + (keys(rest) if rest else ())


def money(major: int, minor: int, currency: Currency) -> Keys:
    """Say an amount; what there is nothing of is left out."""
    units = (*number(major), *_noun(currency.major, major))
    parts = (*number(minor), *_noun(currency.minor, minor))
    if not minor:
        return units
    return parts if not major else (*units, *keys("and"), *parts)


def day(value: date) -> Keys:
    """Say month and day: "March third"."""
    return keys(f"month-{value.month}", f"day-{value.day}")


def weekday(value: date) -> Keys:
    """Say weekday, month and day."""
    return (*keys(f"weekday-{value.isoweekday()}"), *day(value))


def year(value: int) -> Keys:
    """Say a year after a day: "twenty twenty-six", "two thousand five", "nineteen oh five"."""
    century, rest = divmod(value, 100)
    if century % 10 == 0 and rest < 10:
        return number(value)
    if rest == 0:
        return keys(century, "hundred")
    return keys(century, f"oh-{rest}" if rest < 10 else rest)


def time(hour: int, minute: int) -> Keys:
    """Say a time of the day: "two thirty p.m.", "noon"."""
    if minute == 0 and hour in {0, 12}:
        return keys("noon" if hour else "midnight")
    half = keys("am" if hour < 12 else "pm")
    minutes = () if minute == 0 else keys(f"oh-{minute}" if minute < 10 else minute)
    return (*keys(hour % 12 or 12), *minutes, *half)


def count(amount: int, unit: str) -> Keys:
    """Say how many days, hours, minutes or seconds."""
    return (*number(amount), *_noun(unit, amount))


def between_minutes(low: int, high: int) -> Keys:
    """Say "between two and five minutes"."""
    return (*keys("between"), *number(low), *keys("and"), *count(high, "minute"))


def _noun(name: str, amount: int) -> Keys:
    return keys(name if amount == 1 else f"{name}s")
