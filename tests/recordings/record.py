"""Records AMI of real scenarios: `python -m tests.recordings.record [SCENARIO …]` after `scripts/bootstrap test`.

Each recording is a file <scenario>.jsonl: first a line with Asterisk's version and what was done, then every event the
acd's manager user gets, as it came. tests/test_recordings.py replays them.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from callcenter.adapters.ami import Ami, AmiAddress, LinkDown, LinkUp
from callcenter.care import Callback
from callcenter.records import BlockedCaller
from sim.phones.demand import lead_number
from sim.phones.people import Outcome as PersonOutcome
from sim.phones.people import PersonPlan
from sim.phones.plans import CallerPlan, Keys
from tests.e2e.conftest import TestCentre, running_centre

HERE = Path(__file__).parent
SALES = (Keys(after_s=2, digits="1"),)
QUIET_S = 0.7  # no event for so long: the scenario is over


async def caller_reaches_agent_and_hangs_up(centre: TestCentre) -> None:
    """Agent ready; caller presses 1, talks 1 s, hangs up."""
    await call(centre, talk_s=1.0)


async def agent_ends_the_call_with_star_zero(centre: TestCentre) -> None:
    """Agent ready; caller presses 1; the agent presses *0; the caller hears goodbye."""
    leg = centre.callers.place(CallerPlan(did=centre.did, caller=centre.caller(), keys=SALES))
    await leg.agent_heard()
    await centre.agents.nailed("11").press("*0")
    await leg.ended()


async def caller_abandons_while_waiting(centre: TestCentre) -> None:
    """Nobody ready; caller presses 1, waits 2 s, hangs up."""
    await centre.log_in()
    await call(centre, patience_s=2.0)


async def caller_waits_until_an_agent_is_ready(centre: TestCentre) -> None:
    """Agent paused; caller presses 1; the agent gets ready."""
    await centre.agents.dial("11", "*3")
    plan = CallerPlan(did=centre.did, caller=centre.caller(), keys=SALES, talk_s=1.0)
    leg = centre.callers.place(plan)
    await centre.until_waiting(plan)
    await centre.agents.dial("11", "*4")
    await leg.ended()


async def agent_vanishes_while_talking(centre: TestCentre) -> None:
    """Agent on a call; the phone is killed; the silent leg ends; the caller waits again and hangs up."""
    plan = CallerPlan(did=centre.did, caller=centre.caller(), keys=SALES, hang_up_s=20)
    leg = centre.callers.place(plan)
    await leg.agent_heard()
    await centre.agents.vanish("11")
    await asyncio.wait_for(leg.ended(), 60)


async def ivr_dead_and_the_fallback_finds_an_agent(centre: TestCentre) -> None:
    """The ivr is killed; a caller comes; fallback.py and app_queue connect an agent."""
    centre.ivr.kill()
    await call(centre, talk_s=1.0, patience_s=60)
    await centre.services_up()


async def blocked_caller_is_refused(centre: TestCentre) -> None:
    """A blocked caller is refused without an answer."""
    number = centre.caller()
    await centre.store.block(BlockedCaller(number=number, reason="recording", since=datetime.now(UTC)))
    await centre.callers.place(CallerPlan(did=centre.did, caller=number)).ended()


async def centre_is_closed_by_phone_and_a_caller_hears_it(centre: TestCentre) -> None:
    """*91 with PIN, a caller, *90 with PIN."""
    for code in ("*91", "*90"):
        leg = centre.agents.phone("17").dial(code)
        await leg.answered()
        await asyncio.sleep(1.0)
        await leg.press(centre.box.blueprint.secrets.closure_pin + "#")
        await leg.ended()
        if code == "*91":
            await call(centre)


async def somebody_called_back_takes_the_call_and_talks(centre: TestCentre) -> None:
    """Agent ready; a callback is booked; they answer, press 1, talk 1 s, hang up."""
    number, now = lead_number(1), datetime.now(UTC)
    plan = PersonPlan(number=number, outcome=PersonOutcome.ANSWERS, ring_s=0.3, talk_s=1.0)
    centre.people[number] = replace(plan, keys=(Keys(after_s=1.5, digits="1"),), patience_s=30.0)
    await centre.dialer_up()
    wish = Callback(id="recording", number=number, queue="sales", since=now, due_at=now, updated_at=now)
    await centre.store.book_callback(wish)
    await centre.carrier.until(lambda calls: any(call.number == number and call.ended_at for call in calls))
    centre.dialer.kill()


SCENARIOS: tuple[Callable[[TestCentre], Awaitable[None]], ...] = (
    caller_reaches_agent_and_hangs_up,
    agent_ends_the_call_with_star_zero,
    caller_abandons_while_waiting,
    caller_waits_until_an_agent_is_ready,
    somebody_called_back_takes_the_call_and_talks,
    ivr_dead_and_the_fallback_finds_an_agent,
    blocked_caller_is_refused,
    centre_is_closed_by_phone_and_a_caller_hears_it,
    agent_vanishes_while_talking,  # the last: the phone does not come back
)


async def call(centre: TestCentre, **plan: float) -> None:
    await centre.callers.place(CallerPlan(did=centre.did, caller=centre.caller(), keys=SALES, **plan)).ended()  # type: ignore[arg-type]


async def record(centre: TestCentre, scenario: Callable[[TestCentre], Awaitable[None]]) -> None:
    await centre.services_up()
    await centre.log_in("11")
    settings = centre.box.settings
    address = AmiAddress(host="127.0.0.1", port=settings.ami_port, user="acd", secret=settings.ami_acd_secret)
    async with Ami(address, rng=random.Random(0)) as ami:
        await ami.wait_ready()
        version = (await ami.core_settings()).text("AsteriskVersion")
        rows: list[dict[str, object]] = []
        keeping = asyncio.create_task(keep(ami, rows))
        agents = {agent: await ami.getvar(None, f"CC_AGENTCHAN_{agent}") for agent in centre.agents.agents}
        legs = {str(row["Channel"]): str(row["Uniqueid"]) for row in await ami.channels()}
        await scenario(centre)
        before = -1
        while before != len(rows):
            before = len(rows)
            await asyncio.sleep(QUIET_S)
        keeping.cancel()
    head = {
        "scenario": scenario.__name__,
        "done": scenario.__doc__,
        "asterisk": version,
        "agents": {agent: legs[channel] for agent, channel in agents.items() if channel in legs},
    }
    wanted = [row for row in rows if row.get("Event") not in {"CoreShowChannel", "CoreShowChannelsComplete"}]
    wanted = [row for row in wanted if row.get("Event") not in {"BridgeListItem", "BridgeListComplete"}]
    lines = [json.dumps(row, ensure_ascii=False) for row in (head, *wanted)]
    (HERE / f"{scenario.__name__}.jsonl").write_text("\n".join(lines) + "\n")
    print(f"{scenario.__name__}: {len(wanted)} events")


async def keep(ami: Ami, rows: list[dict[str, object]]) -> None:
    async for event in ami.events():
        if not isinstance(event, LinkUp | LinkDown):
            rows.append(dict(event))


async def main(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with running_centre(Path(folder), "recording") as centre:
            for scenario in SCENARIOS:
                if not names or scenario.__name__ in names:
                    await record(centre, scenario)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main(sys.argv[1:]))
