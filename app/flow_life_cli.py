"""`callcenter flow publish|rollback|alias|versions|prune|export|import`: which version of a flow callers hear.

A version never changes. Callers hear the one an alias points to: `live`, or `staging` on numbers that lead there;
publishing and going back move an alias, at once and noted in the audit log. Calls under way stay on the versions they
began with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from app.campaign_cli import Json, run
from app.flow_files import Found, find_in, folder_files, here
from app.installation import operator
from app.tabular import show
from callcenter.adapters.store import Store
from callcenter.errors import ConfigError, Conflict, NotFound
from callcenter.records import LIVE, AliasMove
from desk.publishing import Wish
from desk.service import flow_life
from desk.service.flow_life import TakenOver
from ivr.folder import FlowFiles, write_folder

KEEP_LAST: Final = 20
KEEP_DAYS: Final = 90

Name = Annotated[str, typer.Argument(metavar="FLOW")]
Message = Annotated[str, typer.Option("--message", "-m", help="What changed and why.")]
Author = Annotated[str | None, typer.Option(help="Who does it; the user of this terminal.")]
Alias = Annotated[str, typer.Option(help="Which callers: live, staging or a name of your own.")]


def attach(flow_app: typer.Typer) -> None:
    """Add these commands to `callcenter flow`."""
    for name, command in COMMANDS.items():
        flow_app.command(name)(command)


def publish(
    flow: Annotated[str, typer.Argument(metavar="FLOW", help="A file, a flow's draft (main@draft) or a shipped one.")],
    message: Message,
    alias: Alias = LIVE,
    author: Author = None,
) -> None:
    """Make a flow the version that new calls get. Refused with node and field if anything is wrong with it."""

    async def work(store: Store) -> tuple[Found, int]:
        found = await find_in(store, flow)
        return found, await flow_life.publish(store, here(), _files(found), _wish(message, author, alias))

    found, version = run(work)
    who = "new calls" if alias == LIVE else f"new calls of numbers that lead to {alias}"
    typer.echo(f"flow {found.flow.name}: version {version} for {who}; calls under way stay on theirs")


def rollback(
    flow: Name,
    to: Annotated[int | None, typer.Option(help="The version; the one published before if left out.")] = None,
    alias: Alias = LIVE,
    author: Author = None,
) -> None:
    """Let new calls get an earlier version again."""

    async def work(store: Store) -> tuple[int, int]:
        move = await flow_life.back(store, flow, alias, author or operator(), to)
        await _point(store, move)
        return move.expected or 0, move.version

    was, now_at = run(work)
    typer.echo(f"flow {flow}: {alias} is version {now_at} again, it was {was}")


def alias_command(
    flow: Name,
    alias: Annotated[str, typer.Argument(help="live, staging or a name of your own.")],
    version: Annotated[int, typer.Argument(help="The version it is to stand for.")],
    author: Author = None,
) -> None:
    """Let an alias stand for a version: `flow alias main staging 7`."""

    async def work(store: Store) -> None:
        await _point(store, AliasMove(flow=flow, alias=alias, version=version, by=author or operator()))

    run(work)
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
    keep_last: Annotated[int, typer.Option(min=1, help="The newest of each flow that stay.")] = KEEP_LAST,
    keep_days: Annotated[int, typer.Option(min=1, help="How long a version stays in any case.")] = KEEP_DAYS,
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
        for name, text in texts.items():
            (folder / name).write_text(text, "utf-8")
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
    files = folder_files(folder)
    if not files:
        raise ConfigError(f"{folder}: holds no flow")

    async def work(store: Store) -> list[TakenOver]:
        return await flow_life.take_over(store, here(), files, _wish(message, author, alias), dry_run=dry_run)

    for one in run(work):
        would = "would be " if dry_run and one.is_new else ""
        typer.echo(f"{one.name}: {would}version {one.version}{'' if one.is_new else ', as it was'}")


def _files(found: Found) -> FlowFiles:
    return FlowFiles(flow=found.flow, layout=found.layout, tests=found.tests)


def _wish(message: str, author: str | None, alias: str) -> Wish:
    return Wish(author=author or operator(), message=message, alias=alias)


async def _point(store: Store, move: AliasMove) -> None:
    try:
        await flow_life.point(store, here(), move)
    except (Conflict, NotFound) as error:
        raise type(error)(f"{error}; see `callcenter flow versions {move.flow}`") from None


COMMANDS: Final[Mapping[str, Any]] = {
    "publish": publish,
    "rollback": rollback,
    "alias": alias_command,
    "versions": versions,
    "prune": prune,
    "export": export,
    "import": import_command,
}
