"""Cells of a list, read strictly. Each function returns the value or raises ValueError with words for the operator."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Final
from zoneinfo import available_timezones

import phonenumbers
from phonenumbers import NumberParseException, ValidationResult

from callcenter.compliance.places import never, place_of
from callcenter.fields import check_language
from callcenter.numbers import to_e164

NAME_LENGTH: Final = 200
ID_LENGTH: Final = 64
PRIORITY: Final = 1_000

ROUNDED: Final = re.compile(r"[+-]?\d+([.,]\d+)?[eE][+-]?\d+", re.ASCII)
AS_FORMULA: Final = re.compile(r'="?(.*?)"?')  # ="…": how exports keep a spreadsheet from rounding
AS_DECIMAL: Final = re.compile(r"([+0-9]\d{6,})[.,]0+", re.ASCII)
# What a list says where it only says yes or no: no record of anything.
YES_OR_NO: Final = frozenset({"yes", "no", "y", "n", "true", "false", "1", "0", "x", "-", "ja", "nein", "on", "off"})
EXTENSION: Final = re.compile(r"(x|ext\.?|#|;ext=)\s*\d{1,6}", re.IGNORECASE | re.ASCII)
# Written differently and meant as the ASCII character: hyphens and dashes, spaces that do not break.
PLAIN: Final = str.maketrans({**dict.fromkeys("‐‑‒–—−", "-"), **dict.fromkeys("\u00a0\u2007\u2009\u202f", " ")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A number as E.164. `mended`: what a spreadsheet had done to it and was undone, or ""."""

    number: str
    mended: str = ""


def number_in(text: str, region: str) -> Read:
    """Read a telephone number, written as dialled in `region` or with + and country code."""
    read = possible_number_in(text, region)
    if not place_of(read.number).region:
        raise ValueError(_why_not(text.strip(), region))
    return read


def possible_number_in(text: str, region: str) -> Read:
    """Read a telephone number that has a possible length, whether or not its range is in use."""
    plain = "".join(char for char in text.translate(PLAIN) if unicodedata.category(char) != "Cf").strip()
    if not plain:
        raise ValueError("is empty")
    if ROUNDED.fullmatch(plain):
        raise ValueError(
            f'the spreadsheet has rounded the number to "{plain}" and its digits are lost: '
            "format the column as text, enter the numbers again and export"
        )
    written, mended = _undamaged(plain)
    number = to_e164(written, region)
    if number is None:
        raise ValueError(_why_not(written, region))
    return Read(number=number, mended=mended)


def callable_number_in(text: str, region: str) -> Read:
    """Read a number that a campaign of `region` may call at some time."""
    read = number_in(text, region)
    forbidden = never(read.number, region=region)
    if forbidden is not None:
        raise ValueError(f"{read.number}: {forbidden.why}")
    return read


def language_in(text: str) -> str:
    """Read a language as prompts name theirs: "en", "en_GB" ("en-gb" is the same).

    >>> language_in("EN-gb")
    'en_GB'
    """
    head, between, tail = text.replace("-", "_").partition("_")
    return check_language(head.lower() + between + tail.upper()) if text else ""


def time_zone_in(text: str) -> str:
    """Read the name of a zone of the IANA time zone database that is a place.

    "EST" or "GMT" are zones too, but without summer time, which is hardly what a list means.
    """
    if not text:
        return ""
    if text not in _places():
        close = get_close_matches(text, _places(), n=1)
        raise ValueError(f'"{text}" is no time zone of a place: use a name like "{(close or ["America/New_York"])[0]}"')
    return text


def priority_in(text: str) -> int:
    """Read a priority: a whole number, larger is called first."""
    if not text:
        return 0
    if not re.fullmatch(r"[+-]?\d{1,4}", text, re.ASCII) or abs(int(text)) > PRIORITY:
        raise ValueError(f'"{text}" is no priority: a whole number from -{PRIORITY} to {PRIORITY}, larger is first')
    return int(text)


def on_record_in(text: str) -> str:
    """Read where it is on record that somebody agreed to something; "" if they did not.

    Nobody can show a "yes" to whoever asks for the consent, and a "no" would be read as one.
    """
    if text.casefold() in YES_OR_NO:
        raise ValueError(
            f'"{text}" is no record: say where it is on record, e.g. form of 2026-05-04, or leave it empty'
        )
    return line_in(text, NAME_LENGTH)


def line_in(text: str, length: int) -> str:
    """Read text on one line."""
    if len(text) > length or not (text.isprintable() or not text):
        raise ValueError(f"needs to be one line of at most {length} characters")
    return text


@lru_cache(maxsize=1)
def _places() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))


def _undamaged(text: str) -> tuple[str, str]:
    """Undo what spreadsheets do to a number without losing a digit."""
    if text.startswith("'"):
        return text[1:].strip(), "an apostrophe before the number"
    formula = AS_FORMULA.fullmatch(text) if text.startswith("=") else None
    if formula is not None:
        return formula[1].strip(), 'a formula ="…" around the number'
    decimal = AS_DECIMAL.fullmatch(text)
    if decimal is not None:
        return decimal[1], '".0" after the number'
    return text, ""


def _why_not(written: str, region: str) -> str:
    if EXTENSION.search(written):
        return f'"{written}" has an extension: extensions are not dialled, give the number alone'
    if any(char.isalpha() for char in written):
        return f'"{written}" has letters: give the digits'
    try:
        reason = phonenumbers.is_possible_number_with_reason(phonenumbers.parse(written, region))
    except NumberParseException as error:
        reason = _REASONS.get(error.error_type, ValidationResult.INVALID_LENGTH)
    fault = _FAULTS.get(reason, "is no telephone number")
    if fault is _UNKNOWN_RANGE:
        fault = f"{fault} of {region}" if not written.startswith("+") else f"{fault} of that country"
    mend = "" if written.startswith("+") else "; a number from elsewhere needs + and its country code"
    return f'"{written}" {fault}{mend}'


_UNKNOWN_RANGE: Final = "is in no range of numbers"
_REASONS: Final = {
    NumberParseException.INVALID_COUNTRY_CODE: ValidationResult.INVALID_COUNTRY_CODE,
    NumberParseException.TOO_SHORT_AFTER_IDD: ValidationResult.TOO_SHORT,
    NumberParseException.TOO_SHORT_NSN: ValidationResult.TOO_SHORT,
    NumberParseException.TOO_LONG: ValidationResult.TOO_LONG,
}
_FAULTS: Final = {
    ValidationResult.TOO_SHORT: "is too short",
    ValidationResult.TOO_LONG: "is too long",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "lacks the area code",
    ValidationResult.INVALID_COUNTRY_CODE: "begins with a country code that does not exist",
    ValidationResult.IS_POSSIBLE: _UNKNOWN_RANGE,
}
