"""All services together in one process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from acd.service import Acd
from app.serve.acd import serve_acd
from app.serve.desk import serve_desk
from app.serve.dialer import serve_dialer
from app.serve.ivr import serve_ivr
from app.serve.parts import Parts
from dialer.service import Dialer


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
