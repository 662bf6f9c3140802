"""Services of which one process is active at a time, held by a lease in SQL; the others stand by."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, Final

from app.serve.parts import Parts
from callcenter.adapters.store import Store
from callcenter.errors import StoreError

log = logging.getLogger("app")

LEASE_TTL: Final = timedelta(seconds=10)
LEASE_RENEW_S: Final = 3.0


async def as_leader(parts: Parts, service: str, active: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Stand by until the lease of this cell is ours, then run `active` until it is not; and so on until cancelled."""
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
