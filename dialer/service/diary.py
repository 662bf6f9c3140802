"""Keeps the decisions of pacers in the store, some at a time."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from callcenter.adapters.store import Store
from callcenter.errors import StoreError
from callcenter.outbound import Decision
from dialer.pacing import PacingDecision, PacingSnapshot
from dialer.pacing.diary import SAID_MOST, Diary, floor_of

log = logging.getLogger("dialer.diary")

KEPT_FOR: Final = timedelta(days=40)  # longer than any legal window
MOST_WAITING: Final = 2_000  # with SQL away the oldest go first: they are evidence, not the ledger


class Diarist:
    """`note` each decision, `write` now and then, `prune` once in a while."""

    def __init__(self, store: Store, *, cell: str) -> None:
        self._store, self._cell = store, cell
        self._diary = Diary()
        self._waiting: list[Decision] = []

    def note(
        self, campaign: str, at: datetime, snapshot: PacingSnapshot, decision: PacingDecision, placed: int
    ) -> None:
        """Note a decision made `at` this time (the store's clock) if it is worth keeping."""
        if not self._diary.keeps(campaign, snapshot.t, decision, placed):
            return
        noted = Decision(
            campaign=campaign,
            cell=self._cell,
            at=at,
            asked=decision.originate,
            placed=placed,
            cancelled=len(decision.cancel),
            floor=floor_of(snapshot),
            reasons=decision.reasons[:SAID_MOST],
        )
        self._waiting = [*self._waiting[-MOST_WAITING:], noted]

    async def write(self) -> None:
        """Keep what was noted; what SQL does not take now is tried again."""
        taken, self._waiting = self._waiting, []
        try:
            await self._store.keep_decisions(taken)
        except StoreError as error:
            log.warning("%d decisions are not kept yet: %s", len(taken), error)
            self._waiting = [*taken, *self._waiting]

    async def prune(self) -> None:
        """Delete what is old. Raise StoreError."""
        await self._store.prune_decisions(await self._store.now() - KEPT_FOR)
