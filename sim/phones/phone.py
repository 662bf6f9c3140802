"""A simulated phone with its calls: what tests and demo hold in their hands."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from callcenter.errors import ActionRefused, ChannelGone, Unreachable
from sim.phones.audio import Samples, ToneEar, write_wav
from sim.phones.plans import AgentHeard, EndedBy, Line, PhoneCall
from sim.phones.rtp import Mouths, RtpPort
from sim.phones.scenario import REFUSALS
from sim.phones.sipp import Sipp
from sim.phones.sipplog import LogLine, advance

ORDER_AGAIN_S: Final = 0.1  # an order that comes at a bad moment is ignored; obeying takes a few milliseconds
ORDER_TRIES: Final = 10
ENROL_TIMEOUT_S: Final = 12.0
CLOSE_TIMEOUT_S: Final = 1.0
ENROL: Final = "enrol-"


class Leg:
    """One call on a phone. `call` is its state as logged so far; `until` waits for a state."""

    def __init__(self, phone: Phone, call: PhoneCall, names: Mapping[int, str], *, record: bool) -> None:
        self.call = call
        self.port: RtpPort | None = None
        self._phone, self._names, self._record = phone, names, record
        self._waiting: list[tuple[Callable[[PhoneCall], bool], asyncio.Future[None]]] = []
        self._remote: tuple[str, int] | None = None
        self._trying = asyncio.Event()  # SIPp takes HANGUP as CANCEL from here on
        self._talking = asyncio.Event()  # SIPp takes all orders from here on
        self.done = asyncio.Event()  # SIPp has nothing more to say in this call
        self._tone = 0
        self._answering = self._ignoring = False

    async def until(self, condition: Callable[[PhoneCall], object]) -> PhoneCall:
        """Wait until `condition(call)` holds and return the call; raise ChannelGone if it ends before that."""
        if not condition(self.call):
            if self.call.ended_at:
                raise ChannelGone(f"call {self.call.id} to {self.call.number} has ended")
            future = asyncio.get_running_loop().create_future()
            self._waiting.append((lambda call: bool(condition(call)), future))
            await future
        return self.call

    async def answered(self) -> PhoneCall:
        return await self.until(lambda call: call.answered_at)

    async def agent_heard(self) -> PhoneCall:
        return await self.until(lambda call: call.agent)

    async def ended(self) -> PhoneCall:
        return await self.until(lambda call: call.ended_at)

    async def linger(self, seconds: float | None) -> None:
        """Sleep (None: for ever); raise ChannelGone as soon as the call ends."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if seconds is None else max(0.0, seconds)):
                await self.until(lambda call: False)

    async def press(self, digits: str) -> None:
        """Press keys (`plans.KEY_S` each); returns after the last one. Raises ChannelGone on an ended call."""
        await self._talking.wait()
        if self.call.ended_at or self.port is None:
            raise ChannelGone(f"call {self.call.id} to {self.call.number} has ended or has no media port")
        self._phone.note(self, f"keys {digits}")
        await self.port.press(digits)

    async def hang_up(self) -> None:
        """End the call: BYE, CANCEL or 603 as its state asks for; without effect on an ended call."""
        if not self.call.incoming:
            await self._trying.wait()
        elif self._ignoring:
            self._phone.order("VANISH", self)
            return
        elif not self._answering and not self.call.ended_at:
            self.refuse(603)
            return
        if self.call.answered_at or self._answering:
            await self._talking.wait()
        for _ in range(ORDER_TRIES):
            if self.call.ended_at:
                return
            self._phone.order("HANGUP", self)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ORDER_AGAIN_S):
                    await self.ended()

    async def vanish(self) -> None:
        """Forget an answered call without telling anybody."""
        await self._talking.wait()
        self._phone.order("VANISH", self)

    def trying(self) -> None:
        self._phone.order("TRYING", self)

    def ignore(self) -> None:
        """Never say a word in an incoming call, as if it had not arrived; not after `trying` or `ring`."""
        self._ignoring = True
        self._phone.order("IGNORE", self)

    def expire(self) -> None:
        """Note that the side that called has given up a call which we ignore."""
        self._phone.note(self, "expired")
        self._phone.order("VANISH", self)

    def ring(self) -> None:
        self._phone.order("RING", self)

    def answer(self) -> None:
        if not self.call.ended_at and not self._answering:
            self._answering = True
            self._phone.order("ANSWER", self, Media=self.open_port())

    def refuse(self, status: int) -> None:
        """Refuse an incoming call with one of `scenario.REFUSALS`."""
        if status not in REFUSALS:
            raise ValueError(f"status {status}: choose one of {REFUSALS}")
        self._phone.order(f"REFUSE{status}", self)

    def speak(self, hz: int) -> None:
        """Speak a tone (0: silence again)."""
        self._tone = hz
        if self.port:
            self.port.speak(hz)

    def play(self, samples: Samples) -> None:
        """Say `samples` once, in an answered call."""
        if self.port:
            self.port.play(samples)

    def sound(self) -> Samples:
        """What the phone heard so far, from the first packet on (needs `record`)."""
        return self.port.recording() if self.port else np.zeros(0, dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write `sound` as WAV."""
        write_wav(path, self.sound())

    def open_port(self) -> int:
        """Bind the leg's media port and return it."""
        ear = ToneEar(self._names)

        def hear(frame: Samples, at: float) -> None:
            if heard := ear.hear(frame, at):
                self._agent_speaks(AgentHeard(agent=heard[0], at=datetime.fromtimestamp(heard[1], UTC)))

        on_frame = hear if self._names else None
        self.port = RtpPort(self._phone.line.local_ip, on_frame=on_frame, keep=self._record)
        if self._remote:
            self.port.connect(*self._remote)
        # A phone sends sound from the answer on. Asterisk's Answer() waits up to 0.5 s for the first packet.
        self.port.speak(self._tone)
        self._phone.mouths.add(self.port)
        return self.port.number

    def _agent_speaks(self, heard: AgentHeard) -> None:
        before = self.call.agents_heard
        if not before or before[-1].agent != heard.agent:  # not the same agent after a pause
            self.update(replace(self.call, agents_heard=(*before, heard)))

    def take(self, line: LogLine) -> None:
        """Follow the log."""
        if line.status is not None or line.method == "end":
            self._trying.set()
        ip, _, port = line.text.partition(":")
        if line.method == "media" and port:  # empty where a response had no SDP
            self._remote = (ip, int(port))
            if self.port:
                self.port.connect(*self._remote)
        self.update(advance(self.call, line))
        if line.text.startswith("ACK ") and self.call.answered_at:
            self._talking.set()
        if line.method == "end" or (line.way, line.method, line.status) == ("S", "BYE", 200):
            self.done.set()

    def update(self, call: PhoneCall) -> None:
        self.call = call
        for waiting in list(self._waiting):
            condition, future = waiting
            if future.done():
                self._waiting.remove(waiting)
            elif condition(call):
                future.set_result(None)
            elif call.ended_at:
                future.set_exception(ChannelGone(f"call {call.id} to {call.number} has ended"))
        self._phone.on_change()

    def close(self) -> None:
        self._trying.set()
        self._talking.set()
        if self.port:
            self.port.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """How a phone takes incoming calls.

    `agents`: tones (Hz → agent) to listen for; `record`: keep what is heard. `trying`: say 100 at once; otherwise
    whoever has the leg does, or never, which is a network that loses calls.
    """

    agents: Mapping[int, str] = field(default_factory=dict)
    record: bool = True
    trying: bool = True


class Phone:
    """`async with Phone(line)`: one SIPp process, any number of calls at once.

    `incoming` yields legs that the server offers; `calls` is everything it ever did, by call id.
    """

    def __init__(
        self,
        line: Line,
        *,
        log_dir: Path | None = None,
        mouths: Mouths | None = None,
        reception: Reception | None = None,
    ) -> None:
        self.line = line
        self.mouths = mouths or Mouths()
        self._own_mouths = mouths is None
        self.legs: dict[str, Leg] = {}
        self.incoming: asyncio.Queue[Leg] = asyncio.Queue()
        self.on_ended: Callable[[Leg], None] = lambda leg: None
        self.on_change: Callable[[], None] = lambda: None
        self._reception = reception or Reception()
        self._log_dir = log_dir
        self._enrolments: dict[str, asyncio.Future[str]] = {}
        self._heard: dict[str, list[str]] = {}  # responses to each of them
        log_file = log_dir / f"{line.name}.sipp.log" if log_dir else None
        self._sipp = Sipp(line, self._take, self._gone, log_file=log_file)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Phone:
        await self._sipp.__aenter__()
        if self._own_mouths:
            self._tasks.append(asyncio.create_task(self.mouths.run()))
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    @property
    def calls(self) -> tuple[PhoneCall, ...]:
        """All calls in the order they began."""
        return tuple(leg.call for leg in self.legs.values())

    @property
    def sip_port(self) -> int:
        """Port on which SIPp speaks SIP."""
        return self._sipp.sip_port

    @property
    def pid(self) -> int | None:
        """Process id of SIPp while it runs."""
        return self._sipp.pid

    def dial(
        self, number: str, caller: str = "", *, agents: Mapping[int, str] | None = None, record: bool = False
    ) -> Leg:
        """Call `number` now. `agents`: tones (Hz → agent) to listen for; `record`: keep what is heard."""
        call_id = f"{self.line.name}-{secrets.token_hex(6)}"
        caller = caller or self.line.user or self.line.name
        call = PhoneCall(id=call_id, phone=self.line.name, number=number, caller=caller)
        leg = self.legs[call_id] = Leg(self, call, agents or {}, record=record)
        self.order("DIAL", leg, To=number, From=caller, Media=leg.open_port())
        return leg

    async def enrol(self, expires_s: int = 3600) -> None:
        """Register; raise ActionRefused if the server says no, Unreachable if it says nothing.

        A refusal is met like by real phones: with another try and a new challenge, since the first one may have been
        too old for a server that was busy. Two refusals are one.
        """
        for last in (False, True):
            word, heard = await self._enrol_once(expires_s)
            if word == "end":
                where = f"{self.line.server_ip}:{self.line.server_port}"
                raise Unreachable(f"phone {self.line.name}: {where} does not answer")
            if word == "enrolled":
                return
            if last:
                raise ActionRefused(f"phone {self.line.name}: registration refused: {', then '.join(heard)}")

    async def _enrol_once(self, expires_s: int) -> tuple[str, Sequence[str]]:
        """Return how it ended (enrolled, refused, end) and the responses the server sent."""
        call_id = f"{ENROL}{secrets.token_hex(6)}"
        heard = self._heard[call_id] = []
        answer = self._enrolments[call_id] = asyncio.get_running_loop().create_future()
        self._sipp.order("ENROL", call_id, Expires=expires_s)
        try:
            # Not wait_for: up to Python 3.11 it loses a cancellation that comes with the answer.
            async with asyncio.timeout(ENROL_TIMEOUT_S):
                word = await answer
        except TimeoutError:
            word = "end"
        finally:
            del self._enrolments[call_id], self._heard[call_id]
        return word, heard

    def order(self, method: str, leg: Leg, **fields: str | int) -> None:
        self._sipp.order(method, leg.call.id, **fields)

    def note(self, leg: Leg, text: str) -> None:
        """Put a note about a call of ours into the log."""
        self._sipp.note(leg.call.id, text)

    async def vanish(self) -> None:
        """Kill the process: no BYE, no answer to anything, as a power cut."""
        await self._sipp.kill()

    async def hang_up_all(self) -> None:
        """Hang up all calls and wait (at most 1 s) until the server agreed."""
        alive = [leg for leg in self.legs.values() if not leg.done.is_set()]
        ends = [asyncio.create_task(_end(leg)) for leg in alive]
        if ends:
            await asyncio.wait(ends, timeout=CLOSE_TIMEOUT_S)
            for end in ends:
                end.cancel()

    async def aclose(self) -> None:
        if self.pid is not None:
            await self.hang_up_all()
        await self._sipp.aclose()
        self._gone()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _take(self, line: LogLine) -> None:
        if line.call_id in self._enrolments:
            self._enrolled(line)
        if line.way == "R" and line.text.startswith("INVITE ") and line.call_id not in self.legs:
            self._offered(line)
        leg = self.legs.get(line.call_id)
        if leg is None:
            return
        before = leg.call.ended_at
        leg.take(line)
        if leg.call.ended_at and not before:
            self._ended(leg)
        if line.way == "L" and line.method == "caller":
            self.incoming.put_nowait(leg)

    def _offered(self, line: LogLine) -> None:
        number = line.text.split()[1].removeprefix("sip:").partition("@")[0]
        call = PhoneCall(id=line.call_id, phone=self.line.name, number=number, incoming=True)
        leg = self.legs[line.call_id] = Leg(self, call, self._reception.agents, record=self._reception.record)
        if self._reception.trying:
            leg.trying()

    def _enrolled(self, line: LogLine) -> None:
        answer = self._enrolments[line.call_id]
        if line.status is not None:
            self._heard[line.call_id].append(line.text)
        if line.way == "L" and line.method in ("enrolled", "refused", "end") and not answer.done():
            answer.set_result(line.method)

    def _gone(self) -> None:
        """SIPp has ended: so have its calls."""
        for answer in self._enrolments.values():
            if not answer.done():
                answer.set_result("end")
        now = datetime.fromtimestamp(time.time(), UTC)
        for leg in self.legs.values():
            if leg.call.ended_at is None:
                leg.update(replace(leg.call, ended_at=now, ended_by=EndedBy.PHONE))
                self._ended(leg)
            leg.done.set()

    def _ended(self, leg: Leg) -> None:
        leg.close()
        if self._log_dir:
            with (self._log_dir / "calls.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(leg.call), default=str) + "\n")
        self.on_ended(leg)


async def _end(leg: Leg) -> None:
    """Hang up and wait until the server agreed."""
    await leg.hang_up()
    await leg.done.wait()
