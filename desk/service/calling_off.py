"""Not calling somebody back after all: what the command line and the desk do alike."""

from __future__ import annotations

from callcenter.adapters.store import Store
from callcenter.care import Callback
from callcenter.errors import Conflict


async def call_off(store: Store, callback: Callback, why: str, who: str) -> None:
    """Cancel a callback; one that is being called is not put through any more. Raise Conflict if it is over."""
    now = await store.now()
    if not await store.cancel_callback(callback.id, why, now):
        ended = await store.callback(callback.id) or callback
        reason = f", {ended.reason}" if ended.reason else ""
        raise Conflict(f"callback {callback.id} is over already: {ended.state}{reason}")
    await store.audit(who, "callback", f"cancel {callback.id}: {why}", now)
