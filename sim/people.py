"""The people a campaign calls: who answers, when, how long they talk. Pure; chance comes from the seed.

The shapes (log-normal times, two kinds of talk) are usual, the numbers plausible and not measured: replace them by
those of your own records.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from enum import StrEnum


class Answers(StrEnum):
    """What answers a call that is let ring for ever."""

    PERSON = "person"
    MACHINE = "machine"
    BUSY = "busy"  # busy, congestion, no such number
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What will become of one lead if it is called. Times in s; `rings_s` from the first ring to the answer.

    `amd_s`: how long AMD takes, `amd_right`: whether it is right. `patience_s`: how long a person waits for an agent.
    """

    answers: Answers
    segment: int
    setup_s: float
    rings_s: float
    amd_s: float
    amd_right: bool
    patience_s: float
    talk_s: float
    wrap_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Shares of 1 and seconds.

    - `p_person`: mean share of leads where a person answers; `segments`: factors on it, one for each segment.
    - `p_busy`, `p_machine`: shares for whom it is so; the rest rings for nobody.
    - `setup_s`: median time to the first ring; `rings_s`: median ringing until a person answers.
    - `handle_s`: mean talk and wrap-up together, `wrap_share` of it wrap-up.
    - `amd_misses_person`, `amd_misses_machine`: how often AMD errs.
    """

    p_person: float = 0.25
    p_busy: float = 0.08
    p_machine: float = 0.25
    segments: tuple[float, ...] = (1.0,)
    setup_s: float = 2.2
    rings_s: float = 8.0
    handle_s: float = 120.0
    wrap_share: float = 0.2
    patience_s: float = 9.0
    amd_misses_person: float = 0.005
    amd_misses_machine: float = 0.04

    def fate(self, seed: int, lead: int) -> Fate:
        """Return the fate of lead number `lead`, the same whenever it is asked for."""
        rng = random.Random(f"{seed}/{lead}")
        segment = rng.randrange(len(self.segments))
        answers = self._answers(rng.random(), self.p_person * self.segments[segment])
        person = answers is Answers.PERSON
        talk_s = self._talk(rng)
        return Fate(
            answers=answers,
            segment=segment,
            setup_s=_lognormal(rng, self.setup_s, 0.35),
            rings_s=_lognormal(rng, self.rings_s, 0.5) if person else _machine_rings(rng),
            amd_s=rng.uniform(0.9, 2.1) if person else rng.uniform(2.2, 4.0),
            amd_right=rng.random() >= (self.amd_misses_person if person else self.amd_misses_machine),
            patience_s=rng.expovariate(1 / self.patience_s),
            talk_s=talk_s if person else rng.uniform(5.0, 10.0),  # the agent hears that it is a machine
            wrap_s=_lognormal(rng, self.handle_s * self.wrap_share / _mean_factor(0.5), 0.5),
        )

    def _answers(self, chance: float, p_person: float) -> Answers:
        for answers, share in (
            (Answers.PERSON, p_person),
            (Answers.MACHINE, self.p_machine),
            (Answers.BUSY, self.p_busy),
        ):
            if chance < share:
                return answers
            chance -= share
        return Answers.NOTHING

    def _talk(self, rng: random.Random) -> float:
        """Seven of ten talks are short, half the mean; the others are long and make up for it."""
        mean = self.handle_s * (1 - self.wrap_share)
        short = rng.random() < 0.7
        factor = 0.5 if short else (1 - 0.7 * 0.5) / 0.3
        return _lognormal(rng, mean * factor / _mean_factor(0.6), 0.6)


def _machine_rings(rng: random.Random) -> float:
    """Three of ten machines answer at once, the others after 15 to 21 s."""
    return rng.uniform(0.2, 1.0) if rng.random() < 0.3 else rng.uniform(15.0, 21.0)


def _lognormal(rng: random.Random, median: float, sigma: float) -> float:
    return median * math.exp(rng.gauss(0.0, sigma))


def _mean_factor(sigma: float) -> float:
    """Mean of a log-normal over its median."""
    return math.exp(sigma * sigma / 2)
