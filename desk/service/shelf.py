"""The flows there are: those in the store, and the shipped ones that are not in it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cache
from importlib import resources

from callcenter.adapters.store import Store
from callcenter.errors import NotFound
from callcenter.records import LIVE, StoredFlow
from desk.publishing import files_of
from ivr.flow import Flow, read
from ivr.folder import FlowFiles, read_folder

DRAFT = "draft"
SHIPPED = "shipped"


@cache
def shipped_files() -> dict[str, FlowFiles]:
    """Return the flows that come with the program, by name."""
    folder = resources.files("ivr").joinpath("flows")
    return read_folder({entry.name: entry.read_text("utf-8") for entry in folder.iterdir() if entry.is_file()})


async def all_flows(store: Store | None) -> dict[str, Flow]:
    """Return every flow as calls get it: what is live in the store, and shipped ones that are not in it."""
    shipped = {name: files.flow for name, files in shipped_files().items()}
    if store is None:
        return shipped
    return {**shipped, **await asyncio.to_thread(_read, await store.live_flows())}


def _read(stored: Sequence[StoredFlow]) -> dict[str, Flow]:
    return {one.name: read(one.body, name=one.name) for one in stored}


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
        stored = await store.flow(name, int(at)) if at.isdecimal() else await store.flow(name, alias=at)
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
