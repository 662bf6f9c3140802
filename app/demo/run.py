"""The demo from start to end: everything it starts, it stops."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import secrets
import shutil
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import tomlkit
from rich.console import Console
from rich.live import Live

from acd import picture
from app import secrets_file
from app.demo import centre, outbound, screen
from app.demo.result import Result, count, lost_calls, unknown_calls
from app.files import write_atomic
from app.onebox import Blueprint, BoxPorts, OneBox
from app.ports import free_sip_port, free_tcp_port
from app.runtime import choice, engine
from app.serve.parts import Parts
from callcenter import logs
from callcenter.adapters.passwords import Passwords
from callcenter.adapters.store import Store
from callcenter.centre import parse
from callcenter.outbound import Attempt, AttemptOutcome
from callcenter.records import CallRecord, Direction, Outcome
from callcenter.settings import Settings
from desk.service.sign_in import make_first
from sim.phones.agents import AgentPhones
from sim.phones.callers import Callers
from sim.phones.carrier import Carrier
from sim.phones.demand import arrivals
from sim.phones.plans import AgentPhone, Line

log = logging.getLogger("app.demo")

RTP: Final = (12_000, 13_999)
REPAINT_S: Final = 0.5
LINE_EVERY_S: Final = 5.0
SETTLE_S: Final = 10.0  # how long the last calls may take to be recorded
CALLS_READ: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """`duration_s` None: until Ctrl-C. `calls_per_minute` is per agent. `kind` of Asterisk: "", docker or chroot."""

    folder: Path
    duration_s: float | None = None
    calls_per_minute: float = 3.0
    seed: int = 1
    kind: str = ""


class ErrorCount(logging.Handler):
    """Counts what our services log as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.errors = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.errors += 1


async def demo(options: DemoOptions) -> Result:
    """Run the demo and return what came of it."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    with _logged(options.folder / "demo.log") as errors:
        try:
            kind = options.kind or await asyncio.to_thread(choice.decide)
            return await _run(options, kind, stop, errors)
        finally:
            await asyncio.to_thread(engine.release)


async def _run(options: DemoOptions, kind: str, stop: asyncio.Event, errors: ErrorCount) -> Result:
    blueprint, phones = await asyncio.to_thread(_blueprint, options, kind)
    began = datetime.now(UTC)
    box = OneBox(blueprint)
    password = await _first_admin(box.settings)
    async with box, box.services() as parts:
        sys.stderr.write(f"{screen.desk(f'http://{box.settings.desk_bind}:{box.settings.desk_port}/', password)}\n")
        line = Line(name="agents", server_port=blueprint.centre.sip.port, local_ip=centre.PHONE_ADDRESS)
        trunk = Line(name="trunk", server_port=blueprint.centre.sip.port, local_ip=centre.TRUNK_ADDRESS)
        network = replace(trunk, name="carrier", local_port=blueprint.centre.trunks[0].port)
        who = outbound.who_answers(options.seed)
        async with AgentPhones(phones, line, log_dir=options.folder) as agents:
            await agents.log_in_all()
            async with (
                Carrier(network, who, agents=agents.tones, log_dir=options.folder) as carrier,
                Callers(trunk, agents=agents.tones, log_dir=options.folder) as people,
            ):
                await outbound.start(parts.store, box.asterisk.instance.rendered)
                await _show_until(stop, options, box, people)
                await outbound.stop(parts.store)
            calls, dialed = people.calls, carrier.calls
        records, attempts = await _settled(parts, began, len(calls))
        delays = list(box.acd.answer_to_agent_ms) if box.acd else []
    lost = [*lost_calls(calls, records), *unknown_calls(dialed, attempts)]
    for call in lost:
        log.error("lost: %s", call)
    inbound = [record for record in records if record.direction is Direction.INBOUND]
    return Result(
        calls=sum(call.invited_at is not None for call in calls),
        reached_agent=count(inbound, Outcome.REACHED_AGENT, Outcome.FALLBACK_AGENT),
        abandoned=count(inbound, Outcome.ABANDONED),
        placed=sum(attempt.gate_at is not None for attempt in attempts),
        answered=sum(attempt.answered_at is not None for attempt in attempts),
        connected=sum(attempt.outcome is AttemptOutcome.CONNECTED for attempt in attempts),
        dropped=sum(attempt.outcome is AttemptOutcome.DROPPED for attempt in attempts),
        answer_to_agent_ms=delays,
        lost=len(lost),
        errors=errors.errors,
    )


async def _first_admin(settings: Settings) -> str:
    """Make the desk's first admin before the desk would; return their one-time password."""
    async with await Store.open(settings.sql_url) as store:
        await store.migrate()
        return await make_first(store, Passwords(), await store.now())


def _blueprint(options: DemoOptions, kind: str) -> tuple[Blueprint, list[AgentPhone]]:
    pins = {agent: secrets_file.new_digits(6) for agent in centre.AGENTS}
    ports = centre.DemoPorts(sip=free_sip_port(5060), rtp_first=RTP[0], rtp_last=RTP[1])
    document = centre.document(ports, pins, secrets.token_bytes(16), centre.DEMO_AGENTS)
    document["trunk"][0]["port"] = free_sip_port(0, centre.TRUNK_ADDRESS)  # where the carrier listens
    plan = parse(document)
    # The desk shows it, and whoever tries the demo may change it there.
    write_atomic(options.folder / "centre.toml", tomlkit.dumps(document))
    known = secrets_file.load_or_create(options.folder, plan)
    phones = [AgentPhone(agent=a.id, user=a.phone, password=known.phones[a.phone], pin=pins[a.id]) for a in plan.agents]
    box_ports = BoxPorts(
        ami=free_tcp_port(5038),
        ivr=free_tcp_port(4573),
        gate=free_tcp_port(4574),
        acd=free_tcp_port(4575),
        desk=free_tcp_port(8080),
        redis=free_tcp_port(6379),
        ws=free_tcp_port(8088),
    )
    name = f"demo-{box_ports.ami}"
    blueprint = Blueprint(
        name=name,
        folder=options.folder,
        centre=plan,
        secrets=known,
        ports=box_ports,
        kind=kind,
        own_prompts=True,
    )
    return blueprint, phones


async def _show_until(stop: asyncio.Event, options: DemoOptions, box: OneBox, people: Callers) -> None:
    """Let callers call until it is time to stop, and show the floor."""
    plans = arrivals(centre.demand(options.calls_per_minute), random.Random(options.seed))
    calling = asyncio.create_task(people.run(plans))
    showing = asyncio.create_task(_show(box, people))
    tasks: list[asyncio.Task[Any]] = [calling, showing, asyncio.create_task(stop.wait())]
    try:
        await asyncio.wait(tasks, timeout=options.duration_s, return_when=asyncio.FIRST_COMPLETED)
        for task in (calling, showing):
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _show(box: OneBox, people: Callers) -> None:
    console = Console(stderr=True)
    started = asyncio.get_running_loop().time()

    def note() -> str:
        ended = sum(call.ended_at is not None for call in people.calls)
        reached = sum(call.agent is not None for call in people.calls)
        running = round(asyncio.get_running_loop().time() - started)
        return f"{running} s, {len(people.calls)} calls, {ended} ended, {reached} heard an agent. Ctrl-C ends it."

    def drawn() -> dict[str, object] | None:
        return picture.draw(box.acd.floor, datetime.now(UTC)) if box.acd else None

    if not console.is_terminal:
        while True:
            sys.stderr.write("\n".join([screen.line(drawn(), note()), *outbound.lines(box.dialer)]) + "\n")
            await asyncio.sleep(LINE_EVERY_S)
    title = f"call centre on 127.0.0.1:{box.blueprint.centre.sip.port} — dial {centre.DID}"
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            live.update(screen.floor(drawn(), title, outbound.lines(box.dialer), note()), refresh=True)
            await asyncio.sleep(REPAINT_S)


async def _settled(parts: Parts, began: datetime, calls: int) -> tuple[list[CallRecord], list[Attempt]]:
    """Return records and attempts once each call has its end, or after SETTLE_S what there is."""
    loop = asyncio.get_running_loop()
    until = loop.time() + SETTLE_S
    while True:
        records = await parts.store.calls(began - timedelta(minutes=1), began + timedelta(days=30), CALLS_READ)
        attempts = await outbound.attempts(parts.store)
        ended = sum(r.ended_at is not None and r.direction is Direction.INBOUND for r in records)
        is_over = ended >= calls and all(attempt.ended_at is not None for attempt in attempts)
        if is_over or loop.time() > until:
            return records, attempts
        await asyncio.sleep(0.1)


@contextlib.contextmanager
def _logged(path: Path) -> Iterator[ErrorCount]:
    """Send log lines to `path` while the floor is on the screen."""
    counted = ErrorCount()
    with path.open("a") as stream:
        logs.configure("INFO", stream)
        logging.getLogger().addHandler(counted)
        try:
            yield counted
        finally:
            logs.configure("WARNING")
