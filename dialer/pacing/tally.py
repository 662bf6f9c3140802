"""How many people answered and how many of them were dropped, from events that may be late, doubled or lost. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Final

from dialer.pacing.contract import DROPS, Event, Kind

_COUNTS: Final = frozenset({Kind.LIVE, Kind.CONNECTED}) | DROPS
# A call that is over is remembered this long, so that what is told late or twice is not counted again.
FORGET_AFTER_S: Final = 60.0


class Tally:
    """Counts of the legal window, each call once, however often it is told.

    Whoever answered and is not known to be connected, nor to be waiting, counts as dropped: a lost event can make us
    too careful, not too bold. Machines and unanswered calls are in neither count.
    """

    def __init__(self, info: Mapping[str, Any]) -> None:
        budget = info.get("budget") or {}
        self._live = int(budget.get("live", 0))
        self._connected = self._live - int(budget.get("drops", 0))
        self._unresolved: set[Hashable] = set()  # answered by a person; what became of them is not known
        self._talking: set[Hashable] = set()
        self._over: dict[Hashable, float] = {}  # dropped, or talked to the end: when

    @property
    def live(self) -> int:
        """People who answered."""
        return self._live

    def drops(self, waiting: int) -> int:
        """Return the people who answered and got no agent, given how many wait for one at this moment."""
        return self._live - self._connected - min(waiting, len(self._unresolved))

    def take(self, event: Event) -> str | None:
        """Count `event`; return CONNECTED or a kind of drop when it is the first to tell a call's fate, else None."""
        kind, call = event.kind, event.call
        if kind == Kind.TALK_END:
            return self._talk_ended(call, event.t)
        if kind not in _COUNTS or call in self._talking or call in self._over:
            return None
        if call not in self._unresolved:
            self._live += 1
            self._unresolved.add(call)
        if kind == Kind.LIVE:
            return None
        self._unresolved.remove(call)
        if kind == Kind.CONNECTED:
            self._connected += 1
            self._talking.add(call)
        else:
            self._over[call] = event.t
        return kind

    def forget(self, now: float) -> None:
        """Drop from memory what was over long ago; call it now and then."""
        self._over = {call: at for call, at in self._over.items() if at >= now - FORGET_AFTER_S}

    def _talk_ended(self, call: Hashable, at: float) -> str | None:
        """Take note of the end of a talk: if its `connected` was lost, it stands in for it.

        A call never heard of belongs to whoever paced before us, and is counted there.
        """
        news = call in self._unresolved
        if news:
            self._unresolved.remove(call)
            self._connected += 1
        if news or call in self._talking:
            self._talking.discard(call)
            self._over[call] = at
        return Kind.CONNECTED if news else None
