"""The acd's process: brings callers and agents together."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import typer

from acd.service import Acd
from app.process_settings import settings as of_process
from app.serve.leader import as_leader
from app.serve.parts import Parts, agi_server, region
from app.serve.process import run
from callcenter.adapters.ami import Ami, AmiAddress
from callcenter.dialplan import CDR_FILE

acd_app = typer.Typer(help="Agents, queues and matching.", no_args_is_help=True)


@acd_app.command("serve")
def serve_command() -> None:
    """Bring callers and agents together; stands by while another one is active."""
    run(of_process(), serve_acd)


async def serve_acd(parts: Parts, started: Callable[[Acd], None] | None = None) -> None:
    """Stand by until the lease of this cell is ours, then be the acd until it is not."""
    await as_leader(parts, "acd", lambda: _active(parts, started))


async def _active(parts: Parts, started: Callable[[Acd], None] | None) -> None:
    settings = parts.settings
    address = AmiAddress(host=settings.ami_host, port=settings.ami_port, user="acd", secret=settings.ami_acd_secret)
    async with Ami(address, rng=random.Random()) as ami:
        cdr_file = Path(settings.cdr_dir) / CDR_FILE if settings.cdr_dir else None
        acd = Acd(ami, parts.store, parts.bus, cdr_file=cdr_file, region=region(settings))
        if started is not None:
            started(acd)
        async with agi_server(acd.phone_codes.routes, settings.agi_bind, settings.acd_port):
            await acd.run()
