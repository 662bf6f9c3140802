"""`callcenter flow check`."""

from __future__ import annotations

from typing import Annotated

import typer

from app.flow_files import known, look, neighbours
from ivr import lint

Name = Annotated[
    str, typer.Argument(metavar="FLOW", help="A JSON or YAML file, a flow, or a version: main@7, main@draft.")
]


def check_command(flow: Name) -> None:
    """Say what is wrong with a flow; exit 1 if it could not be published."""
    found, others = look(flow)
    issues = lint.lint(found.flow, known({**others, **neighbours(found)}))
    for issue in issues:
        typer.echo(f"{issue.severity}: {issue}")
    if any(issue.severity == "error" for issue in issues):
        raise typer.Exit(1)
    typer.echo(f"flow {found.flow.name}: {len(found.flow.nodes)} nodes, fit to publish")
