"""`make bench-pacing`: what each mode reaches in simulated days, against its targets. Days are those of sim.compare.

    python -m bench.pacing                       # every cell, 5 seeds; a day that was played is not played again
    python -m bench.pacing --quick               # the same cells in an hour and a half of CPU instead of ten
    python -m bench.pacing --only steady --per-seed
    python -m bench.pacing --list                # the cells, and how many of their days are there

Days are kept in build/bench-pacing, under the state of the sources they depend on, so an interrupted run goes on
where it was. Results: bench/pacing-results.json; exit 1 on a miss. Anything else: `callcenter sim compare`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from app.sim_cli import interval
from app.simulating import in_order, processors, timed
from sim.compare import Cell, Job, Played, Pooled, Terms, play_job, pooled
from sim.days import DAYS

ROOT = Path(__file__).parent.parent
KEPT = ROOT / "build" / "bench-pacing"
RESULTS = Path(__file__).parent / "pacing-results.json"
# What a day is made of; the rest of sim/ reckons with days that were played.
SOURCES = (
    "callcenter/compliance/guard.py",
    "dialer/pacing/*.py",
    "dialer/trunks.py",
    *(
        f"sim/{name}.py"
        for name in ("agenda", "compare", "days", "leads", "outbound", "people", "rivals", "roster", "scenario")
    ),
)
CAP = 0.03
ENOUGH_LIVE = 1_000  # people who answered, from where on a cell must keep the cap
ENOUGH_AGENTS = 20  # from where on the worst hour has a bound


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A cell of the tables. `must`: least utilisation in percent, None if it is there to be compared with."""

    section: str
    cell: Cell
    terms: Terms
    must: float | None = None
    quick_hours: float = 1.0

    def jobs(self, options: argparse.Namespace) -> list[Job]:
        hours = min(self.terms.hours, self.quick_hours) if options.quick else self.terms.hours
        terms = replace(self.terms, hours=hours)
        seeds = range(1, 1 + (2 if options.quick else options.seeds))
        return [Job(cell=self.cell, terms=terms, seed=seed) for seed in seeds]


MUST: Mapping[int, float] = {3: 69, 5: 75, 10: 81, 20: 87, 50: 92.5, 100: 95, 300: 97, 1000: 98}
QUICK_HOURS: Mapping[int, float] = {3: 4, 5: 4, 10: 3, 20: 2, 50: 1, 100: 1, 300: 0.5, 1000: 0.5}
RIVALS = ("progressive", "ratio", "textbook", "hard+", "average+", "tapered+")


def entries() -> Iterator[Entry]:
    """The tables of docs/pacing.md."""
    for agents, must in MUST.items():
        cell = Cell(pacer="predictive", agents=agents)
        yield Entry(section="steady", cell=cell, terms=Terms(), must=must, quick_hours=QUICK_HOURS[agents])
    for day in DAYS:
        yield Entry(section="changing", cell=Cell(pacer="predictive", day=day), terms=Terms(hours=4.0), quick_hours=2.0)
    for hours in (1.0, 2.0):
        for agents in (3, 10, 20, 100):
            cell = Cell(pacer="predictive", agents=agents)
            yield Entry(section=f"short, {hours:g} h", cell=cell, terms=Terms(hours=hours), quick_hours=hours)
    for cap in (0.01, 0.05):
        cell = Cell(pacer="predictive", agents=20)
        yield Entry(section=f"cap {100 * cap:g} %", cell=cell, terms=Terms(hours=4.0, cap=cap), quick_hours=1.0)
    # 300 drops less the 1.5 for each agent that the dialer's pacers keep back for the guard.
    window = Terms(hours=4.0, budget={"live": 10_000, "drops": 270})
    for guard in (False, True):
        terms = replace(window, guard=guard)
        yield Entry(section=f"guard {'on' if guard else 'off'}", cell=Cell(pacer="predictive", agents=20), terms=terms)
    for agents in (3, 5, 10, 20, 50, 100, 300):
        for pacer in RIVALS:
            cell = Cell(pacer=pacer, agents=agents)
            yield Entry(section="others", cell=cell, terms=Terms(hours=4.0 if agents < 300 else 1.0))


class Kept:
    """Days that were played, one JSON line each, in a file named after the sources they come from."""

    def __init__(self, folder: Path, fresh: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{fingerprint()}.jsonl"
        if fresh:
            self._path.unlink(missing_ok=True)
        self._days: dict[str, Played] = {}
        if self._path.exists():
            for line in self._path.read_text().splitlines():
                read = json.loads(line)
                self._days[read["job"]] = Played(**read["day"])

    def get(self, job: Job) -> Played | None:
        return self._days.get(repr(job))

    def put(self, job: Job, day: Played) -> None:
        self._days[repr(job)] = day
        with self._path.open("a") as file:
            file.write(json.dumps({"job": repr(job), "day": asdict(day)}) + "\n")


def fingerprint() -> str:
    """Return a hash of what a day depends on."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in SOURCES for path in ROOT.glob(pattern)):
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the tables: what was measured, and of each target whether it is met."""

    entry: Entry
    result: Pooled
    checks: Mapping[str, bool]

    @property
    def ok(self) -> bool:
        return all(self.checks.values())


CHECKS: Mapping[str, Callable[[Entry, Pooled], bool | None]] = {
    "utilisation": lambda entry, found: None if entry.must is None else 100 * found.utilisation.mean >= entry.must,
    "drops": lambda entry, found: found.drop_rate.mean <= entry.terms.cap if found.live >= ENOUGH_LIVE else None,
    "day": lambda entry, found: found.worst_day <= entry.terms.cap if entry.section == "changing" else None,
    "hour": lambda entry, found: found.worst_hour <= 0.05 if entry.section == "changing" else None,
    "decision": lambda entry, found: (
        found.decision_ms <= 0.3 and found.slow_ms <= 5.0 if entry.cell.agents == 1_000 else None
    ),
}


def line_of(entry: Entry, result: Pooled) -> Line:
    ours = entry.cell.pacer == "predictive"
    verdicts = {name: check(entry, result) for name, check in CHECKS.items()} if ours else {}
    return Line(entry=entry, result=result, checks={name: ok for name, ok in verdicts.items() if ok is not None})


def play_all(chosen: Sequence[Entry], kept: Kept, options: argparse.Namespace) -> Iterator[Line]:
    """Play what is not there yet, the cells in their order, and yield each line when its days are there."""
    left = [job for entry in chosen for job in entry.jobs(options) if kept.get(job) is None]
    left = list({repr(job): job for job in left}.values())
    played = in_order(timed(play_job, time.thread_time), left, options.processes or processors())
    for job, day in track(played, description="days", total=len(left), console=Console(stderr=True)):
        kept.put(job, day)
    for entry in chosen:
        there = [found for job in entry.jobs(options) if (found := kept.get(job)) is not None]
        yield line_of(entry, pooled(entry.cell, there))


def print_tables(lines: Sequence[Line], options: argparse.Namespace) -> None:
    console = Console(width=150 if not sys.stdout.isatty() else None)
    for section in dict.fromkeys(line.entry.section for line in lines):
        mine = [line for line in lines if line.entry.section == section]
        heads = ("scene", "pacer", "days", "target", "utilisation", "drops", "worst day", "hour", "ms", "99 %", "")
        table = Table(*heads, title=section)
        for line in mine:
            table.add_row(*_cells(line, options))
            for day in line.result.days if options.per_seed else ():
                shown = (f"{100 * day.utilisation:.2f} %", f"{100 * day.drop_rate:.2f} % of {day.live}")
                table.add_row("", f"  seed {day.seed}", "", "", *shown, "", f"{100 * day.worst_hour:.1f} %", "", "")
        console.print(table)


def _cells(line: Line, options: argparse.Namespace) -> tuple[str, ...]:
    hours = line.entry.jobs(options)[0].terms.hours
    result, must = line.result, line.entry.must
    missed = [name for name, ok in line.checks.items() if not ok]
    return (
        result.cell.scene,
        result.cell.pacer,
        f"{len(result.days)} × {hours:g} h",
        "" if must is None else f"{must:g} %",
        interval(result.utilisation, 100, " %"),
        interval(result.drop_rate, 100, " %", digits=2),
        f"{100 * result.worst_day:.2f} %",
        f"{100 * result.worst_hour:.1f} %",
        f"{result.decision_ms:.2f}",
        f"{result.slow_ms:.2f}",
        f"MISS {', '.join(missed)}" if missed else "ok" if line.checks else "",
    )


def overall(lines: Sequence[Line]) -> Iterator[tuple[str, bool]]:
    """Targets over several cells."""
    changing = [line.result.utilisation.mean for line in lines if line.entry.section == "changing"]
    if len(changing) == len(DAYS):
        mean = 100 * sum(changing) / len(changing)
        yield f"mean of the days on which things change: {mean:.1f} %, target 88 %", mean >= 88
    guard = {line.entry.section: line.result for line in lines if line.entry.section.startswith("guard")}
    if len(guard) == 2:
        cost = 100 * (guard["guard off"].utilisation.mean - guard["guard on"].utilisation.mean)
        yield f"the guard costs {cost:.2f} points at 10,000 answers in the window, target 0.5", cost <= 0.5


def write(lines: Sequence[Line]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "section": line.entry.section,
            "must": line.entry.must,
            "terms": asdict(line.entry.terms),
            **asdict(line.result),
            "checks": dict(line.checks),
        }
        for line in lines
    ]
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")


def options_of(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Pacing against its targets")
    parser.add_argument("--quick", action="store_true", help="short days and two seeds")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default="", help="sections, by the beginning of their names: steady,short")
    parser.add_argument("--agents", default="", help="of steady teams only these: 3,20")
    parser.add_argument("--per-seed", action="store_true", help="each day besides")
    parser.add_argument("--fresh", action="store_true", help="forget the days that were played")
    parser.add_argument("--list", action="store_true", help="only say what there is")
    parser.add_argument("--processes", type=int, default=0, help="0: one per processor")
    return parser.parse_args(arguments)


def chosen_by(options: argparse.Namespace) -> list[Entry]:
    sections = [name.strip() for name in options.only.split(",") if name.strip()]
    teams = {int(count) for count in options.agents.split(",") if count}
    return [
        entry
        for entry in entries()
        if (not sections or entry.section.startswith(tuple(sections)))
        and (not teams or entry.cell.day or entry.cell.agents in teams)
    ]


def main() -> int:
    options = options_of(sys.argv[1:])
    kept, chosen = Kept(KEPT, options.fresh), chosen_by(options)
    if options.list:
        for entry in chosen:
            jobs = entry.jobs(options)
            there = sum(kept.get(job) is not None for job in jobs)
            print(f"{entry.section:14} {entry.cell.pacer:12} {entry.cell.scene:14} {there} of {len(jobs)} days")
        return 0
    lines = list(play_all(chosen, kept, options))
    print_tables(lines, options)
    told = list(overall(lines))
    for text, ok in told:
        print(f"{text}: {'ok' if ok else 'MISS'}")
    write(lines)
    return 0 if all(line.ok for line in lines) and all(ok for _, ok in told) else 1


if __name__ == "__main__":
    sys.exit(main())
