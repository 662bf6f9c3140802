"""What a model's chances are worth: made right by what came of them, and left aside where they are worth nothing. Pure.

Two steps, both learnt on line from calls whose chance was told before they ended, so held out in time:

- A line through the log odds: shift and slope, followed by a Kalman filter. A model that is too sure gets a slope
  below 1, one that knows nothing a slope of 0: then every lead has the plain rate. The slope is never below 0.
- A wager between the result and the plain rate: who has lately foretold better has more say (weights by likelihood,
  an old success fading). So what is told is never much worse than the plain rate: without fading, its log loss is at
  most that of the better of the two plus ln 2 in all.

Sources: Platt, "Probabilistic outputs for support vector machines", 1999; Cesa-Bianchi and Lugosi, "Prediction,
learning, and games", 2006, section 9.2 (mixture of forecasters).
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

EDGES: Final = (0.08, 0.16, 0.28, 0.42, 0.6)  # between the bins of chances told
BINS: Final = len(EDGES) + 1
PLAIN_PRIOR: Final = (1.0, 3.0)  # answers, other ends
PLAIN_MEMORY: Final = 1_000.0  # calls
LINE_SPREAD: Final = (0.1, 0.25)  # variances of shift and slope at first
LINE_DRIFT: Final = 1.0 / 4_000.0  # of them, with each call
TRUST_KEPT: Final = 0.998  # of the log odds of the wager: an old success counts for some 500 calls
BIN_MEMORY: Final = 4_000.0
SURE: Final = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """How well chances came true. `calls`: how many count (old ones fade); `brier`: mean square error, `plain_brier`
    that of the plain rate, so 1 - brier/plain_brier is what the scores are worth; `trust`: the say of the model;
    `bins`: (calls, mean chance told, share answered) of each bin of chances; `gap`: mean distance of the two."""

    calls: float
    plain_rate: float
    brier: float
    plain_brier: float
    trust: float
    slope: float
    bins: Sequence[tuple[float, float, float]]

    @property
    def gap(self) -> float:
        return sum(n * abs(told - came) for n, told, came in self.bins) / max(1e-9, self.calls)

    @property
    def worth(self) -> float:
        """Share of the plain rate's error that the scores take away."""
        return 1.0 - self.brier / self.plain_brier if self.plain_brier > 0.0 else 0.0


class Calibration:
    """Follows one model."""

    def __init__(self) -> None:
        self._answered, self._others = PLAIN_PRIOR
        self._line = [0.0, 1.0]
        self._spread = [LINE_SPREAD[0], 0.0, LINE_SPREAD[1]]  # variance of shift, covariance, variance of slope
        self._trust = 0.0  # log odds that the line is better than the plain rate
        self._calls = [0.0] * BINS
        self._told = [0.0] * BINS
        self._came = [0.0] * BINS
        self._errors = [0.0, 0.0]  # squares: as told, plain rate

    @property
    def plain_rate(self) -> float:
        return self._answered / (self._answered + self._others)

    def chance(self, model: float) -> float:
        """Return what a chance of the model means."""
        trust = 1.0 / (1.0 + math.exp(-self._trust))
        return trust * self._lined(model) + (1.0 - trust) * self.plain_rate

    def learn(self, model: float, answered: bool) -> None:
        """Take in how a call ended whose chance was `model`; ask `chance` before."""
        plain, lined, told = self.plain_rate, self._lined(model), self.chance(model)
        self._count(told, plain, answered)
        edge = math.log((lined if answered else 1.0 - lined) / (plain if answered else 1.0 - plain))
        self._trust = max(-7.0, min(7.0, TRUST_KEPT * self._trust + edge))
        self._follow(model, lined, answered)
        kept = 1.0 - 1.0 / PLAIN_MEMORY
        self._answered = kept * self._answered + answered
        self._others = max(0.5, kept * self._others + (not answered))
        self._answered = max(0.05, self._answered)

    @property
    def reliability(self) -> Reliability:
        calls = sum(self._calls)
        rows = zip(self._calls, self._told, self._came, strict=True)
        return Reliability(
            calls=calls,
            plain_rate=self.plain_rate,
            brier=self._errors[0] / max(1e-9, calls),
            plain_brier=self._errors[1] / max(1e-9, calls),
            trust=1.0 / (1.0 + math.exp(-self._trust)),
            slope=max(0.0, self._line[1]),
            bins=[(n, told / max(1e-9, n), came / max(1e-9, n)) for n, told, came in rows],
        )

    def dump(self) -> dict[str, Any]:
        """Return all that is known, as JSON can hold it."""
        return {name: getattr(self, f"_{name}") for name in _KEPT}

    def load(self, kept: Mapping[str, Any]) -> None:
        """Take up what `dump` gave; raise ValueError, KeyError or TypeError if it is something else."""
        fresh = Calibration()
        for name in _KEPT:
            value, usual = kept[name], getattr(fresh, f"_{name}")
            numbers = value if isinstance(usual, list) else [value]
            if len(numbers) != (len(usual) if isinstance(usual, list) else 1) or not all(map(math.isfinite, numbers)):
                raise ValueError(f"{name} is not what it should be: {value}")
            setattr(fresh, f"_{name}", [float(x) for x in numbers] if isinstance(usual, list) else float(value))
        for name in _KEPT:
            setattr(self, f"_{name}", getattr(fresh, f"_{name}"))

    def _lined(self, model: float) -> float:
        plain = _log_odds(self.plain_rate)
        odds = plain + self._line[0] + max(0.0, self._line[1]) * (_log_odds(model) - plain)
        return _sure(1.0 / (1.0 + math.exp(-max(-12.0, min(12.0, odds)))))

    def _follow(self, model: float, lined: float, answered: bool) -> None:
        """One step of the filter for shift and slope."""
        x = _log_odds(model) - _log_odds(self.plain_rate)
        a, b, c = self._spread
        a, c = a + LINE_DRIFT * LINE_SPREAD[0], c + LINE_DRIFT * LINE_SPREAD[1]
        to_shift, to_slope = a + b * x, b + c * x
        noise = 1.0 / (lined * (1.0 - lined))
        total = noise + to_shift + to_slope * x
        surprise = (answered - lined) * noise
        self._line = [self._line[0] + to_shift / total * surprise, self._line[1] + to_slope / total * surprise]
        self._spread = [a - to_shift**2 / total, b - to_shift * to_slope / total, c - to_slope**2 / total]

    def _count(self, told: float, plain: float, answered: bool) -> None:
        kept = 1.0 - 1.0 / BIN_MEMORY
        for row in (self._calls, self._told, self._came, self._errors):
            row[:] = [kept * value for value in row]
        where = bin_of(told)
        self._calls[where] += 1.0
        self._told[where] += told
        self._came[where] += answered
        self._errors[0] += (answered - told) ** 2
        self._errors[1] += (answered - plain) ** 2


_KEPT: Final = ("answered", "others", "line", "spread", "trust", "calls", "told", "came", "errors")


def bin_of(chance: float) -> int:
    """Return the bin of a chance, from 0.

    >>> [bin_of(chance) for chance in (0.0, 0.25, 1.0)]
    [0, 2, 5]
    """
    return bisect(EDGES, chance)


def _sure(chance: float) -> float:
    return min(1.0 - SURE, max(SURE, chance))


def _log_odds(chance: float) -> float:
    chance = _sure(chance)
    return math.log(chance / (1.0 - chance))
