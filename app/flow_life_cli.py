"""`callcenter flow publish|rollback|alias|versions|prune|export|import`: which version of a flow callers hear.

A version never changes. Callers hear the one an alias points to: `live`, or `staging` on numbers that lead there;
publishing and going back move an alias, at once and noted in the audit log. Calls under way stay on the versions they
began with.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from app.files import PUBLIC, write_atomic
from app.flow_files import Found, find_in, folder_files, here, tell_unreadable
from app.installation import operator, run
from app.tabular import Json, show
from callcenter.adapters.store import Store
from callcenter.errors import ConfigError, Conflict, NotFound
from callcenter.records import LIVE, AliasMove
from desk.publishing import Warnings, Wish, alias_named
from desk.service import flow_life
from desk.service.flow_life import TakenOver, Unsound
from desk.service.shelf import MAX_VERSION
from ivr.folder import FLOW_FILES, FlowFiles, write_folder

KEEP_LAST: Final = 20
KEEP_DAYS: Final = 90
MAX_DAYS: Final = 100_000

Name = Annotated[str, typer.Argument(metavar="FLOW")]
Message = Annotated[str, typer.Option("--message", "-m", help="What changed and why.")]
Author = Annotated[str | None, typer.Option(help="Who does it; the user of this terminal.")]
Alias = Annotated[str, typer.Option(help="Which callers: live, staging or a name of your own.")]
Anyway = Annotated[bool, typer.Option("--anyway", help="Also if the version has faults by the rules of today.")]
BasedOn = Annotated[
    int | None, typer.Option(min=0, max=MAX_VERSION, help="Refuse if callers hear another version than this by now.")
]


def publish(
    flow: Annotated[str, typer.Argument(metavar="FLOW", help="A file, a flow's draft (main@draft) or a shipped one.")],
    message: Message,
    alias: Alias = LIVE,
    author: Author = None,
    based_on: BasedOn = None,
) -> None:
    """Make a flow the version that new calls get. Refused with node and field if anything is wrong with it."""
    alias_named(alias)
    wish = Wish(author=author or operator(), message=message, alias=alias, expected=based_on)

    async def work(store: Store) -> tuple[Found, int, Warnings]:
        found = await find_in(store, flow)
        await tell_unreadable(store, alias)
        return found, *await flow_life.publish(store, here(), _files(found), wish)

    found, version, warnings = run(work)
    _tell(warnings)
    who = "new calls" if alias == LIVE else f"new calls of numbers that lead to {alias}"
    typer.echo(f"flow {found.flow.name}: version {version} for {who}; calls under way stay on theirs")


def rollback(
    flow: Name,
    to: Annotated[
        int | None, typer.Option(min=1, max=MAX_VERSION, help="The version; the one published before if left out.")
    ] = None,
    alias: Alias = LIVE,
    author: Author = None,
    anyway: Anyway = False,
) -> None:
    """Let new calls get an earlier version again."""

    async def work(store: Store) -> AliasMove:
        move = await flow_life.back(store, flow, alias, author or operator(), to)
        await _point(store, move, anyway=anyway)
        return move

    move = run(work)
    typer.echo(f"flow {flow}: {alias} is version {move.version} again, it was {move.expected}")


def alias_command(
    flow: Name,
    alias: Annotated[str, typer.Argument(help="live, staging or a name of your own.")],
    version: Annotated[int, typer.Argument(min=1, max=MAX_VERSION, help="The version it is to stand for.")],
    author: Author = None,
    anyway: Anyway = False,
) -> None:
    """Let an alias stand for a version: `flow alias main staging 7`."""
    alias_named(alias)
    move = AliasMove(flow=flow, alias=alias, version=version, by=author or operator())
    run(lambda store: _point(store, move, anyway=anyway))
    typer.echo(f"flow {flow}: {alias} is version {version}")


def versions(flow: Name, json: Json = False) -> None:
    """List the versions of a flow, newest first."""
    found = run(lambda store: store.versions(flow))
    if not found:
        raise NotFound(f"flow {flow!r} was never published")
    rows = [
        {
            "version": one.version,
            "aliases": list(one.aliases),
            "published": one.created_at.isoformat(timespec="seconds"),
            "author": one.author,
            "message": one.message,
        }
        for one in found
    ]
    show(rows, as_json=json)


def prune(
    keep_last: Annotated[
        int, typer.Option(min=1, max=MAX_VERSION, help="The newest of each flow that stay.")
    ] = KEEP_LAST,
    keep_days: Annotated[
        int, typer.Option(min=1, max=MAX_DAYS, help="How long a version stays in any case.")
    ] = KEEP_DAYS,
    author: Author = None,
) -> None:
    """Delete old versions that no alias, no call and no call back refers to."""

    async def work(store: Store) -> Sequence[tuple[str, int]]:
        now = await store.now()
        kept = timedelta(days=keep_days)
        return [
            (f, v) for f, v in await store.prune_flows(now, author or operator(), keep_last=keep_last, keep_for=kept)
        ]

    gone = run(work)
    for flow, version in gone:
        typer.echo(f"deleted: {flow}@{version}")
    typer.echo(f"{len(gone)} versions deleted")


def export(
    folder: Annotated[Path, typer.Argument(help="Where to; made if it is not there.")],
    alias: Alias = LIVE,
    flow: Annotated[list[str] | None, typer.Option(help="Only this one; may be given more than once.")] = None,
) -> None:
    """Write flows with layout and test cases into a folder, such as that of a git repository."""

    files = run(lambda store: flow_life.exported(store, alias, flow or ()))
    texts = write_folder(files)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        twice = [path.name for name in files for path in folder.glob(f"{name}.y*ml") if path.suffix in FLOW_FILES]
        if twice:
            raise ConfigError(
                f"{folder} has {', '.join(twice)}: delete what would be there twice, or name another folder"
            )
        for name, text in texts.items():
            write_atomic(folder / name, text, mode=PUBLIC)
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}") from None
    typer.echo(f"{len(files)} flows in {folder}: {', '.join(files) or 'none'}")


def import_command(
    folder: Annotated[Path, typer.Argument(help="Files main.json, main.layout.json, main.tests.yaml and so on.")],
    message: Message,
    alias: Alias = LIVE,
    author: Author = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be published.")] = False,
) -> None:
    """Publish the flows of a folder that differ from what there is. All of them or, if one is at fault, none."""
    alias_named(alias)
    files = folder_files(folder)
    if not files:
        raise ConfigError(f"{folder}: holds no flow")

    wish = Wish(author=author or operator(), message=message, alias=alias)

    async def work(store: Store) -> tuple[list[TakenOver], Warnings]:
        await tell_unreadable(store, alias)
        return await flow_life.take_over(store, here(), files, wish, dry_run=dry_run)

    taken, warnings = run(work)
    _tell(warnings)
    for one in taken:
        typer.echo(_outcome(one, dry_run=dry_run))


def _outcome(one: TakenOver, *, dry_run: bool) -> str:
    if one.was == one.version:
        return f"{one.name}: version {one.version}, as it was"
    would = "would be " if dry_run else ""
    return f"{one.name}: {would}version {one.version}{'' if one.is_new else ' again'}"


def _files(found: Found) -> FlowFiles:
    return FlowFiles(flow=found.flow, layout=found.layout, tests=found.tests)


def _tell(warnings: Warnings) -> None:
    for flow, issue in warnings:
        typer.echo(f"{issue.severity}: {flow}: {issue}", err=True)


async def _point(store: Store, move: AliasMove, *, anyway: bool) -> None:
    """Have an alias stand for a version; what is wrong with that version is told."""
    await tell_unreadable(store, move.alias)
    try:
        found = await flow_life.point(store, here(), move, anyway=anyway)
    except (Conflict, NotFound) as error:
        raise type(error)(f"{error}; see `callcenter flow versions {move.flow}`") from None
    except Unsound:
        typer.echo(f"version {move.version} has faults by today's rules; --anyway takes it all the same", err=True)
        raise
    _tell(found.warnings)
    if found.faults is not None:
        typer.echo(f"in spite of this: {found.faults}", err=True)
