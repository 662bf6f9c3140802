"""Where no Docker engine can run: the same conf, the same fallback script, Asterisk in a chroot."""

from pathlib import Path

import pytest

from sim.phones.plans import CallerPlan, Keys
from tests.e2e.conftest import running_centre

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_caller_reaches_an_agent_through_an_asterisk_in_a_chroot_with_and_without_our_ivr(
    tmp_path: Path,
) -> None:
    async with running_centre(tmp_path, "chroot-test", kind="chroot") as centre:
        assert centre.box.asterisk.kind == "chroot"
        await centre.services_up()
        await centre.log_in("15")
        plan = CallerPlan(did=centre.did, caller=centre.caller(), keys=(Keys(after_s=2, digits="2"),), talk_s=1.0)
        assert (await centre.callers.place(plan).ended()).agent == "15"
        await centre.until_state("15", "ready")
        centre.ivr.kill()
        plan = CallerPlan(did=centre.did, caller=centre.caller(), keys=(Keys(after_s=8, digits="2"),), talk_s=1.0)
        ended = await centre.callers.place(plan).ended()
        assert ended.agent == "15"
        assert (await centre.record(ended)).queue is None  # the ivr never heard of it
