"""Simulated callers: plans carried out on one trunk, and the record of what became of each."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from callcenter.errors import ChannelGone
from sim.phones.phone import Leg, Phone
from sim.phones.plans import CallerPlan, Line, PhoneCall

UNEXPECTED_END_S: Final = 3.0  # after our BYE the server agrees within this, or the call is over anyway


class Callers:
    """`async with Callers(line) as callers`: people who call in over `line`.

        await callers.run(plans)                # place them all at their times, return when the last has ended
        leg = callers.place(plan)               # or one now
        async for call in callers.ended(): …    # each call as it ends, until nobody is left and run() has returned

    `agents`: tones (Hz → agent id) by which a caller recognises an agent, see `plans.agents_by_tone`.
    `log_dir` receives `<line>.sipp.log` (SIPp's own log) and `calls.jsonl` (one `PhoneCall` a line).
    Leaving hangs up what is left and ends SIPp, also after an exception.
    """

    def __init__(self, line: Line, *, agents: Mapping[int, str] | None = None, log_dir: Path | None = None) -> None:
        self.phone = Phone(line, log_dir=log_dir)
        self.phone.on_ended = self._note
        self._agents = agents or {}
        self._lives: set[asyncio.Task[None]] = set()
        self._ended: asyncio.Queue[PhoneCall | None] = asyncio.Queue()
        self._running = 0

    async def __aenter__(self) -> Callers:
        await self.phone.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        lives = list(self._lives)
        for life in lives:
            life.cancel()
        await asyncio.gather(*lives, return_exceptions=True)
        await self.phone.aclose()
        self._ended.put_nowait(None)

    @property
    def calls(self) -> tuple[PhoneCall, ...]:
        """All calls so far, also those under way."""
        return self.phone.calls

    def place(self, plan: CallerPlan) -> Leg:
        """Let the caller of `plan` dial now (`at_s` is not looked at) and behave as planned."""
        leg = self.phone.dial(plan.did, plan.caller, agents=self._agents, record=plan.record)
        leg.call = replace(leg.call, expected=plan.expected)
        life = asyncio.create_task(_live(leg, plan))
        self._lives.add(life)
        life.add_done_callback(self._lives.discard)
        return leg

    async def run(self, plans: Iterable[CallerPlan]) -> None:
        """Place each caller `at_s` seconds from now; return when all their calls have ended.

        `plans` come in order of `at_s` and may be endless: cancel then. Raises Unreachable if SIPp dies.
        """
        loop = asyncio.get_running_loop()
        start = loop.time()
        legs: list[Leg] = []
        self._running += 1
        try:
            for plan in plans:
                await asyncio.sleep(max(0.0, start + plan.at_s - loop.time()))
                legs.append(self.place(plan))
            for leg in legs:
                await leg.ended()
        finally:
            self._running -= 1
            if not self._running:
                self._ended.put_nowait(None)

    async def ended(self) -> AsyncIterator[PhoneCall]:
        """Yield each call when it has ended; stops when `run` has returned or the callers are left."""
        while (call := await self._ended.get()) is not None:
            yield call

    def _note(self, leg: Leg) -> None:
        self._ended.put_nowait(leg.call)


async def _live(leg: Leg, plan: CallerPlan) -> None:
    """Be the caller of `plan` until the call is over."""
    with contextlib.suppress(ChannelGone):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(plan.hang_up_s):
                await _behave(leg, plan)
        await leg.hang_up()
        async with asyncio.timeout(UNEXPECTED_END_S):
            await leg.ended()


async def _behave(leg: Leg, plan: CallerPlan) -> None:
    """Return when the caller wants to hang up; raise ChannelGone when the other side did."""
    loop = asyncio.get_running_loop()
    await leg.answered()
    answered = loop.time()
    for keys in plan.keys:
        await leg.linger(answered + keys.after_s - loop.time())
        await leg.press(keys.digits)
    try:
        async with asyncio.timeout(plan.patience_s):
            await leg.agent_heard()
    except TimeoutError:
        return
    await leg.linger(plan.talk_s)
