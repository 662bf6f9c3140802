"""`callcenter version|logs`: what needs neither the centre nor its store."""

from __future__ import annotations

from typing import Annotated

import typer

from app.install import centre
from callcenter import __version__


def logs(
    service: Annotated[str, typer.Argument(help="One service; all if left out.")] = "",
    follow: Annotated[bool, typer.Option(help="Go on with what comes.")] = True,
) -> None:
    """Show what the processes say."""
    raise typer.Exit(centre.logs(service=service, follow=follow))


def version() -> None:
    """Print the version."""
    typer.echo(__version__)
