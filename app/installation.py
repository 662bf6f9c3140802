"""This installation, as the commands that set it up see it: its settings, its centre, its flows, its operator."""

from __future__ import annotations

import asyncio
import getpass
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from importlib import resources
from typing import TYPE_CHECKING, Final, TypeVar

import typer

from app.centre_file import Edit, edit, load
from callcenter.centre import Centre
from callcenter.errors import ConfigError, StoreError
from callcenter.settings import Settings

if TYPE_CHECKING:
    from callcenter.adapters.store import Store

T = TypeVar("T")

APPLY: Final = "Apply with `callcenter reload`."
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
WILDCARDS: Final = ("0.0.0.0", "::")
SOMEWHERE: Final = ("192.0.2.1", 9)  # an address kept for documentation; nothing is sent there


def settings() -> Settings:
    return Settings.from_env(os.environ)


def centre() -> Centre:
    return load(settings().centre_file)


def change(what: Edit) -> Centre:
    """Apply an edit to centre.toml and return the new centre."""
    return edit(settings().centre_file, what)


def add_number(what: Edit) -> Centre:
    """The same, refusing numbers whose flow does not exist."""
    found = settings()
    return edit(found.centre_file, what, known_flows(found))


def known_flows(found: Settings) -> frozenset[str] | None:
    """Names of the flows there are: those shipped, and those in the store; None if the store cannot be asked."""
    shipped = {
        entry.name.removesuffix(".json")
        for entry in resources.files("ivr").joinpath("flows").iterdir()
        if entry.name.endswith(".json")
    }
    if not found.database_url and not (found.data_dir / "callcenter.db").exists():
        return frozenset(shipped)
    try:
        return frozenset(shipped | asyncio.run(_stored_flows(found)))
    except StoreError:
        return None


async def _open_store(found: Settings) -> Store:
    # With SQL this takes as long to import as all the rest: what asks nothing of the store does without.
    from callcenter.adapters.store import Store  # noqa: PLC0415

    return await Store.open(found.sql_url)


async def _stored_flows(found: Settings) -> set[str]:
    async with await _open_store(found) as store:
        return {flow.name for flow in await store.flows()}


async def on_store(found: Settings, work: Callable[[Store], Awaitable[T]]) -> T:
    """Do `work` on the store of this installation, made if there is none. Raise StoreError, in 5 s at the latest.

    Raise ConfigError if the folder for it cannot be made.
    """
    if not found.database_url:
        try:
            found.data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            where = f"the data folder {found.data_dir} cannot be made: {error.strerror}"
            raise ConfigError(f"{where}; CALLCENTER_DATA_DIR names another") from None
    async with await _open_store(found) as store:
        await store.now()  # a server that does not answer is noticed here; a migration would wait for minutes
        await store.migrate()
        return await work(store)


def run(work: Callable[[Store], Awaitable[T]]) -> T:
    """Do `work` on the store of this installation."""
    return asyncio.run(on_store(settings(), work))


def note(what: str, detail: str) -> str:
    """Note in the audit log what the operator did to files; return why that did not work, "" if it did.

    Where there is no store nothing is noted: what is only built here is no installation.
    """
    found = settings()
    if not found.database_url and not (found.data_dir / "callcenter.db").exists():
        return ""
    try:
        asyncio.run(_noted(found, what, detail))
    except StoreError as error:
        return str(error)
    return ""


async def _noted(found: Settings, what: str, detail: str) -> None:
    async with await _open_store(found) as store:
        await store.audit(operator(), what, detail, await store.now())


def operator() -> str:
    """Who gives the command, for the audit; in a container the user may have no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def sip_server(of: Centre) -> str:
    """Address under which phones reach Asterisk, as far as this machine can tell."""
    sip = of.sip
    if sip.external_address is not None:
        return sip.external_address
    if sip.bind not in WILDCARDS:
        return sip.bind
    # In a container our own address is not the one phones reach.
    return _own_address() if settings().ami_host in LOOPBACK else "this machine's address,"


def ask_secret(prompt: str, *, from_stdin: bool, empty: str) -> str:
    """Return what the operator types unseen, or the first line of standard input; "" for nothing.

    `empty` is said beside the prompt: what happens if nothing is typed. Raises ConfigError where nobody can be asked
    and nothing must be typed (`empty` is "").
    """
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        if not empty:
            raise ConfigError(f"no terminal to ask for the {prompt} on: give it with --stdin")
        return ""
    shown = f"{prompt} ({empty})" if empty else prompt
    return str(typer.prompt(shown, default="" if empty else None, hide_input=True, show_default=False))


def _own_address() -> str:
    """Address this machine would use towards others."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(SOMEWHERE)
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
