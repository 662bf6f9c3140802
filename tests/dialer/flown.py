"""The story of one attempt: what happens to it at which second, and what is told of it."""

from datetime import UTC, datetime, timedelta

from callcenter.happenings import (
    DialEnded,
    Happening,
    LegDialed,
    LegEnded,
    LegProgressed,
    LegRinging,
    MachineAnswered,
    Met,
    PersonAnswered,
    PersonDropped,
)
from callcenter.outbound import Attempt, AttemptFacts, AttemptOutcome, AttemptState, Campaign, CampaignKind
from dialer.flights import Ended, Flights, Note, Paced, calls_now
from dialer.pacing import Kind
from dialer.pacing.picture import Stage

T0 = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
A, LEG, GATE, AGENT = "ab12cd34", "main-2", "Local/ab12cd34@dial-gate-00000000;2", "agent-leg"


CAMPAIGN = Campaign(
    name="spring",
    title="Spring",
    kind=CampaignKind.SALES,
    queue="sales",
    trunk="demo",
    caller_id="+12025550100",
    region="US",
    company="Test",
    callback="+12025550100",
    ring=timedelta(seconds=22),
    created_at=T0,
)


OUT = AttemptOutcome


# What a pacer may be told first of what became of a call; it is told one of them.
VERDICTS = {Kind.CONNECTED, Kind.ABANDONED, Kind.HANGUP, Kind.NO_ANSWER, Kind.BUSY, Kind.MACHINE}


# With what a call is over for a pacer: exactly one of them, docs/pacing.md.
ENDS = {Kind.MACHINE, Kind.NO_ANSWER, Kind.BUSY, Kind.ABANDONED, Kind.HANGUP, Kind.TALK_END}


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def attempt(
    ringing_at: datetime | None = None, answered_at: datetime | None = None, connected_at: datetime | None = None
) -> Attempt:
    return Attempt(
        id=A,
        lead=7,
        campaign="spring",
        number="+12025550143",
        cell="main",
        state=AttemptState.DIALING,
        counted=True,
        reserved_at=T0,
        ringing_at=ringing_at,
        answered_at=answered_at,
        connected_at=connected_at,
    )


def dialed(seconds: float = 0.2, leg: str = LEG) -> LegDialed:
    return LegDialed(leg=leg, channel="PJSIP/trunk-demo-0", gate_channel=GATE, attempt=A, at=at(seconds))


def ringing(seconds: float = 1) -> LegRinging:
    return LegRinging(leg=LEG, attempt=A, at=at(seconds))


def progressed(seconds: float = 1) -> LegProgressed:
    return LegProgressed(leg=LEG, attempt=A, at=at(seconds))


def dial_ended(status: str, seconds: float = 8) -> DialEnded:
    return DialEnded(leg=LEG, attempt=A, status=status, at=at(seconds))


def person(seconds: float = 8) -> PersonAnswered:
    return PersonAnswered(
        call=LEG,
        channel="PJSIP/trunk-demo-0",
        attempt=A,
        number="+12025550143",
        caller_id="+12025550100",
        queue="sales",
        skills=(),
        at=at(seconds),
    )


def machine(seconds: float = 11) -> MachineAnswered:
    return MachineAnswered(call=LEG, attempt=A, at=at(seconds))


def dropped(seconds: float = 10) -> PersonDropped:
    return PersonDropped(call=LEG, attempt=A, at=at(seconds))


def met(seconds: float = 8.01) -> Met:
    return Met(legs=(AGENT, LEG), at=at(seconds))


def ended(seconds: float, cause: int | None = 16, leg: str = LEG) -> LegEnded:
    return LegEnded(leg=leg, cause=cause, at=at(seconds))


def gate_ended(seconds: float, cause: int = 16) -> LegEnded:
    return ended(seconds, cause, leg=f"{A}-2")


RINGS = (dialed(), ringing())
ANSWERED = (*RINGS, dial_ended("ANSWER"), person(), gate_ended(8))
FLIES = [(Kind.PLACED, 0), (Kind.RINGING, 1)]
LIVE = [*FLIES, (Kind.ANSWERED, 8), (Kind.LIVE, 8)]


class Story:
    """An attempt from its reservation on, and all effects so far."""

    def __init__(self, *happenings: Happening, campaign: Campaign = CAMPAIGN) -> None:
        self.flights = Flights()
        self.effects = self.flights.begin(attempt(), campaign, 2)
        self.goes_on(*happenings)

    def goes_on(self, *happenings: Happening) -> None:
        for happening in happenings:
            self.effects += self.flights.observe(happening)

    @property
    def pacer(self) -> list[tuple[str, float]]:
        """What the pacer was told, and when."""
        return [(e.event.kind, round(e.event.t - T0.timestamp(), 4)) for e in self.effects if isinstance(e, Paced)]

    @property
    def outcomes(self) -> list[tuple[AttemptOutcome, int | None]]:
        return [(e.outcome, e.cause) for e in self.effects if isinstance(e, Ended)]

    @property
    def facts(self) -> list[AttemptFacts]:
        return [e.facts for e in self.effects if isinstance(e, Note)]

    @property
    def stage(self) -> Stage | None:
        """Where the pacer sees the call; None: it needs no agent."""
        found = calls_now(self.flights.of("spring"))
        return found[0].stage if found else None
