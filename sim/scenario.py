"""What a simulated day of outbound calls consists of. Pure; times are seconds from the start of the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from dialer.scores import SEGMENTS
from dialer.trunks import TrunkLimits
from sim.people import People


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """An agent wants to be away from `from_s` to `until_s`; who is on a call goes after wrap-up.

    `announced`: the pacer is told (`Snapshot.leaving`) while the agent still finishes that call.
    """

    agent: int
    from_s: float
    until_s: float
    announced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """From `at_s` on those who are called are other people. Their segments are the same."""

    at_s: float
    people: People


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """What happens to events between floor and pacer: share lost, share told twice, largest delay (s)."""

    lost: float = 0.0
    doubled: float = 0.0
    late_s: float = 0.0


class Calling(StrEnum):
    """Who of the leads in sight is called next."""

    LIST = "list"  # the first of the list
    ROOM = "room"  # the likelier to answer, the more agents wait: the dialer's own rule
    BEST = "best"  # whoever is likeliest to answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Leads differ in their chance of an answer and show a score that tells something of it (sim.scored).

    - `alike`: a + b of the Beta distribution of the chances, with People.p_person as its mean: 2 is far apart, 8 close.
    - `noise`: standard deviation of the score's error, in log odds.
    - `lessons`: calls of earlier days from which the scorer has learnt what a score means.
    - `in_sight`: leads that may be chosen from; `hidden`: the pacer is not told the scores.
    """

    alike: float = 4.0
    noise: float = 0.5
    lessons: int = 0
    in_sight: int = 300
    calling: Calling = Calling.ROOM
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A campaign's day; the same scenario, pacer and seed give the same day. `changes` in order of time.

    `stop_s`: only so much of the day is played, though the pacer is told of the whole; `marks_s`: when to look how far
    things have come.
    """

    agents: int
    hours: float
    seed: int
    people: People = field(default_factory=People)
    cap: float = 0.03
    max_wait_s: float = 2.0
    ring_timeout_s: float = 22.0
    amd: bool = False
    leads: int = 100_000_000  # more than any team calls in a day
    trunk: TrunkLimits = field(default_factory=lambda: TrunkLimits(channels=10_000, calls_per_second=1_000.0))
    absences: Sequence[Absence] = ()
    changes: Sequence[Change] = ()
    wire: Wire = field(default_factory=Wire)
    budget: Mapping[str, int] = field(default_factory=dict)
    stop_s: float | None = None
    marks_s: Sequence[float] = ()
    scored: Scored | None = None

    @property
    def end_s(self) -> float:
        return self.hours * 3600.0

    @property
    def played_s(self) -> float:
        """How much of the day is played."""
        return self.end_s if self.stop_s is None else min(self.stop_s, self.end_s)

    def people_at(self, t: float) -> People:
        """Return whom a call placed at `t` meets."""
        return next((change.people for change in reversed(self.changes) if change.at_s <= t), self.people)

    @property
    def _segments(self) -> int:
        if self.scored is None:
            return len(self.people.segments)
        return 1 if self.scored.hidden else SEGMENTS

    @property
    def info(self) -> Mapping[str, Any]:
        """What the pacer is told at the start."""
        info = {
            "cap": self.cap,
            "max_wait": self.max_wait_s,
            "ring_timeout": self.ring_timeout_s,
            "amd": self.amd,
            "day_end": self.end_s,
            "segments": self._segments,
        }
        return {**info, "budget": self.budget} if self.budget else info
