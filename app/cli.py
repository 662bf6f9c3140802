"""The `callcenter` command: the only one. No traceback reaches a user; what went wrong is one line."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import typer

from app import serve
from callcenter import __version__, logs
from callcenter.errors import CallCenterError
from callcenter.settings import Settings

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
desk_app = typer.Typer(help="The desk over HTTP.", no_args_is_help=True)
app.add_typer(ivr_app, name="ivr")
app.add_typer(acd_app, name="acd")
app.add_typer(desk_app, name="desk")


def settings() -> Settings:
    """Settings from the environment, with logging set up."""
    found = Settings.from_env(os.environ)
    logs.configure(found.log_level)
    return found


@ivr_app.command("serve")
def ivr_serve() -> None:
    """Answer callers."""
    serve.run(settings(), serve.serve_ivr)


@acd_app.command("serve")
def acd_serve() -> None:
    """Bring callers and agents together; stands by while another one is active."""
    serve.run(settings(), serve.serve_acd)


@desk_app.command("serve")
def desk_serve() -> None:
    """Serve the health page."""
    serve.run(settings(), serve.serve_desk)


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
            sys.exit(f"callcenter: {first}")
        sys.exit(f"callcenter: internal error: {first!r} (details: {report(error)})")


def leaves(error: BaseException) -> Iterator[BaseException]:
    """Yield the errors inside groups of groups, in order."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from leaves(inner)
    else:
        yield error


def report(error: BaseException) -> Path:
    """Write what a developer needs to a file and return its place."""
    folder = Path(os.environ.get("CALLCENTER_DATA_DIR", "var"))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "internal-error.log"
    path.write_text("".join(traceback.format_exception(error)))
    return path


if __name__ == "__main__":
    main()
