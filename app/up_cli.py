"""`callcenter up`: everything but Asterisk in one process."""

from __future__ import annotations

import typer

from app import operate, taking_over
from app.centre_file import load
from app.process_settings import complete, settings
from app.prompts_update import told, update
from app.serve.everything import serve_all
from app.serve.parts import Parts
from app.serve.process import run
from app.shipped import publish_shipped_flows
from callcenter.errors import CallCenterError
from callcenter.settings import Settings


def up() -> None:
    """Run all services in this process, beside an Asterisk that systemd or somebody else runs."""
    found = settings()
    typer.echo(operate.render_conf(found, taking_over.rendered_dir(found)), err=True)
    _update_prompts(found)
    run(complete(found), _everything)


def _update_prompts(found: Settings) -> None:
    """Take over the prompts of this version. Callers are answered with those that are there if it cannot be done."""
    try:
        for outcome in update(found):
            typer.echo("\n".join(told(outcome)), err=True)
    except CallCenterError as error:
        typer.echo(f"the prompts are not brought up to date: {error}", err=True)


async def _everything(parts: Parts) -> None:
    """All services, with the centre and the shipped flows taken over."""
    await publish_shipped_flows(parts.store, await parts.store.now())
    await parts.store.apply_centre(load(parts.settings.centre_file).records())
    await serve_all(parts)
