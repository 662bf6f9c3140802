"""`callcenter flow …`: flows played in a terminal, checked, put to work."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from app import flow_draft_cli, flow_life_cli, flow_look_cli
from app.campaign_cli import run
from app.flow_files import Found, all_flows, catalogue, find_in, known, neighbours
from app.installation import settings
from callcenter.adapters.store import Store
from ivr import lint
from ivr.flow import Flow
from ivr.player import play
from ivr.session import CallInfo

flow_app = typer.Typer(help="Flows: what callers experience.", no_args_is_help=True)
flow_draft_cli.attach(flow_app)
flow_life_cli.attach(flow_app)
flow_look_cli.attach(flow_app)

Name = Annotated[
    str, typer.Argument(metavar="FLOW", help="A JSON or YAML file, a flow, or a version: main@7, main@draft.")
]
PLAYED_CALLER: Final = "+12025550143"
PLAYED_DID: Final = "+12025550100"


@flow_app.command("run")
def flow_run(
    flow: Name,
    at: Annotated[datetime | None, typer.Option(help="When the call comes in (UTC); now if left out.")] = None,
    record: Annotated[Path | None, typer.Option(help="Write the session as a test case to this file.")] = None,
) -> None:
    """Play a flow: type the keys a caller would press. Its clock never waits."""
    found = look(flow)[0].flow
    info = CallInfo(call_id="terminal", caller=PLAYED_CALLER, did=PLAYED_DID)
    began = at.replace(tzinfo=UTC) if at else datetime.now(UTC)
    recording = play(found, catalogue(found.languages[0]), info, began, _ask, typer.echo)
    if record is not None:
        record.write_text(json.dumps(recording.to_json(), indent=2, ensure_ascii=False) + "\n")


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


def look(flow: str) -> tuple[Found, dict[str, Flow]]:
    """Return the flow that `flow` names and every other there is; without a store, those shipped."""

    async def work(store: Store | None) -> tuple[Found, dict[str, Flow]]:
        return await find_in(store, flow), await all_flows(store)

    here = settings()
    if here.database_url or (here.data_dir / "callcenter.db").exists():
        return run(work)
    return asyncio.run(work(None))


def _ask(question: str) -> str | None:
    sys.stdout.write(question)
    sys.stdout.flush()
    line = sys.stdin.readline()
    return line.rstrip("\r\n") if line else None
