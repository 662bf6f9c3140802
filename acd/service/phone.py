"""Phone codes: what an agent dials to log in, log out, pause and get ready. Runs as FastAGI route `agent`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from acd.lockout import Lockout
from callcenter import dialplan
from callcenter.adapters.agi import AgiSession
from callcenter.adapters.store import Store
from callcenter.errors import StoreError
from callcenter.pins import verify_pin
from callcenter.records import Agent

log = logging.getLogger("acd.phone")

PIN_TRIES: Final = 3
PIN_TIMEOUT_S: Final = 8.0
PIN_DIGITS: Final = 12

PAUSE_REASONS: Final[Mapping[str, str]] = {"": "pause", "1": "break", "2": "lunch", "3": "training", "4": "desk work"}
_SAY: Final = {"logout": "logged-out", "pause": "paused", "ready": "ready"}

Command = Callable[[str, str, str], None]


class PhoneCodes:
    """The FastAGI side of an agent's phone. `command(agent, action, reason)` reaches the floor."""

    def __init__(self, store: Store, command: Command, now: Callable[[], datetime], sounds: str = "") -> None:
        self._store, self._command, self._now = store, command, now
        self._sounds = sounds or f"{dialplan.PROMPTS_DIR}/en"
        self._lockout = Lockout()
        self._logging_in: dict[str, Agent] = {}  # leg -> agent whose PIN was right and whose leg does not rest yet

    @property
    def routes(self) -> Mapping[str, Callable[[AgiSession], Awaitable[None]]]:
        return {dialplan.AGI_AGENT: self.serve}

    def rested(self, leg: str) -> Agent | None:
        """Return the agent who logs in with this leg, once; None for a leg that only came back from a call."""
        return self._logging_in.pop(leg, None)

    def forget(self, leg: str) -> None:
        """The leg is gone; perhaps before it came to rest."""
        self._logging_in.pop(leg, None)

    async def serve(self, session: AgiSession) -> None:
        """Arguments: action, then what was dialled behind the code (an agent number or a pause reason)."""
        action, dialled = (*session.args, "", "")[:2]
        try:
            agent = await self._agent(session.channel, dialled if action == "login" else "")
        except StoreError as error:
            log.error("phone code %s: %s", action, error)
            return  # CC_NEXT stays unset: the dialplan says that it is not possible now
        if agent is None:
            log.warning("phone code %s from %s: no such agent", action, session.channel)
            await session.stream_file(f"{self._sounds}/not-possible-now")
            await session.set_variable(dialplan.VAR_NEXT, dialplan.NEXT_HANGUP)
        elif action == "login":
            await self._log_in(session, agent)
        elif action in _SAY:
            self._command(agent.id, action, PAUSE_REASONS.get(dialled, dialled) if action == "pause" else "")
            await session.set_variable(dialplan.VAR_NEXT, dialplan.NEXT_HANGUP)
            await session.stream_file(f"{self._sounds}/{_SAY[action]}")

    async def _agent(self, channel: str, number: str) -> Agent | None:
        """The agent dialled, else the one whose phone this is; None if there is none or more than one."""
        agents = [agent for agent in await self._store.agents() if agent.active]
        if number:
            return next((agent for agent in agents if agent.id == number), None)
        phone = phone_of(channel)
        own = [agent for agent in agents if agent.phone == phone]
        return own[0] if len(own) == 1 else None

    async def _log_in(self, session: AgiSession, agent: Agent) -> None:
        for _ in range(PIN_TRIES):
            if self._lockout.closed(agent.id, self._now()):
                log.warning("agent %s: log-in closed after wrong PINs", agent.id)
                break
            pin = await session.get_data(f"{self._sounds}/enter-pin", PIN_TIMEOUT_S, PIN_DIGITS)
            if await asyncio.to_thread(verify_pin, pin, agent.pin_hash):
                self._lockout.right(agent.id)
                await session.set_variable(dialplan.VAR_AGENT, agent.id)
                await session.stream_file(f"{self._sounds}/logged-in")
                self._logging_in[session.uniqueid] = agent
                await session.set_variable(dialplan.VAR_NEXT, dialplan.NEXT_PARK)
                return
            self._lockout.wrong(agent.id, self._now())
            await session.stream_file(f"{self._sounds}/wrong-pin")
        await session.set_variable(dialplan.VAR_NEXT, dialplan.NEXT_HANGUP)


def phone_of(channel: str) -> str:
    """Return the SIP user behind a channel name.

    >>> phone_of("PJSIP/1007-0000002a")
    '1007'
    """
    return channel.partition("/")[2].rpartition("-")[0]
