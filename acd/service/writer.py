"""The acd's records and how each is written: in the order of what happened, tried again while SQL is down."""

from __future__ import annotations

import contextlib
import logging

from acd.effects import AgentMoved, ChangeCall, CloseCall, DropWaiting, Effect, OpenCall, SaveLeg
from callcenter.adapters.store import Store
from callcenter.adapters.writer import OrderedWriter
from callcenter.errors import NotFound
from callcenter.records import AgentChange

log = logging.getLogger("acd.writer")


class Writer(OrderedWriter[Effect]):
    """Takes effects at once, writes them one after the other."""

    def __init__(self, store: Store) -> None:
        super().__init__(self._store_effect, log)
        self._store = store

    async def _store_effect(self, effect: Effect) -> None:
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
