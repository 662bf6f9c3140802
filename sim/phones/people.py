"""People who are called: what each does when the telephone rings. Pure, seeded, frozen.

The same person does the same each time. Shares and times are plausible, not measured: post-dial delay, ringing and
patience as in docs/pacing.md's model; a machine that is switched on for lack of coverage answers at once, the others
after four to five rings.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from sim.phones.plans import Keys


class Outcome(StrEnum):
    """How the network or the person takes a call; the final SIP status is in brackets."""

    ANSWERS = "answers"  # a person (200)
    MACHINE = "machine"  # it greets, beeps, and is silent (200)
    NO_ANSWER = "no-answer"  # rings until the call is cancelled (487)
    DECLINES = "declines"  # rings, then the person refuses (603)
    BUSY = "busy"  # (486)
    CONGESTION = "congestion"  # the network has no line (503)
    INVALID = "invalid"  # nobody has this number (404)
    NEVER_RESPONDS = "never-responds"  # the INVITE is lost: no response at all, not even 100


REFUSED: Final[Mapping[Outcome, int]] = MappingProxyType(
    {Outcome.BUSY: 486, Outcome.CONGESTION: 503, Outcome.INVALID: 404}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPlan:
    """What happens when `number` is called.

    - `post_dial_s`: from the call to the first ring or to the refusal; `ring_s`: from there to the answer (603 if the
      person declines). Whoever answers speaks for `greeting_s`, 0: says nothing.
    - `patience_s`: hang up this long after answering if no agent was heard; None: wait for ever.
    - `keys`: pressed at their times after the answer, as long as no agent was heard: nobody opts out by key who
      talks with a person. Let `patience_s` be later than the last of them.
    - `talk_s`: hang up this long after hearing an agent; None: leave that to the other side.
    A machine has no patience to lose and presses nothing; it hangs up `talk_s` after its beep, None: never.
    """

    number: str
    outcome: Outcome
    post_dial_s: float = 0.0
    ring_s: float = 0.0
    greeting_s: float = 0.8
    patience_s: float | None = 9.0
    keys: tuple[Keys, ...] = ()
    talk_s: float | None = 10.0


PlanOf = Callable[[str], PersonPlan]

SHARES: Final[Mapping[Outcome, float]] = MappingProxyType(
    {
        Outcome.ANSWERS: 0.45,
        Outcome.NO_ANSWER: 0.25,
        Outcome.MACHINE: 0.15,
        Outcome.BUSY: 0.08,
        Outcome.CONGESTION: 0.02,
        Outcome.INVALID: 0.02,
        Outcome.DECLINES: 0.02,
        Outcome.NEVER_RESPONDS: 0.01,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A lognormal time: its median, and the standard deviation of its logarithm."""

    median_s: float
    sigma: float = 0.4

    def draw(self, rng: random.Random) -> float:
        return rng.lognormvariate(math.log(self.median_s), self.sigma)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What a population does.

    - `shares`: weights of the outcomes.
    - `patience_mean_s`: of those who answer and hear nobody, exponential, beyond the greeting.
    - `machine_at_once`: share of machines that answer within `MACHINE_SOON_S`; the others after `MACHINE_LATE_S`.
      `machine_records_s`: how long a message they take.
    - `opt_out`: share of persons who wait for the message that is played when no agent comes, and press `opt_out_key`
      in it, `opt_out_after_s` after answering. They leave `HEARD_OUT_S` later.
    - `pace`: factor on all times before the answer and on the talk, for short tests. Patience and greetings stay as
      they are, because what they are held against (two seconds, a detector of machines) does too.
    """

    shares: Mapping[Outcome, float] = field(default_factory=lambda: SHARES)
    post_dial: Spread = Spread(median_s=2.2)
    ring: Spread = Spread(median_s=8.0, sigma=0.5)
    talk: Spread = Spread(median_s=20.0, sigma=0.5)
    patience_mean_s: float = 9.0
    machine_at_once: float = 0.3
    machine_records_s: float = 30.0
    opt_out: float = 0.0
    opt_out_key: str = "9"
    opt_out_after_s: float = 6.0
    pace: float = 1.0


MACHINE_SOON_S: Final = (0.5, 2.0)
MACHINE_LATE_S: Final = (15.0, 21.0)
MACHINE_SAYS_S: Final = (4.0, 6.0)
PERSON_SAYS_S: Final = (0.6, 1.0)
HEARD_OUT_S: Final = 10.0
GREETING_STEP_S: Final = 0.1  # greetings are rounded to it, so that few different ones are made


def people(numbers: Collection[str], seed: int, habits: Habits | None = None) -> PlanOf:
    """Return who lives at each of `numbers`; all other numbers are invalid. With or without + is the same number.

    >>> plan = people(["+12065550100"], seed=1)
    >>> plan("12065550100").outcome is plan("+12065550100").outcome, plan("+12065550199").outcome
    (True, <Outcome.INVALID: 'invalid'>)
    """
    known = frozenset(number.removeprefix("+") for number in numbers)
    manners = habits or Habits()

    def plan_of(number: str) -> PersonPlan:
        digits = number.removeprefix("+")
        rng = random.Random(f"{seed} {digits}")
        outcome = rng.choices(list(manners.shares), list(manners.shares.values()))[0]
        return _person(number, outcome if digits in known else Outcome.INVALID, manners, rng)

    return plan_of


def _person(number: str, outcome: Outcome, habits: Habits, rng: random.Random) -> PersonPlan:
    is_machine = outcome is Outcome.MACHINE
    post_dial_s, ring_s, talk_s = habits.post_dial.draw(rng), habits.ring.draw(rng), habits.talk.draw(rng)
    if is_machine:
        talk_s = habits.machine_records_s
        ring_s = rng.uniform(*(MACHINE_SOON_S if rng.random() < habits.machine_at_once else MACHINE_LATE_S))
    greeting_s = rng.uniform(*(MACHINE_SAYS_S if is_machine else PERSON_SAYS_S))
    patience_s = greeting_s + rng.expovariate(1 / habits.patience_mean_s)
    keys: tuple[Keys, ...] = ()
    if outcome is Outcome.ANSWERS and rng.random() < habits.opt_out:
        keys = (Keys(after_s=habits.opt_out_after_s, digits=habits.opt_out_key),)
        patience_s = habits.opt_out_after_s + HEARD_OUT_S
    return PersonPlan(
        number=number,
        outcome=outcome,
        post_dial_s=post_dial_s * habits.pace,
        ring_s=ring_s * habits.pace,
        greeting_s=round(greeting_s / GREETING_STEP_S) * GREETING_STEP_S,
        patience_s=None if is_machine else patience_s,
        keys=keys,
        talk_s=talk_s * habits.pace,
    )
