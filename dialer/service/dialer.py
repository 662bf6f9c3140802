"""One active dialer: paces campaigns, places calls through the ledger and the gate, keeps the ledger by what happens.

It fails closed: without Asterisk's events, a fresh picture of the agents, or SQL, no call is placed, and the reason is
kept where `callcenter campaign status` finds it. Calls under way go on: the acd, or the dialplan alone, serves them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from callcenter import dialplan
from callcenter.adapters.ami import Ami, LinkDown, LinkUp
from callcenter.adapters.bus import Bus
from callcenter.adapters.store import Store
from callcenter.adapters.takeover import taken_over
from callcenter.adapters.writer import OrderedWriter
from callcenter.errors import AsteriskError, StoreError
from callcenter.messages import AgentChanged
from callcenter.outbound import AttemptOutcome, AttemptState, CampaignState, Closing, LeadState
from callcenter.records import ServiceState
from callcenter.tracker import AmiEvent, Tracker
from dialer.crew import OFF, READY, Crew
from dialer.flights import Effect, Ended, Flights, NeverDialed, Note, Paced
from dialer.pacing import Kind, PacingEvent
from dialer.retry import after
from dialer.ringing import Ringing
from dialer.service.gate import Gate
from dialer.service.pace import Pace
from dialer.service.placing import Placer
from dialer.service.takeover import TakeOver, note_agent
from dialer.states import campaign_state_name, state_name
from dialer.sweep import DIALED

log = logging.getLogger("dialer")

TICK_S: Final = 0.25
SWEEP_S: Final = 2.0
PICTURE_S: Final = 1.0  # as often as it is drawn
STATE_S: Final = 2.0
OPT_OUTS_S: Final = 10.0
DIARY_S: Final = 2.0
PRUNE_S: Final = 3_600.0
SCORES_S: Final = 60.0
BACKLOG_MAX: Final = 20  # facts that wait for the ledger: more, and SQL is away or too slow
FLUSH_S: Final = 5.0
DIALING: Final = "dialing"


def steady() -> Callable[[], datetime]:
    """Return a clock that tells about the time and is never set: waits and ages must not jump with the machine's."""
    started, since = datetime.now(UTC), time.monotonic()
    return lambda: started + timedelta(seconds=time.monotonic() - since)


class Dialer:
    """Runs one active dialer until cancelled. `gate.routes` belong into a FastAGI server on the dialer's port."""

    def __init__(
        self,
        ami: Ami,
        store: Store,
        bus: Bus,
        *,
        cell: str,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        now = now or steady()
        self._ami, self._store, self._bus, self._cell, self._now = ami, store, bus, cell, now
        self.flights = Flights()
        self.crew = Crew()
        self.gate = Gate(store)
        self.gate.reached = self._gate_reached
        self._placer = Placer(ami, store, self.flights, cell=cell)
        self._placer.perform = self._perform
        self.pace = Pace(store, self._placer, self.flights, self.crew, now)
        self.pace.legs_on = self._legs_on
        self._ringing = Ringing()
        self._closed = False  # by the emergency closure
        self._take_over = TakeOver(ami, store, self.flights, self.gate, cell)
        self._take_over.segment_of = self._placer.scoring.segment_of
        self._tracker = Tracker()
        self._writer: OrderedWriter[Note | Ended | NeverDialed] = OrderedWriter(self._write, log)
        self._sql_trouble = ""
        self._state = ServiceState(name=state_name(cell), text="starting", since=now(), seen_at=now())
        self.ready = asyncio.Event()  # what is up in Asterisk is taken over

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._writer.run(), name="dialer writer")
                tasks.create_task(self._consume(), name="dialer events")
                tasks.create_task(self._paced(), name="dialer pace")
                tasks.create_task(self._listen(), name="dialer messages")
                tasks.create_task(self._every(TICK_S, self._end_ringing), name="dialer timers")
                tasks.create_task(self._every(SWEEP_S, self._sweep), name="dialer sweep")
                tasks.create_task(self._every(PICTURE_S, self._look), name="dialer picture")
                tasks.create_task(self._every(STATE_S, self._tell_state), name="dialer state")
                tasks.create_task(self._every(OPT_OUTS_S, self._opt_outs), name="dialer opt-outs")
                tasks.create_task(self._every(DIARY_S, self.pace.diarist.write), name="dialer diary")
                tasks.create_task(self._every(SCORES_S, self._placer.scoring.keep), name="dialer scores")
                tasks.create_task(self._every(PRUNE_S, self.pace.diarist.prune), name="dialer prune")
        finally:
            await self._writer.flush(FLUSH_S)

    # ---------------------------------------------------------------------------------------------- events

    async def _consume(self) -> None:
        async for event in self._ami.events():
            match event:
                case LinkUp():
                    await self._adopt()
                case LinkDown():
                    log.warning("link to Asterisk lost: %s; no call is placed", event.reason)
                    self._forget()
                case _:
                    self._observe(event)

    def _observe(self, event: AmiEvent) -> None:
        try:
            for happening in self._tracker.observe(event):
                self._perform(self.flights.observe(happening))
        except Exception:  # one event must not end the campaign; the sweep closes what is left over
            log.exception("event not taken in: %s", event)

    async def _adopt(self) -> None:
        """After each login: take over what is up. Until that is done no call is placed."""
        if not self.ready.is_set() and await taken_over(self._adopt_once, log):
            log.info("taken over: %d calls", len(self.flights))
            self.ready.set()

    async def _adopt_once(self) -> None:
        self._forget()
        legs, lines = await self._take_over.snapshot()
        self._tracker.adopt(legs)
        self._perform(await self._take_over.adopt(lines, await self._store.now()))
        await self._take_over.opt_outs()

    def _forget(self) -> None:
        self.ready.clear()
        self._tracker.reset()
        self.flights.clear()

    def _gate_reached(self) -> None:
        self._placer.gate.worked()

    def _legs_on(self, trunk: str) -> int:
        prefix = f"PJSIP/{dialplan.TRUNK_PREFIX}{trunk}-"
        return sum(leg.channel.startswith(prefix) for leg in self._tracker.legs.values())

    # ---------------------------------------------------------------------------------------------- effects

    def _perform(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case Paced():
                    self.pace.observe(effect)
                case _:
                    self._writer.put(effect)

    async def _write(self, effects: Sequence[Note | Ended | NeverDialed]) -> None:
        """Write effects into the ledger, in order; safe to run again. Raise StoreError."""
        notes: list[Note] = []
        for effect in effects:
            if isinstance(effect, Note):
                notes.append(effect)
                continue
            await self._note(notes)
            notes = []
            await (self._close(effect) if isinstance(effect, Ended) else self._close_undialed(effect))
        await self._note(notes)

    async def _note(self, notes: Sequence[Note]) -> None:
        async def steps(store: Store) -> None:
            for note in notes:
                await store.note_attempt(note.attempt, **note.facts)

        if notes:
            await self._store.together(steps)

    async def _close(self, ended: Ended) -> None:
        flight = ended.flight
        log.info("attempt %s: %s", flight.attempt, ended.outcome)
        self._placer.scoring.ended(flight.attempt, ended.outcome)
        if (campaign := self.pace.campaigns.get(flight.campaign)) is not None:
            reached = flight.ringing_at is not None or flight.answered_at is not None
            self._placer.ended(campaign.trunk, ended.outcome, reached=reached)
        closing = await self._closing(ended, ended.outcome, frozenset(AttemptState) - {AttemptState.ENDED})

        async def steps(store: Store) -> None:
            if ended.outcome is AttemptOutcome.CONNECTED:
                await note_agent(store, flight.attempt)
            await store.close_attempt(closing)

        await self._store.together(steps)

    async def _close_undialed(self, never: NeverDialed) -> None:
        """The gate refused it (then it is closed), was not reached, or let it through and Asterisk did not dial."""
        early = frozenset({AttemptState.RESERVED, AttemptState.SENT})
        if await self._store.close_attempt(await self._closing(never, AttemptOutcome.EXPIRED, early)):
            self._placer.gate.failed()
            log.warning("attempt %s: Asterisk did not reach the gate", never.flight.attempt)
        elif await self._store.close_attempt(await self._closing(never, AttemptOutcome.FAILED, DIALED)):
            log.warning("attempt %s: let through, and not dialled", never.flight.attempt)
            if (campaign := self.pace.campaigns.get(never.flight.campaign)) is not None:
                self._placer.ended(campaign.trunk, AttemptOutcome.FAILED, reached=False)

    async def _closing(
        self, over: Ended | NeverDialed, outcome: AttemptOutcome, only_from: frozenset[AttemptState]
    ) -> Closing:
        flight = over.flight
        campaign = self.pace.campaigns.get(flight.campaign) or await self._store.campaign(flight.campaign)
        state, next_at = LeadState.DONE, None
        if campaign is not None:
            state, next_at = after(campaign, flight.tries, outcome, over.at)
        return Closing(
            attempt=flight.attempt,
            outcome=outcome,
            at=over.at,
            only_from=only_from,
            cause=over.cause if isinstance(over, Ended) else None,
            lead_state=state,
            next_at=next_at,
        )

    # ---------------------------------------------------------------------------------------------- loops

    async def _paced(self) -> None:
        while True:
            await self.pace.wait()
            try:
                await self.pace.once(standing_still=bool(self._why_not()))
                self._sql_trouble = ""
            except StoreError as error:
                self._sql_trouble = str(error)
                log.error("no call is placed: %s", error)
            except Exception:
                log.exception("pacing: a fault of ours")

    def _why_not(self) -> str:
        """Return why no call may be placed now, "" if they may."""
        if not self._ami.ready or not self.ready.is_set():
            return "no link to Asterisk"
        if not self.crew.is_fresh(self._now()):
            return "no fresh picture of the agents: the acd or Redis is away"
        if self._closed:
            return "the centre is closed (emergency closure)"
        if self._writer.backlog > BACKLOG_MAX:
            return f"{self._writer.backlog} facts wait for the database"
        return ""

    async def _end_ringing(self) -> None:
        if not self.ready.is_set():
            return  # without flights since when each rings would be forgotten, and a lost link would ring it anew
        for flight in self._ringing.due(self.flights, self._now().timestamp()):
            await self._placer.hang_up(flight.gate_channel)

    async def _opt_outs(self) -> None:
        if self.ready.is_set():
            await self._take_over.opt_outs()

    async def _sweep(self) -> None:
        # What waits to be written may be the very end that the sweep would miss.
        if self._writer.backlog == 0 and (not self._ami.ready or self.ready.is_set()):
            for attempt, _ in await self._take_over.sweep(await self._store.now()):
                self.flights.forget(attempt.id)

    async def _look(self) -> None:
        self.crew.see(await self._bus.picture("floor"), self._now())

    async def _listen(self) -> None:
        async with self._bus.subscribe(AgentChanged) as messages:
            async for message in messages:
                try:
                    if isinstance(message, AgentChanged):
                        self._hear(message)
                except Exception:  # as with events: one message must not end the campaign
                    log.exception("message not taken in: %s", message)

    def _hear(self, message: AgentChanged) -> None:
        self.crew.hear(message)
        attempt = self.flights.attempt_of(message.call_id) if message.call_id else None
        if attempt is not None and message.state == "on-call":
            self._writer.put(Note(attempt=attempt, facts={"agent": message.agent}))
        kind = Kind.IDLE if message.state == READY else Kind.AWAY if message.state in {OFF, "paused"} else None
        if kind is not None:
            self.pace.observe_all(PacingEvent(kind=kind, t=message.at, agent=message.agent))

    async def _tell_state(self) -> None:
        """Keep what we do, and why not, in SQL; with SQL away nobody can read it, which says enough."""
        text = self._why_not() or self._sql_trouble
        if not text and self._placer.gate.is_open:
            text = "Asterisk does not reach the gate"
        text = f"standing still: {text}" if text else DIALING
        now = await self._store.now()
        self._closed = await self._store.closure() is not None
        if text != self._state.text:
            log.log(logging.INFO if text == DIALING else logging.WARNING, "%s", text)
            self._state = ServiceState(name=self._state.name, text=text, since=now, seen_at=now)
        else:
            self._state = ServiceState(name=self._state.name, text=text, since=self._state.since, seen_at=now)
        states = [self._state]
        for name, campaign in self.pace.campaigns.items():
            if campaign.state is CampaignState.RUNNING:
                told = self.pace.told(name) if text == DIALING else text
                key = campaign_state_name(self._cell, name)
                states.append(ServiceState(name=key, text=told, since=now, seen_at=now))

        async def steps(store: Store) -> None:
            for state in states:
                await store.put_service_state(state)

        await self._store.together(steps)

    async def _every(self, period_s: float, do: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(period_s)
            try:
                await do()
            except (AsteriskError, StoreError) as error:
                log.warning("%s: %s", getattr(do, "__name__", "timer"), error)
            except Exception:
                log.exception("%s: a fault of ours", getattr(do, "__name__", "timer"))
