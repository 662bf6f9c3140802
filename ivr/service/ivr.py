"""The FastAGI routes of the IVR: a new call, and a caller who comes back from an agent or a transfer.

Whatever goes wrong here, the caller goes to the dialplan's fallback queue: every way out sets CC_NEXT, and a session
that dies without a word means the same. A caller never hears nothing, and is never dropped by us.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from callcenter import dialplan
from callcenter.adapters.writer import OrderedWriter
from callcenter.care import Callback
from callcenter.errors import CallCenterError, ChannelGone, NotFound, StoreError
from callcenter.messages import AgentReserved, WaitChanged
from callcenter.numbers import mask
from callcenter.records import IvrSession, Outcome, ServiceState
from ivr import engine, promise
from ivr.bundle import Bundle
from ivr.happenings import AgentLeft, ConnectFailed, Happening, Transferred
from ivr.service import trial
from ivr.service.conversation import CallLog, Conversation, Desk, Opening
from ivr.service.errands import Errands, Kept, Outside, write
from ivr.service.flows import Flows, spellings
from ivr.service.line import Listener
from ivr.service.ports import Bus, CallStore, Channel
from ivr.service.pulse import Pulse
from ivr.service.sounds import Sounds, Voice
from ivr.service.taping import Tapes
from ivr.service.trial import Footprints, QuietLobby
from ivr.service.waiting import Lobby
from ivr.session import CallInfo, Session
from ivr.trail import Trail

log = logging.getLogger("ivr.call")

REJECTED: Final = 21  # Q.850 call rejected
BRIDGED: Final = "SUCCESS"  # of BRIDGERESULT: they talked, and the agent left first
LOST: Final = "1"  # of CC_AGENT_LOST: the agent's phone vanished while they talked; the caller waits again, in place
LOOK_UP_S: Final = 4.0  # asking the store about a new call; the adapter's guard would take the caller away after 8 s
SETTLE_S: Final = 0.25  # between answering and speaking: the audio path of a trunk opens late and eats a first word
OVERLAP_S: Final = 1.0  # a session that was redirected away ends within milliseconds, and what it knows is stored then
FLUSH_S: Final = 5.0
STATE_EVERY_S: Final = 5.0
PROMPTS_BROKEN: Final = "prompts that cannot be played: "
# Dial's words for how a transfer went.
STATUSES: Final[Mapping[str, str]] = {
    "ANSWER": Transferred.ANSWERED,
    "BUSY": "busy",
    "NOANSWER": "no-answer",
    "CANCEL": "no-answer",
}


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an IVR has around it. `tapes`, `listener` None: nothing can be recorded, nobody is understood by voice.

    `region`: country that dialled numbers without + are read in.
    """

    store: CallStore
    bus: Bus
    cell: str
    sounds: Sounds
    outside: Outside
    tapes: Tapes | None = None
    listener: Listener | None = None
    region: str = ""
    now: Callable[[], datetime] = utc_now


class Ivr:
    """Serves calls of one cell. `routes` belong into a FastAGI server; `run` does meanwhile what is nobody's call."""

    def __init__(self, around: Surroundings) -> None:
        self._around, self._store, self._now = around, around.store, around.now
        self._flows = Flows(around.store, around.region)
        self._lobby = Lobby(around.store, Pulse(around.store, around.cell, around.now), around.now)
        self._writer: OrderedWriter[Kept] = OrderedWriter(self._write, logging.getLogger("ivr.writer"))
        self._voice = Voice(around.sounds)
        self._running: dict[str, asyncio.Event] = {}  # call -> set when its present AGI session is over
        self._desk = Desk(
            store=around.store,
            lobby=self._lobby,
            voice=self._voice,
            errands=Errands(around.store, around.outside, around.now, self._writer.put, region=around.region),
            tapes=around.tapes,
            now=around.now,
            listener=around.listener,
        )
        lobby = QuietLobby(around.store, Pulse(around.store, around.cell, around.now), around.now)
        self._quiet = replace(self._desk, lobby=lobby)

    @property
    def routes(self) -> Mapping[str, Callable[[Channel], Awaitable[None]]]:
        return {
            dialplan.AGI_CALL: self.call,
            dialplan.AGI_RESUME: self.resume,
            dialplan.AGI_CALLBACK: self.callback,
            dialplan.AGI_TRY: self.trial,
        }

    async def run(self) -> None:
        """Pass on what the acd says, write what was kept, tell of broken prompts, until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(), name="ivr messages")
                tasks.create_task(self._writer.run(), name="ivr writer")
                tasks.create_task(self._tell_state(), name="ivr state")
        finally:
            await self._writer.flush(FLUSH_S)

    async def call(self, channel: Channel) -> None:
        """Route `call`: a new inbound call."""
        await self._guarded(channel, self._begin(channel), dialplan.NEXT_FALLBACK)

    async def callback(self, channel: Channel) -> None:
        """Route `callback`: somebody who asked for it is called back, and has answered."""
        await self._guarded(channel, self._begin_callback(channel), dialplan.NEXT_FALLBACK)

    async def trial(self, channel: Channel) -> None:
        """Route `try`: somebody at the desk hears a draft."""
        await self._guarded(channel, self._begin_trial(channel), dialplan.NEXT_FALLBACK)

    async def resume(self, channel: Channel) -> None:
        """Route `resume`: the agent left or could not be reached, or the caller is back from a transfer."""
        with contextlib.suppress(ChannelGone):
            back = await self._back(channel)
            # Who has talked with somebody must not be queued again because what comes after fails.
            last_resort = dialplan.NEXT_HANGUP if back.served else dialplan.NEXT_FALLBACK
            before = self._running.get(channel.env["agi_uniqueid"])
            await self._guarded(channel, self._go_on(channel, back, before), last_resort)

    async def _guarded(self, channel: Channel, work: Awaitable[None], last_resort: str) -> None:
        """Do `work`; if it fails, say why in the log and set CC_NEXT to `last_resort`."""
        call_id = channel.env.get("agi_uniqueid", "?")
        about = CallLog(log, {"call": call_id})
        over = self._running[call_id] = asyncio.Event()
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
        finally:
            over.set()
            if self._running.get(call_id) is over:
                del self._running[call_id]
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
            bundle = await self._flows.for_number(did)
        await channel.answer()
        await channel.wait_for_digit(SETTLE_S)
        info = CallInfo(call_id=call_id, caller=caller, did=did)
        await self._converse(channel, bundle, info)

    async def _begin_callback(self, channel: Channel) -> None:
        call_id, promised = channel.env["agi_uniqueid"], channel.env.get("agi_arg_1", "")
        number, shown, queue, language = await channel.get_variables(
            dialplan.VAR_NUMBER, dialplan.VAR_CALLER_ID, dialplan.VAR_QUEUE, dialplan.VAR_PERSON_LANGUAGE
        )
        CallLog(log, {"call": call_id}).info("callback %s to %s", promised, mask(number))
        async with asyncio.timeout(LOOK_UP_S):
            known = await self._promised(promised)
            bundle = await self._flows.live(promise.FLOW)
        if known is not None:
            info = promise.call_of(known, call_id=call_id, did=shown)
        else:
            info = promise.call_without(queue, call_id=call_id, caller=number, did=shown, language=language)
        await self._converse(channel, bundle, info)

    async def _begin_trial(self, channel: Channel) -> None:
        call_id, token = channel.env["agi_uniqueid"], channel.env.get("agi_arg_1", "")
        async with asyncio.timeout(LOOK_UP_S):
            found = await self._store.begin_trial(token, call_id, self._now() - trial.TO_CALL)
            if found is None:
                raise NotFound("this token is worth nothing: used, too old, or never was one")
            bundle = await self._flows.trial(found)
        CallLog(log, {"call": call_id}).info("%s tries a draft of %s", found.by, found.flow)
        await channel.answer()
        await channel.wait_for_digit(SETTLE_S)
        await self._converse(channel, bundle, CallInfo(call_id=call_id, caller=found.caller), desk=self._trial(token))

    def _trial(self, token: str) -> Desk:
        return replace(self._quiet, trial=Footprints(self._around.bus, token))

    async def _promised(self, callback: str) -> Callback | None:
        try:
            return await self._store.callback(callback)
        except StoreError as error:
            log.error("callback %s cannot be read, its place is not known: %s", callback, error)
            return None

    async def _converse(self, channel: Channel, bundle: Bundle, info: CallInfo, *, desk: Desk | None = None) -> None:
        now = self._now()
        turn = engine.start(bundle, info, now)
        opening = Opening(bundle=bundle, turn=turn, trail=Trail.begun(info, turn, now))
        await Conversation(channel, desk or self._desk, opening).run()

    async def _is_blocked(self, caller: str) -> bool:
        try:
            for spelling in spellings(caller, self._around.region) if caller else ():
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

    # ------------------------------------------------------------------------------------- back from elsewhere

    async def _back(self, channel: Channel) -> Back:
        bridged, lost, agent, transferred, recording, token = await channel.get_variables(
            dialplan.VAR_BRIDGE_RESULT,
            dialplan.VAR_AGENT_LOST,
            dialplan.VAR_AGENT,
            dialplan.VAR_TRANSFERRED,
            dialplan.VAR_RECORDING,
            dialplan.VAR_TRIAL,
        )
        if transferred:
            status = STATUSES.get(transferred, "failed")
            served = status == Transferred.ANSWERED
            return Back(happening=Transferred(status=status), served=served, recording=recording, trial=token)
        served = bridged == BRIDGED and lost != LOST
        happening: Happening = AgentLeft(agent=agent) if served else ConnectFailed()
        return Back(happening=happening, served=served, recording=recording, trial=token)

    async def _go_on(self, channel: Channel, back: Back, before: asyncio.Event | None) -> None:
        """Resume the stored session. `before` is set when the AGI session before this one is over."""
        call_id = channel.env["agi_uniqueid"]
        if before is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(OVERLAP_S):
                    await before.wait()
        async with asyncio.timeout(LOOK_UP_S):
            record = await self._store.session(call_id)
            if record is None:
                raise NotFound("came back, but has no stored session")
            main = record.flow.removeprefix(trial.PREFIX)
            session = Session.from_json(record.state, flow=main, version=record.version)
            bundle = await self._bundle_of(main, session, back)
        now, trail = self._now(), _trail_of(record, session)
        turn = engine.resume(bundle, session, back.happening, now)
        trail.went_on(back.happening, turn, now)
        if turn.commands:
            opening = Opening(bundle=bundle, turn=turn, trail=trail, recording=back.recording)
            await Conversation(channel, self._trial(back.trial) if back.trial else self._desk, opening).run()
            return
        # The flow had ended already when an agent came after all.
        CallLog(log, {"call": call_id}).warning("%s", "; ".join(str(visit) for visit in turn.path))
        await channel.set_variable(dialplan.VAR_NEXT, dialplan.NEXT_HANGUP if back.served else dialplan.NEXT_FALLBACK)

    async def _bundle_of(self, main: str, session: Session, back: Back) -> Bundle:
        if not back.trial:
            return await self._flows.pinned(main, session.versions)
        found = await self._store.trial(back.trial)
        if found is None:
            raise NotFound("the draft that was tried is not kept any more")
        return await self._flows.trial(found, session.versions)

    # ------------------------------------------------------------------------------------------- nobody's call

    async def _listen(self) -> None:
        async with self._around.bus.subscribe(WaitChanged, AgentReserved) as messages:
            async for message in messages:
                self._lobby.deliver(message)

    async def _write(self, kept: Sequence[Kept]) -> None:
        for one in kept:
            await write(self._store, one)

    async def _tell_state(self) -> None:
        """Say in the store which prompts could not be played, for `callcenter check`."""
        told: str | None = None
        since = self._now()
        while True:
            broken = ", ".join(sorted(self._voice.broken))
            text = f"{PROMPTS_BROKEN}{broken}" if broken else ""
            if text != told:
                since = self._now() if told is not None else since
                state = ServiceState(name=f"ivr:{self._around.cell}", text=text, since=since, seen_at=self._now())
                with contextlib.suppress(StoreError):
                    await self._store.put_service_state(state)
                    told = text
            await asyncio.sleep(STATE_EVERY_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """How a caller comes back. `served`: they talked with somebody; `trial`: token of the draft that is tried."""

    happening: Happening
    served: bool
    recording: str = ""
    trial: str = ""


def _trail_of(record: IvrSession, session: Session) -> Trail:
    try:
        return Trail.from_json(record.inputs)
    except StoreError as error:
        # Written by an earlier program, or damaged: no reason to lose a caller.
        log.info("call %s: its trail begins anew: %s", record.call_id, error)
        info = CallInfo(call_id=session.call_id, caller=session.caller, did=session.did, language=session.language)
        return Trail(info, session.started_at)


def caller_of(env: Mapping[str, str]) -> str:
    """Return the caller's number as Asterisk gives it; empty if withheld."""
    number = env.get("agi_callerid", "")
    return "" if number in {"unknown", "anonymous", "restricted"} else number
