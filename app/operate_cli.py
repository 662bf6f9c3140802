"""`callcenter migrate|render|reload|check`: the schema, Asterisk's configuration, the state of an installation."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from app import check as checks
from app import operate, taking_over
from app.process_settings import settings


def migrate() -> None:
    """Bring the database schema up to date."""
    typer.echo(asyncio.run(operate.migrate(settings())))


def render(
    to: Annotated[Path, typer.Option(help="Folder that Asterisk includes as `rendered`.")],
) -> None:
    """Write what of Asterisk's configuration depends on the installation."""
    typer.echo(operate.render_conf(settings(), to))


def reload() -> None:
    """Take centre.toml over: into Asterisk, the store, and the running services."""
    typer.echo(asyncio.run(taking_over.reload(settings())))


def check() -> None:
    """Say what is wrong with this installation, each line ok or how to mend it."""
    if not asyncio.run(_print_findings()):
        raise typer.Exit(1)


async def _print_findings() -> bool:
    """Print a line for each part; return whether all is well."""
    well = True
    async for finding in checks.examine(settings()):
        typer.echo(str(finding))
        well = well and finding.ok
    return well
