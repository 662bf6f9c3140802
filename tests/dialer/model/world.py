"""What the model of dialing knows at an instant, and what must never be so.

Time passes in ticks and is kept as ages, cut off where they stop to matter: it has no end. A dialer has no lease
here: each does at any time what only the holder of a lease should. So whatever a paused, killed or replaced
dialer can do is among the steps.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import cache
from itertools import combinations
from typing import Final, NamedTuple

from callcenter.outbound import OPEN, AttemptState, LeadState

INTERVAL: Final = 2  # ticks between two calls to one number, as the law wants it
SLACK: Final = 1  # ticks from a leg's question at the gate until it may no longer call
HOLD: Final = INTERVAL + SLACK  # ticks from gate_at of a counted attempt to the next reservation
LIMIT: Final = 1  # ticks until a row is too old for the gate and old enough for the sweeper
NEVER: Final = -1
BEFORE_GATE: Final = frozenset({AttemptState.RESERVED, AttemptState.SENT})


class Leg(StrEnum):
    """A Local channel that an Originate has made. One that is over is kept no more."""

    ASKS = "asks"  # in AGI at the gate
    LEFT = "left"  # gone, but its question still lies at the gate
    GRANTED = "granted"  # the gate has committed
    CALLING = "calling"  # the trunk has seen the INVITE


class Doing(StrEnum):
    """What a dialer has in mind and nowhere else. To hold a reservation is no such thing: any dialer may go on."""

    NOTHING = "nothing"
    MARKED = "marked"  # has committed SENT and not yet told Asterisk
    CHECKED = "checked"  # variant: found a lead fit to be called, has not reserved
    CLOSED = "closed"  # variant: has closed an attempt and not let go its lead


class Dialer(NamedTuple):
    doing: Doing = Doing.NOTHING
    what: int = NEVER  # number of an attempt or of a lead


class Attempt(NamedTuple):
    """A row of the ledger, and what network, Asterisk and carrier have of it.

    - `age`: ticks since reserved_at, sent_at or gate_at, the last of them.
    - `held`: copies of its Originate that the network may still deliver.
    - `legs`: each with the ticks since it asked; `hangup`: the event of its call's end is under way.
    - `absent`: ticks since a snapshot of Asterisk's channels showed no leg of it.
    - `calls`: ticks since each INVITE.
    """

    lead: int
    state: AttemptState = AttemptState.RESERVED
    counted: bool = True
    age: int = 0
    held: int = 0
    legs: tuple[tuple[Leg, int], ...] = ()
    hangup: bool = False
    absent: int = NEVER
    calls: tuple[int, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


class World(NamedTuple):
    """`numbers`: of each lead, the number to be called. Dialers are alike, so they have no order."""

    numbers: tuple[int, ...]
    leads: tuple[LeadState, ...]
    attempts: tuple[Attempt, ...]
    dialers: tuple[Dialer, ...]

    def with_attempt(self, at: int, attempt: Attempt) -> "World":
        return self._replace(attempts=(*self.attempts[:at], attempt, *self.attempts[at + 1 :]))

    def with_lead(self, at: int, state: LeadState) -> "World":
        return self._replace(leads=(*self.leads[:at], state, *self.leads[at + 1 :]))

    def with_dialer(self, at: int, dialer: Dialer) -> "World":
        return self._replace(dialers=tuple(sorted((*self.dialers[:at], dialer, *self.dialers[at + 1 :]))))


def tick(world: World) -> World:
    """One unit of time for everything that has an age."""
    return world._replace(attempts=tuple(_aged(attempt) for attempt in world.attempts))


@cache
def _aged(a: Attempt) -> Attempt:
    return a._replace(
        age=_older(a.age, LIMIT + 1 if a.state in BEFORE_GATE else HOLD),
        legs=tuple((leg, _older(asked, SLACK + 1) if _ages(a, leg) else asked) for leg, asked in a.legs),
        absent=_older(a.absent, HOLD),
        calls=tuple(_older(age, INTERVAL) for age in a.calls),
    )


def _older(age: int, most: int) -> int:
    return age if age in {NEVER, most} else age + 1


def _ages(a: Attempt, leg: Leg) -> bool:
    """When a leg asked matters until it calls, and no more if its attempt was closed before the gate answered."""
    return leg is Leg.GRANTED or (leg is not Leg.CALLING and a.is_open)


def is_settled(world: World) -> bool:
    """No lead is on its way and no number is held."""
    return LeadState.DIALING not in world.leads and not any(a.is_open for a in world.attempts)


def _too_close(world: World) -> bool:
    """The call just placed (age 0) comes too early after another one to its number."""
    return any(min(pair) == 0 and max(pair) < INTERVAL for pair in _pairs_of_calls(world))


def _pairs_of_calls(world: World) -> Iterator[tuple[int, int]]:
    calls = [(world.numbers[a.lead], age) for a in world.attempts for age in a.calls]
    return ((age, other) for (number, age), (same, other) in combinations(calls, 2) if number == same)


def _two_at_once(world: World) -> bool:
    calling = [world.numbers[a.lead] for a in world.attempts for leg, _ in a.legs if leg is Leg.CALLING]
    return len(calling) > len(set(calling))


def _two_open(world: World) -> bool:
    numbers = [world.numbers[a.lead] for a in world.attempts if a.is_open]
    return len(numbers) > len(set(numbers))


Properties = dict[str, Callable[[World], bool]]
# What must never be: the harm itself ...
HARM: Final[Properties] = {
    "two calls to one number too close": _too_close,
    "two calls to one number at once": _two_at_once,
    "a call before its row was committed as sent": lambda world: any(
        a.calls and a.state is AttemptState.RESERVED for a in world.attempts
    ),
    "a try was given back for a call": lambda world: any(a.calls and not a.counted for a in world.attempts),
    "more calls than counted attempts": lambda world: (
        sum(len(a.calls) for a in world.attempts) > sum(a.counted for a in world.attempts)
    ),
}
# ... and what the protocol keeps besides, so that it does not come to that.
PROMISES: Final[Properties] = HARM | {
    "two open attempts on one number": _two_open,
    "a call that the gate has not passed": lambda world: any(
        a.calls and a.state in BEFORE_GATE for a in world.attempts
    ),
    "two calls of one attempt": lambda world: any(len(a.calls) > 1 for a in world.attempts),
    "a closed attempt that may still call": lambda world: any(
        not a.is_open and any(leg in {Leg.GRANTED, Leg.CALLING} for leg, _ in a.legs) for a in world.attempts
    ),
}
