"""`callcenter flow run|check|publish`: flows in a terminal, checked, put to work."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Annotated, Final

import typer

from app.installation import centre, settings
from callcenter.adapters.store import Store
from callcenter.errors import ConfigError
from callcenter.records import Publication
from ivr import lint
from ivr.flow import Flow, load
from ivr.player import play
from ivr.prompts import Catalogue, load_catalogue
from ivr.session import CallInfo

flow_app = typer.Typer(help="Flows: what callers experience.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="FLOW", help="A shipped flow's name, or a JSON or YAML file.")]
PLAYED_CALLER: Final = "+12025550143"
PLAYED_DID: Final = "+12025550100"


@flow_app.command("run")
def flow_run(
    flow: Name,
    at: Annotated[datetime | None, typer.Option(help="When the call comes in (UTC); now if left out.")] = None,
    record: Annotated[Path | None, typer.Option(help="Write the session as a test case to this file.")] = None,
) -> None:
    """Play a flow: type the keys a caller would press. Its clock never waits."""
    found = read_flow(flow)
    info = CallInfo(call_id="terminal", caller=PLAYED_CALLER, did=PLAYED_DID)
    began = at.replace(tzinfo=UTC) if at else datetime.now(UTC)
    recording = play(found, catalogue(found.languages[0]), info, began, _ask, typer.echo)
    if record is not None:
        record.write_text(json.dumps(recording.to_json(), indent=2, ensure_ascii=False) + "\n")


@flow_app.command("check")
def flow_check(flow: Name) -> None:
    """Say what is wrong with a flow; exit 1 if it could not be published."""
    found = read_flow(flow)
    issues = lint.lint(found, known(found))
    for issue in issues:
        typer.echo(f"{issue.severity}: {issue}")
    if any(issue.severity == "error" for issue in issues):
        raise typer.Exit(1)
    typer.echo(f"flow {found.name}: {len(found.nodes)} nodes, fit to publish")


@flow_app.command("publish")
def flow_publish(
    flow: Name,
    message: Annotated[str, typer.Option("--message", "-m", help="What changed and why.")],
    author: Annotated[str, typer.Option(help="Who publishes.", envvar="USER")] = "operator",
) -> None:
    """Make a flow the version that new calls get. Refused with node and field if anything is wrong with it."""
    found = read_flow(flow)
    lint.check(found, known(found))
    version = asyncio.run(_publish(found, author, message))
    typer.echo(f"flow {found.name}: version {version} for new calls; calls under way stay on theirs")


async def _publish(flow: Flow, author: str, message: str) -> int:
    async with await Store.open(settings().sql_url) as store:
        now = await store.now()
        publication = Publication(name=flow.name, body=flow.canonical(), author=author, message=message)
        return await store.publish_flow(publication, now)


def read_flow(name: str) -> Flow:
    """Return the flow in file `name`, or the shipped flow of that name; raise ConfigError or FlowError."""
    path = Path(name)
    shipped = resources.files("ivr").joinpath("flows", f"{name}.json")
    try:
        if path.is_file():
            return load(path.read_text(encoding="utf-8"), name=path.stem)
        if shipped.is_file():
            return load(shipped.read_text(encoding="utf-8"), name=name)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name} cannot be read: {error}") from None
    raise ConfigError(f"there is no flow {name!r}: give a file, or one of {', '.join(shipped_names())}")


def shipped_names() -> list[str]:
    folder = resources.files("ivr").joinpath("flows")
    return sorted(entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json"))


def known(flow: Flow) -> lint.Known:
    """What a flow may name here: the prompts of each language it uses, and the centre's queues if there is a centre."""
    prompts = {language: catalogue(language).keys for language in flow.languages}
    path = settings().centre_file
    queues = frozenset(queue.name for queue in centre().queues) if path.exists() else None
    return lint.Known(prompts=prompts, queues=queues)


def catalogue(language: str) -> Catalogue:
    path = settings().prompts_dir / f"{language}.yaml"
    try:
        return load_catalogue(path.read_text(encoding="utf-8"), language)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}: there are no prompts in this language") from None


def _ask(question: str) -> str | None:
    sys.stdout.write(question)
    sys.stdout.flush()
    line = sys.stdin.readline()
    return line.rstrip("\r\n") if line else None
