"""A whole centre behind the desk, with the real Asterisk, for tests of the phone in the page.

It runs in a thread of its own, since Playwright's pages are driven from the test's.
"""

import asyncio
import queue
import threading
import wave
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import numpy as np

from app.demo import centre as demo_centre
from app.onebox import Blueprint, OneBox
from app.ports import free_tcp_port
from app.processes import ServiceProcess
from callcenter.accounts import Role, User
from callcenter.adapters.passwords import Passwords
from callcenter.adapters.store import Store
from sim.phones.agents import AgentPhones
from sim.phones.callers import Callers
from sim.phones.carrier import Carrier
from sim.phones.people import PersonPlan
from sim.phones.plans import AgentPhone, CallerPlan, Line, PhoneCall
from tests.e2e.conftest import PIN, blueprint
from tests.web.conftest import SLOWER

T = TypeVar("T")
PASSWORD = "seven green bottles 7"
BOX = {"mailbox": [{"name": "sales"}]}
UP_S = 90.0 * SLOWER
CALL_S = 60.0 * SLOWER


@dataclass(frozen=True, slots=True, kw_only=True)
class Telephony:
    """A centre that runs: its desk's address, and the loop its store is to be asked in."""

    url: str
    box: OneBox
    store: Store
    callers: Callers  # on the trunk
    loop: asyncio.AbstractEventLoop
    outbound: "Outbound | None" = None

    def call(self, plan: CallerPlan, recording: Path) -> PhoneCall:
        """Let a SIP phone call in over the trunk until the call is over; what was heard is in `recording`."""

        async def placed() -> PhoneCall:
            leg = self.callers.place(plan)
            ended = await leg.ended()
            leg.save(recording)
            return ended

        return asyncio.run_coroutine_threadsafe(placed(), self.loop).result(CALL_S)

    def log_in(self, *agents: str) -> None:
        """Let agents' phones log in."""
        assert self.outbound is not None
        for agent in agents:
            asyncio.run_coroutine_threadsafe(self.outbound.agents.log_in(agent), self.loop).result(CALL_S)

    def ask(self, question: Callable[[Store], Awaitable[T]]) -> T:
        async def asked() -> T:
            return await question(self.store)

        return asyncio.run_coroutine_threadsafe(asked(), self.loop).result(20)

    def asterisk(self, command: str) -> str:
        return self.box.asterisk.exec_cli(command)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """What campaigns need: a dialer, agents' phones, a carrier, and the people it reaches, by number."""

    agents: AgentPhones
    carrier: Carrier
    people: dict[str, PersonPlan] = field(default_factory=dict)


@contextmanager
def telephony(folder: Path, name: str, *, calls_out: bool = False) -> Iterator[Telephony]:
    """A centre with Asterisk in a chroot, and desk, ivr and acd as processes; with a dialer if it calls out."""
    up: queue.Queue[Telephony | BaseException] = queue.Queue()
    ends = threading.Event()

    def run() -> None:
        try:
            asyncio.run(_run(folder, name, up, ends, calls_out=calls_out))
        except BaseException as error:
            up.put(error)

    running = threading.Thread(target=run)
    running.start()
    try:
        found = up.get(timeout=UP_S)
        if isinstance(found, BaseException):
            raise found
        yield found
    finally:
        ends.set()
        running.join(60)


async def _run(
    folder: Path, name: str, up: "queue.Queue[Telephony | BaseException]", ends: threading.Event, *, calls_out: bool
) -> None:
    plan = blueprint(folder, name, "chroot", BOX)
    plan = replace(plan, ports=replace(plan.ports, ws=free_tcp_port()))
    async with OneBox(plan) as box, box.parts() as parts:
        rendered = str(box.asterisk.instance.rendered)
        environment = {
            **box.environment(),
            "CALLCENTER_SPEECH_WORKERS": "0",
            "CALLCENTER_RENDERED_DIR": rendered,
        }
        trunk = Line(name="trunk", server_port=plan.centre.sip.port, local_ip=demo_centre.TRUNK_ADDRESS)
        ports = box.settings
        wanted = [("ivr", ports.ivr_port), ("acd", ports.acd_port), ("desk", ports.desk_port)]
        wanted += [("dialer", ports.gate_port)] if calls_out else []
        services = [ServiceProcess(of, environment, port, folder / f"{of}.log") for of, port in wanted]
        now = datetime.now(UTC)
        hashed = await Passwords().hash(PASSWORD)
        for role in Role:
            user = User(name=str(role), role=role, password_hash=hashed, created_at=now, changed_at=now)
            await parts.store.add_user(user, "test")
        try:
            for service in services:
                service.start()
            for service in services:
                await service.listening(UP_S)
            url = f"http://127.0.0.1:{ports.desk_port}/"
            loop = asyncio.get_running_loop()
            async with AsyncExitStack() as phones:
                outbound = await phones.enter_async_context(_outbound(plan)) if calls_out else None
                callers = await phones.enter_async_context(Callers(trunk))
                up.put(Telephony(url=url, box=box, store=parts.store, callers=callers, loop=loop, outbound=outbound))
                await asyncio.to_thread(ends.wait)
        finally:
            for service in services:
                service.kill()


@asynccontextmanager
async def _outbound(plan: Blueprint) -> AsyncIterator[Outbound]:
    port, passwords = plan.centre.sip.port, plan.secrets.phones
    phones = [AgentPhone(agent=a.id, user=a.phone, password=passwords[a.phone], pin=PIN) for a in plan.centre.agents]
    line = Line(name="agents", server_port=port, local_ip=demo_centre.PHONE_ADDRESS)
    network = Line(
        name="carrier",
        server_port=port,
        local_ip=demo_centre.TRUNK_ADDRESS,
        local_port=plan.centre.trunks[0].port,
    )
    people: dict[str, PersonPlan] = {}
    async with (
        AgentPhones(phones, line) as agents,
        Carrier(network, people.__getitem__, agents=agents.tones, record=True) as carrier,
    ):
        yield Outbound(agents=agents, carrier=carrier, people=people)


def loudness(path: Path) -> float:
    """Root mean square of a recording, 0 to 1."""
    with wave.open(str(path)) as recording:
        samples = np.frombuffer(recording.readframes(recording.getnframes()), dtype="<i2")
    return float(np.sqrt(np.mean((samples / 32768.0) ** 2))) if samples.size else 0.0
