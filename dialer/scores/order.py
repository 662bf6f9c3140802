"""Which lead next, so that answers come when agents will be free. Pure.

*Room* is how many agents stand ready beyond the people who are about to answer: 1 if one agent waits and no call is
under way, below 0 where the pacer calls ahead of agents who are still talking. With much room an answer is sure to
find an agent, and the likelier the answer the better; with little room an answer may be a drop, and a lead who hardly
answers costs little. So the more room, the likelier the lead: a call placed with more room than nine of ten goes to a
lead that is likelier to answer than nine of ten in sight.

What a call is worth is a product: its chance of an answer, times what an answer is worth with this room. Sorting two
rows alike is the pairing with the largest sum of products (rearrangement inequality). It takes no lead before others
for good: room above and below the usual comes equally often, so leads of every chance are called at the same rate,
and over a day the same people are called as in the order of the list. Whoever has been passed over for PATIENCE_S is
next all the same.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from dialer.scores.scorer import Score

LeadType = TypeVar("LeadType")

PATIENCE_S: Final = 3_600.0
MEMORY: Final = 400  # calls whose room is remembered
FIRST: Final = (0.0, 1.0)  # rooms that are usual before any call was placed


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(Generic[LeadType]):
    """A lead in sight, known by `key`; `since` (s): when it came in sight; larger `priority` goes first."""

    key: Hashable
    lead: LeadType
    score: Score
    since: float
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn(Generic[LeadType]):
    """Who is next, and how much room there is then."""

    waiting: Waiting[LeadType]
    room: float


class Order:
    """Remembers the room of the calls placed, and says who is next."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque(FIRST)
        self._sorted = sorted(FIRST)

    def rank(self, room: float) -> float:
        """Return the share of calls placed with less room, those with as much counted by half."""
        below, up_to = bisect_left(self._sorted, room), bisect_right(self._sorted, room)
        return (below + up_to) / (2 * len(self._sorted))

    def placed(self, room: float) -> None:
        """A call was placed with so much room."""
        self._recent.append(room)
        insort(self._sorted, room)
        if len(self._recent) > MEMORY:
            del self._sorted[bisect_left(self._sorted, self._recent.popleft())]

    def turns(self, waiting: Iterable[Waiting[LeadType]], room: float, now: float) -> Iterator[Turn[LeadType]]:
        """Say who is next, and after them; as many as are asked for.

        Larger priority first; within it whoever has waited too long, then by room.
        """
        by_priority: dict[int, list[Waiting[LeadType]]] = {}
        for one in waiting:
            by_priority.setdefault(one.priority, []).append(one)
        for priority in sorted(by_priority, reverse=True):
            alike = by_priority[priority]
            late = sorted((one for one in alike if now - one.since >= PATIENCE_S), key=lambda one: one.since)
            others = sorted((one for one in alike if now - one.since < PATIENCE_S), key=lambda one: one.score.chance)
            while late or others:
                place = min(len(others) - 1, int(self.rank(room) * len(others)))
                one = late.pop(0) if late else others.pop(place)
                yield Turn(waiting=one, room=room)
                room -= one.score.chance
