"""A centre on the real Asterisk for measurements: our services are processes of their own, as in production."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app import secrets_file
from app.demo import centre as demo
from app.onebox import Blueprint, BoxPorts, OneBox
from app.ports import free_sip_port
from app.processes import ServiceProcess
from callcenter.adapters.store import Store
from callcenter.centre import parse
from sim.phones.plans import AgentPhone

PIN: Final = "4711"
SALT: Final = bytes(16)
NOTHING: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The centre under measurement. `phones`: of its agents, not logged in yet."""

    box: OneBox
    store: Store
    phones: list[AgentPhone]
    services: list[ServiceProcess]


def document_of(staff: Mapping[str, tuple[str, ...]], rtp_first: int, wrap_up_s: int) -> dict[str, Any]:
    """Return the centre.toml of the demo's centre on free ports, with these agents and the queues each serves."""
    ports = demo.DemoPorts(sip=free_sip_port(0), rtp_first=rtp_first, rtp_last=rtp_first + 999)
    document = demo.document(ports, dict.fromkeys(staff, PIN), SALT, staff)
    for queue in document["queue"]:
        queue["wrap_up_s"] = wrap_up_s
    document["trunk"][0]["port"] = free_sip_port(0, demo.TRUNK_ADDRESS)  # where the carrier listens
    return document


def blueprint_of(name: str, folder: Path, document: Mapping[str, Any]) -> Blueprint:
    """Return the plan of a centre in `folder` with this centre.toml."""
    centre = parse(document)
    secrets = secrets_file.load_or_create(folder, centre)
    return Blueprint(name=name, folder=folder, centre=centre, secrets=secrets, ports=BoxPorts.free())


@asynccontextmanager
async def running(blueprint: Blueprint) -> AsyncIterator[Bench]:
    """The centre with ivr, acd and dialer, until the context ends."""
    passwords = blueprint.secrets.phones
    agents = blueprint.centre.agents
    phones = [AgentPhone(agent=a.id, user=a.phone, password=passwords[a.phone], pin=PIN) for a in agents]
    async with OneBox(blueprint) as box, box.parts() as parts, serving(box, "ivr", "acd", "dialer") as services:
        yield Bench(box=box, store=parts.store, phones=phones, services=services)


@asynccontextmanager
async def serving(
    box: OneBox, *names: str, environ: Mapping[str, str] = NOTHING
) -> AsyncIterator[list[ServiceProcess]]:
    """These services of the box, once each of them listens; `environ`: of theirs, beside what the box says."""
    settings = box.settings
    ports = {"ivr": settings.ivr_port, "acd": settings.acd_port, "dialer": settings.gate_port}
    # Where the extra `speech` is installed the ivr would load its models, of which no measurement here tells.
    environment = {**box.environment(), "CALLCENTER_SPEECH_WORKERS": "0", **environ}
    logs = box.blueprint.folder
    services = [ServiceProcess(name, environment, ports[name], logs / f"{name}.log") for name in names]
    try:
        for service in services:
            service.start()
        for service in services:
            await service.listening()
        yield services
    finally:
        for service in services:
            service.stop()
