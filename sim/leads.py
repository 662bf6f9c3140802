"""The leads of a simulated day: which are next, of which segment, and what becomes of them if they are called. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sim.people import Fate
from sim.scenario import Scenario


class LeadList(Protocol):
    """Calls are numbered as they are placed, from 0."""

    @property
    def left(self) -> int:
        """How many leads may still be called."""

    def arrange(self, now: float, idle: int, /) -> None:
        """The pacer is about to be asked; so many agents are idle."""

    def peek(self, count: int, /) -> Sequence[int]:
        """Return the segments of the next leads, at most `count`."""

    def take(self, now: float, /) -> Fate:
        """Call the next lead."""

    def ended(self, call: int, *, answered: bool) -> None:
        """A person answered the call, or it is over without that."""


class InOrder:
    """A list that is called from top to bottom; nothing is known of anybody but the segment."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._fates: dict[int, Fate] = {}
        self._next = 0

    @property
    def left(self) -> int:
        return self._scenario.leads - self._next

    def arrange(self, now: float, idle: int, /) -> None:
        """The order is fixed."""

    def peek(self, count: int, /) -> Sequence[int]:
        return [self._fate(self._next + ahead).segment for ahead in range(min(count, self.left))]

    def take(self, now: float, /) -> Fate:
        lead, self._next = self._next, self._next + 1
        fate = self._fates.pop(lead, None)
        if fate is None or self._scenario.changes:
            return self._scenario.people_at(now).fate(self._scenario.seed, lead)
        return fate

    def ended(self, call: int, *, answered: bool) -> None:
        """Nothing is learnt."""

    def _fate(self, lead: int) -> Fate:
        if lead not in self._fates:
            self._fates[lead] = self._scenario.people.fate(self._scenario.seed, lead)
        return self._fates[lead]
