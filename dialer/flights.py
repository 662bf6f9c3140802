"""Attempts on their way, from the reservation to the end of the call, and what each happening means for them. Pure.

`observe` takes what the tracker saw and returns effects, which `dialer.service` performs in order: facts to note in
the ledger, ends to write there, and events for the campaign's pacer. The end of an attempt is told once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from callcenter import happenings as seen
from callcenter.outbound import Attempt, AttemptFacts, AttemptOutcome, Campaign
from dialer.outcomes import unanswered
from dialer.pacing import Kind, PacingEvent
from dialer.pacing.picture import CallNow

GATE_LEG: Final = "-2"  # + attempt: Uniqueid of the Local channel's half that asks the gate and dials


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """An attempt on its way. `ring`: how long it may ring; `tries`: of the lead, with this one.

    `leg`: Uniqueid of the person's leg once the trunk was asked; `gate_channel`: the channel that dials it.
    """

    attempt: str
    campaign: str
    lead: int
    tries: int
    ring: timedelta
    placed_at: datetime
    leg: str = ""
    gate_channel: str = ""
    status: str = ""
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    person_at: datetime | None = None  # a person, or taken for one: from here on it counts
    connected_at: datetime | None = None
    machine: bool = False
    dropped: bool = False
    cancelled: bool = False

    @property
    def picture(self) -> CallNow | None:
        """How the pacer sees it; None once it needs no agent any more."""
        if self.connected_at is not None or self.dropped or self.machine:
            return None
        return CallNow(
            call=self.attempt,
            placed=self.placed_at.timestamp(),
            ringing=None if self.ringing_at is None else self.ringing_at.timestamp(),
            answered=None if self.answered_at is None else self.answered_at.timestamp(),
            live=self.person_at is not None,
        )

    def outcome(self, cause: int | None) -> AttemptOutcome:
        """How the attempt is recorded if the person's leg ends now with `cause` (Q.850)."""
        if self.dropped:  # whatever came later: no agent was there in time
            return AttemptOutcome.DROPPED
        if self.connected_at is not None:
            return AttemptOutcome.CONNECTED
        if self.machine:
            return AttemptOutcome.MACHINE
        if self.answered_at is not None:  # not sure means a person
            return AttemptOutcome.DROPPED
        return unanswered(self.status, cause, cancelled=self.cancelled)


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

    def begin(self, attempt: Attempt, campaign: Campaign, tries: int) -> list[Effect]:
        """An attempt was reserved, or is found open after a restart."""
        flight = Flight(
            attempt=attempt.id,
            campaign=attempt.campaign,
            lead=attempt.lead,
            tries=tries,
            ring=campaign.ring,
            placed_at=attempt.reserved_at,
            ringing_at=attempt.ringing_at,
            answered_at=attempt.answered_at,
            person_at=attempt.answered_at,
            connected_at=attempt.connected_at,
        )
        self._flights[attempt.id] = flight
        return [_paced(flight, Kind.PLACED, flight.placed_at)]

    def adopt(self, attempt: str, leg: str, gate_channel: str, *, answered_at: datetime | None) -> None:
        """After a restart: the channels an open attempt has in Asterisk. `leg` may be "": not dialled yet."""
        flight = self._flights[attempt]
        found = flight.answered_at or answered_at
        self._keep(
            replace(flight, leg=leg, gate_channel=gate_channel, answered_at=found, person_at=flight.person_at or found)
        )

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

    def rung_out(self, now: datetime) -> list[Flight]:
        """Return those that have rung for as long as they may."""
        return [
            flight
            for flight in self._flights.values()
            if flight.ringing_at is not None and flight.answered_at is None and now - flight.ringing_at >= flight.ring
        ]

    def observe(self, happening: seen.Happening) -> list[Effect]:
        handle = _OBSERVE.get(type(happening))
        return handle(self, happening) if handle else []

    # ----------------------------------------------------------------------------------------------- happenings

    def _dialed(self, happening: seen.LegDialed) -> list[Effect]:
        flight = self._flights.get(happening.attempt)
        if flight is None:
            return []
        self._keep(replace(flight, leg=happening.leg, gate_channel=happening.gate_channel))
        return [Note(attempt=flight.attempt, facts={"call_id": happening.leg})]

    def _ringing(self, happening: seen.LegRinging) -> list[Effect]:
        flight = self._flights.get(happening.attempt)
        if flight is None or flight.ringing_at is not None:
            return []
        self._keep(replace(flight, ringing_at=happening.at))
        noted = Note(attempt=flight.attempt, facts={"ringing_at": happening.at})
        return [noted, _paced(flight, Kind.RINGING, happening.at)]

    def _dial_ended(self, happening: seen.DialEnded) -> list[Effect]:
        flight = self._flights.get(happening.attempt)
        if flight is None:
            return []
        if happening.status != "ANSWER":
            self._keep(replace(flight, status=happening.status))
            return []
        return self._answered(flight, happening.at)

    def _person(self, happening: seen.PersonAnswered) -> list[Effect]:
        flight = self._flights.get(happening.attempt)
        if flight is None or flight.person_at is not None:
            return []
        effects = self._answered(replace(flight, leg=happening.call), happening.at)
        flight = replace(self._flights[flight.attempt], person_at=happening.at)
        self._keep(flight)
        return [*effects, _paced(flight, Kind.LIVE, happening.at)]

    def _machine(self, happening: seen.MachineAnswered) -> list[Effect]:
        flight = self._flights.get(happening.attempt)
        if flight is None:
            return []
        effects = self._answered(flight, happening.at)
        self._keep(replace(self._flights[flight.attempt], machine=True))
        return [*effects, _paced(flight, Kind.MACHINE, happening.at)]

    def _dropped(self, happening: seen.PersonDropped) -> list[Effect]:
        flight = self._flights.get(happening.attempt)
        # Connected before: the agent vanished in the talk and no other was free. That person has been served.
        if flight is None or flight.dropped or flight.connected_at is not None:
            return []
        self._keep(replace(flight, dropped=True))
        return [_paced(flight, Kind.ABANDONED, happening.at)]

    def _met(self, happening: seen.Met) -> list[Effect]:
        found = next((self._by_leg[leg] for leg in happening.legs if leg in self._by_leg), None)
        if found is None or self._flights[found].connected_at is not None:
            return []
        flight = replace(self._flights[found], connected_at=happening.at)
        self._keep(flight)
        noted = Note(attempt=found, facts={"connected_at": happening.at})
        return [noted] if flight.dropped else [noted, _paced(flight, Kind.CONNECTED, happening.at)]

    def _leg_ended(self, happening: seen.LegEnded) -> list[Effect]:
        attempt = self._by_leg.get(happening.leg)
        if attempt is None:
            return self._gate_leg_ended(happening)
        flight = self._flights[attempt]
        self.forget(attempt)
        outcome = flight.outcome(happening.cause)
        ended = Ended(flight=flight, outcome=outcome, cause=happening.cause, at=happening.at)
        kind = _END_KIND.get(outcome, Kind.BUSY)
        if outcome is AttemptOutcome.MACHINE or flight.dropped:
            return [ended]  # the pacer knows already
        return [ended, _paced(flight, kind, happening.at)]

    def _gate_leg_ended(self, happening: seen.LegEnded) -> list[Effect]:
        attempt = happening.leg.removesuffix(GATE_LEG)
        flight = self._flights.get(attempt)
        if flight is None or attempt == happening.leg or flight.leg:
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

    def _keep(self, flight: Flight) -> None:
        self._flights[flight.attempt] = flight
        if flight.leg:
            self._by_leg[flight.leg] = flight.attempt


def _paced(flight: Flight, kind: Kind, at: datetime) -> Paced:
    return Paced(campaign=flight.campaign, event=PacingEvent(kind=kind, t=at.timestamp(), call=flight.attempt, seg=0))


def calls_now(flights: Iterable[Flight]) -> list[CallNow]:
    """Return what the pacer sees of `flights`."""
    return [picture for flight in flights if (picture := flight.picture) is not None]


_END_KIND: Final[Mapping[AttemptOutcome, Kind]] = {
    AttemptOutcome.CONNECTED: Kind.TALK_END,
    AttemptOutcome.DROPPED: Kind.HANGUP,
    AttemptOutcome.NO_ANSWER: Kind.NO_ANSWER,
    AttemptOutcome.CANCELLED: Kind.NO_ANSWER,
}
_OBSERVE: Final[Mapping[type, Callable[[Flights, Any], list[Effect]]]] = {
    seen.LegDialed: Flights._dialed,
    seen.LegRinging: Flights._ringing,
    seen.DialEnded: Flights._dial_ended,
    seen.PersonAnswered: Flights._person,
    seen.MachineAnswered: Flights._machine,
    seen.PersonDropped: Flights._dropped,
    seen.Met: Flights._met,
    seen.LegEnded: Flights._leg_ended,
}
