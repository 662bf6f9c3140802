"""What Asterisk and the store say, read whole: after each login, and every few seconds to find ghosts."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from acd import cdr, repair
from acd.agents import AgentEvent, AgentState, Seat
from acd.calls import LiveCall, Stage, outcome_of
from acd.effects import AgentMoved, CloseCall, DropWaiting, Effect, OpenCall
from acd.floor import Floor
from acd.service.pbx import Pbx
from callcenter import dialplan
from callcenter.adapters.store import Store
from callcenter.errors import ActionRefused, AsteriskError
from callcenter.happenings import LegEnded
from callcenter.records import AgentChange, CallRecord, Direction, Outcome, Waiting
from callcenter.tracker import CALLER_CONTEXTS, PERSON_CONTEXTS, AmiEvent, Leg, known, leg_of_snapshot

log = logging.getLogger("acd.resync")

DAY: Final = timedelta(days=1)
CDR_LOOK_BACK: Final = timedelta(days=2)  # no outage of ours is longer, and the file is not rotated away sooner
CDR_BYTES: Final = 32 * 1024 * 1024  # read at most: two days of 80,000 calls each
CALLS_READ: Final = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Asterisk's channels at one instant. `rows`: CoreShowChannel events by Uniqueid."""

    legs: tuple[Leg, ...]
    rows: Mapping[str, AmiEvent]
    view: repair.View


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    ghosts: Mapping[str, repair.Ghost]
    view: repair.View


class Resync:
    """Reads snapshots, remembers the last look, mirrors agents to the fallback queue."""

    def __init__(self, pbx: Pbx, store: Store, cdr_file: Path | None) -> None:
        self._pbx, self._store, self._cdr_file = pbx, store, cdr_file
        self._last_ghosts: Mapping[str, repair.Ghost] = {}
        self._last_missing: frozenset[str] = frozenset()
        self._rows: Mapping[str, AmiEvent] = {}
        self._mirroring: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # agent -> one change at a time

    async def snapshot(self, seats: Mapping[str, Seat]) -> Snapshot:
        holding = await self._pbx.holding_bridges()
        rows = await self._pbx.channels()
        legs = tuple(leg_of_snapshot(row, holding) for row in rows)
        view = repair.View(
            legs={leg.id: leg.channel for leg in legs},
            agent_channels=await self._pbx.agent_channels(list(seats)),
            partners=repair.partners_of((leg.id, leg.bridge) for leg in legs if leg.bridge),
        )
        self._rows = {str(row["Uniqueid"]): row for row in rows}
        return Snapshot(legs=legs, rows=self._rows, view=view)

    async def last_changes(self) -> Mapping[str, AgentChange]:
        return {change.agent: change for change in await self._store.last_agent_changes()}

    async def open_calls(self, view: repair.View, now: datetime) -> tuple[list[LiveCall], list[Effect]]:
        """Return calls that go on, and the records to write: calls that ended or began while we did not look."""
        live: list[LiveCall] = []
        effects: list[Effect] = []
        stored = {record.id: record for record in await self._store.open_calls()}
        for record in stored.values():
            call = LiveCall(record=record, channel=view.legs.get(record.id, ""), since=now)
            if record.id in view.legs:
                live.append(self._in_fallback(call))
            else:
                effects += [
                    CloseCall(call=record.id, at=now, outcome=outcome_of(call), cause=None),
                    DropWaiting(call=record.id),
                ]
        for call_id, row in self._rows.items():
            if call_id not in stored and row.get("Context") in (PERSON_CONTEXTS if _placed(row) else CALLER_CONTEXTS):
                record = await self._record_of(call_id, row, now)
                effects.append(OpenCall(record=record))
                live.append(self._in_fallback(LiveCall(record=record, channel=view.legs[call_id], since=now)))
        return live, effects

    def _in_fallback(self, call: LiveCall) -> LiveCall:
        """Return `call`, fallen back if that is where its caller is now."""
        row = self._rows.get(call.record.id, {})
        if row.get("Context") != dialplan.CONTEXT_FALLBACK:
            return call
        return replace(call, stage=Stage.FALLBACK, fell_back=True)

    async def unseen_calls(self, now: datetime) -> list[Effect]:
        """Return the records of calls that came and went while we were down, from Asterisk's own."""
        if self._cdr_file is None:
            return []
        cdrs = await asyncio.to_thread(_read_cdrs, self._cdr_file, now - CDR_LOOK_BACK)
        known = {record.id for record in await self._store.calls(now - CDR_LOOK_BACK - DAY, now + DAY, CALLS_READ)}
        effects: list[Effect] = []
        for record in cdr.unseen(cdrs, known):
            effects.append(OpenCall(record=replace(record, ended_at=None, outcome=None)))
            effects.append(CloseCall(call=record.id, at=record.ended_at or now, outcome=Outcome.NOT_SEEN, cause=None))
        return effects

    async def _record_of(self, call_id: str, row: AmiEvent, now: datetime) -> CallRecord:
        hours, minutes, seconds = (int(part) for part in str(row.get("Duration", "0:0:0")).split(":"))
        age = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        channel, caller = str(row["Channel"]), str(row.get("CallerIDNum", ""))
        placed = _placed(row)
        direction = Direction.OUTBOUND if placed else Direction.INBOUND
        if placed and await self._pbx.variable(channel, dialplan.VAR_CALLBACK):
            direction = Direction.CALLBACK
        return CallRecord(
            id=call_id,
            direction=direction,
            started_at=now - age,
            did=await self._pbx.variable(channel, dialplan.VAR_CALLER_ID if placed else dialplan.VAR_DID),
            caller=await self._pbx.variable(channel, dialplan.VAR_NUMBER) if placed else known(caller),
        )

    async def waiting(self, view: repair.View) -> Sequence[Waiting]:
        """Return callers who wait by the store and are alive and alone in Asterisk; forget the others."""
        alive: list[Waiting] = []
        for row in await self._store.all_waiting():
            if row.call_id in view.legs and row.call_id not in view.partners:
                alive.append(row)
            elif row.call_id not in view.legs:
                await self._store.delete_waiting(row.call_id)
        return alive

    async def confirmed_ghosts(self, floor: Floor) -> Confirmed | None:
        """Return the ghosts that this look and the last one agree on; None if Asterisk does not answer."""
        try:
            snapshot = await self.snapshot(floor.seats)
        except AsteriskError as error:
            log.info("no snapshot: %s", error)
            return None
        found = repair.ghosts(floor, snapshot.view)
        confirmed = {agent: ghost for agent, ghost in found.items() if self._last_ghosts.get(agent) == ghost}
        self._last_ghosts = found
        return Confirmed(ghosts=confirmed, view=snapshot.view)

    async def unseen_ends(self, floor: Floor, view: repair.View, now: datetime) -> list[Effect]:
        """Close calls whose caller is gone without an event, once two looks agree."""
        missing = frozenset(call for call in floor.calls.live if call not in view.legs)
        confirmed, self._last_missing = missing & self._last_missing, missing
        effects: list[Effect] = []
        for call in confirmed:
            log.warning("call %s: ended without an event", call)
            effects += floor.observe(LegEnded(leg=call, cause=None, at=now))
        return effects

    # ---------------------------------------------------------------------------------------------- mirror

    async def mirror(self, seats: Mapping[str, Seat]) -> None:
        """Put every logged-in agent into the fallback queues as if it had just logged in."""
        for agent, seat in seats.items():
            if seat.state is not AgentState.LOGGED_OUT:
                async with self._mirroring[agent]:
                    await self._add(seat, seat.agent.queues)

    async def mirror_move(self, moved: AgentMoved) -> None:
        seat = moved.after
        agent, queues = seat.agent.id, seat.agent.queues
        try:
            async with self._mirroring[agent]:
                match moved.event:
                    case AgentEvent.LOG_IN:
                        await self._add(seat, queues)
                    case AgentEvent.LOG_OUT | AgentEvent.VANISH:
                        await self._remove(agent, queues)
                    case AgentEvent.PAUSE:
                        await self._pbx.pause_member(agent, paused=True, reason=seat.reason)
                    case AgentEvent.GET_READY:
                        await self._pbx.pause_member(agent, paused=False)
        except AsteriskError as error:
            log.info("agent %s: fallback queue: %s", agent, error)

    async def mirror_queues(self, before: Seat, after: Seat) -> None:
        """An agent who is logged in serves other queues than before."""
        old, new = before.agent.queues, after.agent.queues
        async with self._mirroring[after.agent.id]:
            await self._add(after, [queue for queue in new if queue not in old])
            await self._remove(after.agent.id, [queue for queue in old if queue not in new])

    async def _add(self, seat: Seat, queues: Iterable[str]) -> None:
        paused = seat.state is AgentState.PAUSED
        for queue in queues:
            try:
                await self._pbx.add_member(queue, seat.agent.id, paused=paused)
            except ActionRefused as error:
                log.debug("agent %s in queue %s: %s", seat.agent.id, queue, error)  # already there

    async def _remove(self, agent: str, queues: Iterable[str]) -> None:
        for queue in queues:
            try:
                await self._pbx.remove_member(queue, agent)
            except ActionRefused as error:
                log.debug("agent %s in queue %s: %s", agent, queue, error)  # not there


def _placed(row: AmiEvent) -> bool:
    """Whether this leg is of a call of ours: its account code is the attempt's id."""
    return bool(row.get("AccountCode"))


def _read_cdrs(path: Path, since: datetime) -> list[cdr.Cdr]:
    return [record for record in cdr.parse(_tail(path)) if record.ended_at > since]


def _tail(path: Path) -> list[str]:
    """The last lines of the CDR file, none if Asterisk has not written one yet."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - CDR_BYTES))
            return file.read().decode("utf-8", "replace").splitlines()
    except OSError as error:
        log.info("no call records of Asterisk: %s", error)
        return []
