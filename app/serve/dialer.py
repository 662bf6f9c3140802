"""The dialer's process: places campaigns' calls."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from datetime import datetime
from functools import partial

import typer

from app.centre_file import load
from app.process_settings import settings as of_process
from app.serve.leader import as_leader
from app.serve.parts import Parts, agi_server
from app.serve.process import run
from callcenter.adapters.ami import Ami, AmiAddress
from callcenter.care import Callback, Notice
from callcenter.dialplan import AMI_DIALER
from callcenter.errors import ConfigError
from callcenter.notices import callback_notices
from callcenter.settings import Settings
from dialer.service import Dialer

log = logging.getLogger("app")

dialer_app = typer.Typer(help="Campaigns' calls.", no_args_is_help=True)


@dialer_app.command("serve")
def serve_command() -> None:
    """Place campaigns' calls; stands by while another one is active."""
    run(of_process(), serve_dialer)


async def serve_dialer(parts: Parts, started: Callable[[Dialer], None] | None = None) -> None:
    """As the acd is served. Two at once would call nobody twice: that is the ledger's and the gate's to prevent."""
    await as_leader(parts, "dialer", lambda: _active(parts, started))


async def _active(parts: Parts, started: Callable[[Dialer], None] | None) -> None:
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
