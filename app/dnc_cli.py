"""`callcenter dnc add|import|remove|show`: numbers nobody may call, for all campaigns or for one.

Once a command has returned, no call to a number it added is placed any more; one that already rings goes on.
"""

from __future__ import annotations

import json as jsonlib
from functools import partial
from typing import Annotated

import typer

from app.campaigns import existing
from app.installation import operator, run
from app.leads_cli import TERMINAL, Encoding, File, given_of, tell_faults
from app.tabular import Json, show
from app.telephone import home_region, number_of, region_of
from callcenter.adapters.store import Store
from callcenter.errors import ConfigError, NotFound
from callcenter.outbound import DncEntry
from desk.service.lists import added
from dialer.cells import line_in
from dialer.dnc import REASON_LENGTH, DncImport, read_numbers

AUDIT = "dnc"

dnc_app = typer.Typer(help="The do-not-call list.", no_args_is_help=True)

Number = Annotated[str, typer.Argument(help="As +12025550100, or as dialled at home.")]
Reason = Annotated[str, typer.Option(help="Why, for whoever reads the list later.")]
OnlyFor = Annotated[str, typer.Option("--campaign", help="For this campaign alone; for all if left out.")]


@dnc_app.command("add")
def dnc_add(number: Number, reason: Reason = "", campaign: OnlyFor = "") -> None:
    """Never call a number again."""
    known, why = number_of(number), _reason(reason)

    async def work(store: Store) -> DncEntry | None:
        """Return the entry that was there already, or None."""
        await _check(store, campaign)
        now = await store.now()
        entry = DncEntry(number=known, reason=why, since=now, campaign=campaign or None)
        await store.audit(operator(), AUDIT, f"add {known}{_scope(campaign)}", now)
        if await store.add_dnc([entry]):
            return None
        return next(one for one in await store.dnc(known) if one.campaign == entry.campaign)

    there = run(work)
    was = f" already, since {_stamp(there)}{f': {there.reason}' if there.reason else ''}" if there else ""
    typer.echo(f"{known} is on the do-not-call list{_scope(campaign)}{was}")


@dnc_app.command("import")
def dnc_import(
    file: File,
    reason: Annotated[str, typer.Option(help="Why, where the list does not say.")] = "",
    campaign: OnlyFor = "",
    region: Annotated[str, typer.Option(help="Country in which numbers without + are read; the centre's.")] = "",
    encoding: Encoding = "",
    json: Json = False,
) -> None:
    """Never call the numbers of a list: one a line, a table with a column `number`, or the US registry's download."""
    given = given_of(file, encoding, dry_run=False)
    source = given.source
    home, why = region_of(region) if region else home_region(), _reason(reason) or f"import {source}"

    async def work(store: Store) -> tuple[DncImport, int]:
        await _check(store, campaign)
        read = await TERMINAL.read(partial(read_numbers, given.lines, home, source), source)
        now = await store.now()
        entries = [
            DncEntry(number=one.number, reason=one.reason or why, since=now, campaign=campaign or None)
            for one in read.numbers
        ]
        new = await added(TERMINAL, store.add_dnc, entries, "numbers")
        await store.audit(operator(), AUDIT, f"import {source}{_scope(campaign)}: {new} new", now)
        return read, new

    read, new = run(work)
    there = len(read.numbers) - new
    if json:
        faults = [{"line": f.line, "column": f.column, "text": f.text} for f in read.faults]
        typer.echo(jsonlib.dumps({"added": new, "already_there": there, "faults": faults}, ensure_ascii=False))
    else:
        tell_faults(read.faults)
        typer.echo(f"{new} added{_scope(campaign)}, {there} already there, {len(read.faults)} rows at fault")
    if not read.numbers:
        raise typer.Exit(1)


@dnc_app.command("remove")
def dnc_remove(number: Number, campaign: OnlyFor = "") -> None:
    """Let a number be called again, leads refused because of it too: only if the person asked, or it was a mistake."""
    known = number_of(number)

    async def work(store: Store) -> tuple[bool, list[DncEntry]]:
        await store.audit(operator(), AUDIT, f"remove {known}{_scope(campaign)}", await store.now())
        return await store.remove_dnc(known, campaign or None), await store.dnc(known)

    removed, left = run(work)
    scopes = ", ".join(f"campaign {entry.campaign}" if entry.campaign else "all campaigns" for entry in left)
    if not removed:
        raise NotFound(
            f"{known} is not on the do-not-call list{_scope(campaign)}" + (f", only for {scopes}" if scopes else "")
        )
    typer.echo(f"{known} is removed from the do-not-call list{_scope(campaign)}")
    if scopes:
        typer.echo(f"note: it is still listed for {scopes}")


@dnc_app.command("show")
def dnc_show(number: Number, json: Json = False) -> None:
    """Say whether a number is on the list, since when and why."""
    known = number_of(number)
    entries = run(lambda store: store.dnc(known))
    if not entries and not json:
        typer.echo(f"{known} is not on the do-not-call list")
        return
    rows = [
        {"number": e.number, "campaign": e.campaign or "all", "since": _stamp(e), "reason": e.reason} for e in entries
    ]
    show(rows, as_json=json)


async def _check(store: Store, campaign: str) -> None:
    if campaign:
        await existing(store, campaign)


def _reason(written: str) -> str:
    try:
        return line_in(written.strip(), REASON_LENGTH)
    except ValueError as error:
        raise ConfigError(f"--reason: {error}") from None


def _scope(campaign: str) -> str:
    return f" of campaign {campaign}" if campaign else ""


def _stamp(entry: DncEntry) -> str:
    return entry.since.isoformat(timespec="seconds")
