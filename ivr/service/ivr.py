"""The FastAGI routes of the IVR: a new call, and a caller who comes back from an agent.

Whatever goes wrong here, the caller goes to the dialplan's fallback queue: every way out sets CC_NEXT, and a session
that dies without a word means the same. A caller never hears nothing, and is never dropped by us.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from callcenter import dialplan
from callcenter.errors import CallCenterError, ChannelGone, NotFound, StoreError
from callcenter.messages import AgentReserved, WaitChanged
from callcenter.numbers import mask
from callcenter.records import Outcome
from ivr import engine
from ivr.happenings import AgentLeft, ConnectFailed
from ivr.service.conversation import CallLog, Conversation, Desk
from ivr.service.flows import Flows, LiveFlow, spellings
from ivr.service.line import Sounds
from ivr.service.ports import Bus, CallStore, Channel
from ivr.service.pulse import Pulse
from ivr.service.waiting import Lobby
from ivr.session import CallInfo, Session

log = logging.getLogger("ivr.call")

REJECTED: Final = 21  # Q.850 call rejected
BRIDGED: Final = "SUCCESS"  # of BRIDGERESULT: they talked, and the agent left first
LOST: Final = "1"  # of CC_AGENT_LOST: the agent's phone vanished while they talked; the caller waits again, in place
LOOK_UP_S: Final = 4.0  # asking the store about a new call; the adapter's guard would take the caller away after 8 s
SETTLE_S: Final = 0.25  # between answering and speaking: the audio path of a trunk opens late and eats a first word


def utc_now() -> datetime:
    return datetime.now(UTC)


class Ivr:
    """Serves calls of one cell. `routes` belong into a FastAGI server; `run` takes the acd's messages meanwhile.

    `region`: country that dialled numbers without + are read in.
    """

    def __init__(
        self,
        store: CallStore,
        bus: Bus,
        *,
        cell: str,
        sounds: Sounds,
        region: str = "",
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store, self._bus, self._region, self._now = store, bus, region, now
        self._flows = Flows(store, region)
        self._lobby = Lobby(store, Pulse(store, cell, now), now)
        self._desk = Desk(store=store, lobby=self._lobby, sounds=sounds, now=now)

    @property
    def routes(self) -> Mapping[str, Callable[[Channel], Awaitable[None]]]:
        return {dialplan.AGI_CALL: self.call, dialplan.AGI_RESUME: self.resume}

    async def run(self) -> None:
        """Pass on what the acd says of waiting callers, until cancelled."""
        async with self._bus.subscribe(WaitChanged, AgentReserved) as messages:
            async for message in messages:
                self._lobby.deliver(message)

    async def call(self, channel: Channel) -> None:
        """Route `call`: a new inbound call."""
        await self._guarded(channel, self._begin(channel), dialplan.NEXT_FALLBACK)

    async def resume(self, channel: Channel) -> None:
        """Route `resume`: the agent left, or could not be reached."""
        with contextlib.suppress(ChannelGone):
            bridged = await channel.get_variable(dialplan.VAR_BRIDGE_RESULT) == BRIDGED
            served = bridged and await channel.get_variable(dialplan.VAR_AGENT_LOST) != LOST
            # Who has talked with an agent must not be queued again because what comes after fails.
            last_resort = dialplan.NEXT_HANGUP if served else dialplan.NEXT_FALLBACK
            await self._guarded(channel, self._go_on(channel, served, last_resort), last_resort)

    async def _guarded(self, channel: Channel, work: Awaitable[None], last_resort: str) -> None:
        """Do `work`; if it fails, say why in the log and set CC_NEXT to `last_resort`."""
        about = CallLog(log, {"call": channel.env.get("agi_uniqueid", "?")})
        try:
            await work
        except ChannelGone:
            return
        except (CallCenterError, TimeoutError) as error:
            about.error("%s: %s", last_resort, error or type(error).__name__)
        except Exception:
            about.exception("%s: a fault of ours", last_resort)
        else:
            return
        try:
            await channel.set_variable(dialplan.VAR_NEXT, last_resort)
        except CallCenterError as error:  # unset means the fallback
            about.info("CC_NEXT not set: %s", error)

    # ------------------------------------------------------------------------------------------------- a new call

    async def _begin(self, channel: Channel) -> None:
        did = await channel.get_variable(dialplan.VAR_DID) or channel.env.get("agi_extension", "")
        caller = caller_of(channel.env)
        call_id = channel.env["agi_uniqueid"]
        CallLog(log, {"call": call_id}).info("from %s to %s", mask(caller), did)
        async with asyncio.timeout(LOOK_UP_S):
            if await self._is_blocked(caller):
                await self._reject(channel)
                return
            live = await self._flows.for_number(did)
        await channel.answer()
        await channel.wait_for_digit(SETTLE_S)
        info = CallInfo(call_id=call_id, caller=caller, did=did)
        await Conversation(channel, self._desk, live, engine.start(live.flow, info, self._now())).run()

    async def _is_blocked(self, caller: str) -> bool:
        try:
            for spelling in spellings(caller, self._region) if caller else ():
                if await self._store.blocked(spelling) is not None:
                    return True
        except StoreError as error:
            log.error("block list not read, the caller is let in: %s", error)
        return False

    async def _reject(self, channel: Channel) -> None:
        """Refuse before answering, so that a blocked caller costs and hears nothing."""
        await channel.user_event(dialplan.EVENT_DONE, {"Outcome": Outcome.BLOCKED.value})
        await channel.set_variable(dialplan.VAR_NEXT, dialplan.NEXT_HANGUP)
        await channel.hangup(REJECTED)

    # ------------------------------------------------------------------------------------- back from an agent

    async def _go_on(self, channel: Channel, served: bool, last_resort: str) -> None:
        async with asyncio.timeout(LOOK_UP_S):
            live, session = await self._stored(channel.env["agi_uniqueid"])
        turn = engine.resume(live.flow, session, AgentLeft() if served else ConnectFailed(), self._now())
        if turn.commands:
            await Conversation(channel, self._desk, live, turn, stored=True).run()
            return
        # The flow had ended already when an agent came after all.
        CallLog(log, {"call": session.call_id}).warning("%s", "; ".join(str(visit) for visit in turn.path))
        await channel.set_variable(dialplan.VAR_NEXT, last_resort)

    async def _stored(self, call_id: str) -> tuple[LiveFlow, Session]:
        record = await self._store.session(call_id)
        if record is None:
            raise NotFound("came back, but has no stored session")
        return await self._flows.version(record.flow, record.version), Session.from_json(record.state)


def caller_of(env: Mapping[str, str]) -> str:
    """Return the caller's number as Asterisk gives it; empty if withheld."""
    number = env.get("agi_callerid", "")
    return "" if number in {"unknown", "anonymous", "restricted"} else number
