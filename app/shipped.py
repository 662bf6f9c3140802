"""The flows that come with the program."""

from __future__ import annotations

import json
from datetime import datetime
from importlib import resources

from callcenter.adapters.store import Store

AUTHOR = "callcenter"


async def publish_shipped_flows(store: Store, now: datetime) -> None:
    """Publish each shipped flow that the store does not have yet, or has in an older shipped version."""
    for entry in resources.files("ivr").joinpath("flows").iterdir():
        if not entry.name.endswith(".json"):
            continue
        name = entry.name.removesuffix(".json")
        stored = await store.flow(name)
        if stored is None or stored.author == AUTHOR:
            await store.publish_flow(name, json.loads(entry.read_text()), AUTHOR, "as shipped", now)
