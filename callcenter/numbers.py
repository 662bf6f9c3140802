"""Telephone numbers: one spelling inside (E.164), all spellings at the door, masked in logs.

Facts are libphonenumber's (package phonenumbers): which lengths a country has, which short numbers are emergency
numbers. *Region* is an ISO 3166 country code ("US"); the home region is what `centre.toml` says.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat
from phonenumbers.phonemetadata import PhoneMetadata
from phonenumbers.shortnumberinfo import connects_to_emergency_number

MASKED: Final = "•••"
SHORT: Final = 6  # numbers up to this length are extensions or short codes: they name no person
WITHHELD: Final = "withheld"
# Characters between digits in a written number. Letters are not among them: "1-800-FLOWERS" typed into a form is
# more often a mistake than a number.
WRITTEN: Final = re.compile(r"[+(0-9][0-9 ()./\-]*", re.ASCII)


def is_region(region: str) -> bool:
    """True if `region` is a country with a numbering plan known here.

    >>> is_region("US"), is_region("us"), is_region("XX")
    (True, False, False)
    """
    return region in phonenumbers.SUPPORTED_REGIONS


def to_e164(text: str, region: str) -> str | None:
    """Return the number written in `text` as E.164, or None if it can be no full number.

    A number without + is read as dialled in `region`. "Can be" means that its length is possible: numbers from
    ranges newer than the tables here must not be refused.

    >>> to_e164("(202) 555-0100", "US"), to_e164("0044 20 7946 0000", "GB"), to_e164("911", "US")
    ('+12025550100', '+442079460000', None)
    """
    number = _parsed(text, region)
    return None if number is None else phonenumbers.format_number(number, PhoneNumberFormat.E164)


def spellings(e164: str, region: str) -> tuple[str, ...]:
    """All ways a switch may present `e164` to us, the E.164 form first: +CC…, CC…, and at home as dialled there.

    >>> spellings("+442079460000", "GB")
    ('+442079460000', '442079460000', '02079460000', '2079460000')
    >>> spellings("+442079460000", "US")
    ('+442079460000', '442079460000')
    """
    found = [e164, e164.removeprefix("+")]
    number = _parsed(e164, region)
    if number is not None and number.country_code == phonenumbers.country_code_for_region(region):
        dialled = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
        found += ["".join(filter(str.isdigit, dialled)), phonenumbers.national_significant_number(number)]
    return tuple(dict.fromkeys(found))


def mask(number: str) -> str:
    """Return `number` fit for a log: country and area remain, the person does not.

    At least three digits are hidden; extensions and short codes (up to six digits) stay readable. Whatever is no
    digit is dropped, so what a caller sends cannot forge a log line.

    >>> mask("+12025550143"), mask("1007"), mask("anonymous")
    ('+1202•••0143', '1007', 'withheld')
    """
    digits = "".join(char for char in number if char in "0123456789")
    plus = "+" if number.strip().startswith("+") else ""
    if not digits:
        return WITHHELD
    if len(digits) <= SHORT:
        return plus + digits
    head = min(4, len(digits) - 4 - 3) if len(digits) > 7 else 0
    tail = 4 if len(digits) > 7 else 2
    return f"{plus}{digits[:head]}{MASKED}{digits[-tail:]}"


@lru_cache(maxsize=16)
def emergency_numbers(region: str) -> tuple[str, ...]:
    """Emergency numbers of `region`, shortest and smallest first; empty where libphonenumber knows none.

    >>> emergency_numbers("US"), emergency_numbers("GB")
    (('112', '911'), ('112', '999'))
    """
    metadata = PhoneMetadata.short_metadata_for_region(region)
    described = metadata.emergency if metadata is not None else None
    if described is None or not described.national_number_pattern:
        return ()
    pattern = re.compile(described.national_number_pattern)
    found: list[str] = []
    for length in described.possible_length:
        candidates = (f"{value:0{length}d}" for value in range(10**length))
        found += [candidate for candidate in candidates if pattern.fullmatch(candidate)]
    return tuple(found)


def is_emergency(number: str, region: str) -> bool:
    """True if dialling `number` in `region` may reach an emergency service: such a call is never placed by us.

    Wider than `emergency_numbers`: most networks connect 9111 too, because it begins with 911.

    >>> is_emergency("911", "US"), is_emergency("9111", "US"), is_emergency("+12025550100", "US")
    (True, True, False)
    """
    digits = "".join(char for char in number if char in "+0123456789")
    return bool(digits) and connects_to_emergency_number(digits, region)


def _parsed(text: str, region: str) -> PhoneNumber | None:
    written = text.strip()
    if not WRITTEN.fullmatch(written):
        return None
    try:
        number = phonenumbers.parse(written, region)
    except NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None
