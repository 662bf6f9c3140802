"""What became of each call in flight, put together from events that may be late, doubled or lost. Pure.

A call's fate is settled a little after the event that tells it, when what was late has come. Times that were lost
leave that call out of the statistics; a call that disappears without a word is forgotten: both happen alike to all
kinds of calls and so bend nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Final

from dialer.pacing.contract import DROPS, Event, Kind

LATE_S: Final = 1.2  # an event may come so late
FORGET_AFTER_S: Final = 60.0

ENDS: Final = frozenset({Kind.MACHINE, Kind.NO_ANSWER, Kind.BUSY})
ABOUT_CALLS: Final = frozenset(Kind) - {Kind.IDLE, Kind.AWAY}
PERSON: Final = frozenset({Kind.LIVE, Kind.CONNECTED, Kind.TALK_END}) | DROPS


@dataclass(slots=True)
class Flight:
    """A call; times in s, None: not heard of. `fate`: LIVE or one of ENDS. `cancelled`: by us."""

    seg: int
    placed: float | None = None
    ringing: float | None = None
    answered: float | None = None
    over: float | None = None
    fate: str | None = None
    connected: bool = False
    dropped: bool = False
    cancelled: bool = False


class FlightLog:
    """Calls by their name. `lives`, `drops`, `connects`: people who answered, were dropped, were connected, as far as
    it was heard."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, Flight] = {}
        self._settling: deque[tuple[float, Flight]] = deque()
        self._over: deque[tuple[float, Hashable]] = deque()
        self.lives = self.drops = self.connects = 0
        self.fresh_lives: list[Flight] = []  # since they were last taken away

    def take(self, event: Event) -> None:
        """Take note of an event; agents' events are nothing to us."""
        kind, call, at = event.kind, event.call, event.t
        if kind not in ABOUT_CALLS:
            return
        flight = self._flights.get(call)
        if flight is None:
            if kind == Kind.TALK_END:  # begun before our time, or known as connected long ago
                return
            flight = self._flights[call] = Flight(event.seg)
        if kind == Kind.PLACED:
            flight.placed = at
        elif kind == Kind.RINGING:
            flight.ringing = at
        elif kind == Kind.ANSWERED:
            flight.answered = at
        elif kind in PERSON:
            self._person(flight, kind, at, call)
        elif kind in ENDS and flight.fate is None:
            flight.fate, flight.over = kind, at
            self._settling.append((at, flight))
            self._over.append((at, call))

    def _person(self, flight: Flight, kind: str, at: float, call: Hashable) -> None:
        if flight.fate != Kind.LIVE:
            if flight.fate is None:
                self._settling.append((at, flight))
                self._over.append((at, call))
            flight.fate, flight.over = Kind.LIVE, at if kind == Kind.LIVE else None
            self.lives += 1
            self.fresh_lives.append(flight)
        elif kind == Kind.LIVE:
            flight.over = at
        if kind in DROPS:
            self.drops += not flight.dropped
            flight.dropped = True
        elif kind == Kind.CONNECTED:
            self.connects += not flight.connected
            flight.connected = True

    def is_person(self, call: Hashable) -> bool:
        flight = self._flights.get(call)
        return flight is not None and flight.fate == Kind.LIVE

    def cancel(self, call: Hashable) -> None:
        """We end this call now."""
        flight = self._flights.get(call)
        if flight is not None:
            flight.cancelled = True

    def settled(self, now: float) -> Iterable[Flight]:
        """Yield, each once, the calls about which all that will be heard has been heard."""
        while self._settling and self._settling[0][0] <= now - LATE_S:
            yield self._settling.popleft()[1]

    def forget(self, now: float, in_flight: Iterable[Hashable]) -> None:
        """Drop what is long over, or has disappeared without a word; call it now and then."""
        while self._over and self._over[0][0] <= now - FORGET_AFTER_S:
            self._flights.pop(self._over.popleft()[1], None)
        flying = set(in_flight)
        gone = [
            call
            for call, flight in self._flights.items()
            if flight.fate is None and call not in flying and (flight.placed or 0.0) < now - FORGET_AFTER_S
        ]
        for call in gone:
            del self._flights[call]
