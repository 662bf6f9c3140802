"""The ordered writer of records: nothing is lost while SQL is down, and nothing is written out of order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Final

from acd.effects import AgentMoved, ChangeCall, CloseCall, DropWaiting, Effect, OpenCall, SaveLeg
from callcenter.adapters.store import Store
from callcenter.errors import Conflict, NotFound, StoreError
from callcenter.records import AgentChange

log = logging.getLogger("acd.writer")

RETRY_S: Final = (0.2, 1.0, 5.0)  # then every 5 s
BACKLOG_ALARM: Final = 1_000


class Writer:
    """Takes effects at once, writes them one after the other. Each write is idempotent, so trying again is safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._queue: asyncio.Queue[Effect] = asyncio.Queue()
        self._done = asyncio.Event()
        self._done.set()

    def put(self, effect: Effect) -> None:
        self._done.clear()
        self._queue.put_nowait(effect)
        if self._queue.qsize() % BACKLOG_ALARM == 0:
            log.error("%d records wait for the store", self._queue.qsize())

    async def drained(self) -> None:
        """Return when everything put so far is written."""
        await self._done.wait()

    async def run(self) -> None:
        while True:
            effect = await self._queue.get()
            await self._write(effect)
            if self._queue.empty():
                self._done.set()

    async def _write(self, effect: Effect) -> None:
        tries = 0
        while True:
            try:
                await self._once(effect)
            except (NotFound, Conflict) as error:
                log.error("%s dropped: %s", type(effect).__name__, error)
                return
            except StoreError as error:
                wait_s = RETRY_S[min(tries, len(RETRY_S) - 1)]
                log.error("%s not written, again in %s s: %s", type(effect).__name__, wait_s, error)
                tries += 1
                await asyncio.sleep(wait_s)
            else:
                return

    async def _once(self, effect: Effect) -> None:
        match effect:
            case OpenCall():
                await self._store.open_call(effect.record)
                if effect.record.caller:
                    await self._store.person_seen(effect.record.caller, effect.record.started_at)
            case ChangeCall():
                await self._store.update_call(effect.call, **effect.changes)
            case CloseCall():
                await self._store.close_call(effect.call, effect.at, effect.outcome, effect.cause)
                # From inside AGI a caller who hangs up while waiting looks like one who was redirected.
                with contextlib.suppress(NotFound):  # a call that never was in the IVR
                    await self._store.end_session(effect.call, effect.at)
            case SaveLeg():
                await self._store.record_leg(effect.record)
            case DropWaiting():
                await self._store.delete_waiting(effect.call)
            case AgentMoved():
                seat = effect.after
                await self._store.log_agent_change(
                    AgentChange(
                        agent=seat.agent.id, state=seat.state, at=seat.since, reason=seat.reason, call_id=seat.call
                    )
                )
