"""Whether what was typed can be a payment card at all. Pure; who takes the card is the payment provider's business."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

CARD_DIGITS: Final = (12, 19)  # ISO/IEC 7812-1: at most 19; the shortest in use have 12
DIGITS: Final = re.compile(r"[0-9]+")
# A card is valid for some years, never for twenty: "1250" typed in 2026 is a slip of the finger.
LONGEST_VALIDITY_YEARS: Final = 20


def luhn_valid(digits: str) -> bool:
    """Return whether the last digit is the check digit of those before (ISO/IEC 7812-1, annex B).

    Any length above one; whoever asks for a card bounds the length. False for what is not all ASCII digits, and for
    zeros alone, which the formula accepts and no card has.

    >>> luhn_valid("4242424242424242"), luhn_valid("4242424242424241"), luhn_valid("0000000000000000")
    (True, False, False)
    """
    if len(digits) < 2 or not DIGITS.fullmatch(digits) or not digits.strip("0"):
        return False
    doubled = ("0123456789", "0246813579")  # 2 × 7 = 14, and 1 + 4 = 5
    return sum(int(doubled[place % 2][int(digit)]) for place, digit in enumerate(reversed(digits))) % 10 == 0


def expiry_valid(mmyy: str, today: date) -> bool:
    """Return whether a card of that expiry (four digits, month then year) can still be charged on `today`.

    A card is good through the last day of its month. The two-digit year is read as the one nearest after `today`,
    up to LONGEST_VALIDITY_YEARS ahead; `today` is the caller's local date.

    >>> expiry_valid("0226", date(2026, 2, 28)), expiry_valid("0226", date(2026, 3, 1)), expiry_valid("1326", date.min)
    (True, False, False)
    """
    end = expiry_of(mmyy, today)
    return end is not None and end >= (today.year, today.month)


def expiry_of(mmyy: str, today: date) -> tuple[int, int] | None:
    """Return (year, month) of an expiry as typed, None if it is no month or further ahead than any card's.

    >>> expiry_of("0130", date(2026, 5, 1)), expiry_of("0001", date(2099, 12, 1)), expiry_of("0101", date(2099, 12, 1))
    ((2030, 1), None, (2101, 1))
    """
    if len(mmyy) != 4 or not DIGITS.fullmatch(mmyy):
        return None
    month, year = int(mmyy[:2]), today.year - today.year % 100 + int(mmyy[2:])
    if year < today.year - 100 + LONGEST_VALIDITY_YEARS:
        year += 100  # the turn of a century is ahead
    if not 1 <= month <= 12 or year > today.year + LONGEST_VALIDITY_YEARS:
        return None
    return year, month


def masked(digits: str) -> str:
    """Return what may be kept of a card number: its last four digits (PCI DSS 3.4.1 allows more; we need no more).

    >>> masked("4242424242424242"), masked("123")
    ('4242', '')
    """
    return digits[-4:] if len(digits) >= CARD_DIGITS[0] else ""
