"""The `callcenter` command: the only one. No traceback reaches a user; what went wrong is one line."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from app import operate, serve, taking_over
from app.callback_cli import callback_app
from app.debt_cli import debt_app
from app.demo.run import DemoOptions, demo
from app.flow_cli import flow_app
from app.install import centre
from app.person_cli import person_app
from app.prompts_cli import prompts_app
from app.secret_cli import secret_app
from app.setup_cli import attach
from app.status_cli import status
from app.survey_cli import survey_app
from app.user_cli import token_app, user_app
from app.voicemail_cli import voicemail_app
from callcenter import __version__, logs
from callcenter.errors import CallCenterError, FlowError
from callcenter.settings import Settings
from desk.service.routes import described

log = logging.getLogger("app")

INTERRUPTED: Final = 130  # what a shell reports for Ctrl-C

app = typer.Typer(
    name="callcenter",
    help="Call centre on Asterisk: IVR, agents, queues.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
ivr_app = typer.Typer(help="The IVR (FastAGI).", no_args_is_help=True)
acd_app = typer.Typer(help="Agents, queues and matching.", no_args_is_help=True)
dialer_app = typer.Typer(help="Campaigns' calls.", no_args_is_help=True)
desk_app = typer.Typer(help="The desk over HTTP.", no_args_is_help=True)
app.add_typer(ivr_app, name="ivr")
app.add_typer(acd_app, name="acd")
app.add_typer(dialer_app, name="dialer")
app.add_typer(desk_app, name="desk")
app.add_typer(flow_app, name="flow")
app.add_typer(prompts_app, name="prompts")
app.add_typer(secret_app, name="secret")
app.add_typer(person_app, name="person")
app.add_typer(debt_app, name="debt")
app.add_typer(voicemail_app, name="voicemail")
app.add_typer(callback_app, name="callback")
app.add_typer(survey_app, name="survey")
app.add_typer(user_app, name="user")
app.add_typer(token_app, name="token")
attach(app)
app.command("status")(status)


def settings() -> Settings:
    """Settings from the environment, with logging set up."""
    found = Settings.from_env(os.environ)
    logs.configure(found.log_level)
    return taking_over.complete(found)


@ivr_app.command("serve")
def ivr_serve() -> None:
    """Answer callers."""
    serve.run(settings(), serve.serve_ivr)


@acd_app.command("serve")
def acd_serve() -> None:
    """Bring callers and agents together; stands by while another one is active."""
    serve.run(settings(), serve.serve_acd)


@dialer_app.command("serve")
def dialer_serve() -> None:
    """Place campaigns' calls; stands by while another one is active."""
    serve.run(settings(), serve.serve_dialer)


@desk_app.command("serve")
def desk_serve() -> None:
    """Serve the API and the screens."""
    serve.run(settings(), serve.serve_desk)


@desk_app.command("openapi")
def desk_openapi() -> None:
    """Print the API's description (OpenAPI 3.1)."""
    typer.echo(json.dumps(described(), indent=2, ensure_ascii=False))


@app.command("demo")
def demo_command(
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
    result = asyncio.run(demo(options))
    typer.echo(result.line())
    if not result.good:
        raise typer.Exit(1)


@app.command()
def migrate() -> None:
    """Bring the database schema up to date."""
    typer.echo(asyncio.run(operate.migrate(settings())))


@app.command()
def render(
    to: Annotated[Path, typer.Option(help="Folder that Asterisk includes as `rendered`.")],
) -> None:
    """Write what of Asterisk's configuration depends on the installation."""
    typer.echo(operate.render_conf(settings(), to))


@app.command()
def reload() -> None:
    """Take centre.toml over: into Asterisk, the store, and the running services."""
    typer.echo(asyncio.run(taking_over.reload(settings())))


@app.command()
def up() -> None:
    """Run all services in this process, beside an Asterisk that systemd or somebody else runs."""
    found = settings()
    typer.echo(operate.render_conf(found, taking_over.rendered_dir(found)), err=True)
    serve.run(taking_over.complete(found), operate.everything)


@app.command("check")
def check_command() -> None:
    """Say what is wrong with this installation, each line ok or how to mend it."""
    if not asyncio.run(operate.print_findings(settings())):
        raise typer.Exit(1)


@app.command("logs")
def logs_command(
    service: Annotated[str, typer.Argument(help="One service; all if left out.")] = "",
    follow: Annotated[bool, typer.Option(help="Go on with what comes.")] = True,
) -> None:
    """Show what the processes say."""
    raise typer.Exit(centre.logs(service=service, follow=follow))


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    """Run the command; exit 1 with one line for what went wrong."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:  # a bug of ours is one line for the user, the rest for us
        first = next(leaves(error))
        if isinstance(first, CallCenterError):
            sys.exit(f"callcenter: {told(first)}")
        sys.exit(f"callcenter: internal error: {first!r} ({report(error)})")


def told(error: CallCenterError) -> str:
    """Return an error as a terminal shows it: the issues of a flow one a line."""
    if isinstance(error, FlowError) and len(error.issues) > 1:
        return "\n  ".join((f"flow {error.flow!r} is refused:", *map(str, error.issues)))
    return str(error)


def leaves(error: BaseException) -> Iterator[BaseException]:
    """Yield the errors inside groups of groups, in order."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from leaves(inner)
    else:
        yield error


def report(error: BaseException) -> str:
    """Write what a developer needs to a file and say where it is, or why it could not be written."""
    path = Path(os.environ.get("CALLCENTER_DATA_DIR", "var")) / "internal-error.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(traceback.format_exception(error)))
    except OSError as trouble:
        return f"details could not be written to {path}: {trouble.strerror}"
    return f"details: {path}"


if __name__ == "__main__":
    main()
