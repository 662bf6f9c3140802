"""The acd's records and how each is written: in the order of what happened, tried again while SQL is down."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from uuid import uuid4

from acd.effects import AgentMoved, CancelCallbacks, ChangeCall, CloseCall, DropWaiting, Effect, OpenCall, SaveLeg
from callcenter.adapters.store import Store
from callcenter.adapters.writer import OrderedWriter
from callcenter.errors import NotFound
from callcenter.numbers import spellings, to_e164
from callcenter.records import AgentChange

log = logging.getLogger("acd.writer")


class Writer(OrderedWriter[Effect]):
    """Takes effects at once, writes them in order. `region`: country that callers' numbers without + are read in."""

    def __init__(self, store: Store, region: str = "") -> None:
        super().__init__(self._store_effects, log)
        self._store, self._region = store, region

    async def _store_effects(self, effects: Sequence[Effect]) -> None:
        marked = [(effect, uuid4().hex if isinstance(effect, AgentMoved) else "") for effect in effects]

        async def steps(store: Store) -> None:
            for effect, mark in marked:
                if isinstance(effect, CancelCallbacks):
                    numbers = _spellings(effect.number, self._region)
                    await store.cancel_callbacks(numbers, effect.queue, "reached an agent by calling in", effect.at)
                else:
                    await _store_effect(store, effect, mark)

        await self._store.together(steps)


def _spellings(number: str, region: str) -> frozenset[str]:
    """All ways in which the number of a caller may stand in the store."""
    e164 = to_e164(number, region)
    return frozenset({number, *(spellings(e164, region) if e164 else ())})


async def _store_effect(store: Store, effect: Effect, mark: str) -> None:
    """Write one effect. `mark`: tells it from all others, if it is written twice."""
    match effect:
        case OpenCall():
            await store.open_call(effect.record)
            if effect.record.caller:
                await store.person_seen(effect.record.caller, effect.record.started_at)
        case ChangeCall():
            await store.update_call(effect.call, **effect.changes)
        case CloseCall():
            await store.close_call(effect.call, effect.at, effect.outcome, effect.cause)
            # From inside AGI a caller who hangs up while waiting looks like one who was redirected.
            with contextlib.suppress(NotFound):  # a call that never was in the IVR
                await store.end_session(effect.call, effect.at)
        case SaveLeg():
            await store.record_leg(effect.record)
        case DropWaiting():
            await store.delete_waiting(effect.call)
        case AgentMoved():
            seat = effect.after
            change = AgentChange(
                agent=seat.agent.id, state=seat.state, at=seat.since, reason=seat.reason, call_id=seat.call
            )
            await store.log_agent_change(change, mark)
