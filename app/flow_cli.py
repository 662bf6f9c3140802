"""`callcenter flow …`: flows played in a terminal, checked, put to work."""

from __future__ import annotations

from typing import Annotated

import typer

from app import flow_draft_cli, flow_life_cli, flow_look_cli, flow_replay_cli, flow_test_cli
from app.flow_files import known, look, neighbours
from ivr import lint

flow_app = typer.Typer(help="Flows: what callers experience.", no_args_is_help=True)
flow_draft_cli.attach(flow_app)
flow_life_cli.attach(flow_app)
flow_look_cli.attach(flow_app)
flow_test_cli.attach(flow_app)
flow_replay_cli.attach(flow_app)

Name = Annotated[
    str, typer.Argument(metavar="FLOW", help="A JSON or YAML file, a flow, or a version: main@7, main@draft.")
]


@flow_app.command("check")
def flow_check(flow: Name) -> None:
    """Say what is wrong with a flow; exit 1 if it could not be published."""
    found, others = look(flow)
    issues = lint.lint(found.flow, known({**others, **neighbours(found)}))
    for issue in issues:
        typer.echo(f"{issue.severity}: {issue}")
    if any(issue.severity == "error" for issue in issues):
        raise typer.Exit(1)
    typer.echo(f"flow {found.flow.name}: {len(found.flow.nodes)} nodes, fit to publish")
