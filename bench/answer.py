"""From the hand-over to the bridge: how long a caller waits when an agent is ready.

Real Asterisk, ivr and acd as processes of their own, simulated phones; 2 calls/s. An observer's own AMI connection
notes Asterisk's Timestamp of the user event CallWaiting and of the second BridgeEnter.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from app import secrets_file
from app.demo import centre as demo
from app.demo.result import percentile
from app.onebox import Blueprint, BoxPorts, OneBox
from app.ports import free_sip_port, free_tcp_port
from app.processes import ServiceProcess
from callcenter.adapters.ami import Ami, AmiAddress, LinkDown, LinkUp
from callcenter.centre import parse
from callcenter.happenings import CallWaits, Met
from callcenter.tracker import Tracker
from sim.phones.agents import AgentPhones
from sim.phones.callers import Callers
from sim.phones.plans import AgentPhone, CallerPlan, Keys, Line

COMMAND: Final = "python -m bench.answer"
CALLS: Final = 120
CALLS_PER_S: Final = 2.0
TALK_S: Final = 1.0
PIN: Final = "4711"
TARGET_P50_MS: Final = 25.0
TARGET_P99_MS: Final = 100.0


@dataclass(slots=True)
class Observer:
    """Times of hand-overs and bridges by Asterisk's clock."""

    tracker: Tracker = field(default_factory=Tracker)
    handed_over: dict[str, datetime] = field(default_factory=dict)
    delays_ms: list[float] = field(default_factory=list)

    async def watch(self, ami: Ami) -> None:
        async for event in ami.events():
            if isinstance(event, LinkUp | LinkDown):
                continue
            for happening in self.tracker.observe(event):
                match happening:
                    case CallWaits():
                        self.handed_over[happening.call] = happening.at
                    case Met():
                        self._met(happening)

    def _met(self, met: Met) -> None:
        for leg in met.legs:
            since = self.handed_over.pop(leg, None)
            if since is not None:
                self.delays_ms.append((met.at - since).total_seconds() * 1000)


def run() -> list[dict[str, Any]]:
    delays = asyncio.run(measure())
    p50, p99 = percentile(delays, 0.50), percentile(delays, 0.99)
    answered = len(delays)
    return [
        _result("calls bridged of those handed over", answered, "calls", CALLS, answered == CALLS),
        _result("hand-over to agent, p50", p50 or 0.0, "ms", TARGET_P50_MS, p50 is not None and p50 <= TARGET_P50_MS),
        _result("hand-over to agent, p99", p99 or 0.0, "ms", TARGET_P99_MS, p99 is not None and p99 <= TARGET_P99_MS),
    ]


def _result(name: str, value: float, unit: str, target: float, ok: bool) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "target": target, "ok": ok, "command": COMMAND}


async def measure() -> list[float]:
    """Return the delays of CALLS callers, ms."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with _centre(Path(folder)) as (box, phones):
            port = box.blueprint.centre.sip.port
            agents_line = Line(name="agents", server_port=port, local_ip=demo.PHONE_ADDRESS)
            trunk = Line(name="trunk", server_port=port, local_ip=demo.TRUNK_ADDRESS)
            address = AmiAddress(
                host="127.0.0.1", port=box.settings.ami_port, user="acd", secret=box.settings.ami_acd_secret
            )
            observer = Observer()
            async with Ami(address, rng=random.Random(1)) as ami, AgentPhones(phones, agents_line) as agents:
                await ami.wait_ready()
                watching = asyncio.create_task(observer.watch(ami))
                await agents.log_in_all()
                await asyncio.sleep(3.0)  # "you are logged in" is said
                async with Callers(trunk, agents=agents.tones) as callers:
                    await callers.run(_plans())
                watching.cancel()
            return observer.delays_ms


def _plans() -> list[CallerPlan]:
    return [
        CallerPlan(
            did=demo.DID,
            caller=f"+1202555{index:04}",
            at_s=index / CALLS_PER_S,
            keys=(Keys(after_s=2.0, digits="1"),),
            talk_s=TALK_S,
            patience_s=30.0,
        )
        for index in range(CALLS)
    ]


@asynccontextmanager
async def _centre(folder: Path) -> AsyncIterator[tuple[OneBox, list[AgentPhone]]]:
    """A centre in which all eight agents serve sales and nobody wraps up: somebody is always ready."""
    ports = demo.DemoPorts(sip=free_sip_port(0), rtp_first=16_000, rtp_last=16_999)
    document = demo.document(ports, dict.fromkeys(demo.AGENTS, PIN), bytes(16))
    for agent in document["agent"]:
        agent["queues"] = ["sales"]
    for queue in document["queue"]:
        queue["wrap_up_s"] = 0
    plan = parse(document)
    blueprint = Blueprint(
        name="bench",
        folder=folder,
        centre=plan,
        secrets=secrets_file.load_or_create(folder, plan),
        ports=BoxPorts(
            ami=free_tcp_port(),
            ivr=free_tcp_port(),
            gate=free_tcp_port(),
            acd=free_tcp_port(),
            desk=free_tcp_port(),
            redis=free_tcp_port(),
        ),
    )
    passwords = blueprint.secrets.phones
    phones = [AgentPhone(agent=a.id, user=a.phone, password=passwords[a.phone], pin=PIN) for a in plan.agents]
    async with OneBox(blueprint) as box, box.parts():
        environment = box.environment()
        services = [
            ServiceProcess("ivr", environment, box.settings.ivr_port, folder / "ivr.log"),
            ServiceProcess("acd", environment, box.settings.acd_port, folder / "acd.log"),
        ]
        try:
            for service in services:
                service.start()
            for service in services:
                await service.listening()
            yield box, phones
        finally:
            for service in services:
                service.stop()


if __name__ == "__main__":
    for result in run():
        print(result)
