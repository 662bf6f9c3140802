"""Scores of one campaign's leads: judged before a call, learnt from after it, kept across restarts. Pure.

A score is the calibrated chance that a person answers. Chances in one bin are a *segment* for the pacer, which learns
the rate of answers of each segment itself: a chance that is wrong makes the order of the list worse and nothing else.
A scorer that has learnt nothing gives all leads the plain rate, so one segment.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from callcenter.outbound import AttemptOutcome
from dialer.scores.calibration import BINS, Calibration, Reliability, bin_of
from dialer.scores.model import Model

SEGMENTS: Final = BINS
FORM: Final = 1  # of what `dump` gives
REASONS: Final = 3
WEIGHTLESS: Final = 0.02  # a trait that shifts the chance by less than half a point is no reason
# What an outcome says of the lead: somebody answered, or nobody. Left out is what says nothing of them.
ANSWERED: Final[Mapping[AttemptOutcome, bool]] = {
    AttemptOutcome.CONNECTED: True,
    AttemptOutcome.DROPPED: True,
    AttemptOutcome.ABANDONED: True,
    AttemptOutcome.MACHINE: False,
    AttemptOutcome.NO_ANSWER: False,
    AttemptOutcome.BUSY: False,
    AttemptOutcome.INVALID: False,
    AttemptOutcome.CANCELLED: False,  # it had rung for 15 s; few answer later
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """`chance` that a person answers, as calibrated; `segment` it belongs to, from 0 (least likely) to SEGMENTS - 1."""

    chance: float
    segment: int


class Scorer:
    """Learns whom people answer; ask `judge` with the traits of a lead now (dialer.scores.traits)."""

    def __init__(self) -> None:
        self._model, self._calibration = Model(), Calibration()

    def judge(self, traits: Sequence[str]) -> Score:
        """Return the score of a lead with these traits."""
        chance = self._calibration.chance(self._model.chance(traits))
        return Score(chance=chance, segment=bin_of(chance))

    def learn(self, traits: Sequence[str], answered: bool) -> None:
        """Take in how a call to a lead with these traits, as they were when it was placed, ended."""
        self._calibration.learn(self._model.chance(traits), answered)
        self._model.learn(traits, answered)

    def why(self, traits: Sequence[str]) -> tuple[str, ...]:
        """Return the score in words, then the weightiest traits, each with the points of chance it adds or takes."""
        chance = self._calibration.chance(self._model.chance(traits))
        plain = self._calibration.plain_rate
        reasons = [f"{chance:.0%} answer, {plain:.0%} of all"]
        if self.reliability.trust < 0.5:
            reasons.append("the plain rate has lately foretold better")
        for trait, weight in self._model.shares(traits)[:REASONS]:
            if abs(weight) >= WEIGHTLESS:
                without = [other for other in traits if other != trait]
                points = chance - self._calibration.chance(self._model.chance(without))
                reasons.append(f"{trait}: {100 * points:+.0f} points")
        return tuple(reasons)

    @property
    def reliability(self) -> Reliability:
        return self._calibration.reliability

    def dump(self) -> dict[str, Any]:
        """Return all that was learnt, as JSON can hold it."""
        return {"form": FORM, "weights": self._model.dump(), "calibration": self._calibration.dump()}

    def load(self, kept: Mapping[str, Any]) -> bool:
        """Take up what `dump` gave; return False, and stay as it is, if it is of another form or damaged."""
        model, calibration = Model(), Calibration()
        try:
            if kept["form"] != FORM:
                return False
            model.load(kept["weights"])
            calibration.load(kept["calibration"])
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            return False
        self._model, self._calibration = model, calibration
        return True


def report(reliability: Reliability) -> tuple[str, ...]:
    """Return lines that say how far scores can be trusted.

    >>> report(Scorer().reliability)[0]
    'learnt from 0 calls: 25 % answer'
    """
    known = reliability
    lines = [f"learnt from {known.calls:.0f} calls: {100 * known.plain_rate:.0f} % answer"]
    if known.calls < 1.0:
        return tuple(lines)
    lines.append(
        f"square error {known.brier:.4f}, of the plain rate {known.plain_brier:.4f}:"
        f" scores take {100 * known.worth:.1f} % of it away; off by {100 * known.gap:.1f} points on average"
    )
    for place, (calls, told, came) in enumerate(known.bins):
        if calls >= 1.0 and math.isfinite(told):
            lines.append(f"segment {place}: {calls:.0f} calls, told {100 * told:.0f} %, came {100 * came:.0f} %")
    return tuple(lines)
