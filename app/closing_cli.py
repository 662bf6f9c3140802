"""`callcenter block add|list|remove`, `callcenter close`, `callcenter reopen`: whom we do not answer, and when nobody.

Unlike the commands that edit centre.toml these act at once.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer

from app import secrets_file
from app.closing import put_closure
from app.installation import centre, operator, settings
from app.tabular import show
from callcenter import dialplan
from callcenter.adapters.bus import open_bus
from callcenter.adapters.store import Store
from callcenter.errors import CallCenterError, ConfigError, NotFound
from callcenter.faults import nearest
from callcenter.fields import check_name
from callcenter.messages import CentreChanged
from callcenter.numbers import to_e164
from callcenter.records import BlockedCaller
from callcenter.settings import Settings

T = TypeVar("T")

block_app = typer.Typer(help="Callers who are not answered.", no_args_is_help=True)


@block_app.command("add")
def block_add(
    number: Annotated[str, typer.Argument(help="As +12025550100, or as dialled at home.")],
    reason: Annotated[str, typer.Option(help="Why, for whoever reads the list later.")] = "",
) -> None:
    """Answer no calls from a number any more."""
    caller = _caller(number)

    async def block(store: Store) -> None:
        now = datetime.now(UTC)
        await store.block(BlockedCaller(number=caller, reason=reason, since=now))
        await store.audit(operator(), "block", f"add {caller}", now)

    asyncio.run(_on_store(block, changed="blocked"))
    typer.echo(f"{caller} is blocked")


@block_app.command("list")
def block_list(json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the callers who are not answered."""
    found = asyncio.run(_on_store(lambda store: store.blocked_callers()))
    rows = [{"number": c.number, "reason": c.reason, "since": c.since.isoformat(timespec="seconds")} for c in found]
    show(rows, as_json=json)


@block_app.command("remove")
def block_remove(number: str) -> None:
    """Answer a number again."""
    caller = _caller(number)

    async def unblock(store: Store) -> bool:
        await store.audit(operator(), "block", f"remove {caller}", datetime.now(UTC))
        return await store.unblock(caller)

    if not asyncio.run(_on_store(unblock, changed="blocked")):
        raise NotFound(f"{caller} is not blocked")
    typer.echo(f"{caller} is no longer blocked")


def close(
    prompt: Annotated[str, typer.Option(help="What everybody hears.")] = dialplan.CLOSURE_PROMPT,
) -> None:
    """Close at once: every caller hears a recorded message, until `reopen`."""
    found = settings()
    _check_prompt(found, prompt)
    _put(found, prompt)
    typer.echo(f"closed: every caller hears {prompt!r} until `callcenter reopen`")


def reopen() -> None:
    """Open again after `close`."""
    _put(settings(), "")
    typer.echo("open")


def _put(found: Settings, prompt: str) -> None:
    ready = Settings.from_env(secrets_file.environ(found.data_dir, os.environ))
    troubles = asyncio.run(_put_and_tell(ready, prompt))
    if troubles:
        raise CallCenterError("; ".join(troubles))


async def _put_and_tell(found: Settings, prompt: str) -> tuple[str, ...]:
    troubles = await put_closure(found, prompt, operator())
    async with open_bus(found.redis_url) as bus:
        bus.publish(CentreChanged(what="closure"))
    return troubles


async def _on_store(work: Callable[[Store], Awaitable[T]], *, changed: str = "") -> T:
    found = settings()
    async with await Store.open(found.sql_url) as store:
        await store.migrate()
        result = await work(store)
    if changed:
        async with open_bus(found.redis_url) as bus:
            bus.publish(CentreChanged(what=changed))
    return result


def _caller(number: str) -> str:
    region = centre().identity.region if settings().centre_file.exists() else ""
    caller = to_e164(number, region)
    if caller is None:
        raise ConfigError(f"{number!r} is no telephone number: write it as +12025550100")
    return caller


def _check_prompt(found: Settings, prompt: str) -> None:
    """Refuse a prompt nobody recorded: callers would hear nothing. Where no prompts are to be seen, trust."""
    try:
        check_name(prompt)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    language = centre().identity.language if found.centre_file.exists() else "en"
    folder = found.prompts_dir / language
    recorded = {path.stem for path in folder.glob("*.*")} if folder.is_dir() else set()
    if recorded and prompt not in recorded:
        closing = {name for name in recorded if name.startswith("closed")} or recorded
        raise ConfigError(f'there is no prompt "{prompt}" in {folder}{nearest(prompt, closing)}')
