"""Is an acd there to find an agent? One look at its lease for all callers of this process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from callcenter.errors import StoreError
from ivr.service.ports import CallStore

log = logging.getLogger("ivr.pulse")

LOOK_EVERY: Final = timedelta(seconds=2)
LOOK_S: Final = 3.0  # the caller who looks hears music meanwhile
# A standby takes the lease over within a second or two, and reads the floor anew: callers keep their place meanwhile.
GRACE: Final = timedelta(seconds=10)


class Pulse:
    """Watches the lease of the acd of one cell. While it cannot be read it counts as not renewed."""

    def __init__(self, store: CallStore, cell: str, now: Callable[[], datetime]) -> None:
        self._store, self._lease, self._now = store, f"acd:{cell}", now
        self._held_until: datetime | None = None  # by our own clock
        self._looked_at: datetime | None = None

    async def acd_is_gone(self) -> bool:
        """Return whether no acd has held the lease for more than GRACE. Reads the store at most every LOOK_EVERY."""
        now = self._now()
        if self._looked_at is None or now - self._looked_at >= LOOK_EVERY:
            self._looked_at = now  # before the look: of a thousand callers one looks
            await self._look(now)
        return now > (self._held_until or now) + GRACE

    async def _look(self, now: datetime) -> None:
        self._held_until = self._held_until or now
        try:
            async with asyncio.timeout(LOOK_S):
                lease = await self._store.lease(self._lease)
                if lease is not None:
                    # The lease runs on the database's clock.
                    self._held_until = now + (lease.until - await self._store.now())
        except (StoreError, TimeoutError) as error:
            log.warning("lease %s cannot be read: %s", self._lease, error or "no answer in time")
