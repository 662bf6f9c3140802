"""The flows that come with the program."""

from __future__ import annotations

import json
from datetime import datetime
from importlib import resources

from callcenter.adapters.store import Store
from callcenter.records import JSON, Publication

AUTHOR = "callcenter"


async def publish_shipped_flows(store: Store, now: datetime) -> None:
    """Publish each shipped flow that the store does not have yet, or whose callers hear an older shipped version."""
    for entry in resources.files("ivr").joinpath("flows").iterdir():
        if not entry.name.endswith(".json"):
            continue
        name = entry.name.removesuffix(".json")
        body = json.loads(entry.read_text())
        if await _is_new(store, name, body):
            publication = Publication(name=name, body=body, author=AUTHOR, message="as shipped")
            await store.publish_flow(publication, now)


async def _is_new(store: Store, name: str, body: JSON) -> bool:
    """Whether callers are to hear `body` from now on: not if somebody took over the flow or went back from it."""
    live = await store.flow(name)
    if live is None:
        return True
    shipped = [version.version for version in await store.versions(name) if version.author == AUTHOR]
    last = await store.flow(name, shipped[0]) if shipped else None
    return live.author == AUTHOR and (last is None or last.body != body)
