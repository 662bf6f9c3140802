"""One active acd: reads Asterisk's events in order, lets the floor decide, performs its effects.

What must be quick (redirecting a caller to an agent) goes out at once; what must not be lost (records) goes through
one ordered writer that tries again while SQL is down. The floor itself never waits for either.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from acd import picture, repair
from acd.agents import LOGGED_IN, AgentEvent
from acd.effects import AgentMoved, Connect, DropWaiting, Effect, HangUp, Publish, TellLost
from acd.floor import Floor
from acd.service.browsers import Browsers
from acd.service.closure import Closures
from acd.service.handover import HandOvers
from acd.service.pbx import Pbx
from acd.service.phone import PhoneCodes
from acd.service.resync import Resync
from acd.service.writer import Writer
from callcenter import happenings
from callcenter.adapters.ami import Ami, LinkDown, LinkUp
from callcenter.adapters.bus import Bus
from callcenter.adapters.store import Store
from callcenter.adapters.takeover import taken_over
from callcenter.errors import AsteriskError, StoreError
from callcenter.happenings import CallWaits, ClosureChanged, Happening, LegEnded, Met, PersonAnswered, Rested
from callcenter.messages import AgentChanged, AgentCommand, CentreChanged, Message, PhoneGone, PhoneWanted
from callcenter.tracker import AmiEvent, Tracker

log = logging.getLogger("acd")

TICK_S: Final = 0.25
RECONCILE_S: Final = 5.0  # two looks must agree: a ghost is gone within 10 s
SWEEP_S: Final = 60.0
MEASURED_CALLS: Final = 10_000
FLUSH_S: Final = 5.0  # for the last records when we are told to end
PICTURE_S: Final = 1.0
PICTURE_TTL_S: Final = 10


def utc_now() -> datetime:
    return datetime.now(UTC)


class Acd:
    """Runs one active acd until cancelled. `phone_codes.routes` belong into a FastAGI server on the acd's port.

    `region`: country that callers' numbers without + are read in.
    """

    def __init__(
        self,
        ami: Ami,
        store: Store,
        bus: Bus,
        *,
        cdr_file: Path | None = None,
        region: str = "",
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._pbx, self._store, self._bus, self._now = Pbx(ami), store, bus, now
        self.floor = Floor()
        self._tracker = Tracker()
        self._writer = Writer(store, region)
        self._resync = Resync(self._pbx, store, cdr_file)
        self._hand_overs = HandOvers(store)
        self._closures = Closures(self._pbx, store, now)
        self._browsers = Browsers(self._pbx, bus, now)
        self._tasks: asyncio.TaskGroup | None = None
        self.phone_codes = PhoneCodes(store, self._phone_command, now)
        self.ready = asyncio.Event()  # the picture is fresh
        # From the hand-over to the bridge, by Asterisk's clock, for callers who found an agent ready.
        self.answer_to_agent_ms: deque[float] = deque(maxlen=MEASURED_CALLS)
        self._handed_over: dict[str, datetime] = {}

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                tasks.create_task(self._writer.run(), name="acd writer")
                tasks.create_task(self._consume(), name="acd events")
                tasks.create_task(self._every(TICK_S, self._tick), name="acd timers")
                tasks.create_task(self._every(RECONCILE_S, self._reconcile), name="acd reconcile")
                tasks.create_task(self._every(PICTURE_S, self._show), name="acd picture")
                tasks.create_task(self._every(SWEEP_S, self._browsers.sweep), name="acd browsers")
                tasks.create_task(self._listen(), name="acd messages")
        finally:
            await self._writer.flush(FLUSH_S)

    # ---------------------------------------------------------------------------------------------- events

    async def _consume(self) -> None:
        async for event in self._pbx.ami.events():
            match event:
                case LinkUp():
                    await self._take_over()
                case LinkDown():
                    log.warning("link to Asterisk lost: %s; the picture is dropped", event.reason)
                    self.ready.clear()
                    self._forget()
                case _:
                    self._observe(event)

    def _observe(self, event: AmiEvent) -> None:
        try:
            for happening in self._tracker.observe(event):
                self._happens(happening)
        except Exception:  # one event must not end all calls' connections; the next look repairs the picture
            log.exception("event not taken in: %s", event)

    def _happens(self, happening: Happening) -> None:
        match happening:
            case CallWaits():
                self._perform(self.floor.observe(happening))
                self._hand_overs.begin(happening)
                self._spawn(self._hand_over(happening))
            case Rested():
                agent = self.phone_codes.rested(happening.leg)
                if agent is not None:
                    channel = self._tracker.legs[happening.leg].channel
                    self._perform(self.floor.log_in(agent, happening.leg, channel, happening.at))
            case happenings.CentreChanged():
                self._spawn(self._configure())
            case ClosureChanged():
                self._spawn(self._closures.by_phone(happening))
            case _:
                unread = self._hand_overs.settle(happening)
                if unread is not None:
                    self._writer.put(DropWaiting(call=unread))
                if isinstance(happening, Met):
                    self._measure(happening)
                elif isinstance(happening, LegEnded):
                    self._handed_over.pop(happening.leg, None)
                    self.phone_codes.forget(happening.leg)
                effects = self.floor.observe(happening)
                if isinstance(happening, PersonAnswered):
                    self._begin_measure(happening.call, happening.at, effects)
                self._perform(effects)

    def _begin_measure(self, call: str, at: datetime, effects: Sequence[Effect]) -> None:
        if any(isinstance(effect, Connect) and effect.call == call for effect in effects):
            self._handed_over[call] = at

    def _measure(self, met: Met) -> None:
        for leg in met.legs:
            handed_over = self._handed_over.pop(leg, None)
            if handed_over is not None:
                self.answer_to_agent_ms.append((met.at - handed_over).total_seconds() * 1000)

    async def _hand_over(self, happening: CallWaits) -> None:
        """Match the caller once the row that the ivr committed is read."""
        waiting = await self._hand_overs.row(happening)
        if waiting is None or happening.call not in self._tracker.legs:
            return
        effects = self.floor.waits(waiting, happening.at)
        self._begin_measure(happening.call, happening.at, effects)
        self._perform(effects)

    def _forget(self) -> None:
        self._tracker.reset()
        self.floor.forget()
        self._hand_overs.clear()

    async def _take_over(self) -> None:
        """After each login: take Asterisk's picture, close what ended while we did not look."""
        if not self.ready.is_set():
            await taken_over(self._take_picture, log)

    async def _take_picture(self) -> None:
        self._forget()
        await self._configure()
        snapshot = await self._resync.snapshot(self.floor.seats)
        self._tracker.adopt(snapshot.legs)
        await self._adopt_calls(snapshot.view)
        found = repair.ghosts(self.floor, snapshot.view)
        last = await self._resync.last_changes()
        self._perform(repair.repair(self.floor, snapshot.view, found, last, self._now()))
        self._perform(repair.resume_talks(self.floor, snapshot.view, self._now()))
        for waiting in await self._resync.waiting(snapshot.view):
            self._perform(self.floor.waits(waiting, self._now()))
        await self._resync.mirror(self.floor.seats)
        await self._closures.take_over()
        log.info("picture taken over: %d channels, %d calls", len(snapshot.legs), len(self.floor.calls.live))
        self.ready.set()

    async def _adopt_calls(self, view: repair.View) -> None:
        live, ended = await self._resync.open_calls(view, self._now())
        for call in live:
            self.floor.calls.adopt(call)
        for effect in [*ended, *await self._resync.unseen_calls(self._now())]:
            self._writer.put(effect)

    # ---------------------------------------------------------------------------------------------- effects

    def _perform(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case Connect():
                    log.info("call %s: to agent %s: %s", effect.call, effect.agent, "; ".join(effect.reasons))
                    self._spawn(self._connect(effect))
                case HangUp():
                    self._spawn(self._hang_up(effect.channel))
                case TellLost():
                    self._spawn(self._tell_lost(effect.channel))
                case Publish():
                    self._bus.publish(effect.message)
                case AgentMoved():
                    self._moved(effect)
                case _:
                    self._writer.put(effect)

    async def _connect(self, effect: Connect) -> None:
        try:
            await self._pbx.connect(effect.channel, effect.agent, effect.agent_channel)
        except AsteriskError as error:
            log.warning("call %s: not connected to agent %s: %s", effect.call, effect.agent, error)
            self._perform(self.floor.refused(effect.call, self._now()))

    async def _hang_up(self, channel: str) -> None:
        try:
            await self._pbx.hang_up(channel)
        except AsteriskError as error:
            log.info("hanging up %s: %s", channel, error)

    async def _tell_lost(self, channel: str) -> None:
        try:
            await self._pbx.tell_lost(channel)
        except AsteriskError as error:
            log.info("%s is not told that the agent vanished: %s", channel, error)

    def _moved(self, moved: AgentMoved) -> None:
        seat = moved.after
        about = f" call={seat.call}" if seat.call else ""
        why = f" ({seat.reason})" if seat.reason else ""
        log.info("agent %s: %s -[%s]> %s%s%s", seat.agent.id, moved.before.state, moved.event, seat.state, about, why)
        changed = AgentChanged(
            agent=seat.agent.id, state=seat.state, at=seat.since.timestamp(), reason=seat.reason, call_id=seat.call
        )
        self._bus.publish(changed)
        self._writer.put(moved)
        if moved.event in _MIRRORED:
            self._spawn(self._resync.mirror_move(moved))

    # ---------------------------------------------------------------------------------------------- timers

    async def _tick(self) -> None:
        self._perform(self.floor.tick(self._now()))

    async def _reconcile(self) -> None:
        if not self.ready.is_set():
            return
        found = await self._resync.confirmed_ghosts(self.floor)
        if found is None:
            return
        for agent, ghost in found.ghosts.items():
            log.warning("agent %s: repaired (%s)", agent, ghost)
        self._perform(repair.repair(self.floor, found.view, found.ghosts, {}, self._now()))
        self._perform(await self._resync.unseen_ends(self.floor, found.view, self._now()))

    async def _show(self) -> None:
        await self._bus.put_picture(
            "floor", picture.draw(self.floor, self._now(), fresh=self.ready.is_set()), PICTURE_TTL_S
        )

    async def _every(self, period_s: float, do: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(period_s)
            await _guarded(do(), logging.WARNING)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        if self._tasks is None:
            work.close()
        else:
            self._tasks.create_task(_guarded(work))

    # ---------------------------------------------------------------------------------------------- commands

    async def _listen(self) -> None:
        async with self._bus.subscribe(AgentCommand, CentreChanged, PhoneWanted, PhoneGone) as messages:
            async for message in messages:
                self._spawn(self._obey(message))

    async def _obey(self, message: Message) -> None:
        match message:
            case AgentCommand():
                self._command(message.agent, message.action, message.reason)
            case PhoneWanted():
                await self._browsers.give(message)
            case PhoneGone(phone=phone):
                await self._browsers.take(phone)
            case CentreChanged(what="closure"):
                await self._closures.apply()
            case CentreChanged():
                await self._configure()

    def _phone_command(self, agent: str, action: str, reason: str) -> None:
        self._command(agent, action, reason)

    def _command(self, agent: str, action: str, reason: str) -> None:
        at = self._now()
        match action:
            case "logout":
                self._perform(self.floor.log_out(agent, at))
            case "pause":
                self._perform(self.floor.pause(agent, reason, at))
            case "ready":
                self._perform(self.floor.get_ready(agent, at))
            case _:
                log.warning("agent %s: unknown command %r", agent, action)

    async def _configure(self) -> None:
        """Take agents and queues over. Raise StoreError if they cannot be read; the old ones stay."""
        agents, queues = await self._store.agents(), await self._store.queues()
        before = dict(self.floor.seats)
        self._perform(self.floor.configure(agents, queues, self._now()))
        for agent, seat in self.floor.seats.items():
            if agent in before and seat.state in LOGGED_IN and seat.agent.queues != before[agent].agent.queues:
                self._spawn(self._resync.mirror_queues(before[agent], seat))


async def _guarded(work: Awaitable[None], level: int = logging.ERROR) -> None:
    """One piece of work that fails is one line in the log, not the end of the acd."""
    name = getattr(work, "__name__", "work")
    try:
        await work
    except (AsteriskError, StoreError) as error:
        log.log(level, "%s: %s", name, error)
    except Exception:
        log.exception("%s: a fault of ours", name)


_MIRRORED: Final = frozenset(
    {AgentEvent.LOG_IN, AgentEvent.LOG_OUT, AgentEvent.VANISH, AgentEvent.PAUSE, AgentEvent.GET_READY}
)
