"""Our processes: each `serve_*` runs until cancelled. `serve_all` runs them together in one process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import uvloop
from aiohttp import web

from acd.service import Acd
from app.centre_file import load
from app.desk_installation import open_desk
from app.outside import open_world
from app.ports import cannot_listen
from callcenter.adapters.agi import AgiServer, Route
from callcenter.adapters.ami import Ami, AmiAddress
from callcenter.adapters.bus import Bus, open_bus
from callcenter.adapters.prompt_lengths import Lengths
from callcenter.adapters.prompts_build import altered
from callcenter.adapters.recordings import Recordings
from callcenter.adapters.store import Store
from callcenter.care import Callback, Notice
from callcenter.dialplan import AMI_DIALER, CDR_FILE, RECORDINGS_DIR
from callcenter.errors import CallCenterError, ConfigError, NotFound, StoreError
from callcenter.notices import callback_notices
from callcenter.settings import Settings
from desk.service import Check, desk_app
from dialer.service import Dialer
from ivr.service import Ivr
from ivr.service.errands import Outside
from ivr.service.ivr import Surroundings
from ivr.service.line import Listener
from ivr.service.sounds import Sounds
from ivr.service.speech import SpeechOptions, open_speech

log = logging.getLogger("app")

LEASE_TTL: Final = timedelta(seconds=10)
LEASE_RENEW_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What every service needs, opened once per process."""

    settings: Settings
    store: Store
    bus: Bus


@contextlib.asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    store = await Store.open(settings.sql_url)
    try:
        await store.migrate()
        async with open_bus(settings.redis_url) as bus:
            yield Parts(settings=settings, store=store, bus=bus)
    finally:
        await store.close()


async def serve_ivr(parts: Parts) -> None:
    settings = parts.settings
    sounds = _sounds(settings)
    async with open_world(settings, parts.store) as world, open_speech(speech_options(settings), sounds) as listener:
        ivr = Ivr(_surroundings(parts, world.outside, sounds, listener))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(ivr.run(), name="ivr")
            tasks.create_task(world.notices.run(), name="notices")
            tasks.create_task(world.follow(), name="centre.toml")
            # Ends before the tasks do: what callers leave behind is still written.
            async with agi_server(ivr.routes, settings.agi_bind, settings.ivr_port):
                log.info("ivr: FastAGI on %s:%d", settings.agi_bind, settings.ivr_port)
                await asyncio.Event().wait()


def _sounds(settings: Settings) -> Sounds:
    """The prompts. Without a centre.toml here English is spoken where a prompt lacks the caller's language."""
    folders = [path for path in sorted(settings.prompts_dir.glob("*")) if path.is_dir()]
    damaged = frozenset(f"{folder.name}/{key}" for folder in folders for key in altered(folder))
    sounds = Sounds(folder=settings.sounds_dir, lengths_s=Lengths(settings.prompts_dir), damaged=damaged)
    if settings.centre_file.exists():
        sounds = replace(sounds, language=load(settings.centre_file).identity.language)
    return sounds


def speech_options(settings: Settings) -> SpeechOptions:
    return SpeechOptions(
        bind=settings.agi_bind,
        port=settings.speech_port,
        prompts_dir=settings.prompts_dir,
        workers=settings.speech_workers,
        model_dir=settings.stt_model_dir,
    )


def _surroundings(parts: Parts, outside: Outside, sounds: Sounds, listener: Listener | None) -> Surroundings:
    """What the ivr has around it. Without a centre.toml here numbers are taken as they come."""
    settings = parts.settings
    return Surroundings(
        store=parts.store,
        bus=parts.bus,
        cell=settings.cell,
        sounds=sounds,
        outside=outside,
        tapes=recordings(settings),
        region=_region(settings),
        listener=listener,
    )


def _region(settings: Settings) -> str:
    """The country in which numbers without + are read; none if there is no centre.toml here."""
    return load(settings.centre_file).identity.region if settings.centre_file.exists() else ""


def recordings(settings: Settings) -> Recordings | None:
    """The folder of recordings, None if none is set."""
    if not settings.recordings_dir:
        return None
    return Recordings(Path(settings.recordings_dir), RECORDINGS_DIR, lambda: datetime.now(UTC).date())


async def serve_acd(parts: Parts, started: Callable[[Acd], None] | None = None) -> None:
    """Stand by until the lease of this cell is ours, then be the acd until it is not."""
    await _as_leader(parts, "acd", lambda: _active_acd(parts, started))


async def serve_dialer(parts: Parts, started: Callable[[Dialer], None] | None = None) -> None:
    """The same for the dialer. Two at once would call nobody twice: that is the ledger's and the gate's to prevent."""
    await _as_leader(parts, "dialer", lambda: _active_dialer(parts, started))


async def _as_leader(parts: Parts, service: str, active: Callable[[], Coroutine[Any, Any, None]]) -> None:
    lease, holder = f"{service}:{parts.settings.cell}", f"{socket.gethostname()}:{os.getpid()}"
    while True:
        await _acquired(parts.store, service, lease, holder)
        log.info("%s: active for cell %s", service, parts.settings.cell)
        running = asyncio.create_task(active(), name=service)
        try:
            await _while_held(parts.store, lease, holder, running)
        finally:
            running.cancel()
            await asyncio.wait([running])
            with contextlib.suppress(StoreError):
                await parts.store.release_lease(lease, holder)
        log.warning("%s: the lease is held by another process; standing by", service)


async def _acquired(store: Store, service: str, lease: str, holder: str) -> None:
    waiting_told = False
    while True:
        with contextlib.suppress(StoreError):
            if await store.acquire_lease(lease, holder, LEASE_TTL, await store.now()):
                return
        if not waiting_told:
            log.info("%s: standing by", service)
            waiting_told = True
        await asyncio.sleep(1.0)


async def _while_held(store: Store, lease: str, holder: str, active: asyncio.Task[None]) -> None:
    """Return when the lease is lost; raise what ended the service. While SQL is down nobody else can take it: go on."""
    while True:
        done, _ = await asyncio.wait([active], timeout=LEASE_RENEW_S)
        if done:
            active.result()
            return
        try:
            if not await store.acquire_lease(lease, holder, LEASE_TTL, await store.now()):
                return
        except StoreError as error:
            log.error("%s: lease not renewed: %s", lease, error)


async def _active_acd(parts: Parts, started: Callable[[Acd], None] | None) -> None:
    settings = parts.settings
    address = AmiAddress(host=settings.ami_host, port=settings.ami_port, user="acd", secret=settings.ami_acd_secret)
    async with Ami(address, rng=random.Random()) as ami:
        cdr_file = Path(settings.cdr_dir) / CDR_FILE if settings.cdr_dir else None
        acd = Acd(ami, parts.store, parts.bus, cdr_file=cdr_file, region=_region(settings))
        if started is not None:
            started(acd)
        async with agi_server(acd.phone_codes.routes, settings.agi_bind, settings.acd_port):
            await acd.run()


async def _active_dialer(parts: Parts, started: Callable[[Dialer], None] | None) -> None:
    settings = parts.settings
    secret = settings.ami_dialer_secret
    address = AmiAddress(host=settings.ami_host, port=settings.ami_port, user=AMI_DIALER, secret=secret)
    async with Ami(address, rng=random.Random()) as ami:
        dialer = Dialer(ami, parts.store, parts.bus, cell=settings.cell)
        dialer.pace.callbacks.notices = partial(_of_callback, settings)
        if started is not None:
            started(dialer)
        async with agi_server(dialer.gate.routes, settings.agi_bind, settings.gate_port):
            await dialer.run()


def _of_callback(settings: Settings, callback: Callback, reason: str, at: datetime) -> list[Notice]:
    """Whom to tell that somebody could not be called back: the mailbox of the queue's name, if there is one."""
    try:
        boxes = load(settings.centre_file).mailboxes if settings.centre_file.exists() else ()
    except ConfigError as error:
        log.error("callback %s: nobody is told: %s", callback.id, error)
        return []
    return [n for box in boxes if box.name == callback.queue for n in callback_notices(callback, reason, box, at)]


async def serve_desk(parts: Parts) -> None:
    settings = parts.settings
    desk = open_desk(settings, parts.store, parts.bus, health_checks(parts))
    runner = web.AppRunner(desk_app(desk), access_log=None)
    await runner.setup()
    try:
        await _listen(web.TCPSite(runner, settings.desk_bind, settings.desk_port), settings)
        log.info("desk: http://%s:%d/", settings.desk_bind, settings.desk_port)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


async def _listen(site: web.TCPSite, settings: Settings) -> None:
    try:
        await site.start()
    except OSError as error:
        raise cannot_listen(settings.desk_bind, settings.desk_port, error) from None


def health_checks(parts: Parts) -> Mapping[str, Check]:
    """What the desk's health page looks at: SQL, Redis, and whether an acd holds the lease of this cell."""

    async def sql() -> str:
        return await _trouble(parts.store.check())

    async def redis() -> str:
        return await _trouble(parts.bus.check())

    async def acd() -> str:
        return await _trouble(_acd_is_active(parts))

    return {"sql": sql, "redis": redis, "acd": acd}


async def _trouble(look: Coroutine[Any, Any, str]) -> str:
    try:
        await look
    except CallCenterError as error:
        return str(error)
    return ""


async def _acd_is_active(parts: Parts) -> str:
    held = await parts.store.lease(f"acd:{parts.settings.cell}")
    if held is None or held.until <= await parts.store.now():
        raise NotFound("no acd is active")
    return held.holder


async def serve_all(
    parts: Parts,
    started: Callable[[Acd], None] | None = None,
    started_dialer: Callable[[Dialer], None] | None = None,
) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve_ivr(parts), name="ivr")
        tasks.create_task(serve_acd(parts, started), name="acd")
        tasks.create_task(serve_dialer(parts, started_dialer), name="dialer")
        tasks.create_task(serve_desk(parts), name="desk")


@contextlib.asynccontextmanager
async def agi_server(routes: Mapping[str, Route], bind: str, port: int) -> AsyncIterator[AgiServer]:
    """Run a FastAGI server; raise ConfigError naming who has the port if it is taken."""
    server = AgiServer(routes, bind=bind, port=port)
    try:
        await server.start()
    except OSError as error:
        raise cannot_listen(bind, port, error) from None
    try:
        yield server
    finally:
        await server.close()


def run(settings: Settings, service: Callable[[Parts], Coroutine[Any, Any, None]]) -> None:
    """Run one service until SIGTERM or SIGINT, then end it cleanly."""
    uvloop.run(_until_signal(settings, service))


async def _until_signal(settings: Settings, service: Callable[[Parts], Coroutine[Any, Any, None]]) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_parts(settings) as parts:
        running = asyncio.create_task(service(parts))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if running.done():
            running.result()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
