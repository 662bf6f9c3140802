"""How calls leave the stages they go through, by the time spent there; what is believed before any was seen. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from dialer.pacing.grid import Floats

MEMORY: Final = 4_000.0  # calls after which one weighs 1/e
# What is believed before anything is seen, as so many calls: shapes usual in telephony, and a cautious rate of answers.
PRIOR_CALLS: Final = 12.0
PRIOR_LIVE: Final = 0.35
PRIOR_BAD: Final = 0.1


class Stage:
    """Ways out of one stage by the time spent in it: `good` towards a person, `bad` all others, `cut` by us."""

    def __init__(self, good: Floats, bad: Floats) -> None:
        self._prior = (good, bad)
        self.bins = len(good)
        self.good, self.bad, self.cut = np.zeros(self.bins), np.zeros(self.bins), np.zeros(self.bins)

    def leave(self, way: Floats, where: float) -> None:
        way[min(self.bins - 1, max(0, int(where)))] += 1.0

    def ways(self) -> tuple[Floats, Floats]:
        """Return how many left by good and bad ways in each bin, belief included."""
        return self.good + self._prior[0], self.bad + self._prior[1]

    def hazards(self, flying: Floats) -> tuple[Floats, Floats]:
        """Return the chance to leave in each bin, well and otherwise; `flying`: calls now in the stage by bin."""
        good, bad = self.ways()
        cut = self.cut + flying
        there = np.cumsum((good + bad + cut)[::-1])[::-1] - 0.5 * cut
        well = good / there
        return well, np.minimum(bad / there, 1.0 - well)

    def forget(self) -> None:
        total = self.good.sum() + self.bad.sum() + self.cut.sum()
        if total > MEMORY:
            self.good *= MEMORY / total
            self.bad *= MEMORY / total
            self.cut *= MEMORY / total


@dataclass(frozen=True, slots=True)
class Course:
    """The stages of a call: `dial` until it rings, `ring` until it is answered, `listen` until AMD has made up its
    mind. `step_s`: width of a bin."""

    step_s: float
    dial: Stage
    ring: Stage
    listen: Stage


DIAL_S: Final = 12.0  # longest times told apart
LISTEN_S: Final = 6.0
AFTER_TIMEOUT_S: Final = 3.0  # a carrier may end a call a little late


def usual_course(step_s: float, ring_s: float) -> Course:
    """Return what is believed at first; `ring_s`: ring timeout."""
    dials, listens = int(DIAL_S / step_s), int(LISTEN_S / step_s)
    rings = int((ring_s + AFTER_TIMEOUT_S) / step_s)
    timeout = np.zeros(rings)
    timeout[min(rings - 1, int(ring_s / step_s))] = 1.0
    machines, listening = np.full(rings, 1.0 / rings), np.full(listens, 1.0 / listens)
    dial, n = lognormal(2.5, 0.5, dials, step_s), PRIOR_CALLS
    ring_bad = (1 - PRIOR_LIVE) * n * (0.7 * timeout + 0.3 * machines)
    return Course(
        step_s,
        Stage((1 - PRIOR_BAD) * n * dial, PRIOR_BAD * n * dial),
        Stage(PRIOR_LIVE * n * lognormal(9.0, 0.6, rings, step_s), ring_bad),
        Stage(0.5 * n * lognormal(1.5, 0.5, listens, step_s), 0.5 * n * listening),
    )


def lognormal(median: float, sigma: float, bins: int, step: float) -> Floats:
    """Return the shares of a log-normal time that fall into each bin, cut off after the last one."""
    edges = step * np.arange(bins + 1)
    below = np.array([0.5 * (1 + math.erf(math.log(max(e, 1e-9) / median) / (sigma * math.sqrt(2)))) for e in edges])
    return np.asarray(np.diff(below) / below[-1])


def left_over(gone: Floats) -> Floats:
    """Return the share still there at the edges of the bins, from the chance to go in each."""
    left = np.ones(len(gone) + 1)
    np.cumprod(np.maximum(1e-6, 1.0 - gone), out=left[1:])
    return left


def gone_by(left: Floats, chance: Floats) -> Floats:
    """Return the share that has gone by one of the ways at the edges of the bins."""
    gone = np.zeros(len(left))
    np.cumsum(left[:-1] * chance, out=gone[1:])
    return gone
