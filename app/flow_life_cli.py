"""`callcenter flow publish|rollback|alias|versions|prune|export|import`: which version of a flow callers hear.

A version never changes. Callers hear the one an alias points to: `live`, or `staging` on numbers that lead there;
publishing and going back move an alias, at once and noted in the audit log. Calls under way stay on the versions they
began with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from app.files import PUBLIC, write_atomic
from app.flow_files import MAX_VERSION, Found, alias_named, all_flows, find_in, folder_files, known, of_version
from app.installation import operator, run
from app.tabular import Json, show
from callcenter.adapters.store import Store
from callcenter.errors import ConfigError, Conflict, FlowError, Issue, NotFound
from callcenter.records import LIVE, AliasMove, Publication
from ivr import lint
from ivr.bundle import names_used
from ivr.flow import Flow
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

    async def work(store: Store) -> tuple[Found, int]:
        found = await find_in(store, flow)
        expected = await _version_under(store, found.flow.name, alias) if based_on is None else based_on
        check_all({found.flow.name: found.flow}, await all_flows(store, alias))
        publication = replace(_publication(found, message, author, alias), expected=expected)
        return found, await store.publish_flow(publication, await store.now())

    found, version = run(work)
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

    async def work(store: Store) -> tuple[int, int]:
        now_at = await _pointed_to(store, flow, alias)
        target = to if to is not None else await _before(store, flow, now_at)
        await _check_version(store, flow, (target, alias), anyway=anyway)
        await _move(store, AliasMove(flow=flow, alias=alias, version=target, by=author or operator(), expected=now_at))
        return now_at, target

    was, now_at = run(work)
    typer.echo(f"flow {flow}: {alias} is version {now_at} again, it was {was}")


def alias_command(
    flow: Name,
    alias: Annotated[str, typer.Argument(help="live, staging or a name of your own.")],
    version: Annotated[int, typer.Argument(min=1, max=MAX_VERSION, help="The version it is to stand for.")],
    author: Author = None,
    anyway: Anyway = False,
) -> None:
    """Let an alias stand for a version: `flow alias main staging 7`."""
    alias_named(alias)

    async def work(store: Store) -> None:
        await _check_version(store, flow, (version, alias), anyway=anyway)
        await _move(store, AliasMove(flow=flow, alias=alias, version=version, by=author or operator()))

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

    async def work(store: Store) -> dict[str, FlowFiles]:
        names = flow or sorted(one.name for one in await store.flows())
        stored = {name: await store.flow(name, alias=alias) for name in names}
        missing = [name for name, one in stored.items() if one is None]
        if missing and flow:
            raise NotFound(f"there is no {alias} version of {', '.join(missing)}")
        found = [of_version(one) for one in stored.values() if one is not None]
        return {f.flow.name: FlowFiles(flow=f.flow, layout=f.layout, tests=f.tests) for f in found}

    files = run(work)
    if not files:
        raise NotFound(f"no flow has a version under {alias!r}")
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

    async def work(store: Store) -> list[str]:
        under = {name: await _version_under(store, name, alias) for name in files}
        check_all({name: one.flow for name, one in files.items()}, await all_flows(store, alias))
        ordered = _inner_first(files)
        told = [await _outcome(store, one.flow, under[one.flow.name], dry_run=dry_run) for one in ordered]
        if not dry_run:
            found = (Found(flow=one.flow, source="folder", layout=one.layout, tests=one.tests) for one in ordered)
            publications = (_publication(one, message, author, alias) for one in found)
            expecting = [replace(one, expected=under[one.name]) for one in publications]
            await store.publish_flows(expecting, await store.now())
        return told

    for line in run(work):
        typer.echo(line)


async def _outcome(store: Store, flow: Flow, under: int, *, dry_run: bool) -> str:
    """Return what importing a flow whose alias points to version `under` (0: none) comes to."""
    newest = next(iter(await store.versions(flow.name)), None)
    latest = await store.flow(flow.name, newest.version) if newest else None
    is_new = latest is None or latest.body != flow.canonical()
    version = (newest.version if newest else 0) + is_new
    if under == version:
        return f"{flow.name}: version {version}, as it was"
    would = "would be " if dry_run else ""
    return f"{flow.name}: {would}version {version}{'' if is_new else ' again'}"


def _publication(found: Found, message: str, author: str | None, alias: str) -> Publication:
    return Publication(
        name=found.flow.name,
        body=found.flow.canonical(),
        author=author or operator(),
        message=message,
        layout=found.layout.canonical() if found.layout.nodes else None,
        tests=found.tests or None,
        alias=alias,
    )


def check_all(flows: Mapping[str, Flow], there: Mapping[str, Flow]) -> None:
    """Raise FlowError if one of `flows`, put beside those that are `there`, would not do or would break one of them.

    Warnings are told.
    """
    together = {**there, **flows}
    here = known(together)
    for flow in flows.values():
        for issue in lint.check(flow, here):
            typer.echo(f"{issue.severity}: {flow.name}: {issue}", err=True)
    for name, user in there.items():
        if name not in flows and names_used(user) & flows.keys():
            _still_fits(user, known(there), here, flows)


def _still_fits(user: Flow, before: lint.Known, after: lint.Known, flows: Mapping[str, Flow]) -> None:
    """Raise FlowError with what a flow that is live already would have against the new ones it runs."""
    had = set(lint.lint(user, before))
    new = [issue for issue in lint.lint(user, after) if issue.severity == "error" and issue not in had]
    if new:
        names = ", ".join(sorted(names_used(user) & flows.keys()))
        told = [
            Issue(code=i.code, node=f"{user.name}:{i.node}", field=i.field, text=f"{i.text}; {user.name} runs it")
            for i in new
        ]
        raise FlowError(names, told)


def _inner_first(files: Mapping[str, FlowFiles]) -> list[FlowFiles]:
    """Return the flows so that those which others run come before them: nobody runs a flow that is not there yet."""
    ordered: dict[str, FlowFiles] = {}

    def put(name: str, above: tuple[str, ...]) -> None:
        for inner in sorted(names_used(files[name].flow) & files.keys()):
            if inner not in ordered and inner not in above:
                put(inner, (*above, name))
        ordered[name] = files[name]

    for name in sorted(files):
        if name not in ordered:
            put(name, ())
    return list(ordered.values())


async def _version_under(store: Store, flow: str, alias: str) -> int:
    """Return the version that an alias points to, 0 for none."""
    return next((one.version for one in await store.aliases(flow) if one.alias == alias), 0)


async def _pointed_to(store: Store, flow: str, alias: str) -> int:
    if version := await _version_under(store, flow, alias):
        return version
    raise NotFound(f"flow {flow!r} has no version under {alias!r}: publish one")


async def _before(store: Store, flow: str, version: int) -> int:
    earlier = [one.version for one in await store.versions(flow) if one.version < version]
    if not earlier:
        raise NotFound(f"flow {flow!r} has no version before {version}")
    return earlier[0]


async def _check_version(store: Store, flow: str, target: tuple[int, str], *, anyway: bool) -> None:
    """Raise unless the version is there, can be read, and does with the prompts of today and the flows under the alias.

    `anyway`: that it does not is told, no more. In the night a version with a fault may be the better one.
    """
    version, alias = target
    stored = await store.flow(flow, version)
    if stored is None:
        raise NotFound(f"flow {flow!r} has no version {version}; see `callcenter flow versions {flow}`")
    readable = of_version(stored).flow
    try:
        check_all({flow: readable}, await all_flows(store, alias))
    except FlowError as error:
        if not anyway:
            typer.echo(f"version {version} has faults by today's rules; --anyway takes it all the same", err=True)
            raise
        typer.echo(f"in spite of this: {error}", err=True)


async def _move(store: Store, move: AliasMove) -> None:
    try:
        await store.move_alias(move, await store.now())
    except Conflict as error:
        raise Conflict(f"{error}; look at `callcenter flow versions {move.flow}` and try again") from None
