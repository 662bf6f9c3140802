"""Agents of a simulated floor: who does what since when, and how much time went into what. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Doing(StrEnum):
    IDLE = "idle"
    TALK = "talk"
    WRAP = "wrap"
    AWAY = "away"


class Roster:
    """Agents 0, 1, …, all away at first. Times in s; time after `until_s` is not counted."""

    def __init__(self, agents: int, until_s: float) -> None:
        self._until = until_s
        self._since: dict[Doing, dict[int, float]] = {doing: {} for doing in Doing}
        self._since[Doing.AWAY] = dict.fromkeys(range(agents), 0.0)
        self._doing = dict.fromkeys(range(agents), Doing.AWAY)
        self._spent = dict.fromkeys(Doing, 0.0)

    def of(self, doing: Doing) -> Mapping[int, float]:
        """Return agent → since, who does it longest comes first. A view: it changes with the roster."""
        return self._since[doing]

    def doing(self, agent: int) -> Doing:
        return self._doing[agent]

    def move(self, agent: int, doing: Doing, now: float) -> None:
        """From `now` on the agent does something else."""
        before = self._doing[agent]
        self._count(before, self._since[before].pop(agent), now)
        self._since[doing][agent] = now
        self._doing[agent] = doing

    def spent(self, now: float) -> Mapping[Doing, float]:
        """Return the time all agents together put into each, up to `now`."""
        total = dict(self._spent)
        for doing, agents in self._since.items():
            total[doing] += sum(max(0.0, min(now, self._until) - since) for since in agents.values())
        return total

    def _count(self, doing: Doing, since: float, now: float) -> None:
        self._spent[doing] += max(0.0, min(now, self._until) - since)
