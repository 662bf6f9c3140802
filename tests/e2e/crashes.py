"""Dialers that die between two steps of a call (see `crashing`), and what the next one must make of it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from callcenter.dialplan import CDR_FILE
from callcenter.outbound import Attempt, AttemptOutcome, LeadState
from tests.e2e.conftest import TestCentre, eventually
from tests.e2e.outbound import SOON, Calling, give_up_lease

CRASH_S = 30.0  # a process starts and places a call
SWEPT_S = 40.0  # what nobody brings to an end is closed after 15 s


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """What is left of a call whose dialer died.

    `outcomes`: of the attempts on the number, in turn; `told`: Asterisk was told of the first.
    """

    outcomes: tuple[AttemptOutcome, ...]
    lead: LeadState
    told: bool


_O = AttemptOutcome
CRASHES = {
    "reserved": After(outcomes=(_O.WITHDRAWN, _O.CONNECTED), lead=LeadState.DONE, told=False),
    "sent": After(outcomes=(_O.EXPIRED,), lead=LeadState.READY, told=False),
    "written": After(outcomes=(_O.EXPIRED,), lead=LeadState.READY, told=True),
    # There was no INVITE. But nobody can know that, so it counts.
    "passed": After(outcomes=(_O.LOST,), lead=LeadState.READY, told=True),
    "answered": After(outcomes=(_O.CONNECTED,), lead=LeadState.DONE, told=True),
}


class Doomed:
    """A dialer in a process of its own that dies at one point of the first call it places."""

    def __init__(self, centre: TestCentre, process: asyncio.subprocess.Process) -> None:
        self._centre, self._process = centre, process

    async def active(self) -> None:
        """Return once it is the dialer of the cell; before that it stands by."""

        async def holds_lease() -> bool:
            held = await self._centre.store.lease("dialer:main")
            return held is not None and held.holder.endswith(f":{self._process.pid}")

        await eventually(holds_lease, CRASH_S, "the lease of the dialer that will crash")

    async def dies(self) -> None:
        """Return once it has; its lease is free then."""
        async with asyncio.timeout(CRASH_S):
            assert await self._process.wait() == -signal.SIGKILL
        await give_up_lease(self._centre, "dialer")


@asynccontextmanager
async def doomed(centre: TestCentre, point: str) -> AsyncIterator[Doomed]:
    """Start a dialer that will die at `point`, one of CRASHES."""
    with (centre.box.blueprint.folder / "crashing.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.e2e.crashing", point),
            env={**os.environ, **centre.box.environment()},
            stdout=log,
            stderr=log,
        )
    try:
        yield Doomed(centre, process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def campaign_of_one(centre: TestCentre) -> Calling:
    """A running campaign with one lead."""
    calling = await Calling.prepare(centre)
    await calling.lead(SOON)
    await calling.start()
    return calling


async def is_made_good(calling: Calling, point: str) -> None:
    """The dialer that came next closed what the crash at `point` left, and called whom it might call."""
    centre, after = calling.centre, CRASHES[point]
    (lead,) = await centre.store.leads(calling.campaign.name)

    async def ends() -> list[Attempt]:
        found = await calling.attempts()
        return found if tuple(attempt.outcome for attempt in found) == after.outcomes else []

    first, *others = await eventually(ends, SWEPT_S, f"a number whose attempts ended as {after.outcomes}")
    last = others[-1] if others else first
    lead = await calling.row(lead.number)
    assert lead.state is after.lead
    assert len(calling.calls(lead.number)) == after.outcomes.count(AttemptOutcome.CONNECTED)
    if lead.state is LeadState.READY:
        wait = calling.campaign.interval if last.counted else timedelta(minutes=1)
        assert lead.next_at == last.ended_at + wait  # type: ignore[operator]

    async def told() -> bool:
        records = await asyncio.to_thread((Path(centre.box.settings.cdr_dir) / CDR_FILE).read_text)
        return (first.id in records) == after.told

    await eventually(told, 5, f"Asterisk {'' if after.told else 'not '}told of the call")
