"""One AGI session of one call: runs turns, performs their commands, says at the end where the dialplan goes on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from callcenter import dialplan
from callcenter.errors import ChannelGone, StoreError
from callcenter.records import IvrSession
from ivr import engine
from ivr.commands import Collect, Command, Enqueue, Fallback, Hangup, Play
from ivr.engine import Turn
from ivr.happenings import Happening, HungUp
from ivr.service.flows import LiveFlow
from ivr.service.line import Line, Sounds
from ivr.service.ports import CallStore, Channel
from ivr.service.waiting import Lobby
from ivr.session import Session, Wait

NORMAL_CLEARING: Final = 16  # Q.850
SAVE_S: Final = 3.0  # the caller hears nothing meanwhile; after 8 s Asterisk would take them away


class CallLog(logging.LoggerAdapter[logging.Logger]):
    """Puts the call's id in front of every line."""

    def process(self, msg: str, kwargs: MutableMapping[str, Any]) -> tuple[str, MutableMapping[str, Any]]:
        return f"call {(self.extra or {}).get('call')}: {msg}", kwargs


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every conversation of a process shares."""

    store: CallStore
    lobby: Lobby
    sounds: Sounds
    now: Callable[[], datetime]


class Conversation:
    """Leads one caller through one flow. `stored`: the session is in the store already, the caller comes back."""

    def __init__(self, channel: Channel, desk: Desk, live: LiveFlow, first: Turn, *, stored: bool = False) -> None:
        self._channel, self._desk, self._live, self._stored = channel, desk, live, stored
        self._turn = first
        self._line = Line(channel, desk.sounds, first.session.language)
        self._log = CallLog(logging.getLogger("ivr.call"), {"call": first.session.call_id})

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
            raise  # the caller is not kept waiting for a record that cannot be written
        except Exception as error:
            self._turn = engine.give_up(self._session, str(error) or type(error).__name__)
            await self._save()
            raise

    async def _next_turn(self) -> bool:
        """Perform the turn's commands, take what happened, decide the next turn; return whether there is one."""
        happening: Happening | None = None
        self._log.info("%s", "; ".join(str(visit) for visit in self._turn.path))
        for command in self._turn.commands:
            happening = await self._perform(command)
        if self._session.end is not None:
            await self._save()
            return False
        if happening is None:
            raise RuntimeError(f"node {self._session.node!r} waits for {self._session.wait} without a command")
        self._turn = engine.resume(self._live.flow, self._session, happening, self._desk.now())
        return True

    @property
    def _session(self) -> Session:
        return self._turn.session

    async def _perform(self, command: Command) -> Happening | None:
        match command:
            case Play():
                await self._line.play(command)
            case Collect():
                return await self._line.ask(command)
            case Enqueue():
                return await self._desk.lobby.wait(self._channel, self._line, command, self._save)
            case Hangup():
                await self._hang_up(command)
            case Fallback():
                self._log.error("to the fallback queue: %s", command.reason)
                await self._channel.set_variable(dialplan.VAR_NEXT, dialplan.NEXT_FALLBACK)
        return None

    async def _hang_up(self, command: Hangup) -> None:
        if self._session.end is not None and self._session.end.outcome:
            await self._channel.user_event(dialplan.EVENT_DONE, {"Outcome": self._session.end.outcome})
        await self._channel.set_variable(dialplan.VAR_NEXT, dialplan.NEXT_HANGUP)
        if command.cause != NORMAL_CLEARING:
            await self._channel.hangup(command.cause)

    async def _gone(self) -> None:
        """The leg was taken from us. After the hand-over that is most often the way to an agent: stay open for it."""
        if self._session.wait is Wait.AGENT and self._stored:
            self._log.info("left the queue's wait")
            return
        self._turn = engine.resume(self._live.flow, self._session, HungUp(), self._desk.now())
        self._log.info("%s", "; ".join(str(visit) for visit in self._turn.path))
        await self._save()

    async def _save(self) -> None:
        """Store the session. A caller who waits must be stored; for one who is gone it is a record, and may fail."""
        session, now = self._session, self._desk.now()
        record = IvrSession(
            call_id=session.call_id,
            flow=self._live.flow.name,
            version=self._live.version,
            state=session.to_json(),
            updated_at=now,
            ended_at=now if session.end is not None else None,
        )
        try:
            async with asyncio.timeout(SAVE_S):
                await self._desk.store.save_session(record)
                self._stored = True
        except (StoreError, TimeoutError) as error:
            if session.end is None:
                raise
            self._log.error("the end of the session is not stored: %s", error or "no answer in time")
