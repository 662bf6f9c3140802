"""The leads in sight of a campaign: who is next as agents stand ready, and of which segment they are. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Generic, TypeVar

from dialer.scores.order import PATIENCE_S, Order, Turn, Waiting
from dialer.scores.scorer import Score

LeadType = TypeVar("LeadType")


class View(Generic[LeadType]):
    """`arrange` before each decision, then `peek` and `take` what was arranged. Times in s."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, Waiting[LeadType]] = {}
        self._seen_at: dict[Hashable, float] = {}
        self._order = Order()
        self._room, self._now = 1.0, 0.0
        self._turns: Iterator[Turn[LeadType]] | None = None
        self._next: list[Turn[LeadType]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[LeadType]:
        return (one.lead for one in self._waiting.values())

    def add(self, key: Hashable, lead: LeadType, score: Score, now: float, priority: int = 0) -> None:
        """A lead comes in sight; one that was here before has waited since then."""
        since = self._seen_at.setdefault(key, now)
        self._waiting[key] = Waiting(key=key, lead=lead, score=score, since=since, priority=priority)
        self._anew()

    def clear(self, now: float | None) -> None:
        """All leads go out of sight, to be read anew; for how long they have waited is kept, unless `now` is None."""
        self._seen_at = {
            key: since
            for key, since in self._seen_at.items()
            # Out of sight for long: they are not due any more.
            if now is not None and (key in self._waiting or now - since < PATIENCE_S)
        }
        self._waiting.clear()
        self._anew()

    def arrange(self, room: float, now: float) -> None:
        """From now on there is so much room (dialer.scores.order)."""
        self._room, self._now = room, now
        self._anew()

    def peek(self, count: int) -> Sequence[int]:
        """Return the segments of who is next, at most `count`."""
        self._work_out(count)
        return [turn.waiting.score.segment for turn in self._next[:count]]

    def take(self, count: int) -> list[tuple[LeadType, Score]]:
        """Take out who is next, at most `count`, to be called."""
        self._work_out(count)
        taken, self._next = self._next[:count], self._next[count:]
        for turn in taken:
            self._order.placed(turn.room)
            del self._waiting[turn.waiting.key], self._seen_at[turn.waiting.key]
        return [(turn.waiting.lead, turn.waiting.score) for turn in taken]

    def _anew(self) -> None:
        self._turns, self._next = None, []

    def _work_out(self, count: int) -> None:
        if self._turns is None:
            self._turns = self._order.turns(self._waiting.values(), self._room, self._now)
        while len(self._next) < count:
            turn = next(self._turns, None)
            if turn is None:
                return
            self._next.append(turn)
