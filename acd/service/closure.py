"""Emergency closure: what Asterisk's AstDB says and what the store says, kept in line.

Two ways lead to a closure. From our side (`callcenter close`) it is in the store first and then put into AstDB. By
phone it is in AstDB first, with a note of who did it, and works with everything of ours dead; the note stays until
the store has it, so an acd that was away does not undo it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from acd.service.pbx import Pbx
from callcenter import dialplan
from callcenter.adapters.store import Store
from callcenter.errors import StoreError
from callcenter.happenings import ClosureChanged
from callcenter.records import Closure

log = logging.getLogger("acd.closure")

RETRY_S: Final = 1.0


class Closures:
    """`take_over` after each log-in to Asterisk, `by_phone` for each use of the phone codes."""

    def __init__(self, pbx: Pbx, store: Store, now: Callable[[], datetime]) -> None:
        self._pbx, self._store, self._now = pbx, store, now
        self._latest: ClosureChanged | None = None

    async def take_over(self) -> None:
        """Store what was done by phone while we were away, then put the store's word into AstDB."""
        note = await self._pbx.closure_note()
        if note:
            closed, by = dialplan.read_closure_note(note)
            await self._keep(ClosureChanged(closed=closed, by=by, at=self._now()))
            await self._pbx.closure_noted()
        await self.apply()

    async def apply(self) -> None:
        closure = await self._store.closure()
        await self._pbx.set_closure(closure.prompt if closure else "")

    async def by_phone(self, happening: ClosureChanged) -> None:
        """Store it, trying until SQL takes it or somebody used the code again; Asterisk obeys it already."""
        self._latest = happening
        while self._latest is happening:
            try:
                await self._keep(happening)
            except StoreError as error:
                log.error("closure by phone not stored, again in %s s: %s", RETRY_S, error)
                await asyncio.sleep(RETRY_S)
            else:
                await self._pbx.closure_noted()
                return

    async def _keep(self, happening: ClosureChanged) -> None:
        who = f"phone {happening.by}"
        closure = Closure(prompt=dialplan.CLOSURE_PROMPT, by=who, since=happening.at) if happening.closed else None
        await self._store.set_closure(closure)
        await self._store.audit(who, "closure", "closed" if closure else "open", happening.at)
