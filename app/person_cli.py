"""`callcenter person add|import|list`: who calls, by number: name, language, VIP, a note.

Flows greet and route by it. Calls are counted by themselves.
"""

from __future__ import annotations

import json as jsonlib
from dataclasses import replace
from typing import Annotated, Any, Final

import typer

from app.installation import operator, run
from app.leads_cli import Encoding, File, given_of, tell_faults
from app.tabular import Json, show
from app.telephone import home_region, number_of, region_of
from callcenter.adapters.store import Store
from callcenter.errors import ConfigError
from callcenter.records import Person
from desk.care_lists import NOTE_LENGTH, Listed
from desk.service.lists import take_persons
from dialer.cells import NAME_LENGTH, language_in, line_in

AUDIT: Final = "person"

person_app = typer.Typer(help="Persons: who calls from which number.", no_args_is_help=True)

Number = Annotated[str, typer.Argument(help="As +12025550100, or as dialled at home.")]


@person_app.command("add")
def person_add(
    number: Number,
    name: Annotated[str | None, typer.Option(help="What they are called.")] = None,
    language: Annotated[str | None, typer.Option(help="What they speak, e.g. es.")] = None,
    vip: Annotated[bool | None, typer.Option(help="Are served first where flows say so.")] = None,
    note: Annotated[str | None, typer.Option(help="For agents to read.")] = None,
) -> None:
    """Say who calls from a number, or change what is given; the rest stays."""
    known = number_of(number)
    given: dict[str, Any] = {
        "name": _line(name, "--name", NAME_LENGTH),
        "language": _language(language),
        "vip": vip,
        "note": _line(note, "--note", NOTE_LENGTH),
    }

    async def work(store: Store) -> bool:
        person = await store.person(known) or Person(number=known)
        changes = {field: value for field, value in given.items() if value is not None}
        changes["language"] = changes.get("language", person.language) or None
        await store.audit(operator(), AUDIT, f"add {known}", await store.now())
        return await store.put_person(replace(person, **changes))

    typer.echo(f"{known} is {'entered' if run(work) else 'changed'}")


@person_app.command("import")
def person_import(
    file: File,
    region: Annotated[str, typer.Option(help="Country in which numbers without + are read; the centre's.")] = "",
    encoding: Encoding = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    json: Json = False,
) -> None:
    """Enter the persons of a list. Columns: number, name, language, vip, note; what it has not stays as it is."""
    home = region_of(region) if region else home_region()
    given = given_of(file, encoding, dry_run=dry_run)
    done = run(lambda store: take_persons(store, home, given))
    tell_listed(done.read, done.new, ("new", "known already, changed where the list says so"), json=json)


@person_app.command("list")
def person_list(
    vip: Annotated[bool, typer.Option("--vip", help="Only VIPs.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="So many at most, by number.")] = 50,
    json: Json = False,
) -> None:
    """List the persons."""
    rows = [
        {
            "number": one.number,
            "name": one.name,
            "language": one.language,
            "vip": one.vip,
            "calls": one.calls,
            "last_seen": one.last_seen.isoformat(timespec="seconds") if one.last_seen else None,
            "note": one.note,
        }
        for one in run(lambda store: store.persons(limit, vip_only=vip))
    ]
    show(rows, as_json=json)


def tell_listed(read: Listed[Any], new: int | None, words: tuple[str, str], *, json: bool) -> None:
    """Say what became of a list; exit 1 if none of its rows could be used.

    `new` None: nothing was to be changed; `words`: for these, and for the others.
    """
    good, bad = len(read.rows), len(read.faults)
    if json:
        faults = [{"line": f.line, "column": f.column, "text": f.text} for f in read.faults]
        typer.echo(jsonlib.dumps({"good": good, "new": new, "faults": faults}, ensure_ascii=False))
    else:
        tell_faults(read.faults)
        done = f"{good} rows could be imported" if new is None else f"{new} {words[0]}, {good - new} {words[1]}"
        typer.echo(f"{done}, {bad} rows at fault")
    if not good:
        raise typer.Exit(1)


def _line(text: str | None, option: str, length: int) -> str | None:
    try:
        return None if text is None else line_in(text.strip(), length)
    except ValueError as error:
        raise ConfigError(f"{option}: {error}") from None


def _language(text: str | None) -> str | None:
    try:
        return None if text is None else language_in(text)
    except ValueError as error:
        raise ConfigError(f"--language: {error}") from None
