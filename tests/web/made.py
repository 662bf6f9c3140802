"""What the tests put in front of the editor: calls that were made, and a flow of many nodes."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from callcenter.adapters.store import Store
from callcenter.records import CallRecord, Direction, IvrSession, Outcome, Visit

CALLS = 40
SEED = 5
# Ways through the shipped flow `wait`, as (node, exit) pairs, with their weight.
WAYS = (
    ((("music", "next"), ("tell", "next"), ("listen", "")), 6),
    ((("music", "callback"), ("to-callback", "")), 3),
    ((("music", ""),), 1),
)


def make_calls(data: Path) -> None:
    """Write calls through the flow `wait` into the store of that data directory, the last of them just now."""
    # In a thread of its own: the browser's driver has an event loop in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, _made(f"sqlite:///{data / 'callcenter.db'}")).result()


async def _made(url: str) -> None:
    store = await Store.open(url)
    chance = random.Random(SEED)
    now = datetime.now(UTC)
    try:
        for number in range(CALLS):
            way = chance.choices([way for way, _ in WAYS], [weight for _, weight in WAYS])[0]
            await _call(store, f"{number}.1", way, now - timedelta(minutes=30 * number + 1))
    finally:
        await store.close()


async def _call(store: Store, call_id: str, way: tuple[tuple[str, str], ...], at: datetime) -> None:
    session = IvrSession(call_id=call_id, flow="wait", version=1, state={}, updated_at=at, started_at=at)
    visits = [
        Visit(
            call_id=call_id, seq=seq, flow="wait", version=1, node=node, exit=exit, at=at + timedelta(seconds=7 * seq)
        )
        for seq, (node, exit) in enumerate(way)
    ]
    await store.save_session(session, visits)
    record = CallRecord(
        id=call_id, direction=Direction.INBOUND, started_at=at, caller="+12025550143", did="+12025550100"
    )
    await store.open_call(record)
    await store.close_call(call_id, at + timedelta(minutes=1), Outcome.ABANDONED, 16)


def many_nodes(count: int) -> dict[str, Any]:
    """Return a flow of that many nodes: menus of three choices, each a message and the next menu or the end."""
    nodes = dict(_nodes(count))
    return {"name": "many", "start": "menu-0", "nodes": nodes}


def _nodes(count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    menus = (count - 1) // 4
    yield "end", {"kind": "hangup"}
    for menu in range(menus):
        after = [f"menu-{child}" if (child := 3 * menu + 1 + way) < menus else "end" for way in range(3)]
        choices = {f"way-{way}": {"keys": [str(way + 1)]} for way in range(3)}
        exits = {f"way-{way}": f"play-{menu}-{way}" for way in range(3)}
        yield (
            f"menu-{menu}",
            {"kind": "menu", "prompts": ["main-menu"], "choices": choices, "exits": {**exits, "failed": "end"}},
        )
        for way in range(3):
            play = {"kind": "play", "prompts": ["welcome"], "exits": {"next": after[way]}}
            yield f"play-{menu}-{way}", play
    for more in range(count - 1 - 4 * menus):
        yield f"more-{more}", {"kind": "play", "prompts": ["welcome"], "exits": {"next": "end"}}
