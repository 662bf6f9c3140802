"""`callcenter user` and `callcenter token`: who may use the desk. They act at once.

Passwords are never typed here: who is added, or has forgotten theirs, gets one to sign in with once.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated

import typer

from app.installation import operator, run
from app.tabular import Json, show
from callcenter.accounts import Role, Token, User, digest
from callcenter.adapters.passwords import Passwords
from callcenter.adapters.store import Store
from callcenter.errors import ConfigError, NotFound
from desk.models.people import NewUser
from desk.service.credentials import new_token, one_time_password

user_app = typer.Typer(help="People who sign in at the desk.", no_args_is_help=True)
token_app = typer.Typer(help="Tokens that let programs use the desk's API.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME")]
RoleOption = Annotated[Role, typer.Option(help="What they may do.")]
AgentOption = Annotated[str, typer.Option("--agent", help="The agent they answer as.")]


@user_app.command("add")
def user_add(name: Name, role: RoleOption, agent: AgentOption = "") -> None:
    """Let somebody sign in; prints a password to hand over, which they must change."""
    try:
        NewUser(name=name, role=role, agent=agent or None)
    except ValueError:
        raise ConfigError(
            f"{name!r}: a name is up to 64 small letters, digits and . _ @ -; an agent is its number"
        ) from None
    password, hashed = _password()

    async def work(store: Store) -> None:
        now = await store.now()
        user = User(
            name=name,
            role=role,
            password_hash=hashed,
            must_change=True,
            agent=agent or None,
            created_at=now,
            changed_at=now,
        )
        await store.add_user(user, operator())

    run(work)
    typer.echo(f"{name} may sign in as {role} with the one-time password {password}")


@user_app.command("list")
def user_list(json: Json = False) -> None:
    """List who may sign in."""
    rows = [
        {
            "name": user.name,
            "role": str(user.role),
            "agent": user.agent,
            "one-time password": user.must_change,
            "since": user.created_at.isoformat(timespec="seconds"),
        }
        for user in run(lambda store: store.users())
    ]
    show(rows, as_json=json)


@user_app.command("role")
def user_role(name: Name, role: Annotated[Role, typer.Argument()], agent: AgentOption = "") -> None:
    """Change what somebody may do."""

    async def work(store: Store) -> None:
        await store.change_user(name, role, agent or None, operator(), await store.now())

    run(work)
    typer.echo(f"{name} is {role}{f' and agent {agent}' if agent else ''}")


@user_app.command("password")
def user_password(name: Name) -> None:
    """Give somebody a one-time password; wherever they are signed in, they are not any more."""
    password, hashed = _password()

    async def work(store: Store) -> None:
        user = await store.user(name)
        if user is None:
            raise NotFound(f"there is no user {name!r}")
        changed = replace(user, password_hash=hashed, must_change=True, changed_at=await store.now())
        await store.set_password(changed, operator())

    run(work)
    typer.echo(f"{name} may sign in with the one-time password {password}")


@user_app.command("remove")
def user_remove(name: Name) -> None:
    """Let somebody in no more."""

    async def work(store: Store) -> None:
        await store.remove_user(name, operator(), await store.now())

    run(work)
    typer.echo(f"{name} is removed")


@token_app.command("add")
def token_add(note: Annotated[str, typer.Argument(help="What it is for.")], role: RoleOption) -> None:
    """Make a token; prints it, this once."""
    name, secret = new_token()

    async def work(store: Store) -> None:
        token = Token(
            id=name,
            secret_hash=digest(secret),
            role=role,
            note=note,
            by=operator(),
            created_at=await store.now(),
        )
        await store.add_token(token)

    run(work)
    typer.echo(f"token {name}: {secret}")


@token_app.command("list")
def token_list(json: Json = False) -> None:
    """List the tokens there are; those revoked too."""
    rows = [
        {
            "id": token.id,
            "role": str(token.role),
            "note": token.note,
            "by": token.by,
            "used": token.used_at.isoformat(timespec="seconds") if token.used_at else None,
            "revoked": token.revoked_at.isoformat(timespec="seconds") if token.revoked_at else None,
        }
        for token in run(lambda store: store.tokens())
    ]
    show(rows, as_json=json)


@token_app.command("revoke")
def token_revoke(token: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Let a program in no more."""

    async def work(store: Store) -> None:
        await store.revoke_token(token, operator(), await store.now())

    run(work)
    typer.echo(f"token {token} is revoked")


def _password() -> tuple[str, str]:
    """Return a new one-time password, and what is kept of it."""
    password = one_time_password()

    async def hashed() -> str:
        return await Passwords().hash(password)

    return password, asyncio.run(hashed())
