"""The risk that a person who answers finds no agent, and how many calls may be placed below a price. Pure.

For each time ahead, X = agents free by then (and within the longest wait after it) minus people who answer by then.
X is a sum of many small chances: its distribution is taken from mean, variance and third cumulant (Edgeworth), and
what is not known of the rates is added to the variance. The risk of a call is P(X ≤ 0) at the time it would be
answered, averaged over when that may be.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from dialer.pacing.grid import Floats

if TYPE_CHECKING:
    from dialer.pacing.outlook import Outlook

LEAST_VARIANCE: Final = 0.01
SQRT_2_PI: Final = math.sqrt(2.0 / math.pi)
INV_SQRT_2PI: Final = 1.0 / math.sqrt(2.0 * math.pi)


def short_of_agents(mean: Floats, variance: Floats, third: Floats) -> Floats:
    """Return P(X ≤ 0) for integer X of these cumulants.

    >>> float(short_of_agents(np.array([0.5]), np.array([1.0]), np.array([0.0]))[0])
    0.5
    """
    variance = np.maximum(variance, LEAST_VARIANCE)
    sigma = np.sqrt(variance)
    z = (0.5 - mean) / sigma
    z = np.minimum(np.maximum(z, -6.0), 6.0)
    square = z * z
    below = 0.5 + 0.5 * np.tanh(SQRT_2_PI * z * (1.0 + 0.044715 * square))
    skew = np.minimum(np.maximum(third / (sigma * variance), -2.0), 2.0)
    below -= (INV_SQRT_2PI / 6.0) * np.exp(-0.5 * square) * skew * (square - 1.0)
    return np.minimum(np.maximum(below, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Dialing:
    """How many calls may be placed, the risk of the first of them and of the last."""

    calls: int
    first: float
    last: float


class Search:
    """Finds how many of the next leads may be called while the risk of each is at most the price."""

    def __init__(self, outlook: Outlook, shortage: Floats, peek: Callable[[int], Sequence[int]]) -> None:
        self._outlook, self._shortage, self._peek = outlook, shortage, peek
        self._known: list[int] = []

    def calls_below(self, price: float, most: int) -> Dialing:
        """Double the number until the risk is too high or the leads are at an end, then halve the interval."""
        if most <= 0 or not self._has(1):
            first = float(self._outlook.when[0] @ self._shortage)
            return Dialing(0, first, first)
        first = last = self._risk(1)
        if first > price:
            return Dialing(0, first, first)
        good, bad = 1, 2
        while bad <= most and self._has(bad):
            risk = self._risk(bad)
            if risk > price:
                break
            good, last, bad = bad, risk, 2 * bad
        else:
            self._has(most)
            bad = min(most, len(self._known)) + 1
        while bad - good > 1:
            middle = (good + bad) // 2
            risk = self._risk(middle)
            if risk <= price:
                good, last = middle, risk
            else:
                bad = middle
        return Dialing(good, first, last)

    def _has(self, number: int) -> bool:
        if len(self._known) < number:
            segments = len(self._outlook.fresh)
            self._known = [seg if 0 <= seg < segments else 0 for seg in self._peek(number)]
        return len(self._known) >= number

    def _risk(self, number: int) -> float:
        """Return the risk of the call with this number, from 1."""
        segment = self._known[number - 1]
        if number == 1:
            shortage = self._shortage
        else:
            more = np.bincount(self._known[: number - 1], minlength=len(self._outlook.fresh)).astype(float)
            shortage = self._outlook.shortage(more)
        return float(self._outlook.when[segment] @ shortage)
