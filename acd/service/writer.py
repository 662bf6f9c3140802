"""The ordered writer of records: nothing is lost while SQL is down, and nothing is written out of order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
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
        self._due: deque[Effect] = deque()
        self._some = asyncio.Event()

    def put(self, effect: Effect) -> None:
        self._due.append(effect)
        self._some.set()
        if len(self._due) % BACKLOG_ALARM == 0:
            log.error("%d records wait for the store", len(self._due))

    async def run(self) -> None:
        while True:
            await self._some.wait()
            await self._write_all()
            self._some.clear()

    async def flush(self, limit_s: float) -> None:
        """Write what is left when `run` has been cancelled, for at most `limit_s`."""
        try:
            async with asyncio.timeout(limit_s):
                await self._write_all()
        except TimeoutError:
            log.error("%d records are not written; the next start takes them from Asterisk", len(self._due))

    async def _write_all(self) -> None:
        while self._due:
            await self._write(self._due[0])  # stays the first until it is written, whatever interrupts us
            self._due.popleft()

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
