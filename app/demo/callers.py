"""Who calls the demo: an endless seeded stream of people. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from sim.phones.plans import CallerPlan, Keys

FIRST_KEY_S: Final = (1.5, 4.0)  # people press during the menu's prompt or just after it
TALK_S: Final = (12.0, 0.4)  # median and sigma of a lognormal talk
PATIENCE_S: Final = 30.0  # mean of an exponential patience
ACCOUNT: Final = "12345678#"
CHOICES: Final = {"1": ("sales", 5), "2": ("support", 3), "3": ("collections", 2)}


def plans(rng: random.Random, calls_per_minute: float, did: str) -> Iterator[CallerPlan]:
    """Yield callers of `did`, Poisson arrivals at `calls_per_minute`; each has a number of its own."""
    at_s, number = 0.0, 0
    keys = list(CHOICES)
    weights = [CHOICES[key][1] for key in keys]
    while True:
        (key,) = rng.choices(keys, weights)
        first_s = rng.uniform(*FIRST_KEY_S)
        pressed = [Keys(after_s=first_s, digits=key)]
        if key == "3":
            pressed.append(Keys(after_s=first_s + 3.0, digits=ACCOUNT))
        yield CallerPlan(
            did=did,
            caller=f"+1202555{number % 10_000:04}",
            at_s=at_s,
            keys=tuple(pressed),
            talk_s=rng.lognormvariate(0.0, TALK_S[1]) * TALK_S[0],
            patience_s=5.0 + rng.expovariate(1 / PATIENCE_S),
            expected=CHOICES[key][0],
        )
        number += 1
        at_s += rng.expovariate(calls_per_minute / 60)
