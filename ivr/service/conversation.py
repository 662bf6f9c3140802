"""One AGI session of one call: runs turns, performs their commands, says at the end where the dialplan goes on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from callcenter import dialplan
from callcenter.errors import ChannelGone, StoreError
from callcenter.records import IvrSession, Outcome
from ivr import commands as c
from ivr import engine
from ivr.bundle import Bundle
from ivr.commands import Command
from ivr.engine import Turn
from ivr.happenings import Failed, Happening, HungUp, Placed, QueueFailed, Recorded
from ivr.service import trial
from ivr.service.errands import ACTS, ERRANDS, Errands, Place
from ivr.service.line import Line, Listener
from ivr.service.ports import CallStore, Channel
from ivr.service.sounds import Voice
from ivr.service.taping import Tapes, Taping
from ivr.service.trial import Footprints
from ivr.service.waiting import Lobby, Stay, WaitOver
from ivr.session import Session
from ivr.trail import Trail

NORMAL_CLEARING: Final = 16  # Q.850
SAVE_S: Final = 3.0  # the caller hears nothing meanwhile; after 8 s Asterisk would take them away
QUIET_S: Final = 1.5  # somebody who hears nothing for longer thinks that the line is dead
HOLD_S: Final = 0.5  # of music, then a look whether the answer is there
# An agent may have been sent just before the acd heard that the caller does not wait any more.
JUST_LEFT: Final = timedelta(seconds=1)


class CallLog(logging.LoggerAdapter[logging.Logger]):
    """Puts the call's id in front of every line."""

    def process(self, msg: str, kwargs: MutableMapping[str, Any]) -> tuple[str, MutableMapping[str, Any]]:
        return f"call {(self.extra or {}).get('call')}: {msg}", kwargs


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every conversation of a process shares.

    `trial`: somebody hears a draft, and sees where they are; nobody's way through it counts.
    """

    store: CallStore
    lobby: Lobby
    voice: Voice
    errands: Errands
    tapes: Tapes | None
    now: Callable[[], datetime]
    listener: Listener | None = None
    trial: Footprints | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Where a conversation begins: a new call, or one that comes back (`recording`: the file of the call itself)."""

    bundle: Bundle
    turn: Turn
    trail: Trail
    recording: str = ""


class Conversation:
    """Leads one caller through flows."""

    def __init__(self, channel: Channel, desk: Desk, opening: Opening) -> None:
        self._channel, self._desk, self._bundle = channel, desk, opening.bundle
        self._turn, self._trail = opening.turn, opening.trail
        self._line = Line(channel, desk.voice, desk.now, listener=desk.listener)
        self._taping = Taping(channel, self._line, desk.tapes, recording=opening.recording)
        self._stay: Stay | None = None  # in a queue, from the row in the store on
        self._in_queue: Session | None = None  # the last session in which the caller waited for an agent
        self._left_at: datetime | None = None  # when they left the queue by themselves
        self._transferred = False
        self._told = ""  # outcome
        self._log = CallLog(logging.getLogger("ivr.call"), {"call": self._session.call_id})

    async def run(self) -> None:
        """Run until the flow ends or the caller is gone.

        Raise ChannelGone when the caller hung up or was redirected to an agent, StoreError and other errors of ours
        when the flow cannot go on.
        """
        try:
            while await self._next_turn():
                pass
        except ChannelGone:
            await self._gone()
            raise
        except (StoreError, TimeoutError):
            await self._forget_wait()
            raise  # the caller is not kept waiting for a record that cannot be written
        except asyncio.CancelledError:
            await self._give_up("the ivr was stopped")
            raise
        except Exception as error:
            await self._give_up(str(error) or type(error).__name__)
            raise
        finally:
            if self._stay is not None:
                self._desk.lobby.leave(self._stay)

    @property
    def _session(self) -> Session:
        return self._turn.session

    async def _next_turn(self) -> bool:
        """Perform the turn's commands, take what happened, decide the next turn; return whether there is one."""
        self._log.info("%s", "; ".join(str(visit) for visit in self._turn.path))
        self._show_way()
        if self._session.queued:
            self._in_queue = self._session
        await self._tell_outcome(self._session.outcome)
        happening = await self._performed()
        if self._session.end is not None:
            await self._save()
            return False
        if self._transferred:
            return False
        if happening is None:
            raise RuntimeError(f"node {self._session.node!r} waits for {self._session.wait} without a command")
        self._go_on(happening)
        return True

    def _show_way(self) -> None:
        if self._desk.trial is not None:
            self._desk.trial.show(self._trail.rows())

    async def _tell_outcome(self, outcome: str) -> None:
        """Say what the call has come to, before it is confirmed: most callers hang up while they hear that."""
        if outcome and outcome != self._told and self._taping.gone is None:
            self._told = outcome
            await self._channel.user_event(dialplan.EVENT_DONE, {"Outcome": outcome})

    def _go_on(self, happening: Happening) -> None:
        now = self._desk.now()
        if isinstance(happening, Failed):
            self._log.warning("%s: %s", happening.reason, happening.detail)
        self._turn = engine.resume(self._bundle, self._session, happening, now)
        self._trail.went_on(happening, self._turn, now)

    async def _give_up(self, reason: str) -> None:
        """The flow cannot go on: note why. The dialplan takes the caller to the fallback queue."""
        await self._forget_wait()
        self._turn = engine.give_up(self._session, reason)
        await self._save()

    async def _forget_wait(self) -> None:
        if self._stay is not None:
            await self._desk.lobby.forget(self._stay)

    # ------------------------------------------------------------------------------------------------- commands

    async def _performed(self) -> Happening | None:
        """Perform the turn's commands in order; return what happened at the last, or at one that ended the others."""
        happening: Happening | None = None
        try:
            for command in self._turn.commands:
                happening = await self._perform(command)
                if isinstance(happening, QueueFailed):
                    break  # the caller is in no queue: what was to be heard there is not said
        except WaitOver:
            await self._leave_queue()
            return QueueFailed(reason=QueueFailed.TIMEOUT)
        return happening

    async def _perform(self, command: Command) -> Happening | None:
        if self._taping.gone is not None and isinstance(command, TELEPHONE):
            raise self._taping.gone
        return await PERFORM[type(command)](self, command)

    async def _play(self, command: c.Play) -> None:
        await self._line.play(command)

    async def _ask(self, question: c.Collect) -> Happening:
        if not question.secure:
            return await self._line.ask(question)
        async with self._taping.stopped():
            return await self._line.ask(question)

    async def _music(self, command: c.Music) -> Happening:
        return await self._line.music(command)

    async def _record(self, command: c.Record) -> Happening:
        """Most people end a message by hanging up, and then it is too late to say what the call has come to."""
        before = self._told or Outcome.SELF_SERVICE
        await self._tell_outcome(command.outcome)
        happening = await self._taping.record(command)
        if command.outcome and self._taping.gone is None and not isinstance(happening, Recorded):
            await self._tell_outcome(before)
        return happening

    async def _place(self, command: c.AskPlace) -> Happening:
        return self._stay.place if self._stay is not None else Placed()

    async def _save_answer(self, command: c.SaveAnswer) -> None:
        self._desk.errands.keep_answer(command, self._session)

    async def _record_call(self, command: c.RecordCall) -> None:
        self._desk.errands.keep_consent(command, self._session)
        await self._taping.begin(command, self._session.call_id)

    async def _fall_back(self, command: c.Fallback) -> None:
        self._log.error("to the fallback queue: %s", command.reason)
        await self._channel.set_variable(dialplan.VAR_NEXT, dialplan.NEXT_FALLBACK)

    async def _errand(self, command: Command) -> Happening:
        """Run an errand; if it takes long the caller hears music. One that changes something is not left half done."""
        place = Place(session=self._session, number=len(self._trail.inputs))
        task = asyncio.create_task(self._desk.errands.run(command, place))
        try:
            await asyncio.wait([task], timeout=QUIET_S)
            while not task.done():
                if self._taping.gone is None:
                    await self._line.hold(HOLD_S)
                else:
                    await asyncio.wait([task])
        except (ChannelGone, WaitOver, asyncio.CancelledError):
            if isinstance(command, ACTS):
                await asyncio.wait([task])
            raise
        finally:
            if not task.done():
                task.cancel()
        return task.result()

    async def _enqueue(self, command: c.Enqueue) -> QueueFailed | None:
        entered = await self._desk.lobby.enter(self._channel, command, self._save)
        if isinstance(entered, QueueFailed):
            return entered
        self._stay = self._line.wait = entered
        try:
            await self._desk.lobby.announce(self._channel, command.queue)
        except ChannelGone:
            # Nobody can have been sent so soon: the caller has hung up.
            await self._forget_wait()
            self._desk.lobby.leave(entered)
            self._stay = self._line.wait = None
            raise
        return None

    async def _withdraw(self, command: c.Withdraw) -> None:
        await self._leave_queue()

    async def _leave_queue(self) -> None:
        if self._stay is None:
            return
        await self._desk.lobby.take_back(self._channel, self._stay)
        self._stay = self._line.wait = None
        self._left_at = self._desk.now()

    async def _transfer(self, command: c.Transfer) -> Happening | None:
        """Leave the caller to the dialplan, which dials. The session waits in the store for them to come back."""
        try:
            await self._save()
        except (StoreError, TimeoutError) as error:
            return Failed(reason="unavailable", detail=str(error) or "the store does not answer")
        await self._line.music_off()
        await self._channel.set_variables(
            {
                dialplan.VAR_DESTINATION: command.destination,
                dialplan.VAR_RING: f"{command.ring_s:g}",
                dialplan.VAR_NEXT: dialplan.NEXT_TRANSFER,
            }
        )
        self._transferred = True
        return None

    async def _hang_up(self, command: c.Hangup) -> None:
        if self._session.end is not None:
            await self._tell_outcome(self._session.end.outcome)
        await self._channel.set_variable(dialplan.VAR_NEXT, dialplan.NEXT_HANGUP)
        if command.cause != NORMAL_CLEARING:
            await self._channel.hangup(command.cause)

    # ------------------------------------------------------------------------------------------------- the end

    async def _gone(self) -> None:
        """The leg was taken from us. From a queue that is most often the way to an agent: stay open for it."""
        now = self._desk.now()
        just_left = self._left_at is not None and now - self._left_at < JUST_LEFT
        if self._in_queue is not None and (self._stay is not None or just_left):
            self._log.info("left the queue's wait")
            if self._trail.rows():
                await self._save(self._in_queue, last=True)
            return
        self._go_on(HungUp())
        self._show_way()
        self._log.info("%s", "; ".join(str(visit) for visit in self._turn.path))
        for command in self._turn.commands:
            with contextlib.suppress(ChannelGone):
                await self._perform(command)
        await self._save()

    async def _save(self, session: Session | None = None, *, last: bool = False) -> None:
        """Store the session. A caller who waits must be stored; for one who is gone it is a record, and may fail."""
        session, now = session or self._session, self._desk.now()
        record = IvrSession(
            call_id=session.call_id,
            flow=trial.PREFIX + self._bundle.main if self._desk.trial else self._bundle.main,
            version=self._bundle.versions.get(self._bundle.main, 0),
            state=session.to_json(),
            updated_at=now,
            started_at=session.started_at,
            ended_at=now if session.end is not None else None,
            versions=session.versions,
            inputs=self._trail.to_json(),
        )
        try:
            async with asyncio.timeout(SAVE_S):
                await self._desk.store.save_session(record, () if self._desk.trial else self._trail.rows())
            self._trail.stored()
        except (StoreError, TimeoutError) as error:
            if session.end is None and not last:
                raise
            self._log.error("the session is not stored: %s", error or "no answer in time")


# Commands for which there must be somebody on the line.
TELEPHONE: Final = (c.Play, c.Collect, c.Music, c.Record, c.Enqueue, c.Transfer, c.Hangup, c.Fallback)
PERFORM: Final[Mapping[type[Command], Callable[[Conversation, Any], Coroutine[Any, Any, Happening | None]]]] = {
    c.Play: Conversation._play,
    c.Collect: Conversation._ask,
    c.Music: Conversation._music,
    c.Enqueue: Conversation._enqueue,
    c.Withdraw: Conversation._withdraw,
    c.AskPlace: Conversation._place,
    c.Record: Conversation._record,
    c.SaveAnswer: Conversation._save_answer,
    c.RecordCall: Conversation._record_call,
    c.Transfer: Conversation._transfer,
    c.Hangup: Conversation._hang_up,
    c.Fallback: Conversation._fall_back,
    **dict.fromkeys(ERRANDS, Conversation._errand),
}
