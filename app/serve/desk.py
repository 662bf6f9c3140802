"""The desk's process: HTTP."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from typing import Any

import typer
from aiohttp import web

from app.ports import cannot_listen
from app.process_settings import settings as of_process
from app.serve.parts import Parts
from app.serve.process import run
from callcenter.errors import CallCenterError, NotFound
from callcenter.settings import Settings
from desk.service import Check
from desk.service import desk_app as desk_site

log = logging.getLogger("app")

desk_app = typer.Typer(help="The desk over HTTP.", no_args_is_help=True)


@desk_app.command("serve")
def serve_command() -> None:
    """Serve the health page."""
    run(of_process(), serve_desk)


async def serve_desk(parts: Parts) -> None:
    settings = parts.settings
    runner = web.AppRunner(desk_site(health_checks(parts)), access_log=None)
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
