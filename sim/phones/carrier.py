"""A simulated carrier: it takes every call that comes to its port to the person who has that number.

Its log is the truth about what we dialled: one `PhoneCall` for each INVITE that came, however often it was repeated.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from callcenter.errors import ChannelGone
from sim.phones.audio import RATE, Samples
from sim.phones.people import REFUSED, Outcome, PersonPlan, PlanOf
from sim.phones.phone import Leg, Phone, Reception
from sim.phones.plans import Line, PhoneCall
from sim.phones.voices import hello, machine

log = logging.getLogger(__name__)

# An INVITE without any response is repeated for 64 T1 = 32 s (RFC 3261 17.1.1.2, timer B), whatever the caller wants:
# what has had no response cannot be cancelled.
GIVEN_UP_S: Final = 32.0
AGREED_S: Final = 3.0  # after our BYE the server agrees within this, or the call is over anyway
VOICES: Final = 8


class Carrier:
    """`async with Carrier(Line(…, local_port=…), plan_of)`: the network behind a trunk.

    - `line`: where it listens; its server is not asked for anything.
    - `plan_of`: number as dialled → who answers and how. An exception of it is raised on leaving.
    - `agents`: tones (Hz → agent id) by which persons recognise an agent, see `plans.agents_by_tone`.
    - `log_dir` receives `<line>.sipp.log` (SIPp's own log) and `calls.jsonl` (one `PhoneCall` a line, as each ends).
    - `record`: keep what each person hears, see `sound`.
    In `calls`, `expected` is the person's Outcome. Leaving hangs up what is left.
    """

    def __init__(
        self,
        line: Line,
        plan_of: PlanOf,
        *,
        agents: Mapping[int, str] | None = None,
        log_dir: Path | None = None,
        record: bool = False,
    ) -> None:
        reception = Reception(agents=agents or {}, record=record, trying=False)
        self.phone = Phone(line, log_dir=log_dir, reception=reception)
        self.phone.on_change = self._look
        self._plan_of = plan_of
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: BaseException | None = None
        self._waiting: list[tuple[Callable[[Sequence[PhoneCall]], object], asyncio.Future[None]]] = []

    async def __aenter__(self) -> Carrier:
        await self.phone.__aenter__()
        self._start(self._connect())
        return self

    async def __aexit__(self, *exc: object) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.phone.aclose()
        if self._failed and exc[0] is None:
            raise self._failed

    @property
    def sip_port(self) -> int:
        """Where it listens: the line's `local_port`, or the port it was given."""
        return self.phone.sip_port

    @property
    def calls(self) -> tuple[PhoneCall, ...]:
        """All calls so far in the order in which they came, also those under way."""
        return self.phone.calls

    async def until(self, condition: Callable[[Sequence[PhoneCall]], object]) -> tuple[PhoneCall, ...]:
        """Wait until `condition(calls)` holds and return the calls."""
        if not condition(self.calls):
            reached = asyncio.get_running_loop().create_future()
            self._waiting.append((condition, reached))
            await reached
        return self.calls

    def leg(self, call: PhoneCall) -> Leg:
        """Return the person's end of a call, to make them do what is not in their plan."""
        return self.phone.legs[call.id]

    def sound(self, call: PhoneCall) -> Samples:
        """What the person heard so far, from the first packet on (needs `record`)."""
        return self.leg(call).sound()

    async def _connect(self) -> None:
        while True:
            leg = await self.phone.incoming.get()
            plan = self._plan_of(leg.call.number)
            leg.call = replace(leg.call, expected=plan.outcome)
            self._start(_live(leg, plan))

    def _start(self, life: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(life)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("carrier %s: %r", self.phone.line.name, error)
            self._failed = self._failed or error

    def _look(self) -> None:
        for waiting in list(self._waiting):
            condition, reached = waiting
            if reached.done() or condition(self.calls):
                self._waiting.remove(waiting)
                if not reached.done():
                    reached.set_result(None)


async def _live(leg: Leg, plan: PersonPlan) -> None:
    """Do as planned until the call is over."""
    with contextlib.suppress(ChannelGone, TimeoutError):
        if plan.outcome is Outcome.NEVER_RESPONDS:
            leg.ignore()
            await leg.linger(GIVEN_UP_S)
            leg.expire()
            return
        leg.trying()
        await leg.linger(plan.post_dial_s)
        if plan.outcome in REFUSED:
            leg.refuse(REFUSED[plan.outcome])
            return
        leg.ring()
        await leg.linger(None if plan.outcome is Outcome.NO_ANSWER else plan.ring_s)
        if plan.outcome is Outcome.DECLINES:
            leg.refuse(603)
            return
        leg.answer()
        await leg.answered()
        await (_record(leg, plan) if plan.outcome is Outcome.MACHINE else _talk(leg, plan))
        await leg.hang_up()
        async with asyncio.timeout(AGREED_S):
            await leg.done.wait()


async def _record(leg: Leg, plan: PersonPlan) -> None:
    """Return when the machine has recorded enough."""
    words = machine(plan.greeting_s, _voice(plan))
    leg.play(words)
    await leg.linger(words.size / RATE)
    await leg.linger(plan.talk_s)


async def _talk(leg: Leg, plan: PersonPlan) -> None:
    """Return when the person wants to hang up."""
    leg.play(hello(plan.greeting_s, _voice(plan)))
    try:
        async with asyncio.timeout(plan.patience_s):
            await _press_unless_connected(leg, plan)
            await leg.agent_heard()
    except TimeoutError:
        return
    await leg.linger(plan.talk_s)


async def _press_unless_connected(leg: Leg, plan: PersonPlan) -> None:
    loop = asyncio.get_running_loop()
    answered = loop.time()
    for keys in plan.keys:
        try:
            async with asyncio.timeout_at(answered + keys.after_s):
                await leg.agent_heard()
        except TimeoutError:
            await leg.press(keys.digits)
        else:
            return


def _voice(plan: PersonPlan) -> int:
    return sum(plan.number.encode()) % VOICES
