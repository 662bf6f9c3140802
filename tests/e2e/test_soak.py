"""Long loops: nothing leaks and nothing is lost over hundreds of calls. Run by `make soak`."""

import random
from pathlib import Path

import pytest

from sim.phones.plans import CallerPlan, Keys
from tests.e2e.conftest import TestCentre

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.soak, pytest.mark.timeout(1800)]

CALLS = 300
MORE_FILES = 5  # sockets of the store's threads and of Redis come and go by a few


def open_files(pid: int | None) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


async def test_callers_who_hang_up_at_any_moment_leave_one_record_each_and_no_open_file(centre: TestCentre) -> None:
    await centre.log_in("11", "15", "18")
    rng = random.Random(7)
    before = [open_files(service.pid) for service in (centre.ivr, centre.acd)]
    plans = [
        CallerPlan(
            did=centre.did,
            caller=centre.caller(),
            at_s=index * 0.5,
            keys=(Keys(after_s=rng.uniform(0.5, 4.0), digits=rng.choice("12390")),),
            hang_up_s=rng.uniform(0.05, 9.0),
        )
        for index in range(CALLS)
    ]
    callers = {plan.caller for plan in plans}
    await centre.callers.run(plans)
    for call in centre.callers.calls:
        if call.caller in callers and call.status != 487:  # cancelled before Asterisk had it in the dialplan
            await centre.record(call, timeout_s=30)
    after = [open_files(service.pid) for service in (centre.ivr, centre.acd)]
    assert all(now <= then + MORE_FILES for then, now in zip(before, after, strict=True))
    assert await centre.store.all_waiting() == []
    assert await centre.store.open_calls() == []
