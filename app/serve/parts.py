"""What every service of ours is wired from."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from app.centre_file import load
from app.ports import cannot_listen
from callcenter.adapters.agi import AgiServer, Route
from callcenter.adapters.bus import Bus, open_bus
from callcenter.adapters.store import Store
from callcenter.settings import Settings


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


def region(settings: Settings) -> str:
    """The country in which numbers without + are read; none if there is no centre.toml here."""
    return load(settings.centre_file).identity.region if settings.centre_file.exists() else ""
