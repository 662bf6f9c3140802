"""`callcenter sim compare`: pacers against each other in simulated days."""

from __future__ import annotations

import json as jsonlib
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.campaign_options import share_in
from app.simulating import in_order, processors, timed
from app.tabular import Row, columns
from callcenter.errors import ConfigError
from sim.chart import chart
from sim.compare import Cell, Job, Played, Pooled, Spread, Terms, cells, play_job, pooled
from sim.days import DAYS

sim_app = typer.Typer(help="The simulator: pacers in days that never were.", no_args_is_help=True)

MOST_AGENTS: Final = 2_000
MOST_SEEDS: Final = 1_000


@sim_app.callback()
def _group() -> None:
    """The simulator: pacers in days that never were."""


@sim_app.command("compare")
def compare(  # noqa: PLR0913, PLR0917 - one parameter per option
    pacers: Annotated[
        str, typer.Option(help="NAME,…: ours, textbook, or a rival's levels: hard, average, tapered; + ready only.")
    ] = "progressive,ratio,predictive",
    agents: Annotated[str, typer.Option(help="N,…: steady teams; 10 if no days are named.")] = "",
    days: Annotated[str, typer.Option(help=f"Days on which things change: all, or of {', '.join(DAYS)}.")] = "",
    hours: Annotated[float, typer.Option(min=0.1, max=24, help="Length of a day.")] = 4.0,
    seeds: Annotated[int, typer.Option(min=1, max=MOST_SEEDS, help="Days of each kind.")] = 5,
    first_seed: Annotated[int, typer.Option(help="The others follow.")] = 1,
    cap: Annotated[str, typer.Option(help="Largest share of drops: 3% or 0.03.")] = "3%",
    wait: Annotated[float, typer.Option(min=0.1, max=60, help="Seconds a person waits for an agent.")] = 2.0,
    handle: Annotated[float, typer.Option(min=1, max=7_200, help="Seconds of talk and wrap-up, mean.")] = 120.0,
    answer_rate: Annotated[str, typer.Option(help="Share of leads where a person answers: 25% or 0.25.")] = "25%",
    amd: Annotated[bool, typer.Option(help="Tell answering machines from people.")] = True,
    guard: Annotated[bool, typer.Option("--guard", help="With the proved bound in front of each call.")] = False,
    processes: Annotated[int, typer.Option(min=0, help="At the same time; 0: one per processor.")] = 0,
    plot: Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Draw utilisation against drops.")] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write all figures, day by day; - prints.")] = None,
) -> None:
    """Play days with each pacer and say how busy agents were and how many people were dropped.

    Teams and options are those of steady days; days on which things change have their own people and team sizes, and
    take over --hours and --cap. All pacers meet the same people. ± is the 95 % interval over the days.
    """
    terms = Terms(
        hours=hours,
        cap=_share(cap, "--cap"),
        max_wait_s=wait,
        handle_s=handle,
        answer_rate=_share(answer_rate, "--answer-rate"),
        amd=amd,
        guard=guard,
    )
    files = Files(plot=plot, json=json)
    asked = list(cells(_names(pacers), _teams(agents, days), list(DAYS) if days == "all" else _names(days)))
    files.tell(_play(asked, terms, range(first_seed, first_seed + seeds), processes or processors()), terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where what came of it goes besides the table. `json` "-": to standard output, in the table's place."""

    plot: Path | None
    json: Path | None

    def __post_init__(self) -> None:
        if self.plot is not None and self.plot.suffix.lower() != ".svg":
            raise ConfigError(f"--plot {self.plot}: only SVG is drawn, so a name that ends in .svg")

    def tell(self, results: Sequence[Pooled], terms: Terms) -> None:
        document = jsonlib.dumps(as_json(results, terms), indent=1)
        typer.echo(document if str(self.json) == "-" else columns([row(result) for result in results]))
        if self.plot is not None:
            count = len(results[0].days)
            _write(self.plot, chart(results, terms.cap, f"{count} day{'s' * (count != 1)} of {terms.hours:g} h each"))
        if self.json is not None and str(self.json) != "-":
            _write(self.json, document + "\n")


def row(result: Pooled) -> Row:
    """A cell as a line of the table."""
    return {
        "scene": result.cell.scene,
        "pacer": result.cell.pacer,
        "days": len(result.days),
        "utilisation": interval(result.utilisation, 100, " %"),
        "drops": interval(result.drop_rate, 100, " %", digits=2),
        "worst day": f"{100 * result.worst_day:.2f} %",
        "worst hour": f"{100 * result.worst_hour:.1f} %",
        "talks/agent h": interval(result.connects_per_hour, 1, ""),
        "decision": f"{result.decision_ms:.3f} ms",
    }


def interval(spread: Spread, factor: float, unit: str, digits: int = 1) -> str:
    """Return a mean with its interval.

    >>> interval(Spread(mean=0.875, half=0.01), 100, " %"), interval(Spread(mean=0.875, half=None), 100, " %")
    ('87.5 ± 1.0 %', '87.5 %')
    """
    half = "" if spread.half is None else f" ± {factor * spread.half:.{digits}f}"
    return f"{factor * spread.mean:.{digits}f}{half}{unit}"


def as_json(results: Sequence[Pooled], terms: Terms) -> dict[str, Any]:
    """All of it for programs; shares as fractions, an interval's half null if there is one day."""
    return {"terms": asdict(terms), "cells": [asdict(result) for result in results]}


def _play(asked: Sequence[Cell], terms: Terms, seeds: range, processes: int) -> list[Pooled]:
    jobs = [Job(cell=cell, terms=terms, seed=seed) for cell in asked for seed in seeds]
    found: dict[Cell, list[Played]] = defaultdict(list)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        task = progress.add_task("days", total=len(jobs))
        for job, played in in_order(timed(play_job, time.thread_time), jobs, processes):
            found[job.cell].append(played)
            progress.update(task, advance=1, description=f"{job.cell.pacer}, {job.cell.scene}")
    return [pooled(cell, found[cell]) for cell in asked]


def _names(written: str) -> list[str]:
    return list(dict.fromkeys(name.strip() for name in written.split(",") if name.strip()))


def _teams(written: str, days: str) -> list[int]:
    if not written:
        return [] if days else [10]
    names = _names(written)
    if bad := [name for name in names if not name.isdecimal() or not 1 <= int(name) <= MOST_AGENTS]:
        raise ConfigError(f"--agents: {bad[0]!r} is no team of 1 to {MOST_AGENTS:,}")
    return [int(name) for name in names]


def _share(written: str, option: str) -> float:
    try:
        share = share_in(written)
    except ValueError as error:
        raise ConfigError(f"{option}: {error}") from None
    if not 0 < share < 1:
        raise ConfigError(f"{option}: must be between 0 and 1, both left out")
    return share


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from None
