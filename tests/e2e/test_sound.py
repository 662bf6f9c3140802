"""What people really hear: prompts recognised in a caller's recording, and a conversation between two softphones."""

import asyncio
from pathlib import Path

import pytest

from app.demo import centre as demo_centre
from sim.phones.audio import rms
from sim.phones.baresip import Baresip
from sim.phones.heard import Heard, heard, whole_prompts
from sim.phones.plans import CallerPlan, Keys, Line
from tests.e2e.conftest import PIN, TestCentre

pytestmark = pytest.mark.asyncio(loop_scope="session")

PROMPTS = Path(__file__).parents[2] / "prompts" / "en"
CALLER_HZ, AGENT_HZ = 700, 1200


async def prompts_of(centre: TestCentre, plan: CallerPlan, folder: Path) -> list[Heard]:
    """Call, and return the prompts heard."""
    leg = centre.callers.place(plan)
    await leg.ended()
    recording = folder / "call.wav"
    leg.save(recording)
    return heard(recording, whole_prompts(PROMPTS))


async def test_a_caller_hears_the_welcome_the_menu_and_after_a_wrong_key_that_it_was_wrong(
    centre: TestCentre, tmp_path: Path
) -> None:
    plan = CallerPlan(
        did=centre.did, caller=centre.caller(), keys=(Keys(after_s=4, digits="9"),), hang_up_s=9, record=True
    )
    first, second, third = (await prompts_of(centre, plan, tmp_path))[:3]
    assert first.name == "welcome"
    assert second.may_be("main-menu")  # the fallback's menu begins with the same words
    assert third.name == "invalid-choice"
    assert first.start_s < 1.0
    assert first.share > 0.9
    assert 0.1 < second.share < 0.9  # the key cut it short
    assert third.start_s == pytest.approx(4.0, abs=1.5)


async def test_two_real_softphones_register_log_in_and_talk(centre: TestCentre, tmp_path: Path) -> None:
    """baresip as agent (registered, digest) and as caller on the trunk: each hears the other's tone, loud enough."""
    await centre.log_in()
    account = centre.agents.agents["18"]
    port = centre.centre.sip.port
    desk_phone = Line(
        name=account.user,
        server_port=port,
        local_ip=demo_centre.PHONE_ADDRESS,
        user=account.user,
        password=account.password,
    )
    trunk = Line(name=centre.caller().lstrip("+"), server_port=port, local_ip=demo_centre.TRUNK_ADDRESS)
    async with Baresip(desk_phone, hz=AGENT_HZ) as phone, Baresip(trunk, hz=CALLER_HZ) as caller:
        await phone.dial("*1")
        await asyncio.sleep(1.0)
        await phone.press(PIN + "#")
        await centre.until_state("18", "ready")
        await caller.dial(centre.did)
        await asyncio.sleep(2.5)
        await caller.press("2")
        await centre.until_state("18", "on-call")
        by_caller, by_agent = await asyncio.gather(caller.hear(AGENT_HZ), phone.hear(CALLER_HZ))
        await caller.hang_up()
        await phone.hang_up()
        await centre.until_state("18", "logged-out")
    for heard_by_one in (by_caller, by_agent):
        assert rms(heard_by_one) == pytest.approx(0.25 / 2**0.5, rel=0.1)
