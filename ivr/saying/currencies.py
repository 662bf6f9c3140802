"""Currencies that can be said: which nouns, and how many minor units.

Callers know whose dollars and pesos are theirs, so countries are not named. Minor units are those of ISO 4217 (Chile's
peso has none; Colombia's centavos exist on paper).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency:
    """`major` and `minor` name pieces: `dollar` is one, `dollars` are several. `digits`: of the minor unit, 0 or 2."""

    major: str
    minor: str = "cent"
    digits: int = 2


_DOLLAR: Final = Currency(major="dollar")
_PESO: Final = Currency(major="peso", minor="centavo")

CURRENCIES: Final[Mapping[str, Currency]] = {
    "ARS": _PESO,
    "AUD": _DOLLAR,
    "CAD": _DOLLAR,
    "CHF": Currency(major="franc", minor="centime"),
    "CLP": Currency(major="peso", minor="centavo", digits=0),
    "COP": _PESO,
    "EUR": Currency(major="euro", minor="eurocent"),
    "GBP": Currency(major="pound", minor="penny"),
    "MXN": _PESO,
    "NZD": _DOLLAR,
    "PEN": Currency(major="sol", minor="centimo"),
    "USD": _DOLLAR,
}
