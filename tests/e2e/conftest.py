"""One call centre on a real Asterisk for the tests of a file: services in processes of their own, as in production.

Tests judge by what the simulated phones logged, then by our records.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
import pytest_asyncio
import tomlkit

from app import secrets_file
from app.demo import centre as demo_centre
from app.onebox import Blueprint, BoxPorts, OneBox
from app.ports import free_sip_port
from app.processes import ServiceProcess
from callcenter.adapters.bus import Bus
from callcenter.adapters.store import Store
from callcenter.centre import Centre, parse
from callcenter.errors import AsteriskError
from callcenter.records import CallRecord
from sim.phones.agents import AgentPhones
from sim.phones.callers import Callers
from sim.phones.carrier import Carrier
from sim.phones.people import PersonPlan
from sim.phones.plans import AgentPhone, CallerPlan, Line, PhoneCall

T = TypeVar("T")
RTP_FIRST, RTP_PORTS = 14_000, 400  # each worker its own range
RTP_TIMEOUT_S = 8  # a vanished phone is noticed sooner than by default, and tests are over sooner
SALT = bytes(16)
PIN = "4711"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    ours = {path for path in {item.path for item in items} if here in path.parents}
    for item in items:
        if item.path in ours:
            item.add_marker(pytest.mark.asterisk)
            if item.get_closest_marker("soak") is None:
                item.add_marker(pytest.mark.timeout(120))
    items.sort(key=lambda item: item.path not in ours)  # the long ones first


@dataclass(slots=True, kw_only=True)
class TestCentre:
    """What a test holds in its hands."""

    __test__ = False

    box: OneBox
    centre: Centre
    store: Store
    bus: Bus
    ivr: ServiceProcess
    acd: ServiceProcess
    agents: AgentPhones
    callers: Callers
    dialer: ServiceProcess
    carrier: Carrier
    people: dict[str, PersonPlan] = field(default_factory=dict)  # who answers our calls, by number
    numbers: int = 0

    @property
    def did(self) -> str:
        return demo_centre.DID

    def caller(self) -> str:
        """A caller number no other test has used."""
        self.numbers += 1
        return f"+1202555{self.numbers:04}"

    async def record(self, call: PhoneCall, timeout_s: float = 5.0) -> CallRecord:
        """Return our terminal record of a phone's call; fail if there is none in time."""

        async def find() -> CallRecord | None:
            assert call.invited_at is not None
            found = [r for r in await self.all_calls() if r.caller == call.caller and r.ended_at is not None]
            assert len(found) <= 1, f"more than one record of {call.caller}"
            return found[0] if found else None

        return await eventually(find, timeout_s, f"a terminal record of {call}")

    async def all_calls(self) -> list[CallRecord]:
        now = datetime.now(UTC)
        return await self.store.calls(now - timedelta(hours=1), now + timedelta(hours=1), 10_000)

    async def state(self, agent: str) -> str:
        changes = {change.agent: change for change in await self.store.last_agent_changes()}
        return changes[agent].state if agent in changes else "logged-out"

    async def until_state(self, agent: str, *states: str, timeout_s: float = 10.0) -> None:
        async def reached() -> bool:
            return await self.state(agent) in states

        await eventually(reached, timeout_s, f"agent {agent} in {states}")

    async def until_waiting(self, *plans: CallerPlan) -> None:
        """Return when the callers of these plans wait for an agent."""
        await self.until_queued(*(plan.caller for plan in plans))

    async def until_queued(self, *callers: str) -> None:
        """The same for callers by their numbers."""

        async def all_wait() -> bool:
            queued = {call.caller for call in await self.all_calls() if call.queued_at and not call.ended_at}
            return set(callers) <= queued

        await eventually(all_wait, 15, "every caller waiting")

    async def log_in(self, *agents: str) -> None:
        """Log these agents in and all others out."""
        for agent in self.agents.logged_in():
            if agent not in agents:
                await self.agents.log_out(agent)
                await self.until_state(agent, "logged-out")
        for agent in agents:
            if agent not in self.agents.logged_in():
                await self.agents.log_in(agent)
            elif await self.state(agent) in {"wrap-up", "paused"}:
                await self.agents.dial(agent, "*4")
        for agent in agents:
            await self.until_state(agent, "ready")

    async def services_up(self) -> None:
        """Start what a test before this one has killed, and wait until callers are served."""
        for service in (self.ivr, self.acd):
            service.start()
        for service in (self.ivr, self.acd):
            await service.listening()

    async def dialer_up(self) -> None:
        self.dialer.start()
        await self.dialer.listening()


async def eventually(look: Callable[[], Awaitable[T]], timeout_s: float, what: str) -> T:
    """Return the first true value of `look`; fail after `timeout_s`."""
    loop = asyncio.get_running_loop()
    until = loop.time() + timeout_s
    while True:
        value = await look()
        if value:
            return value
        if loop.time() > until:
            pytest.fail(f"after {timeout_s:g} s there is still not {what}")
        await asyncio.sleep(0.05)


def blueprint(folder: Path, name: str, kind: str = "", more: Mapping[str, Any] | None = None) -> Blueprint:
    """A centre like the demo's on free ports, with `more` tables in its centre.toml; everybody's PIN is PIN."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = RTP_FIRST + worker * RTP_PORTS
    ports = demo_centre.DemoPorts(sip=free_sip_port(0), rtp_first=first, rtp_last=first + RTP_PORTS - 1)
    document = demo_centre.document(ports, dict.fromkeys(demo_centre.AGENTS, PIN), SALT)
    document["sip"]["rtp_timeout_s"] = RTP_TIMEOUT_S
    # The port is where the carrier listens.
    document["trunk"][0] |= {"port": free_sip_port(0, demo_centre.TRUNK_ADDRESS), "emergency": True}
    for table, value in (more or {}).items():
        document[table] = [*document.get(table, []), *value] if isinstance(value, list) else value
    plan = parse(document)
    # What the services of a test read: other systems, and the country of the centre.
    (folder / "centre.toml").write_text(tomlkit.dumps(document))
    return Blueprint(
        name=name,
        folder=folder,
        centre=plan,
        secrets=secrets_file.load_or_create(folder, plan),
        ports=BoxPorts.free(),
        kind=kind,
    )


@asynccontextmanager
async def running_centre(
    folder: Path,
    name: str,
    kind: str = "",
    more: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
) -> AsyncIterator[TestCentre]:
    """A whole centre in `folder`; `kind` of Asterisk: "", docker or chroot.

    `more`: tables of centre.toml; `environ`: of the services, beside what the centre says.
    """
    plan = blueprint(folder, name, kind, more)
    phones = [
        AgentPhone(agent=a.id, user=a.phone, password=plan.secrets.phones[a.phone], pin=PIN) for a in plan.centre.agents
    ]
    port = plan.centre.sip.port
    line = Line(name="agents", server_port=port, local_ip=demo_centre.PHONE_ADDRESS)
    trunk = Line(name="trunk", server_port=port, local_ip=demo_centre.TRUNK_ADDRESS)
    async with OneBox(plan) as box, box.parts() as parts:
        # Where the extra is installed each start of the ivr would load its models: only tests/spoken wants that.
        environment = {**box.environment(), "CALLCENTER_SPEECH_WORKERS": "0", **(environ or {})}
        ivr = ServiceProcess("ivr", environment, box.settings.ivr_port, folder / "ivr.log")
        acd = ServiceProcess("acd", environment, box.settings.acd_port, folder / "acd.log")
        dialer = ServiceProcess("dialer", environment, box.settings.gate_port, folder / "dialer.log")
        people: dict[str, PersonPlan] = {}
        network = replace(trunk, name="carrier", local_port=plan.centre.trunks[0].port)
        ivr.start()
        acd.start()
        try:
            async with (
                AgentPhones(phones, line) as agents,
                Callers(trunk, agents=agents.tones) as callers,
                Carrier(network, people.__getitem__, agents=agents.tones, record=True) as carrier,
            ):
                yield TestCentre(
                    box=box,
                    centre=plan.centre,
                    store=parts.store,
                    bus=parts.bus,
                    ivr=ivr,
                    acd=acd,
                    agents=agents,
                    callers=callers,
                    dialer=dialer,
                    carrier=carrier,
                    people=people,
                )
        except AsteriskError as error:
            error.add_note(f"Asterisk said last:\n{box.asterisk.logs(40)}")
            raise
        finally:
            ivr.kill()
            acd.kill()
            dialer.kill()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def whole_centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TestCentre]:
    async with running_centre(tmp_path_factory.mktemp("centre"), f"test-{os.getpid()}") as centre:
        yield centre


@pytest_asyncio.fixture(loop_scope="session")
async def centre(whole_centre: TestCentre) -> TestCentre:
    """The centre with all services running."""
    await whole_centre.services_up()
    return whole_centre
