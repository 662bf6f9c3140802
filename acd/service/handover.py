"""Callers the ivr hands over: the row it committed is read here, for as long as the caller really waits for that.

Reading takes a moment, or long if SQL is slow or away. Meanwhile the caller may hang up, leave the queue, fall back,
or have met an agent already; then the row says nothing any more and the caller must not be matched.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final, Protocol

from callcenter.errors import StoreError
from callcenter.happenings import CallFellBack, CallWaits, CallWithdrawn, Happening, LegEnded, Met
from callcenter.records import Waiting

log = logging.getLogger("acd.handover")

RETRY_S: Final = 0.5  # the caller hears music meanwhile


class Rows(Protocol):
    async def waiting(self, call_id: str) -> Waiting | None: ...


class HandOvers:
    """The hand-overs under way, one for each call: a later one replaces the one before."""

    def __init__(self, store: Rows) -> None:
        self._store = store
        self._due: dict[str, CallWaits] = {}

    def begin(self, happening: CallWaits) -> None:
        self._due[happening.call] = happening

    def settle(self, happening: Happening) -> str | None:
        """Something happened: who is somewhere else by now is not handed over any more.

        Return the call whose row nobody will ever want: its caller hung up, or is in the fallback, before it was read.
        """
        match happening:
            case Met():
                for leg in happening.legs:
                    self._due.pop(leg, None)
            case LegEnded(leg=call) | CallFellBack(call=call):
                return call if self._due.pop(call, None) else None
            case CallWithdrawn():
                self._due.pop(happening.call, None)
        return None

    def clear(self) -> None:
        """The picture is taken anew, and with it all rows."""
        self._due.clear()

    async def row(self, happening: CallWaits) -> Waiting | None:
        """Return the caller's row once SQL gives it; None if the caller is not to be matched any more."""
        while self._due.get(happening.call) is happening:
            try:
                waiting = await self._store.waiting(happening.call)
            except StoreError as error:
                log.error("call %s: its row cannot be read, again in %s s: %s", happening.call, RETRY_S, error)
                await asyncio.sleep(RETRY_S)
                continue
            if self._due.get(happening.call) is not happening:
                break
            del self._due[happening.call]
            if waiting is None:
                log.error("call %s: handed over without a row", happening.call)
            return waiting
        return None
