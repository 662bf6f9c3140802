"""Attempts on their way, from the reservation to the end of the call, and what each happening means for them. Pure.

`observe` takes what the tracker saw and returns effects, which `dialer.service` performs in order: facts to note in
the ledger, ends to write there, and events for the campaign's pacer. The end of an attempt is told once. A pacer is
told one thing that became of a call (connected, dropped, machine, unanswered), the first to be known; a happening that
was lost is made good by the next one that proves it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from callcenter import happenings as seen
from callcenter.outbound import Attempt, AttemptFacts, AttemptOutcome, Campaign, CampaignKind
from dialer.outcomes import unanswered
from dialer.pacing import Kind, PacingEvent
from dialer.pacing.picture import CallNow

OWED: Final = timedelta(seconds=2)  # 16 CFR 310.4(b)(1)(iv): from the end of the greeting to an agent
GATE_LEG: Final = "-2"  # + attempt: Uniqueid of the Local channel's half that asks the gate and dials


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """An attempt on its way. `ring`: how long it may ring; `tries`: of the lead, with this one.

    - `leg`: Uniqueid of the person's leg once the trunk was asked; `gate_channel`: the channel that dials it.
    - `reached`: the phone rang, or the network sent sound before any answer.
    - `alone`: has talked with an agent whose phone vanished, and waits for another.
    - `requested`: they asked for the call; `person_at` is when they took it, by a key, and went to the queue.
    - `amd`: AMD listens to whoever answers; until it has made up its mind there is no `person_at`.
    """

    attempt: str
    campaign: str
    lead: int
    tries: int
    ring: timedelta
    placed_at: datetime
    requested: bool = False
    segment: int = 0  # of its lead, for the pacer
    amd: bool = False
    leg: str = ""
    gate_channel: str = ""
    status: str = ""
    reached: bool = False
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    person_at: datetime | None = None  # a person, or taken for one: from here on it counts
    connected_at: datetime | None = None
    machine: bool = False
    dropped: bool = False
    cancelled: bool = False
    alone: bool = False

    @property
    def settled(self) -> bool:
        """Whether it is known what became of the answer."""
        return self.connected_at is not None or self.dropped or self.machine

    @property
    def picture(self) -> CallNow | None:
        """How the pacer sees it; None while it needs no agent."""
        if self.settled and not self.alone:
            return None
        return CallNow(
            call=self.attempt,
            placed=self.placed_at.timestamp(),
            ringing=None if self.ringing_at is None else self.ringing_at.timestamp(),
            answered=None if self.answered_at is None else self.answered_at.timestamp(),
            live=self.person_at is not None,
            seg=self.segment,
        )

    def outcome(self, cause: int | None, at: datetime) -> AttemptOutcome:
        """How the attempt is recorded if the person's leg ends `at` this time with `cause` (Q.850)."""
        if self.dropped:  # whatever came later: no agent was there in time
            return AttemptOutcome.DROPPED
        if self.connected_at is not None:
            return AttemptOutcome.CONNECTED
        if self.machine:
            return AttemptOutcome.MACHINE
        if self.answered_at is not None:
            if self.requested:
                return _left(self)
            # Not sure means a person; but who hangs up while AMD listens was not let down: they are owed an agent
            # within two seconds of their greeting's end, and are gone before.
            early = self.amd and self.person_at is None and at - self.answered_at <= OWED
            return AttemptOutcome.ABANDONED if early else AttemptOutcome.DROPPED
        return unanswered(self.status, cause, reached=self.reached, cancelled=self.cancelled)


def _left(flight: Flight) -> AttemptOutcome:
    """How a call that was asked for is recorded if it was answered and no agent was met."""
    return AttemptOutcome.MACHINE if flight.person_at is None else AttemptOutcome.ABANDONED


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Facts for the ledger."""

    attempt: str
    facts: AttemptFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The attempt is over."""

    flight: Flight
    outcome: AttemptOutcome
    cause: int | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverDialed:
    """Asterisk ended the call before the trunk was asked: the gate refused it, or was not reached."""

    flight: Flight
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Paced:
    """An event for the pacer of a campaign."""

    campaign: str
    event: PacingEvent


Effect = Note | Ended | NeverDialed | Paced


class Flights:
    """Flights by attempt, and by the person's leg."""

    def __init__(self) -> None:
        self._flights: dict[str, Flight] = {}
        self._by_leg: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._flights)

    def __contains__(self, attempt: str) -> bool:
        return attempt in self._flights

    def of(self, campaign: str) -> list[Flight]:
        return [flight for flight in self._flights.values() if flight.campaign == campaign]

    def get(self, attempt: str) -> Flight | None:
        return self._flights.get(attempt)

    def begin(self, attempt: Attempt, campaign: Campaign, tries: int, segment: int = 0) -> list[Effect]:
        """An attempt was reserved, or is found open after a restart; `segment`: of its lead, for the pacer."""
        flight = Flight(
            attempt=attempt.id,
            campaign=attempt.campaign,
            lead=attempt.lead,
            tries=tries,
            ring=campaign.ring,
            placed_at=attempt.reserved_at,
            requested=campaign.kind is CampaignKind.CALLBACK,
            segment=segment,
            amd=campaign.amd,
            reached=attempt.ringing_at is not None,
            ringing_at=attempt.ringing_at,
            answered_at=attempt.answered_at,
            person_at=None if campaign.amd or campaign.kind is CampaignKind.CALLBACK else attempt.answered_at,
            connected_at=attempt.connected_at,
        )
        self._keep(flight)
        return [_paced(flight, Kind.PLACED, flight.placed_at)]

    def adopt(self, attempt: str, leg: str, gate_channel: str, *, taken_at: datetime | None = None) -> None:
        """After a restart: the channels an open attempt has in Asterisk. `leg` may be "": not dialled yet.

        `taken_at`: somewhen before, a person took the call that they had asked for.
        """
        flight = self._flights[attempt]
        person_at = flight.person_at or taken_at
        self._keep(replace(flight, leg=leg, gate_channel=gate_channel, person_at=person_at))

    def attempt_of(self, leg: str) -> str | None:
        """Return the attempt whose person is on `leg`."""
        return self._by_leg.get(leg)

    def forget(self, attempt: str) -> None:
        flight = self._flights.pop(attempt, None)
        if flight is not None:
            self._by_leg.pop(flight.leg, None)

    def clear(self) -> None:
        """The link to Asterisk was lost: what happens meanwhile will not be told."""
        self._flights.clear()
        self._by_leg.clear()

    def cancel(self, attempt: str) -> None:
        """We are about to end it while it rings, before its time."""
        self._flights[attempt] = replace(self._flights[attempt], cancelled=True)

    def __iter__(self) -> Iterator[Flight]:
        return iter(list(self._flights.values()))

    def observe(self, happening: seen.Happening) -> list[Effect]:
        handle = _OBSERVE.get(type(happening))
        return handle(self, happening) if handle else []

    # ----------------------------------------------------------------------------------------------- happenings

    def _dialed(self, happening: seen.LegDialed) -> list[Effect]:
        flight = self._flights.get(happening.attempt)
        if flight is None:
            return []
        leg = happening.leg or flight.leg
        self._keep(replace(flight, leg=leg, gate_channel=happening.gate_channel))
        return [Note(attempt=flight.attempt, facts={"call_id": leg})] if leg != flight.leg else []

    def _ringing(self, happening: seen.LegRinging) -> list[Effect]:
        flight = self._flights.get(happening.attempt)
        if flight is None or flight.ringing_at is not None:
            return []
        self._keep(replace(flight, leg=flight.leg or happening.leg, reached=True, ringing_at=happening.at))
        noted = Note(attempt=flight.attempt, facts={"ringing_at": happening.at})
        return [noted, _paced(flight, Kind.RINGING, happening.at)]

    def _progressed(self, happening: seen.LegProgressed) -> list[Effect]:
        flight = self._flights.get(happening.attempt)
        if flight is not None:
            self._keep(replace(flight, leg=flight.leg or happening.leg, reached=True))
        return []

    def _dial_ended(self, happening: seen.DialEnded) -> list[Effect]:
        flight = self._flights.get(happening.attempt)
        if flight is None:
            return []
        flight = replace(flight, leg=flight.leg or happening.leg)
        if happening.status == "ANSWER":
            return self._answered(flight, happening.at)
        self._keep(replace(flight, status=happening.status))
        return []

    def _person(self, happening: seen.PersonAnswered) -> list[Effect]:
        flight = self._flights.get(happening.attempt)
        if flight is None:
            return []
        flight = replace(flight, leg=happening.call or flight.leg)
        if flight.connected_at is not None and happening.at > flight.connected_at:
            self._keep(replace(flight, alone=True))
            return []
        return self._live(flight, happening.at)

    def _called_back(self, happening: seen.CallbackAnswered) -> list[Effect]:
        flight = self._flights.get(happening.attempt)
        return [] if flight is None else self._answered(replace(flight, leg=happening.call), happening.at)

    def _taken(self, happening: seen.CallWaits | seen.CallFellBack) -> list[Effect]:
        """The call somebody asked for is in the queue, or in the fallback's."""
        found = self._flights.get(self._by_leg.get(happening.call, ""))
        return [] if found is None else self._live(found, happening.at)

    def _machine(self, happening: seen.MachineAnswered) -> list[Effect]:
        flight = self._flights.get(happening.attempt)
        if flight is None or flight.settled or flight.person_at is not None:
            return []  # who was taken for a person counts as one
        effects = self._answered(replace(flight, leg=flight.leg or happening.call), happening.at)
        self._keep(replace(self._flights[flight.attempt], machine=True))
        return [*effects, _paced(flight, Kind.MACHINE, happening.at)]

    def _dropped(self, happening: seen.PersonDropped) -> list[Effect]:
        flight = self._flights.get(happening.attempt)
        if flight is None:
            return []
        if flight.settled:
            # Connected before: the agent vanished in the talk and no other was free. That person has been served.
            self._keep(replace(flight, alone=False))
            return []
        effects = self._live(replace(flight, leg=flight.leg or happening.call), happening.at)
        self._keep(replace(self._flights[flight.attempt], dropped=True))
        return [*effects, _paced(flight, Kind.ABANDONED, happening.at)]

    def _met(self, happening: seen.Met) -> list[Effect]:
        found = next((self._by_leg[leg] for leg in happening.legs if leg in self._by_leg), None)
        if found is None:
            return []
        flight = self._flights[found]
        if flight.connected_at is not None:
            self._keep(replace(flight, alone=False))
            return []
        effects = self._live(flight, happening.at)
        self._keep(replace(self._flights[found], connected_at=happening.at))
        effects.append(Note(attempt=found, facts={"connected_at": happening.at}))
        return effects if flight.settled else [*effects, _paced(flight, Kind.CONNECTED, happening.at)]

    def _leg_ended(self, happening: seen.LegEnded) -> list[Effect]:
        attempt = self._by_leg.get(happening.leg)
        if attempt is None:
            return self._gate_leg_ended(happening)
        # Dial() tells of the answer only after it let the leg go: whoever hung up at once may be gone by then.
        effects = self._answered(self._flights[attempt], happening.at) if happening.up else []
        flight = self._flights[attempt]
        self.forget(attempt)
        outcome = flight.outcome(happening.cause, happening.at)
        ended = Ended(flight=flight, outcome=outcome, cause=happening.cause, at=happening.at)
        if flight.machine or flight.dropped:
            return [ended]  # the pacer knows already
        return [*effects, ended, _paced(flight, _END_KIND.get(outcome, Kind.BUSY), happening.at)]

    def _gate_leg_ended(self, happening: seen.LegEnded) -> list[Effect]:
        attempt = happening.leg.removesuffix(GATE_LEG)
        flight = self._flights.get(attempt)
        if flight is None or attempt == happening.leg or flight.leg or flight.answered_at is not None:
            return []
        self.forget(attempt)
        return [NeverDialed(flight=flight, at=happening.at), _paced(flight, Kind.BUSY, happening.at)]

    # ----------------------------------------------------------------------------------------------- steps

    def _answered(self, flight: Flight, at: datetime) -> list[Effect]:
        if flight.answered_at is not None:
            self._keep(flight)
            return []
        self._keep(replace(flight, answered_at=at))
        facts: AttemptFacts = {"answered_at": at, "call_id": flight.leg or None}
        return [Note(attempt=flight.attempt, facts=facts), _paced(flight, Kind.ANSWERED, at)]

    def _live(self, flight: Flight, at: datetime) -> list[Effect]:
        """A person is on the line, or whoever it is counts as one."""
        effects = self._answered(flight, at)
        flight = self._flights[flight.attempt]
        if flight.person_at is not None or flight.settled:
            return effects
        self._keep(replace(flight, person_at=at))
        return [*effects, _paced(flight, Kind.LIVE, at)]

    def _keep(self, flight: Flight) -> None:
        before = self._flights.get(flight.attempt)
        if before is not None and before.leg != flight.leg:
            self._by_leg.pop(before.leg, None)  # forwarded: the end of the first leg is not the end of the call
        self._flights[flight.attempt] = flight
        if flight.leg:
            self._by_leg[flight.leg] = flight.attempt


def _paced(flight: Flight, kind: Kind, at: datetime) -> Paced:
    event = PacingEvent(kind=kind, t=at.timestamp(), call=flight.attempt, seg=flight.segment)
    return Paced(campaign=flight.campaign, event=event)


def calls_now(flights: Iterable[Flight]) -> list[CallNow]:
    """Return what the pacer sees of `flights`."""
    return [picture for flight in flights if (picture := flight.picture) is not None]


_END_KIND: Final[Mapping[AttemptOutcome, Kind]] = {
    AttemptOutcome.CONNECTED: Kind.TALK_END,
    AttemptOutcome.DROPPED: Kind.HANGUP,
    AttemptOutcome.NO_ANSWER: Kind.NO_ANSWER,
    AttemptOutcome.CANCELLED: Kind.NO_ANSWER,
    AttemptOutcome.ABANDONED: Kind.MACHINE,  # for the pacer, an answer that brought no person
}
_OBSERVE: Final[Mapping[type, Callable[[Flights, Any], list[Effect]]]] = {
    seen.LegDialed: Flights._dialed,
    seen.LegRinging: Flights._ringing,
    seen.LegProgressed: Flights._progressed,
    seen.DialEnded: Flights._dial_ended,
    seen.PersonAnswered: Flights._person,
    seen.CallbackAnswered: Flights._called_back,
    seen.CallWaits: Flights._taken,
    seen.CallFellBack: Flights._taken,
    seen.MachineAnswered: Flights._machine,
    seen.PersonDropped: Flights._dropped,
    seen.Met: Flights._met,
    seen.LegEnded: Flights._leg_ended,
}
