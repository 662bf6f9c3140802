"""Demand: who calls when, wants what, talks how long, waits how long. Pure and seeded.

Arrivals are Poisson (exponential times between calls). Talk is lognormal, as measured talk times are (Brown et al.
2005, "Statistical analysis of a telephone call center", JASA 100(469), section 4). Patience is exponential, which is
what Erlang A assumes.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sim.phones.plans import CallerPlan, Keys

# Numbers that are nobody's: 555-01xx is set aside for fiction in every North American area code (NANPA).
AREA_CODES: Final = ("202", "212", "213", "303", "305", "312", "404", "415", "503", "512", "602", "617", "702", "713")
# Whom we call: in the four time zones of the mainland, in Hawaii, and in Arizona, which keeps no summer time.
LEAD_AREAS: Final = ("206", "214", "215", "216", "313", "314", "480", "505", "615", "619", "720", "808", "901", "919")
NUMBERS_PER_AREA: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What some callers want: the queue they should end in, what they press, and their weight among all callers.

    `keys` are pressed in turn, `pause_s` apart, the first after the caller has listened for `Demand.listen_s`.
    """

    queue: str
    keys: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What callers do in one number's traffic.

    - `calls_per_minute`: mean rate of arrivals.
    - `listen_s`: shortest and longest time (uniform) before the first key; `pause_s`: between keys.
    - `talk_median_s`, `talk_sigma`: lognormal talk time; sigma is the standard deviation of its logarithm.
    - `patience_mean_s`: mean of the exponential patience; None: nobody ever gives up.
    """

    did: str
    calls_per_minute: float
    choices: tuple[Choice, ...]
    listen_s: tuple[float, float] = (1.0, 4.0)
    pause_s: float = 2.0
    talk_median_s: float = 20.0
    talk_sigma: float = 0.5
    patience_mean_s: float | None = 60.0


def arrivals(demand: Demand, rng: random.Random) -> Iterator[CallerPlan]:
    """Yield callers for ever, in order of arrival; the same seed gives the same callers."""
    at, number = 0.0, 0
    weights = [choice.weight for choice in demand.choices]
    while True:
        at += rng.expovariate(demand.calls_per_minute / 60)
        choice = rng.choices(demand.choices, weights)[0]
        first = rng.uniform(*demand.listen_s)
        keys = tuple(Keys(after_s=first + demand.pause_s * i, digits=d) for i, d in enumerate(choice.keys))
        patience = None if demand.patience_mean_s is None else rng.expovariate(1 / demand.patience_mean_s)
        yield CallerPlan(
            did=demand.did,
            caller=caller_number(number),
            at_s=at,
            keys=keys,
            talk_s=rng.lognormvariate(math.log(demand.talk_median_s), demand.talk_sigma),
            patience_s=patience,
            expected=choice.queue,
        )
        number += 1


def schedule(demand: Demand, rng: random.Random, duration_s: float) -> list[CallerPlan]:
    """Return the callers of the first `duration_s` seconds."""
    plans = []
    for plan in arrivals(demand, rng):
        if plan.at_s > duration_s:
            break
        plans.append(plan)
    return plans


def caller_number(index: int) -> str:
    """Return the `index`-th caller's number, E.164; they repeat after 1,400.

    >>> caller_number(0), caller_number(101), caller_number(1400)
    ('+12025550100', '+12125550101', '+12025550100')
    """
    area = AREA_CODES[index // NUMBERS_PER_AREA % len(AREA_CODES)]
    return f"+1{area}55501{index % NUMBERS_PER_AREA:02d}"


def lead_number(index: int) -> str:
    """Return the `index`-th number to be called, E.164, none of them a caller's; they repeat after 1,400.

    >>> lead_number(0), lead_number(1), lead_number(14), lead_number(1400)
    ('+12065550100', '+12145550100', '+12065550101', '+12065550100')
    """
    area = LEAD_AREAS[index % len(LEAD_AREAS)]
    return f"+1{area}55501{index // len(LEAD_AREAS) % NUMBERS_PER_AREA:02d}"
