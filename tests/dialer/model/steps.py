"""The steps of the protocol, one function each, and the tables of them.

A step yields every way in which it can happen now. Attempts move by the table that the dialer itself uses
(`dialer.attempts.TRANSITIONS`) and give the try back by `callcenter.outbound.NOT_DIALLED`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from callcenter.outbound import NOT_DIALLED, OPEN, AttemptOutcome, AttemptState, LeadState
from dialer.attempts import TRANSITIONS, AttemptEvent
from tests.dialer.model.explorer import System
from tests.dialer.model.world import (
    BEFORE_GATE,
    HOLD,
    LIMIT,
    NEVER,
    SLACK,
    Attempt,
    Dialer,
    Doing,
    Leg,
    Properties,
    World,
    is_settled,
    tick,
)

AFTER_GATE: Final = OPEN - BEFORE_GATE
SENT: Final = frozenset({AttemptState.SENT})
RESERVED: Final = frozenset({AttemptState.RESERVED})


@dataclass(frozen=True, eq=False)
class Bounds:
    """How large the world is.

    `numbers`: of each lead, the number; `copies`: how many legs an Originate, written once, may make.
    """

    numbers: tuple[int, ...] = (0,)
    attempts: int = 2
    copies: int = 2
    dialers: int = 2
    transitions: Mapping[AttemptState, Mapping[AttemptEvent, AttemptState]] = field(default_factory=lambda: TRANSITIONS)


Step = Callable[[Bounds, World], Iterator[tuple[int, World]]]  # with the number of the attempt it is about
Steps = dict[str, Step]
AttemptStep = Callable[[Bounds, Attempt], Iterable[Attempt]]


def system_of(steps: Steps, bounds: Bounds, never: Properties) -> System[World]:
    """The world at its beginning, and all that may happen in it."""
    ready = (LeadState.READY,) * len(bounds.numbers)

    def successors(world: World) -> Iterator[tuple[str, World]]:
        for name, step in steps.items():
            for number, after in step(bounds, world):
                yield f"{name} {number}", after

    return System(
        start=World(bounds.numbers, ready, (), (Dialer(),) * bounds.dialers),
        steps=successors,
        breaks=lambda world: next((name for name, holds in never.items() if holds(world)), ""),
        settled=is_settled,
    )


def moves(bounds: Bounds, attempt: Attempt, event: AttemptEvent, **changes: Any) -> Iterator[Attempt]:
    """The compare-and-set: happens if the table has the step, else nothing is written."""
    after = bounds.transitions[attempt.state].get(event)
    if after is not None:
        yield attempt._replace(state=after, **changes)


def closes(
    bounds: Bounds, attempt: Attempt, outcome: AttemptOutcome, only_from: frozenset[AttemptState]
) -> Iterator[Attempt]:
    """End an attempt that is in one of `only_from`; the outcome says whether the try is given back."""
    if attempt.state in only_from:
        counted = attempt.counted and outcome not in NOT_DIALLED
        # Questions about a closed row: when they were asked matters no more, nor do those for nobody.
        legs = tuple((leg, 0 if leg is Leg.ASKS else asked) for leg, asked in attempt.legs if leg is not Leg.LEFT)
        rest = attempt._replace(counted=counted, age=attempt.age if counted else HOLD, legs=legs)
        yield from moves(bounds, rest, AttemptEvent.CLOSE, hangup=False, absent=NEVER)


def for_each_attempt(step: AttemptStep) -> Step:
    """Lift a step of one attempt to the world. Closing lets the lead go in the same transaction."""

    @cache  # one attempt stands in many worlds
    def afters(bounds: Bounds, attempt: Attempt) -> tuple[Attempt, ...]:
        return tuple(step(bounds, attempt))

    def lifted(bounds: Bounds, world: World) -> Iterator[tuple[int, World]]:
        for number, attempt in enumerate(world.attempts):
            for after in afters(bounds, attempt):
                moved = world.with_attempt(number, after)
                if attempt.is_open and not after.is_open:
                    yield number, moved.with_lead(after.lead, LeadState.READY)
                    if after.counted:
                        yield number, moved.with_lead(after.lead, LeadState.DONE)
                else:
                    yield number, moved

    return lifted


# --- a dialer


def dialers_that(world: World, doing: Doing) -> Iterator[tuple[int, int]]:
    """Place and matter of each dialer that does this; of two alike one is enough."""
    places = {dialer: at for at, dialer in enumerate(world.dialers) if dialer.doing is doing}
    return ((at, dialer.what) for dialer, at in places.items())


def fit(world: World, lead: int, hold: int = HOLD) -> bool:
    """What T1 asks, in one transaction under the lock on the number."""
    others = [a for a in world.attempts if world.numbers[a.lead] == world.numbers[lead]]
    return world.leads[lead] is LeadState.READY and not any(a.is_open or (a.counted and a.age < hold) for a in others)


def reserved(world: World, lead: int) -> tuple[int, World]:
    after = world._replace(attempts=(*world.attempts, Attempt(lead)))
    return len(world.attempts), after.with_lead(lead, LeadState.DIALING)


def has_twin_before(world: World, lead: int) -> bool:
    """Leads of one number that nobody has tried differ in nothing: it is enough to try the first."""
    tried = {a.lead for a in world.attempts}
    twins = (other for other in range(lead) if world.numbers[other] == world.numbers[lead])
    return lead not in tried and any(other not in tried for other in twins)


def reserve_if(may: Callable[[World, int], bool]) -> Step:
    def step(bounds: Bounds, world: World) -> Iterator[tuple[int, World]]:
        if len(world.attempts) < bounds.attempts:
            for lead in range(len(world.leads)):
                if may(world, lead) and not has_twin_before(world, lead):
                    yield reserved(world, lead)

    return step


def send(bounds: Bounds, world: World) -> Iterator[tuple[int, World]]:
    """T2 commits SENT. Any dialer may go on with a reservation, whether or not the one who made it is dead."""
    for at, _ in dialers_that(world, Doing.NOTHING):
        for number, attempt in enumerate(world.attempts):
            for after in moves(bounds, attempt, AttemptEvent.SEND, age=0):
                yield number, world.with_attempt(number, after).with_dialer(at, Dialer(Doing.MARKED, number))


def write(bounds: Bounds, world: World) -> Iterator[tuple[int, World]]:
    """Tell Asterisk: once, and however late. The network has the message now."""
    for at, number in dialers_that(world, Doing.MARKED):
        attempt = world.attempts[number]
        held = attempt._replace(held=bounds.copies - len(attempt.legs))
        yield number, world.with_attempt(number, held).with_dialer(at, Dialer())


def die(bounds: Bounds, world: World) -> Iterator[tuple[int, World]]:
    """Killed and started again: it knows nothing. One that stays dead just takes no more step."""
    for at, dialer in enumerate(world.dialers):
        if dialer.doing is not Doing.NOTHING:
            yield dialer.what, world.with_dialer(at, Dialer())


# --- network, Asterisk, gate


def with_leg(attempt: Attempt, leg: Leg, asked: int) -> Attempt:
    return attempt._replace(legs=tuple(sorted((*attempt.legs, (leg, asked)))))


def legs_that(attempt: Attempt, *stages: Leg) -> Iterator[tuple[Leg, int, Attempt]]:
    """Each leg in one of the stages: stage, ticks since it asked, the attempt without it."""
    for at, (leg, asked) in enumerate(attempt.legs):
        if leg in stages:
            yield leg, asked, attempt._replace(legs=attempt.legs[:at] + attempt.legs[at + 1 :])


def deliver(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    """A copy of the Originate arrives, however late; its leg asks the gate."""
    if attempt.held:
        yield with_leg(attempt._replace(held=attempt.held - 1), Leg.ASKS, 0)


def leave(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    """A leg ends while it asks. The gate does not know and may still pass it."""
    for _, asked, rest in legs_that(attempt, Leg.ASKS):
        yield with_leg(rest, Leg.LEFT, asked) if attempt.is_open else rest


def gate(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    """The gate's compare-and-set. It may have read its clock at any time since the question came."""
    for leg, asked, rest in legs_that(attempt, Leg.ASKS, Leg.LEFT):
        for gate_at in range(asked + 1):
            for passed in moves(bounds, rest, AttemptEvent.PASS, age=gate_at):
                yield with_leg(passed, Leg.GRANTED, asked) if leg is Leg.ASKS else passed


def refuse(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    """The gate says no: the row is not SENT, or too old; hours and do-not-call lists also close it."""
    for _, _, rest in legs_that(attempt, Leg.ASKS, Leg.LEFT):
        yield rest
        yield from closes(bounds, rest, AttemptOutcome.REFUSED, SENT)


def gate_dies(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    """Between commit and answer; the leg hangs up. Or Asterisk dies, or its guard ends a leg that waited too long."""
    for _, _, rest in legs_that(attempt, Leg.GRANTED):
        yield rest


def invite(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    """The carrier sees the call. TIMEOUT(absolute), set before the question, lets no slower leg come here."""
    for _, asked, rest in legs_that(attempt, Leg.GRANTED):
        if asked <= SLACK:
            yield with_leg(rest._replace(calls=(*attempt.calls, 0)), Leg.CALLING, 0)


def answer(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    if any(leg is Leg.CALLING for leg, _ in attempt.legs):
        yield from moves(bounds, attempt, AttemptEvent.ANSWER)


def hang_up(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    """The call ends; the event of it is lost, or under way. Only a leg that the gate let through has this event."""
    for _, _, rest in legs_that(attempt, Leg.CALLING):
        yield rest
        yield rest._replace(hangup=attempt.is_open)


# --- whoever listens or sweeps


def hear(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    """The end of the call is heard, however late."""
    if attempt.hangup:
        yield from closes(bounds, attempt, AttemptOutcome.NO_ANSWER, AFTER_GATE)


def withdraw(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    yield from closes(bounds, attempt, AttemptOutcome.WITHDRAWN, RESERVED)


def expire(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    yield from closes(bounds, attempt, AttemptOutcome.EXPIRED, SENT)


def look(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    """A snapshot of Asterisk's channels shows no leg of this attempt; it may be used much later.

    Before the gate's commit a snapshot is worth nothing, unless the gate has read its clock already.
    """
    stages = {leg for leg, _ in attempt.legs}
    if attempt.state in AFTER_GATE or (attempt.state in SENT and Leg.LEFT in stages):
        yield from absent_from(attempt)


def absent_from(attempt: Attempt) -> Iterator[Attempt]:
    if all(leg is Leg.LEFT for leg, _ in attempt.legs):
        yield attempt._replace(absent=0)


def close_lost(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    """What a snapshot begun after gate_at does not show is over; it may have been dialled, so it counts."""
    if NEVER < attempt.absent < attempt.age:
        yield from closes(bounds, attempt, AttemptOutcome.LOST, AFTER_GATE)


def wait(bounds: Bounds, world: World) -> Iterator[tuple[int, World]]:
    yield 1, tick(world)


def if_age(fits: Callable[[int], bool], step: AttemptStep) -> Step:
    """The same step, only for rows of such an age."""
    return for_each_attempt(lambda bounds, attempt: step(bounds, attempt) if fits(attempt.age) else ())


# Ages left out: whoever sweeps may come at any time, and the gate passes any SENT. What is safe here is so
# with any limits and any clocks.
ANYTIME: Final[Steps] = {
    "reserve": reserve_if(fit),
    "send": send,
    "write": write,
    "die": die,
    "deliver": for_each_attempt(deliver),
    "leave": for_each_attempt(leave),
    "gate": for_each_attempt(gate),
    "refuse": for_each_attempt(refuse),
    "gate-dies": for_each_attempt(gate_dies),
    "invite": for_each_attempt(invite),
    "answer": for_each_attempt(answer),
    "hang-up": for_each_attempt(hang_up),
    "hear": for_each_attempt(hear),
    "withdraw": for_each_attempt(withdraw),
    "expire": for_each_attempt(expire),
    "look": for_each_attempt(look),
    "close-lost": for_each_attempt(close_lost),
    "wait": wait,
}
PROTOCOL: Final[Steps] = ANYTIME | {
    "gate": if_age(lambda age: age <= LIMIT, gate),
    "withdraw": if_age(lambda age: age >= LIMIT, withdraw),
    "expire": if_age(lambda age: age >= LIMIT, expire),
}
