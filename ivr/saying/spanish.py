"""Spanish as it is spoken in Mexico and understood everywhere: "veintiún pesos con un centavo", "las dos de la tarde".

Agreement: numbers ending in one lose their o before a masculine noun and take an a before a feminine one, and so do
hundreds; what is counted in millions is joined by "de". Sources: RAE, Diccionario panhispánico de dudas, "cardinales";
times of the day as in CLDR.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from ivr.saying.currencies import Currency
from ivr.saying.pieces import Keys, Piece, counted, digit_ends, in_threes, keys, plain, words

_BELOW_30: Final = words(
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete "
    "veintiocho veintinueve"
)
_TENS: Final = words("treinta cuarenta cincuenta sesenta setenta ochenta noventa")
_BELOW_100: Final = [
    *_BELOW_30,
    *(f"{ten} y {one}" if one else ten for ten in _TENS for one in ("", *_BELOW_30[1:10])),
]
_ENDING_IN_ONE: Final = (1, *range(21, 100, 10))
_HUNDREDS: Final = words("dos tres cuatro quin seis sete ocho nove")
_MONTHS: Final = words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre")
_WEEKDAYS: Final = words("lunes martes miércoles jueves viernes sábado domingo")
_HOURS: Final = ("la una", *(f"las {number}" for number in _BELOW_30[2:13]))
_FEMININE: Final = {"pound", "hour"}


def _masculine(text: str) -> str:
    return "veintiún" if text == "veintiuno" else text.removesuffix("o")


PIECES: Final[Mapping[str, Piece]] = {
    **plain(counted(_BELOW_100)),
    **plain({f"{one}-m": _masculine(_BELOW_100[one]) for one in _ENDING_IN_ONE}),
    **plain({f"{one}-f": _BELOW_100[one].removesuffix("o") + "a" for one in _ENDING_IN_ONE}),
    **plain({"100": "cien", "100-and": "ciento"}),
    **plain(counted((h + ("ientos" if h == "quin" else "cientos") for h in _HUNDREDS), "{}00", start=2)),
    **plain(counted((h + ("ientas" if h == "quin" else "cientas") for h in _HUNDREDS), "{}00-f", start=2)),
    **plain({"2000": "dos mil", "thousand": "mil", "million": "millón", "millions": "millones"}),
    **plain({"million-of": "millón de", "millions-of": "millones de"}),
    **plain({"minus": "menos", "point": "punto", "and": "y", "with": "con", "between": "entre", "at": "a"}),
    **digit_ends(_BELOW_30[:10]),
    **plain({"dollar": "dólar", "dollars": "dólares", "cent": "centavo", "cents": "centavos"}),
    **plain({"euro": "euro", "euros": "euros", "eurocent": "céntimo", "eurocents": "céntimos"}),
    **plain({"pound": "libra", "pounds": "libras", "penny": "penique", "pennys": "peniques"}),
    **plain({"peso": "peso", "pesos": "pesos", "centavo": "centavo", "centavos": "centavos"}),
    **plain({"franc": "franco", "francs": "francos", "centime": "céntimo", "centimes": "céntimos"}),
    **plain({"sol": "sol", "sols": "soles", "centimo": "céntimo", "centimos": "céntimos"}),
    **plain({"day": "día", "days": "días", "hour": "hora", "hours": "horas"}),
    **plain({"minute": "minuto", "minutes": "minutos", "second": "segundo", "seconds": "segundos"}),
    **plain(counted(("el primero de", *(f"el {number} de" for number in _BELOW_100[2:32])), "day-{}", start=1)),
    **plain(counted(_MONTHS, "month-{}", start=1)),
    **plain(counted((f"el {name}" for name in _WEEKDAYS), "weekday-{}", start=1)),
    **plain({"yesterday": "ayer", "today": "hoy", "tomorrow": "mañana", "first": "primero", "of": "de"}),
    **plain(counted(_HOURS, "hour-{}", start=1)),
    **plain({"quarter": "y cuarto", "half": "y media"}),
    **plain({"noon": "las doce del mediodía", "midnight": "las doce de la noche", "small-hours": "de la madrugada"}),
    **plain({"morning": "de la mañana", "afternoon": "de la tarde", "night": "de la noche"}),
}

digit_groups: Final = in_threes


def number(value: int, gender: str = "") -> Keys:
    """Say a whole number from 0 on; `gender` is "m" or "f" before a noun, "" for the number alone."""
    if value == 0:
        return keys(0)
    millions, rest = divmod(value, 1_000_000)
    said: Keys = ()
    if millions:
        said = (*_below_million(millions, "m"), *keys("million" if millions == 1 else "millions"))
    return said + _below_million(rest, gender)


def _below_million(value: int, gender: str) -> Keys:
    thousand, ones = divmod(value, 1_000)
    said: Keys = ()
    if thousand == 2:
        said = keys(2000)
    elif thousand:
        said = (*(_below_thousand(thousand, gender or "m") if thousand > 1 else ()), *keys("thousand"))
    return said + _below_thousand(ones, gender)


def _below_thousand(value: int, gender: str) -> Keys:
    hundreds, rest = divmod(value, 100)
    said: Keys = ()
    if hundreds == 1:
        said = keys("100-and" if rest else 100)
    elif hundreds:
        said = keys(f"{hundreds}00-f" if gender == "f" else f"{hundreds}00")
    if rest:
        said += keys(f"{rest}-{gender}" if gender and rest in _ENDING_IN_ONE else rest)
    return said


def money(major: int, minor: int, currency: Currency) -> Keys:
    """Say an amount; what there is nothing of is left out."""
    parts = count(minor, currency.minor)
    if not minor:
        return count(major, currency.major)
    return parts if not major else (*count(major, currency.major), *keys("with"), *parts)


def day(value: date) -> Keys:
    """Say the day with its month: "el tres de marzo"."""
    return keys(f"day-{value.day}", f"month-{value.month}")


def weekday(value: date) -> Keys:
    """Say weekday, day and month: "el martes tres de marzo"."""
    number_of_day = "first" if value.day == 1 else value.day
    return keys(f"weekday-{value.isoweekday()}", number_of_day, "of", f"month-{value.month}")


def year(value: int) -> Keys:
    """Say a year after a day: "de dos mil veintiséis"."""
    return (*keys("of"), *number(value))


def time(hour: int, minute: int) -> Keys:
    """Say a time of the day: "las dos y media de la tarde"."""
    if minute == 0 and hour in {0, 12}:
        return keys("noon" if hour else "midnight")
    minutes = {0: (), 1: keys("and", "1-m", "minute"), 15: keys("quarter"), 30: keys("half")}
    part = "small-hours" if hour < 6 else "morning" if hour < 12 else "afternoon" if hour < 20 else "night"
    return (*keys(f"hour-{hour % 12 or 12}"), *minutes.get(minute, keys("and", minute)), *keys(part))


def count(amount: int, unit: str) -> Keys:
    """Say how many of a unit, with agreement: "veintiún días", "una hora", "un millón de pesos"."""
    noun = unit if amount == 1 else f"{unit}s"
    said = number(amount, "f" if unit in _FEMININE else "m")
    if amount and amount % 1_000_000 == 0:
        said = (*said[:-1], f"{said[-1]}-of")
    return (*said, *keys(noun))


def between_minutes(low: int, high: int) -> Keys:
    """Say "entre dos y cinco minutos"."""
    return (*keys("between"), *number(low), *keys("and"), *count(high, "minute"))
