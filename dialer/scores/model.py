"""The chance that a person answers, as a sum of weights: one for each trait, learnt on line with its doubt. Pure.

Bayesian probit regression with a normal belief for each weight. A call moves the weights of its traits by how
surprising its end was, each by how little is known of it, so a trait that was seen a thousand times hardly moves and a
new one learns from its first calls; there is no learning rate to set. What is not known pulls the chance towards the
middle. Beliefs fade towards the prior, by one part in MEMORY with each call that has the trait: people change.

Source: Graepel, Quiñonero Candela, Borchert and Herbrich, "Web-scale Bayesian click-through rate prediction for
sponsored search advertising in Microsoft's Bing search engine", ICML 2010, equations 4 to 12.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

ALWAYS: Final = "every lead"
PRIOR_VARIANCE: Final = 0.3  # of a trait's weight; 1 is the noise of one answer
USUAL: Final = (-0.6, 0.5)  # what is believed of all leads at first: 27 %, between 5 and 66 %
MEMORY: Final = 4_000.0  # calls with a trait after which one weighs 1/e
MOST_TRAITS: Final = 5_000
SURE: Final = 1e-3  # as far as a chance goes
SQRT_2: Final = math.sqrt(2.0)
SQRT_2PI: Final = math.sqrt(2.0 * math.pi)


class Model:
    """Weights by trait."""

    def __init__(self) -> None:
        self._beliefs: dict[str, tuple[float, float]] = {}  # trait -> mean and variance of its weight

    def __len__(self) -> int:
        return len(self._beliefs)

    def chance(self, traits: Iterable[str]) -> float:
        """Return the chance that a person answers whose lead has these traits.

        >>> round(Model().chance(()), 2)
        0.31
        """
        mean, spread = self._sum(traits)
        return min(1.0 - SURE, max(SURE, _below(mean / math.sqrt(1.0 + spread))))

    def learn(self, traits: Sequence[str], answered: bool) -> None:
        """Take in how a call to a lead with these traits ended."""
        mean, spread = self._sum(traits)
        total = 1.0 + spread
        side = 1.0 if answered else -1.0
        z = side * mean / math.sqrt(total)
        shift = math.exp(-0.5 * z * z) / SQRT_2PI / max(1e-6, _below(z))
        shrink = min(1.0, max(0.0, shift * (shift + z)))
        for trait in (ALWAYS, *traits):
            weight, variance = self._belief(trait)
            weight += side * variance / math.sqrt(total) * shift
            variance *= 1.0 - variance / total * shrink
            self._beliefs[trait] = _faded(trait, weight, variance)
        if len(self._beliefs) > MOST_TRAITS:
            self._forget()

    def shares(self, traits: Iterable[str]) -> list[tuple[str, float]]:
        """Return what each trait adds, the weightiest first; above 0 it makes an answer likelier."""
        found = [(trait, self._belief(trait)[0]) for trait in traits]
        return sorted(found, key=lambda pair: (-abs(pair[1]), pair[0]))

    def dump(self) -> dict[str, list[float]]:
        """Return all that is known, as JSON can hold it."""
        return {trait: [round(mean, 5), round(variance, 6)] for trait, (mean, variance) in self._beliefs.items()}

    def load(self, kept: Mapping[str, Any]) -> None:
        """Take up what `dump` gave; raise ValueError or TypeError if it is something else."""
        beliefs = {}
        for trait, (mean, variance) in kept.items():
            if not (math.isfinite(mean) and 0.0 < variance <= 10.0):
                raise ValueError(f"trait {trait!r} has no weight: {mean}, {variance}")
            beliefs[str(trait)] = (float(mean), float(variance))
        self._beliefs = beliefs

    def _belief(self, trait: str) -> tuple[float, float]:
        return self._beliefs.get(trait) or _prior(trait)

    def _sum(self, traits: Iterable[str]) -> tuple[float, float]:
        mean, spread = self._belief(ALWAYS)
        for trait in traits:
            weight, variance = self._belief(trait)
            mean += weight
            spread += variance
        return mean, spread

    def _forget(self) -> None:
        """Let go of the half of the traits that least is known of."""
        kept = sorted(self._beliefs, key=lambda trait: (trait != ALWAYS, self._beliefs[trait][1]))[: MOST_TRAITS // 2]
        self._beliefs = {trait: self._beliefs[trait] for trait in kept}


def _prior(trait: str) -> tuple[float, float]:
    return USUAL if trait == ALWAYS else (0.0, PRIOR_VARIANCE)


def _faded(trait: str, mean: float, variance: float) -> tuple[float, float]:
    """Let a belief go one step back to the prior, in precision and precision times mean."""
    usual, wide = _prior(trait)
    precision = (1.0 - 1.0 / MEMORY) / variance + 1.0 / (MEMORY * wide)
    weighed = (1.0 - 1.0 / MEMORY) * mean / variance + usual / (MEMORY * wide)
    return weighed / precision, 1.0 / precision


def _below(z: float) -> float:
    """Return the share of a normal distribution below z."""
    return 0.5 * (1.0 + math.erf(z / SQRT_2))
