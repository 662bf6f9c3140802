"""Amounts of money as people write them and as we keep them: whole minor units (cents) of an ISO 4217 currency."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from babel.core import get_global

# ISO 4217, list one (2026-01-01): all others have two decimals.
NO_MINOR_UNIT: Final = frozenset(
    {
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    }
)
THOUSANDTHS: Final = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
AMOUNT: Final = re.compile(r"([0-9]{1,12})(?:([.,])([0-9]+))?", re.ASCII)


def currency_in(text: str) -> str:
    """Return an ISO 4217 code; raise ValueError for what is none.

    >>> currency_in("usd")
    'USD'
    """
    code = text.strip().upper()
    if code not in _currencies():
        raise ValueError(f'"{text}" is no currency: use its ISO code, e.g. USD or EUR')
    return code


def decimals(currency: str) -> int:
    """Return how many decimals a currency has.

    >>> decimals("USD"), decimals("JPY"), decimals("KWD")
    (2, 0, 3)
    """
    return 0 if currency in NO_MINOR_UNIT else 3 if currency in THOUSANDTHS else 2


def amount_in(text: str, currency: str) -> int:
    """Return an amount in minor units of `currency`; raise ValueError that says how to write it.

    A comma counts as a decimal one only if exactly as many digits follow as the currency has: "1,234" is no dollars.

    >>> amount_in("120.5", "USD"), amount_in("120,50", "EUR"), amount_in("7", "JPY")
    (12050, 12050, 7)
    """
    places = decimals(currency)
    found = AMOUNT.fullmatch(text.strip())
    wanted = f"write it like {decimal(int('1234' + '0' * places), currency)}"
    if found is None:
        raise ValueError(f'"{text}" is no amount: {wanted}, without sign, currency or separators of thousands')
    whole, mark, rest = found[1], found[2], found[3] or ""
    if mark == "," and (len(rest) != places or places > 2):
        raise ValueError(f'"{text}" may mean two amounts: {wanted}')
    if len(rest.rstrip("0")) > places:
        raise ValueError(f'"{text}" has more decimals than {currency}: {wanted}')
    return int(whole + rest[:places].ljust(places, "0"))


def decimal(amount: int, currency: str) -> str:
    """Return minor units as a decimal.

    >>> decimal(12050, "USD"), decimal(7, "JPY"), decimal(-5, "EUR")
    ('120.50', '7', '-0.05')
    """
    places = decimals(currency)
    sign, digits = "-" if amount < 0 else "", str(abs(amount)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    """Those that are legal tender somewhere today (CLDR): no gold, no marks, no test codes."""
    territories = get_global("territory_currencies").values()
    return frozenset(code for used in territories for code, _, end, tender in used if end is None and tender)
