"""Variants of the protocol: each is its table of steps with one or two of them changed.

SAFE and LARGE must hold; BROKEN and STUCK must be found out, so that the check is known to see.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from callcenter.outbound import OPEN, AttemptOutcome, AttemptState, LeadState
from dialer.attempts import TRANSITIONS, AttemptEvent
from tests.dialer.model.explorer import Found, explore
from tests.dialer.model.steps import (
    AFTER_GATE,
    ANYTIME,
    PROTOCOL,
    SENT,
    Bounds,
    Step,
    Steps,
    absent_from,
    closes,
    dialers_that,
    fit,
    for_each_attempt,
    gate,
    if_age,
    legs_that,
    moves,
    refuse,
    reserve_if,
    reserved,
    system_of,
    with_leg,
    write,
)
from tests.dialer.model.world import (
    HARM,
    INTERVAL,
    LIMIT,
    PROMISES,
    Attempt,
    Dialer,
    Doing,
    Leg,
    World,
)


@dataclass(frozen=True, kw_only=True)
class Variant:
    """`breaks` and `trace`: what must be found, and steps that the way there has in this order."""

    steps: Steps
    bounds: Bounds = field(default_factory=Bounds)
    breaks: str = ""
    trace: tuple[str, ...] = ()

    def explore(self, at_most: int = 1_000_000) -> Found[World]:
        return explore(system_of(self.steps, self.bounds, HARM if self.breaks else PROMISES), at_most=at_most)


TWO_LEADS: Final = (0, 0)  # of one number
ONCE: Final = Bounds(copies=1)
CLOSE, AT_ONCE, GIVEN_BACK = (
    "two calls to one number too close",
    "two calls to one number at once",
    "a try was given back for a call",
)


def fit_alone(world: World, lead: int) -> bool:
    """Looks at the lead's own attempts and not at its number's."""
    return fit(world._replace(attempts=tuple(a for a in world.attempts if a.lead == lead)), lead)


def check(bounds: Bounds, world: World) -> Iterator[tuple[int, World]]:
    """The checks of T1, before its transaction."""
    for at, _ in dialers_that(world, Doing.NOTHING):
        for lead in range(len(world.leads)):
            if fit(world, lead):
                yield lead, world.with_dialer(at, Dialer(Doing.CHECKED, lead))


def insert(bounds: Bounds, world: World) -> Iterator[tuple[int, World]]:
    """The rest of T1: only the unique index on open attempts is left to say no."""
    for at, lead in dialers_that(world, Doing.CHECKED):
        if len(world.attempts) < bounds.attempts and fit(world, lead, hold=0):
            number, after = reserved(world, lead)
            yield number, after.with_dialer(at, Dialer())


# --- no gate: the dialplan calls at once, and the row follows when the call is seen


def deliver_and_run(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    if attempt.held:
        yield with_leg(attempt._replace(held=attempt.held - 1), Leg.GRANTED, 0)


def see(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    if any(leg is Leg.CALLING for leg, _ in attempt.legs):
        yield from moves(bounds, attempt, AttemptEvent.PASS, age=0)


def redial(bounds: Bounds, world: World) -> Iterator[tuple[int, World]]:
    """Whoever finds an old SENT tells Asterisk again."""
    for at, _ in dialers_that(world, Doing.NOTHING):
        for number, attempt in enumerate(world.attempts):
            if attempt.state in SENT and attempt.age >= LIMIT:
                yield number, world.with_dialer(at, Dialer(Doing.MARKED, number))


def expire_as_unknown(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    """Even if it makes sure that no leg is there."""
    if attempt.age >= LIMIT and not attempt.legs:
        yield from closes(bounds, attempt, AttemptOutcome.LOST, SENT)


def write_in_time(bounds: Bounds, world: World) -> Iterator[tuple[int, World]]:
    for number, after in write(bounds, world):
        if world.attempts[number].state in SENT and world.attempts[number].age <= LIMIT:
            yield number, after


WITHOUT_GATE: Final = {
    name: step for name, step in PROTOCOL.items() if name not in {"leave", "gate", "refuse", "gate-dies"}
} | {"deliver": for_each_attempt(deliver_and_run), "see": for_each_attempt(see)}
COUNTED_AS_UNKNOWN: Final = WITHOUT_GATE | {"expire": for_each_attempt(expire_as_unknown)}


# --- slips in the gate, and around it


def refuse_whatever_is_open(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    yield from refuse(bounds, attempt)
    for _, _, rest in legs_that(attempt, Leg.ASKS):
        yield from closes(bounds, rest, AttemptOutcome.REFUSED, OPEN)


def refuse_and_raise_hangup(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    """The event of a leg's end tells the attempt, and not whether this leg was let through."""
    for after in refuse(bounds, attempt):
        yield after
        yield after._replace(hangup=after.is_open)


def answer_before_commit(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    """The gate reads the row and answers; `see` stands for the commit that follows."""
    for _, asked, rest in legs_that(attempt, Leg.ASKS):
        if attempt.state in SENT:
            yield with_leg(rest, Leg.GRANTED, asked)


def invite_however_late(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    for _, _, rest in legs_that(attempt, Leg.GRANTED):
        yield with_leg(rest._replace(calls=(*attempt.calls, 0)), Leg.CALLING, 0)


def gate_restarts_guard(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    """The leg's time runs anew from the gate's commit, as if each AGI command pushed the timeout back."""
    for passed in gate(bounds, attempt):
        legs = tuple((leg, 0 if leg is Leg.GRANTED else asked) for leg, asked in passed.legs)
        yield passed._replace(legs=tuple(sorted(legs)))


# --- slips in the sweeper


def look_early(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    if attempt.state in AFTER_GATE | SENT:
        yield from absent_from(attempt)


def close_lost_without_margin(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    """Takes a snapshot of the same instant as gate_at for a later one."""
    if 0 <= attempt.absent <= attempt.age:
        yield from closes(bounds, attempt, AttemptOutcome.LOST, AFTER_GATE)


def give_back_lost(bounds: Bounds, attempt: Attempt) -> Iterator[Attempt]:
    if 0 <= attempt.absent < attempt.age:
        yield from closes(bounds, attempt, AttemptOutcome.EXPIRED, AFTER_GATE)


def withdraw_alone(bounds: Bounds, world: World) -> Iterator[tuple[int, World]]:
    """Closes the row in one transaction and means to let the lead go in the next."""
    for at, _ in dialers_that(world, Doing.NOTHING):
        for number, attempt in enumerate(world.attempts):
            for after in closes(bounds, attempt, AttemptOutcome.WITHDRAWN, frozenset({AttemptState.RESERVED})):
                yield number, world.with_attempt(number, after).with_dialer(at, Dialer(Doing.CLOSED, after.lead))


def let_go(bounds: Bounds, world: World) -> Iterator[tuple[int, World]]:
    for at, lead in dialers_that(world, Doing.CLOSED):
        yield lead, world.with_lead(lead, LeadState.READY).with_dialer(at, Dialer())


def hold_from_the_end(steps: Steps) -> Steps:
    """The interval runs from ended_at of the last counted attempt, and a leg may call however late."""

    def from_end(step: Step) -> Step:
        def changed(bounds: Bounds, world: World) -> Iterator[tuple[int, World]]:
            for number, after in step(bounds, world):
                closed = after.attempts[number]
                yield number, after.with_attempt(number, closed._replace(age=0) if closed.counted else closed)

        return changed

    return steps | {
        "reserve": reserve_if(lambda world, lead: fit(world, lead, hold=INTERVAL)),
        "invite": for_each_attempt(invite_however_late),
        "hear": from_end(steps["hear"]),
        "close-lost": from_end(steps["close-lost"]),
    }


def without(steps: Steps, names: Iterable[str]) -> Steps:
    return {name: step for name, step in steps.items() if name not in names}


SAFE: Final[Mapping[str, Variant]] = {
    "one lead": Variant(steps=PROTOCOL),
    "two leads of one number": Variant(steps=PROTOCOL, bounds=Bounds(TWO_LEADS)),
    "whatever the limits and clocks": Variant(steps=ANYTIME),
    "interval from the end, legs however late": Variant(steps=hold_from_the_end(PROTOCOL)),
}

# The same in a larger world.
LARGE: Final[Mapping[str, Variant]] = {
    "three attempts": Variant(steps=PROTOCOL, bounds=Bounds(attempts=3)),
    "three attempts, two leads of one number": Variant(
        steps=ANYTIME, bounds=Bounds(TWO_LEADS, attempts=3, copies=1, dialers=3)
    ),
    "two numbers": Variant(steps=ANYTIME, bounds=Bounds((0, 1), copies=1)),
    "three copies": Variant(steps=ANYTIME, bounds=Bounds(copies=3)),
    "old SENT told again, with the gate": Variant(steps=PROTOCOL | {"redial": redial}),
}

BROKEN: Final[Mapping[str, Variant]] = {
    "lock on the lead": Variant(
        steps=PROTOCOL | {"reserve": reserve_if(fit_alone)},
        bounds=Bounds(TWO_LEADS, copies=1),
        breaks=CLOSE,
        trace=("reserve 0", "reserve 1", "gate 0", "gate 1", "invite 0", "invite 1"),
    ),
    "checks before the transaction": Variant(
        steps=without(ANYTIME, {"reserve"}) | {"check": check, "insert": insert},
        bounds=ONCE,
        breaks=CLOSE,
        trace=("check 0", "check 0", "insert 0", "invite 0", "insert 1", "invite 1"),
    ),
    "no gate, old SENT told again": Variant(
        steps=without(WITHOUT_GATE, {"expire"}) | {"redial": redial},
        bounds=ONCE,
        breaks=CLOSE,
        trace=("write 0", "invite 0", "hang-up 0", "redial 0", "write 0", "invite 0"),
    ),
    "no gate, old SENT counted as unknown": Variant(
        steps=COUNTED_AS_UNKNOWN, breaks=CLOSE, trace=("write 0", "deliver 0", "deliver 0", "invite 0", "invite 0")
    ),
    "the same, each Originate carried out once at most": Variant(
        steps=COUNTED_AS_UNKNOWN, bounds=ONCE, breaks=AT_ONCE, trace=("expire 0", "deliver 0", "invite 0", "invite 1")
    ),
    "the same, with a deadline for writing": Variant(
        steps=COUNTED_AS_UNKNOWN | {"write": write_in_time},
        bounds=ONCE,
        breaks=AT_ONCE,
        trace=("write 0", "expire 0", "deliver 0", "invite 0", "invite 1"),
    ),
    "gate passes what is closed": Variant(
        steps=ANYTIME,
        bounds=Bounds(transitions={**TRANSITIONS, AttemptState.ENDED: {AttemptEvent.PASS: AttemptState.DIALING}}),
        breaks=GIVEN_BACK,
        trace=("expire 0", "gate 0", "invite 0"),
    ),
    "gate answers before it commits": Variant(
        steps=PROTOCOL | {"gate": for_each_attempt(answer_before_commit), "see": for_each_attempt(see)},
        bounds=ONCE,
        breaks=GIVEN_BACK,
        trace=("gate 0", "invite 0", "expire 0"),
    ),
    "gate's refusal closes whatever is open": Variant(
        steps=PROTOCOL | {"refuse": for_each_attempt(refuse_whatever_is_open)},
        breaks=GIVEN_BACK,
        trace=("deliver 0", "gate 0", "refuse 0"),
    ),
    "any leg's end closes the attempt": Variant(
        steps=PROTOCOL | {"refuse": for_each_attempt(refuse_and_raise_hangup)},
        breaks=AT_ONCE,
        trace=("gate 0", "refuse 0", "hear 0", "reserve 1", "invite 1"),
    ),
    "no end to the time between gate and call": Variant(
        steps=PROTOCOL | {"invite": for_each_attempt(invite_however_late)},
        bounds=ONCE,
        breaks=CLOSE,
        trace=("gate 0", "wait 1", "wait 1", "invite 0", "reserve 1", "invite 1"),
    ),
    "that time counted from the gate's answer": Variant(
        steps=PROTOCOL | {"gate": if_age(lambda age: age <= LIMIT, gate_restarts_guard)},
        bounds=ONCE,
        breaks=CLOSE,
        trace=("deliver 0", "wait 1", "gate 0", "wait 1", "invite 0", "reserve 1", "invite 1"),
    ),
    "interval without slack": Variant(
        steps=PROTOCOL | {"reserve": reserve_if(lambda world, lead: fit(world, lead, hold=INTERVAL))},
        bounds=ONCE,
        breaks=CLOSE,
        trace=("gate 0", "wait 1", "invite 0", "wait 1", "reserve 1", "invite 1"),
    ),
    "lost attempts give the try back": Variant(
        steps=PROTOCOL | {"close-lost": for_each_attempt(give_back_lost)},
        bounds=ONCE,
        breaks=GIVEN_BACK,
        trace=("invite 0", "hang-up 0", "look 0", "close-lost 0"),
    ),
    "snapshot as old as the gate's pass": Variant(
        steps=PROTOCOL
        | {"look": for_each_attempt(look_early), "close-lost": for_each_attempt(close_lost_without_margin)},
        bounds=ONCE,
        breaks=AT_ONCE,
        trace=("look 0", "deliver 0", "gate 0", "close-lost 0", "reserve 1", "invite 1"),
    ),
}

STUCK: Final[Mapping[str, Variant]] = {
    "nobody looks for lost attempts": Variant(
        steps=without(PROTOCOL, {"close-lost"}), bounds=ONCE, trace=("deliver 0", "leave 0", "gate 0")
    ),
    "nobody sweeps what is sent": Variant(
        steps=without(PROTOCOL, {"expire", "refuse"}), bounds=ONCE, trace=("send 0", "die 0")
    ),
    "row and lead in two transactions": Variant(
        steps=PROTOCOL | {"withdraw": withdraw_alone, "let-go": let_go}, bounds=ONCE, trace=("withdraw 0", "die 0")
    ),
}
