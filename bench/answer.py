"""From the hand-over, and from the answer of somebody we called, to the agent; and what a call costs us in CPU.

Real Asterisk, our services as processes of their own, simulated phones; 2 calls/s in, then 2 calls/s out. An observer's
own AMI connection notes Asterisk's Timestamp of the user event CallWaiting or of DialEnd ANSWER, and of the second
BridgeEnter. CPU is that of our services and of Asterisk over the same calls, as the kernel counts it.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from app.demo import centre as demo
from app.demo.result import percentile
from app.onebox import Blueprint, OneBox
from app.ports import port_owner
from app.processes import ServiceProcess
from bench.centre import blueprint_of, document_of, running
from bench.figures import Figure, most, told
from callcenter import dialplan
from callcenter.adapters.ami import Ami, AmiAddress, LinkDown, LinkUp
from callcenter.adapters.store import Store
from callcenter.happenings import CallWaits, DialEnded, Met
from callcenter.outbound import CampaignState, Lead
from callcenter.tracker import Tracker
from sim.phones.agents import AgentPhones
from sim.phones.callers import Callers
from sim.phones.carrier import Carrier
from sim.phones.demand import lead_number
from sim.phones.people import Outcome as PersonOutcome
from sim.phones.people import PersonPlan
from sim.phones.plans import CallerPlan, Keys, Line

CALLS: Final = 120
CALLS_PER_S: Final = 2.0
TALK_S: Final = 1.0
TARGET_P50_MS: Final = 25.0
TARGET_P99_MS: Final = 100.0
TARGET_OUT_P50_MS: Final = 40.0
TARGET_OUT_P99_MS: Final = 150.0
TARGET_CPU: Final = 0.6  # ours over Asterisk's
OUT_S: Final = 180.0  # for CALLS answered calls at the trunk's CALLS_PER_S
TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Observer:
    """Times of hand-overs, answers and bridges by Asterisk's clock."""

    tracker: Tracker = field(default_factory=Tracker)
    since: dict[str, datetime] = field(default_factory=dict)  # leg -> when it began to wait for an agent
    delays_ms: list[float] = field(default_factory=list)

    async def watch(self, ami: Ami) -> None:
        async for event in ami.events():
            if isinstance(event, LinkUp | LinkDown):
                continue
            for happening in self.tracker.observe(event):
                match happening:
                    case CallWaits():
                        self.since[happening.call] = happening.at
                    case DialEnded(status="ANSWER"):
                        self.since[happening.leg] = happening.at
                    case Met():
                        self._met(happening)

    def _met(self, met: Met) -> None:
        for leg in met.legs:
            since = self.since.pop(leg, None)
            if since is not None:
                self.delays_ms.append((met.at - since).total_seconds() * 1000)


@asynccontextmanager
async def _observed(box: OneBox, user: str) -> AsyncIterator[list[float]]:
    """Fill the list with delays as an AMI user sees them: the acd is told of hand-overs, the dialer of answers."""
    observer = Observer()
    secret = {dialplan.AMI_ACD: box.settings.ami_acd_secret, dialplan.AMI_DIALER: box.settings.ami_dialer_secret}[user]
    address = AmiAddress(host="127.0.0.1", port=box.settings.ami_port, user=user, secret=secret)
    async with Ami(address, rng=random.Random(1)) as ami:
        await ami.wait_ready()
        watching = asyncio.create_task(observer.watch(ami))
        try:
            yield observer.delays_ms
        finally:
            watching.cancel()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Delays of both directions in ms; CPU of both over the same calls in seconds."""

    inbound: list[float]
    outbound: list[float]
    ours_s: float
    asterisk_s: float


def run() -> list[Figure]:
    found = asyncio.run(measure())
    ratio = found.ours_s / found.asterisk_s
    cpu = f"our CPU per call in or out ({1000 * found.ours_s / (2 * CALLS):.1f} ms) over Asterisk's"
    return [
        *_delays("hand-over to agent", found.inbound, TARGET_P50_MS, TARGET_P99_MS),
        *_delays("answer to agent", found.outbound, TARGET_OUT_P50_MS, TARGET_OUT_P99_MS),
        most(cpu, ratio, "ratio", TARGET_CPU),
    ]


def _delays(what: str, delays: list[float], target_p50: float, target_p99: float) -> Iterator[Figure]:
    bridged = len(delays)
    yield Figure(name=f"{what}: calls bridged", value=bridged, unit="calls", target=CALLS, ok=bridged == CALLS)
    for name, share, target in (("p50", 0.50, target_p50), ("p99", 0.99, target_p99)):
        value = percentile(delays, share)
        if value is not None:
            yield most(f"{what}, {name}", value, "ms", target)


async def measure() -> Measured:
    """Let CALLS people call in, then call CALLS people."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with running(_blueprint(Path(folder))) as bench:
            box = bench.box
            asterisk = int(port_owner(box.settings.ami_port).rpartition(" ")[2].rstrip(")"))
            spending = Spending(services=bench.services, asterisk=asterisk)
            port = box.blueprint.centre.sip.port
            agents_line = Line(name="agents", server_port=port, local_ip=demo.PHONE_ADDRESS)
            async with AgentPhones(bench.phones, agents_line) as agents:
                await agents.log_in_all()
                await asyncio.sleep(3.0)  # "you are logged in" is said
                before = spending.so_far_s()
                trunk = Line(name="trunk", server_port=port, local_ip=demo.TRUNK_ADDRESS)
                async with _observed(box, dialplan.AMI_ACD) as inbound, Callers(trunk, agents=agents.tones) as callers:
                    await callers.run(_plans())
                network = replace(trunk, name="carrier", local_port=box.blueprint.centre.trunks[0].port)
                async with (
                    _observed(box, dialplan.AMI_DIALER) as outbound,
                    Carrier(network, _answers, agents=agents.tones) as carrier,
                ):
                    await _call_out(bench.store, carrier)
                ours_s, asterisk_s = (now - then for now, then in zip(spending.so_far_s(), before, strict=True))
            return Measured(inbound=inbound, outbound=outbound, ours_s=ours_s, asterisk_s=asterisk_s)


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


def _answers(number: str) -> PersonPlan:
    return PersonPlan(number=number, outcome=PersonOutcome.ANSWERS, ring_s=0.5, greeting_s=0.0, talk_s=TALK_S)


async def _call_out(store: Store, carrier: Carrier) -> None:
    """Run a campaign of CALLS leads who all answer, and return when the last has hung up."""
    now = datetime.now(UTC)
    campaign = replace(demo.campaigns(now)[0], queue="sales", message="none")
    await store.put_campaign(campaign)
    numbers = [lead_number(index) for index in range(CALLS)]
    await store.add_leads(
        [Lead(campaign=campaign.name, number=n, consent="bench", next_at=now, created_at=now) for n in numbers]
    )
    await store.set_campaign_state(campaign.name, CampaignState.RUNNING)
    async with asyncio.timeout(OUT_S):
        await carrier.until(lambda calls: len(calls) >= CALLS and all(call.ended_at for call in calls))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """CPU of our services and of Asterisk."""

    services: list[ServiceProcess]
    asterisk: int  # pid

    def so_far_s(self) -> tuple[float, float]:
        ours = sum(_spent_s(service.pid) for service in self.services if service.pid is not None)
        return ours, _spent_s(self.asterisk)


def _spent_s(pid: int) -> float:
    """User and system time of a process, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def _blueprint(folder: Path) -> Blueprint:
    """A centre in which all eight agents serve sales and nobody wraps up: somebody is always ready."""
    document = document_of(dict.fromkeys(demo.AGENTS, ("sales",)), rtp_first=16_000, wrap_up_s=0)
    document["trunk"][0]["calls_per_second"] = CALLS_PER_S
    return blueprint_of("bench", folder, document)


if __name__ == "__main__":
    sys.exit(told(run()))
