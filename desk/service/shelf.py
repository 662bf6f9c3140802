"""The flows there are: those in the store, and the shipped ones that are not in it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from callcenter.errors import FlowError, NotFound
from callcenter.records import LIVE, StoredFlow
from desk.publishing import DRAFT, SHIPPED, files_of
from ivr.flow import Flow, read
from ivr.folder import FlowFiles, read_folder

if TYPE_CHECKING:
    from callcenter.adapters.store import Store

MAX_VERSION: Final = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A version that callers hear and this program cannot read, such as one of a newer release."""

    version: int
    error: FlowError

    def __str__(self) -> str:
        return f"version {self.version}, which callers hear, cannot be read: {self.error}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Every flow as calls get it; of those that cannot be read, why not. By name."""

    flows: dict[str, Flow]
    unreadable: dict[str, Unreadable]


@cache
def shipped_files() -> dict[str, FlowFiles]:
    """Return the flows that come with the program, by name."""
    folder = resources.files("ivr").joinpath("flows")
    return read_folder({entry.name: entry.read_text("utf-8") for entry in folder.iterdir() if entry.is_file()})


async def all_flows(store: Store | None, alias: str = LIVE) -> dict[str, Flow]:
    """Return every flow as calls under `alias` get it, without those that cannot be read."""
    return (await look(store, alias)).flows


async def look(store: Store | None, alias: str = LIVE) -> Shelf:
    """Return every flow as calls under `alias` get it: what that or `live` points to, and shipped ones.

    One that this program cannot read is left out, and said: it must not keep others from being mended.
    """
    stored = [] if store is None else await store.live_flows(alias)
    return await asyncio.to_thread(_shelf, stored)


def _shelf(stored: Sequence[StoredFlow]) -> Shelf:
    flows = {name: files.flow for name, files in shipped_files().items()}
    unreadable: dict[str, Unreadable] = {}
    for one in stored:
        flows.pop(one.name, None)
        try:
            flows[one.name] = read(one.body, name=one.name)
        except FlowError as error:
            unreadable[one.name] = Unreadable(version=one.version, error=error)
    return Shelf(flows=flows, unreadable=unreadable)


async def flow_at(store: Store, name: str, at: str) -> tuple[FlowFiles, int | None]:
    """Return a flow as `at` says, and its version: a version's number, an alias, `draft` or `shipped`.

    Raise NotFound, or FlowError if this program cannot read it.
    """
    if at == DRAFT:
        draft = await store.draft(name)
        if draft is not None:
            return files_of(draft), None
    elif at == SHIPPED:
        if name in shipped_files():
            return shipped_files()[name], None
    else:
        number = min(int(at), MAX_VERSION) if at.isdecimal() else None
        stored = await store.flow(name, number) if number is not None else await store.flow(name, alias=at)
        if stored is not None:
            return files_of(stored), stored.version
    raise NotFound(f"there is no {at} version of flow {name!r}" if not at.isdecimal() else no_version(name, int(at)))


async def begin_with(store: Store, name: str) -> tuple[FlowFiles, int | None, str]:
    """Return what a new draft of a flow begins with, its version, and what it is: live, else newest, else shipped."""
    versions = await store.versions(name)
    for at in (LIVE, str(versions[0].version) if versions else LIVE, SHIPPED):
        try:
            files, version = await flow_at(store, name, at)
        except NotFound:
            continue
        return files, version, at
    raise NotFound(f"there is no flow {name!r}")


def no_version(name: str, version: int) -> str:
    return f"flow {name!r} has no version {version}"
