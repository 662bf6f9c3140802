"""What the AMI says, in the order it said it, for one consumer who may be slow for a while.

Whether the link is up travels in the same stream, so the consumer learns of a loss exactly where events are missing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from dataclasses import dataclass
from typing import Final

from callcenter.adapters.ami_wire import Counts, Event
from callcenter.errors import AsteriskError

log = logging.getLogger(__name__)

# No picture of calls or agents is built from these, and they are most of the traffic: the first to go.
EXPENDABLE: Final = frozenset({"VarSet", "Newexten", "RTCPSent", "RTCPReceived"})

# A consumer that finds something waiting each time lets others run after so many seconds. Much less, and reading
# (up to 256 KiB at once, 400 events) would leave it behind for good.
TURN_S: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkUp:
    """Logged in. Take a snapshot now: what happened before is not known.

    `uptime_s` is Asterisk's, from FullyBooted. None: that did not come, because we asked for no events, the AMI user
    lacks read class `system`, or Asterisk is still loading.
    """

    uptime_s: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDown:
    """The link is lost: events are missing from here to the next LinkUp. Drop the picture."""

    reason: str


Item = Event | LinkUp | LinkDown


class EventStream:
    """Ordered and bounded; one consumer.

    From `high_water` waiting items on, EXPENDABLE events are shed. At twice as many the consumer is lost anyway: the
    stream is emptied and `put` says False, for the link to be given up and the picture to be taken anew.
    """

    def __init__(self, high_water: int, counts: Counts, turn_s: float = TURN_S) -> None:
        self._high_water = high_water
        self._counts = counts
        self._turn_s = turn_s
        self._turn_began = 0.0
        self._items: deque[Item] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._end: AsteriskError | None = None
        self._shedding = False

    def __len__(self) -> int:
        return len(self._items)

    def put(self, event: Event) -> bool:
        """Append `event` or shed it; never waits. False: everything waiting is dropped, give the link up."""
        if len(self._items) >= self._high_water:
            if event.get("Event") in EXPENDABLE:
                self._shed(1)
                return True
            if len(self._items) >= 2 * self._high_water:
                self._shed(len(self._items) + 1)
                self._items.clear()
                return False
        self.mark(event)
        return True

    def mark(self, item: Item) -> None:
        """Append `item` whatever the level."""
        self._items.append(item)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def finish(self, end: AsteriskError) -> None:
        """Let the consumer have what is waiting, then raise `end`."""
        self._end = self._end or end
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def get(self) -> Item:
        """Return the next item; raise what `finish` was given once there are none."""
        if time.monotonic() - self._turn_began > self._turn_s:
            await asyncio.sleep(0)
            self._turn_began = time.monotonic()
        while not self._items:
            if self._end is not None:
                raise self._end
            self._shedding = False
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
            self._turn_began = time.monotonic()
        return self._items.popleft()

    def _shed(self, events: int) -> None:
        self._counts.shed += events
        if not self._shedding:
            self._shedding = True
            log.warning("AMI: the consumer is %d events behind, dropping some", len(self._items))
