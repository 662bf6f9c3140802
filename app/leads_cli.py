"""`callcenter leads import|list|reset`: whom a campaign calls, from a list (CSV).

Exit 1 if the list cannot be read at all or none of its rows is a lead; with some rows at fault it is 0, and each fault
is told on standard error. Importing a list again adds only what is not there yet.
"""

from __future__ import annotations

import asyncio
import json as jsonlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer
from rich.console import Console
from rich.progress import track

from app.campaigns import existing
from app.files import STDIN, read_bytes
from app.installation import operator, run
from app.tabular import Json, show
from callcenter.adapters.store import Store
from callcenter.errors import ConfigError
from callcenter.outbound import AttemptOutcome, LeadState
from desk.service.lists import Given, Imported, take_leads
from dialer.sheet import RowFault, decode

T = TypeVar("T")

leads_app = typer.Typer(help="Leads: the people a campaign calls.", no_args_is_help=True)

AUDIT: Final = "leads"
FAULTS_TOLD: Final = 100

CampaignName = Annotated[str, typer.Option(help="The campaign they belong to.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file; - reads standard input.")]
Encoding = Annotated[str, typer.Option(help='If the file is not UTF-8: e.g. "windows-1252".')]


@leads_app.command("import")
def leads_import(
    file: File,
    campaign: CampaignName,
    encoding: Encoding = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    json: Json = False,
) -> None:
    """Add people to a campaign. Columns: number, name, language, time_zone, priority, any_hour_consent, …"""
    given = given_of(file, encoding, dry_run=dry_run)
    result = run(lambda store: _import(store, campaign, given))
    if json:
        typer.echo(jsonlib.dumps(_as_json(result), ensure_ascii=False))
    else:
        tell_faults(result.read.faults)
        _tell(result)
    if not result.read.leads:
        raise typer.Exit(1)


@leads_app.command("list")
def leads_list(
    campaign: CampaignName,
    state: Annotated[LeadState | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many at most, those due first.")] = 50,
    json: Json = False,
) -> None:
    """List the leads of a campaign."""

    async def rows(store: Store) -> list[dict[str, object]]:
        await existing(store, campaign)
        return [
            {
                "number": lead.number,
                "name": lead.name,
                "state": lead.state.value,
                "next_at": lead.next_at.isoformat(timespec="seconds"),
                "tries": lead.tries,
                "last_outcome": lead.last_outcome.value if lead.last_outcome else None,
                "priority": lead.priority,
            }
            for lead in await store.leads(campaign, state, limit)
        ]

    show(run(rows), as_json=json)


@leads_app.command("reset")
def leads_reset(
    campaign: CampaignName,
    outcome: Annotated[
        list[AttemptOutcome] | None,
        typer.Option(help="Only those whose last call ended so; may be given again. Else all but connected."),
    ] = None,
) -> None:
    """Call leads that are done once more, as if never tried; what holds per number still holds."""
    outcomes = frozenset(outcome or set(AttemptOutcome) - {AttemptOutcome.CONNECTED})
    told = f" that ended as {' or '.join(sorted(outcomes))}" if outcome else f" but for {AttemptOutcome.CONNECTED}"

    async def work(store: Store) -> int:
        await existing(store, campaign)
        now = await store.now()
        await store.audit(operator(), AUDIT, f"reset {campaign}, those{told}", now)
        return await store.reset_leads(campaign, outcomes, now)

    typer.echo(f"{run(work)} leads of campaign {campaign} are ready again")


async def _import(store: Store, name: str, given: Given) -> Imported:
    return await take_leads(store, await existing(store, name), given)


def _tell(result: Imported) -> None:
    for note in result.read.notes:
        typer.echo(f"note: {note}", err=True)
    if result.forbidden:
        typer.echo(f"note: {result.forbidden} are on the do-not-call list and are not called", err=True)
    if result.read.any_hour:
        typer.echo(f"note: {result.read.any_hour} may be called at any hour, as far as the law allows", err=True)
    good, bad = len(result.read.leads), len(result.read.faults)
    if result.new is None:
        typer.echo(f"{good} rows could be imported, {bad} rows at fault")
    else:
        typer.echo(f"{result.new} imported, {good - result.new} already there, {bad} rows at fault")


def _as_json(result: Imported) -> dict[str, object]:
    return {
        "good": len(result.read.leads),
        "imported": result.new,
        "already_there": None if result.new is None else len(result.read.leads) - result.new,
        "on_dnc": result.forbidden,
        "any_hour": result.read.any_hour,
        "faults": [{"line": f.line, "column": f.column, "text": f.text} for f in result.read.faults],
        "notes": list(result.read.notes),
    }


# ----------------------------------------------------------------------------------------- lists of any kind


def text_of(file: Path, encoding: str) -> str:
    """Return the text of a list; raise ConfigError naming the file."""
    data = read_bytes(file)
    try:
        return decode(data, encoding)
    except ConfigError as error:
        raise ConfigError(f"{source_of(file)}: {error}") from None


def source_of(file: Path) -> str:
    return "standard input" if file == STDIN else str(file)


def given_of(file: Path, encoding: str, *, dry_run: bool) -> Given:
    """Return a list as it is taken over; raise ConfigError naming the file."""
    text = text_of(file, encoding)
    return Given(text=text, source=source_of(file), who=operator(), dry_run=dry_run, worker=TERMINAL)


class Terminal:
    """A terminal shows that it goes on, and how far it is."""

    async def read(self, read: Callable[[], T], source: str) -> T:
        with Console(stderr=True).status(f"reading {source}"):
            return await asyncio.to_thread(read)

    def slices(self, starts: range, what: str) -> Iterable[int]:
        console = Console(stderr=True)
        is_short = not console.is_terminal or len(starts) < 2
        return track(starts, what, console=console, transient=True, disable=is_short)


TERMINAL: Final = Terminal()


def tell_faults(faults: Sequence[RowFault]) -> None:
    """Print the first faults, one a line, on standard error."""
    for fault in faults[:FAULTS_TOLD]:
        typer.echo(str(fault), err=True)
    if len(faults) > FAULTS_TOLD:
        typer.echo(f"… and {len(faults) - FAULTS_TOLD} more rows at fault; --json tells all", err=True)
