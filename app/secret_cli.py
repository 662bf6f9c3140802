"""`callcenter secret set|list|remove`: passwords and keys of other systems, by the names centre.toml gives them.

They never come from the command line, where every user of the machine could read them, and are never printed.
"""

from __future__ import annotations

import os
from typing import Annotated

import typer

from app import secrets_file
from app.installation import ask_secret, centre, settings
from app.tabular import show
from callcenter.errors import NotFound
from callcenter.integrations import secrets_wanted

secret_app = typer.Typer(help="Passwords and keys of other systems.", no_args_is_help=True)

RESTART = "Services take it over when they start again."


@secret_app.command("set")
def secret_set(
    name: Annotated[str, typer.Argument(help="As centre.toml calls it.")],
    stdin: Annotated[bool, typer.Option("--stdin", help="Read it from standard input instead of asking.")] = False,
) -> None:
    """Keep a password or key, asked for unseen."""
    word = ask_secret(f"Secret {name}", from_stdin=stdin, empty="")
    secrets_file.change(settings().data_dir, secrets_file.set_service(name, word))
    typer.echo(f"secret {name} is set. {RESTART}")


@secret_app.command("list")
def secret_list(json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the names that are set or needed, and what needs them."""
    found = settings()
    known = secrets_file.services(found.data_dir, os.environ)
    wanted = secrets_wanted(centre()) if found.centre_file.exists() else {}
    rows = [
        {"name": name, "set": name in known, "needed_by": wanted.get(name, "")} for name in sorted({*known, *wanted})
    ]
    show(rows, as_json=json)


@secret_app.command("remove")
def secret_remove(name: str) -> None:
    """Forget a password or key."""
    folder = settings().data_dir
    if name not in secrets_file.services(folder, {}):
        raise NotFound(f'there is no secret "{name}"')
    secrets_file.change(folder, secrets_file.without_service(name))
    typer.echo(f"secret {name} is removed. {RESTART}")
