"""How often something happens against what was expected, where the truth drifts, jumps or stays. Pure.

Events arrive as a Poisson process of m × the expected number; m is what we want to know. Five gamma filters follow it
with memories from 10 to 2,560 events, and the one that has lately foretold the counts best has the most say: a day that
stays the same ends up with a long memory and little doubt, a list that goes dead with a short one within some ten
events. So the change detector is not a threshold but a wager, and the doubt grows by itself when things change.

Source: West and Harrison, "Bayesian forecasting and dynamic models", discounting and multi-process models; Chen, Irie,
Banks, Haslinger, Thomas and West, "Scalable Bayesian modeling of dynamic network flows", 2018 (gamma-Poisson filter).
"""

from __future__ import annotations

import math
from typing import Final

MEMORIES: Final = (10.0, 40.0, 160.0, 640.0, 2_560.0)  # events after which a count weighs 1/e
LEAST_BLOCK: Final = 1.0  # expected events before a wager is settled
TRUST_KEPT: Final = 0.96  # of the log weights at each wager: an old success counts for some 25 wagers
LEAST_TRUST: Final = 1e-3


class Level:
    """The factor m between what happens and what was expected; `prior` events of weight say it is `mean`."""

    __slots__ = ("_counts", "_expected", "_pending", "_prior", "_seen", "_trust", "mean", "variance")

    def __init__(self, mean: float = 1.0, prior: float = 2.0) -> None:
        self._prior = (prior, prior / mean)
        self._counts = [0.0] * len(MEMORIES)
        self._expected = [0.0] * len(MEMORIES)
        self._trust = [1.0 / len(MEMORIES)] * len(MEMORIES)
        self._pending = self._seen = 0.0
        self.mean, self.variance = mean, 1.0 / prior
        self._sum_up()

    def take(self, seen: float, expected: float) -> None:
        """Of `expected` events `seen` happened; it counts from the next `settle` on."""
        self._seen += seen
        self._pending += expected

    def settle(self) -> None:
        """Learn from what was taken, if it is enough for a wager; call it now and then."""
        if self._pending * self.mean >= LEAST_BLOCK or self._seen >= LEAST_BLOCK:
            self._settle(max(0.0, self._seen), self._pending)
            self._seen = min(0.0, self._seen)
            self._pending = 0.0

    def lean(self, mean: float) -> None:
        """Believe `mean` where little has been seen."""
        self._prior = (self._prior[0], self._prior[0] / mean)

    def _settle(self, seen: float, expected: float) -> None:
        shape0, rate0 = self._prior
        odds = []
        for i, memory in enumerate(MEMORIES):
            shape, rate = shape0 + self._counts[i], rate0 + self._expected[i]
            likely = (
                math.lgamma(shape + seen)
                - math.lgamma(shape)
                + shape * math.log(rate / (rate + expected))
                + seen * math.log((expected + 1e-12) / (rate + expected))
            )
            odds.append(TRUST_KEPT * math.log(self._trust[i]) + likely)
            kept = math.exp(-max(seen, expected * self.mean) / memory)
            self._counts[i] = kept * self._counts[i] + seen
            self._expected[i] = kept * self._expected[i] + expected
        best = max(odds)
        weights = [max(LEAST_TRUST, math.exp(odd - best)) for odd in odds]
        total = sum(weights)
        self._trust = [weight / total for weight in weights]
        self._sum_up()

    def _sum_up(self) -> None:
        """`mean` of m, and `variance` of m / mean: what we do not know of it, as a share."""
        shape0, rate0 = self._prior
        mean = square = 0.0
        for trust, count, expected in zip(self._trust, self._counts, self._expected, strict=True):
            shape, rate = shape0 + count, rate0 + expected
            mean += trust * shape / rate
            square += trust * shape * (shape + 1.0) / (rate * rate)
        self.mean = mean
        self.variance = max(0.0, square / (mean * mean) - 1.0)
