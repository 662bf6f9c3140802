"""The desk's process: HTTP."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Coroutine, Mapping
from typing import Any

import typer
from aiohttp import web

from app.desk_installation import open_desk
from app.ports import cannot_listen
from app.process_settings import settings as of_process
from app.serve.parts import Parts
from app.serve.process import run
from callcenter.errors import CallCenterError, NotFound
from callcenter.settings import Settings
from desk.ports import Check
from desk.service.app import desk_app as desk_site
from desk.service.routes import described

log = logging.getLogger("app")

desk_app = typer.Typer(help="The desk over HTTP.", no_args_is_help=True)


@desk_app.command("serve")
def serve_command() -> None:
    """Serve the API and the screens."""
    run(of_process(), serve_desk)


@desk_app.command("openapi")
def openapi_command() -> None:
    """Print the API's description (OpenAPI 3.1)."""
    typer.echo(json.dumps(described(), indent=2, ensure_ascii=False))


async def serve_desk(parts: Parts) -> None:
    settings = parts.settings
    desk = open_desk(settings, parts.store, parts.bus, health_checks(parts))
    runner = web.AppRunner(desk_site(desk), access_log=None)
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
