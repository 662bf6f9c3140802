"""The flows that come with the program."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from callcenter.records import JSON, Publication
from desk.service.shelf import shipped_files

if TYPE_CHECKING:
    from callcenter.adapters.store import Store

AUTHOR = "callcenter"


async def publish_shipped_flows(store: Store, now: datetime) -> None:
    """Publish each shipped flow that the store does not have yet, or whose callers hear an older shipped version."""
    for name, files in shipped_files().items():
        publication = Publication(
            name=name,
            body=files.flow.canonical(),
            author=AUTHOR,
            message="as shipped",
            layout=files.layout.canonical() if files.layout.nodes else None,
            tests=files.tests or None,
        )
        if await _is_new(store, name, publication.body):
            await store.publish_flow(publication, now)
        elif await _lacks_tests(store, publication):
            await store.publish_flow(replace(publication, alias=None), now)


async def _is_new(store: Store, name: str, body: JSON) -> bool:
    """Whether callers are to hear `body` from now on: not if somebody took over the flow or went back from it."""
    live = await store.flow(name)
    if live is None:
        return True
    shipped = [version.version for version in await store.versions(name) if version.author == AUTHOR]
    last = await store.flow(name, shipped[0]) if shipped else None
    return live.author == AUTHOR and (last is None or last.body != body)


async def _lacks_tests(store: Store, publication: Publication) -> bool:
    """Whether this very flow is the newest there, and came in without its test cases, as it did in earlier releases."""
    newest = next(iter(await store.versions(publication.name)), None)
    stored = await store.flow(publication.name, newest.version) if newest else None
    return stored is not None and stored.body == publication.body and bool(publication.tests and not stored.tests)
