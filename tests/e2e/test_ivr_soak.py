"""A thousand callers in all flows, who press this and that and hang up anywhere: one record each, nothing leaks."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sim.phones import people
from sim.phones.people import PersonPlan
from sim.phones.plans import CallerPlan, Keys
from tests.e2e.ivr_centre import DESTINATION, DIDS, FlowCentre, running_flow_centre

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.soak, pytest.mark.timeout(1800)]

WARM_UP, CALLS, CALLS_PER_S = 150, 1_000, 4.0
MORE_FILES = 5  # sockets of the store's threads and of Redis come and go by a few
MORE_MB = 15.0  # after the first callers have filled every cache


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FlowCentre]:
    async with running_flow_centre(tmp_path_factory.mktemp("soak"), f"flow-soak-{os.getpid()}") as made:
        yield made


def used(pid: int | None) -> tuple[int, float]:
    """Open files and resident MB of a process."""
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return files, int(line.split()[1]) / 1024


def plans(office: FlowCentre, count: int, rng: random.Random) -> list[CallerPlan]:
    flows = sorted(DIDS)

    def keys() -> tuple[Keys, ...]:
        times = sorted(rng.uniform(0.5, 15.0) for _ in range(rng.randrange(8)))
        return tuple(Keys(after_s=at, digits=rng.choice(("1", "2", "3", "0", "#", "4242", "12#"))) for at in times)

    return [
        CallerPlan(
            did=DIDS[flows[index % len(flows)]],
            caller=office.centre.caller(),
            at_s=index / CALLS_PER_S,
            keys=keys(),
            hang_up_s=rng.uniform(0.05, 18.0),
            talk_s=1.0,
        )
        for index in range(count)
    ]


async def test_callers_who_hang_up_anywhere_in_any_flow_leave_one_record_each_and_nothing_else(
    office: FlowCentre,
) -> None:
    rng, centre = random.Random(11), office.centre
    centre.people[DESTINATION] = PersonPlan(number=DESTINATION, outcome=people.Outcome.ANSWERS, patience_s=2.0)
    await centre.log_in("11", "15")
    await centre.callers.run(plans(office, WARM_UP, rng))
    before = used(centre.ivr.pid)
    callers = plans(office, CALLS, rng)
    await centre.callers.run(callers)
    wanted = {plan.caller for plan in callers}
    cut = 0
    for call in centre.callers.calls:
        if call.caller not in wanted:
            continue
        if call.status == 487:  # cancelled before Asterisk had it in the dialplan, or after
            cut += 1
            continue
        record = await centre.record(call, timeout_s=60)
        session = await centre.store.session(record.id)
        assert session is None or session.ended_at is not None
    assert cut < CALLS / 10
    await asyncio.sleep(5)  # what was kept for the store is written
    after = used(centre.ivr.pid)
    assert after[0] <= before[0] + MORE_FILES
    assert after[1] <= before[1] + MORE_MB
    assert await centre.store.all_waiting() == []
    assert await centre.store.open_calls() == []
