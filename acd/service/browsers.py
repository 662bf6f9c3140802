"""Browsers' phones: made known to Asterisk when the desk wants one, and taken away again.

What Asterisk knows of them is in its AstDB, so a phone outlives us; one whose user never signed out is swept away.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from acd.service.pbx import Pbx
from callcenter.adapters.bus import Bus
from callcenter.errors import Unreachable
from callcenter.messages import PhoneKnown, PhoneWanted

log = logging.getLogger("acd.browsers")

LOOKS: Final = 40
LOOK_S: Final = 0.05


class Browsers:
    """`give` and `take` on the desk's word, `sweep` now and then."""

    def __init__(self, pbx: Pbx, bus: Bus, now: Callable[[], datetime]) -> None:
        self._pbx, self._bus, self._now = pbx, bus, now

    async def give(self, wanted: PhoneWanted) -> None:
        """Make a phone known, and say so once Asterisk finds it. Raise Unreachable if it does not in time."""
        await self._pbx.give_phone(wanted.phone, wanted.password, wanted.until)
        for _ in range(LOOKS):
            if await self._pbx.knows_phone(wanted.phone, wanted.password):
                self._bus.publish(PhoneKnown(phone=wanted.phone))
                return
            await asyncio.sleep(LOOK_S)
        raise Unreachable(f"Asterisk has not taken over the browser's phone {wanted.phone}")

    async def take(self, phone: str) -> None:
        await self._pbx.take_phone(phone)

    async def sweep(self) -> None:
        """Take away those whose time is over."""
        now = self._now().timestamp()
        for phone, until in (await self._pbx.phones()).items():
            if until <= now:
                log.info("browser's phone %s: its time is over", phone)
                await self._pbx.take_phone(phone)
