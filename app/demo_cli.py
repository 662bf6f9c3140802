"""`callcenter demo`."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from app.demo.run import DemoOptions
from app.demo.run import demo as run


def demo(
    duration: Annotated[float | None, typer.Option(help="End after so many seconds; without it, at Ctrl-C.")] = None,
    calls_per_minute: Annotated[float, typer.Option(help="Calls per agent and minute.")] = 3.0,
    seed: Annotated[int, typer.Option(help="Of the simulated callers.")] = 1,
) -> None:
    """Show a whole call centre with simulated phones. Exit 0 only if calls reached agents and none was lost."""
    options = DemoOptions(
        folder=Path(os.environ.get("CALLCENTER_DATA_DIR", "var")) / "demo",
        duration_s=duration,
        calls_per_minute=calls_per_minute,
        seed=seed,
    )
    result = asyncio.run(run(options))
    typer.echo(result.line())
    if not result.good:
        raise typer.Exit(1)
