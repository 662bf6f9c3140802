"""French as it is spoken in France: "quatre-vingts euros et un centime", "le premier mars", "quatorze heures trente".

What is heard, not only what is written: "six", "huit" and "dix" lose their last sound before a consonant ("dix
minutes"), so they are recorded twice; before a vowel there is a liaison ("deux euros"), so numbers are recorded
together with "euros" and "heures". Numbers ending in one agree ("vingt et une livres", but "vingt et un mille").
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from ivr.saying.currencies import Currency
from ivr.saying.pieces import Keys, Piece, counted, digit_ends, in_threes, keys, plain, thousands, words

_BELOW_20: Final = words(
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit "
    "dix-neuf"
)
_TENS: Final = words("vingt trente quarante cinquante soixante")


def _word(value: int) -> str:
    if value < 20:
        return _BELOW_20[value]
    if value < 70:
        ten, one = _TENS[value // 10 - 2], value % 10
        return ten if not one else f"{ten} et un" if one == 1 else f"{ten}-{_BELOW_20[one]}"
    if value < 80:
        return "soixante et onze" if value == 71 else f"soixante-{_BELOW_20[value - 60]}"
    return "quatre-vingts" if value == 80 else f"quatre-vingt-{_BELOW_20[value - 80]}"


_BELOW_100: Final = [_word(value) for value in range(100)]
_ENDING_IN_ONE: Final = (1, 21, 31, 41, 51, 61, 81)
_FALLS_SILENT: Final = {"six": "si", "huit": "hui", "dix": "di"}  # before a consonant
_BEFORE_CONSONANT: Final = {
    value: ("vinte-" if word.startswith("vingt-") else word[: -len(last)]) + short
    for value, word in enumerate(_BELOW_100)
    for last, short in _FALLS_SILENT.items()
    if word == last or word.endswith(f"-{last}")
}
_MONTHS: Final = words("janvier février mars avril mai juin juillet août septembre octobre novembre décembre")
_WEEKDAYS: Final = words("lundi mardi mercredi jeudi vendredi samedi dimanche")
_HOURS: Final = (
    "zéro heure",
    "une heure",
    *(f"{_word(value)} heures" for value in range(2, 21)),
    "vingt et une heures",
)
_FEMININE: Final = {"pound", "minute", "second"}

PIECES: Final[Mapping[str, Piece]] = {
    **plain(counted(_BELOW_100)),
    **plain({f"{one}-f": f"{_word(one)}e" for one in _ENDING_IN_ONE}),
    **{f"say-{value}-c": Piece(text=_word(value), spoken=said) for value, said in _BEFORE_CONSONANT.items()},
    **plain({"80-and": "quatre-vingt", "100": "cent"}),
    **plain(counted((f"{word} cents" for word in _BELOW_20[2:10]), "{}00", start=2)),
    **plain(counted((f"{word} cent" for word in _BELOW_20[2:10]), "{}00-and", start=2)),
    **plain({"2000": "deux mille", "thousand": "mille"}),
    **plain({"million": "million", "millions": "millions", "billion": "milliard", "billions": "milliards"}),
    **plain({"million-of": "million de", "millions-of": "millions de"}),
    **plain({"billion-of": "milliard de", "billions-of": "milliards de"}),
    **plain({"minus": "moins", "point": "virgule", "and": "et", "between": "entre", "at": "à"}),
    **digit_ends(_BELOW_20[:10]),
    **plain(counted(("zéro euro", "un euro", *(f"{word} euros" for word in _BELOW_100[2:])), "{}-euro")),
    **plain(counted(("cent euros", *(f"{word} cents euros" for word in _BELOW_20[2:10])), "{}00-euro", start=1)),
    **plain({"1-euros": "un euros", "thousand-euro": "mille euros"}),
    **plain({"million-euro": "million d'euros", "millions-euro": "millions d'euros"}),
    **plain({"billion-euro": "milliard d'euros", "billions-euro": "milliards d'euros"}),
    **plain({"eurocent": "centime", "eurocents": "centimes", "dollar": "dollar", "dollars": "dollars"}),
    "say-cent": Piece(text="cent", spoken="sènte"),
    "say-cents": Piece(text="cents", spoken="sènte"),
    **plain({"pound": "livre", "pounds": "livres"}),
    "say-penny": Piece(text="penny", spoken="pénni"),
    "say-pennys": Piece(text="pence", spoken="pènnse"),
    "say-peso": Piece(text="peso", spoken="pézo"),
    "say-pesos": Piece(text="pesos", spoken="pézo"),
    **plain({"centavo": "centavo", "centavos": "centavos"}),
    **plain({"franc": "franc", "francs": "francs", "centime": "centime", "centimes": "centimes"}),
    **plain({"sol": "sol", "sols": "sols", "centimo": "céntimo", "centimos": "céntimos"}),
    **plain(counted((*_HOURS, "vingt-deux heures", "vingt-trois heures"), "{}-hour")),
    **plain({"day": "jour", "days": "jours", "minute": "minute", "minutes": "minutes"}),
    **plain({"second": "seconde", "seconds": "secondes"}),
    **plain(counted(("le premier", *(f"le {_word(value)}" for value in range(2, 32))), "day-{}", start=1)),
    **plain(counted(_MONTHS, "month-{}", start=1)),
    **plain(counted((f"le {name}" for name in _WEEKDAYS), "weekday-{}", start=1)),
    **plain({"yesterday": "hier", "today": "aujourd'hui", "tomorrow": "demain", "first": "premier"}),
    **plain({"noon": "midi", "midnight": "minuit"}),
}


def number(value: int, gender: str = "m", *, followed: bool = False) -> Keys:
    """Say a whole number from 0 on; `followed`: a noun comes next that begins with a consonant."""
    if value == 0:
        return keys(0)
    billions, millions, thousand, ones = thousands(value)
    said: Keys = ()
    for group, name in ((billions, "billion"), (millions, "million")):
        if group:
            said += (*_below_thousand(group, followed=True), *keys(name if group == 1 else f"{name}s"))
    if thousand == 2:
        said += keys(2000)
    elif thousand:
        said += (*(_multiplier(thousand) if thousand > 1 else ()), *keys("thousand"))
    return said + _below_thousand(ones, gender, followed=followed)


def _below_thousand(value: int, gender: str = "m", *, followed: bool = False) -> Keys:
    hundreds, rest = divmod(value, 100)
    said = _hundreds(hundreds, exact=rest == 0)
    if rest and gender == "f" and rest in _ENDING_IN_ONE:
        return said + keys(f"{rest}-f")
    if rest:
        said += keys(f"{rest}-c" if followed and rest in _BEFORE_CONSONANT else rest)
    return said


def _hundreds(hundreds: int, *, exact: bool) -> Keys:
    if hundreds <= 1:
        return keys(100) if hundreds else ()
    return keys(f"{hundreds}00" if exact else f"{hundreds}00-and")


def _multiplier(thousand: int) -> Keys:
    """Say how many thousands: before "mille" neither "vingt" nor "cent" has an s."""
    hundreds, rest = divmod(thousand, 100)
    if rest == 0:
        return _hundreds(hundreds, exact=False)
    return _hundreds(hundreds, exact=False) + (keys("80-and") if rest == 80 else _below_thousand(rest, followed=True))


def digit_groups(digits: str) -> Keys:
    """Cut a row of digits as people read it: telephone numbers of France in pairs."""
    if len(digits) == 10 and digits[0] == "0":
        return tuple(digits[at : at + 2] for at in range(0, 10, 2))
    return in_threes(digits)


def money(major: int, minor: int, currency: Currency) -> Keys:
    """Say an amount; what there is nothing of is left out."""
    units = _euros(major) if currency.major == "euro" else count(major, currency.major)
    parts = count(minor, currency.minor)
    if not minor:
        return units
    return parts if not major else (*units, *keys("and"), *parts)


def _euros(amount: int) -> Keys:
    """Say euros, of which the last number is recorded together with its liaison."""
    if amount <= 1:
        return keys(f"{amount}-euro")
    hundreds, rest = divmod(amount % 1_000, 100)
    before = number(amount - amount % 1_000, followed=True) if amount >= 1_000 else ()
    if rest:
        return (*before, *_hundreds(hundreds, exact=False), *keys("1-euros" if rest == 1 else f"{rest}-euro"))
    if hundreds:
        return (*before, *keys(f"{hundreds}00-euro"))
    if amount % 1_000_000 == 0:
        return (*before[:-1], f"{before[-1]}-euro")
    multiplier = (*before[:-1], *keys(2)) if before[-1:] == keys(2000) else before[:-1]
    return (*multiplier, *keys("thousand-euro"))


def day(value: date) -> Keys:
    """Say the day with its month: "le trois mars"."""
    return keys(f"day-{value.day}", f"month-{value.month}")


def weekday(value: date) -> Keys:
    """Say weekday, day and month: "le mardi trois mars"."""
    number_of_day = "first" if value.day == 1 else value.day
    return keys(f"weekday-{value.isoweekday()}", number_of_day, f"month-{value.month}")


def year(value: int) -> Keys:
    """Say a year after a month: "deux mille vingt-six"."""
    return number(value)


def time(hour: int, minute: int) -> Keys:
    """Say a time of the day: "quatorze heures trente", "midi"."""
    if minute == 0 and hour in {0, 12}:
        return keys("noon" if hour else "midnight")
    return (*keys(f"{hour}-hour"), *(number(minute, "f") if minute else ()))


def count(amount: int, unit: str) -> Keys:
    """Say how many of a unit, with agreement: "vingt et une minutes", "un million de livres"; plural from two on."""
    if unit == "hour":
        return keys(f"{amount}-hour")
    noun = unit if amount <= 1 else f"{unit}s"
    said = number(amount, "f" if unit in _FEMININE else "m", followed=True)
    if amount and amount % 1_000_000 == 0:
        said = (*said[:-1], f"{said[-1]}-of")
    return (*said, *keys(noun))


def between_minutes(low: int, high: int) -> Keys:
    """Say "entre deux et cinq minutes"."""
    return (*keys("between"), *number(low, "f"), *keys("and"), *count(high, "minute"))
