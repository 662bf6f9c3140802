"""The systems beyond ours that flows speak with, as centre.toml says, and said anew whenever that file changes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from app import secrets_file
from app.centre_file import load
from callcenter.adapters.fetch import Fetcher, FetchWorld
from callcenter.adapters.payments import open_provider
from callcenter.allowlist import AllowList
from callcenter.centre import Centre
from callcenter.errors import ConfigError
from callcenter.settings import Settings
from ivr.service.errands import Outside

log = logging.getLogger("app.outside")

LOOK_EVERY_S: Final = 5.0


@contextlib.asynccontextmanager
async def open_outside(settings: Settings) -> AsyncIterator[Outside]:
    """Yield what flows may speak with; nothing at all while there is no centre.toml here.

    Raise ConfigError if it cannot be read.
    """
    known = secrets_file.services(settings.data_dir, os.environ)
    async with Fetcher(AllowList(), known, FetchWorld(rng=random.Random())) as http:
        outside = Outside(http=http, payments=open_provider("none", date.today))
        stamp = _stamp(settings.centre_file)
        if stamp is not None:
            _take_over(load(settings.centre_file), outside, http)
        following = asyncio.create_task(_follow(settings.centre_file, stamp, outside, http), name="centre.toml")
        try:
            yield outside
        finally:
            following.cancel()
            await asyncio.wait([following])


def _take_over(centre: Centre, outside: Outside, http: Fetcher) -> None:
    zone = ZoneInfo(centre.identity.time_zone)
    http.allow = centre.http.allow_list()
    if outside.payments.name != centre.payment.provider:
        outside.payments = open_provider(centre.payment.provider, lambda: datetime.now(zone).date())


async def _follow(file: Path, stamp: tuple[int, int] | None, outside: Outside, http: Fetcher) -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        now = _stamp(file)
        if now == stamp or now is None:
            continue
        stamp = now
        try:
            _take_over(load(file), outside, http)
        except ConfigError as error:
            log.error("other systems stay as they were: %s", error)


def _stamp(file: Path) -> tuple[int, int] | None:
    """What changes when the file does; None without it."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino
