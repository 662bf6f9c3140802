"""fallback.py on a real call: our services are dead, Asterisk's own Python asks the caller."""

from __future__ import annotations

import asyncio

import pytest

from callcenter import dialplan
from sim.phones.plans import CallerPlan
from tests.e2e.conftest import TestCentre, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_key_a_caller_presses_in_the_fallback_leads_to_that_queue(whole_centre: TestCentre) -> None:
    centre = whole_centre
    centre.ivr.kill()
    cli = centre.box.asterisk.exec_cli
    plan = CallerPlan(did=centre.did, caller=centre.caller(), patience_s=40)
    leg = centre.callers.place(plan)

    async def channels() -> list[str]:
        """The calls in the menu of the fallback, or behind it."""
        lines = (await asyncio.to_thread(cli, "core show channels concise")).splitlines()
        return [line for line in lines if line.split("!")[1:2] == [dialplan.CONTEXT_FALLBACK]]

    async def in_the_menu() -> bool:
        return any(f"!AGI!{dialplan.FALLBACK_SCRIPT}!" in line for line in await channels())

    async def chosen() -> bool:
        names = [line.partition("!")[0] for line in await channels()]
        shown = [await asyncio.to_thread(cli, f"core show channel {name}") for name in names]
        return any(f"{dialplan.VAR_QUEUE}=support\n" in text for text in shown)

    await eventually(in_the_menu, 20, "the caller in the menu of the fallback")
    await asyncio.sleep(1)  # people listen before they press
    await leg.press("2")
    await eventually(chosen, 3, "the queue the caller wants")
    await leg.hang_up()
    await leg.ended()
