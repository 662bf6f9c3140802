"""What pacers decided and why, kept for a while: evidence for supervisors and for whoever asks later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.rows import every, one, row_of, select_of
from callcenter.adapters.store.schema import pacing_decisions
from callcenter.outbound import Decision

_OF = select_of(Decision, pacing_decisions).where(pacing_decisions.c.campaign == bindparam("of"))
_NEWEST = (pacing_decisions.c.at.desc(), pacing_decisions.c.id.desc())
_BETWEEN = (
    _OF.where(pacing_decisions.c.at >= bindparam("since"), pacing_decisions.c.at < bindparam("until"))
    .order_by(*_NEWEST)
    .limit(bindparam("most"))
)
_LAST = _OF.where(pacing_decisions.c.at <= bindparam("at")).order_by(*_NEWEST).limit(1)
_INSERT = insert(pacing_decisions)
PRUNED_AT_ONCE: Final = 5_000
_OLD = select(pacing_decisions.c.id).where(pacing_decisions.c.at < bindparam("before")).limit(PRUNED_AT_ONCE)
_DELETE = delete(pacing_decisions).where(pacing_decisions.c.id.in_(_OLD))


class Decisions(Section):
    """Why the dialer dialled."""

    async def keep_decisions(self, decisions: Sequence[Decision]) -> None:
        """Keep decisions. Run again after a StoreError it may keep them twice."""
        rows: list[dict[str, Any]] = [row_of(decision) for decision in decisions]
        if rows:
            await self._access.write(lambda db: db.execute(_INSERT, rows))

    async def decisions(self, campaign: str, since: datetime, until: datetime, limit: int) -> list[Decision]:
        """Return at most `limit` decisions made from `since` to before `until`, newest first."""
        values = {"of": campaign, "since": since, "until": until, "most": limit}
        return await self._access.read(lambda db: every(db, Decision, _BETWEEN, values))

    async def decision_at(self, campaign: str, at: datetime) -> Decision | None:
        """Return the last decision kept at `at` or before."""
        return await self._access.read(lambda db: one(db, Decision, _LAST, {"of": campaign, "at": at}))

    async def prune_decisions(self, before: datetime) -> int:
        """Delete decisions older than `before`, some thousands at a time; return how many."""
        return await self._access.write(lambda db: db.execute(_DELETE, {"before": before}).rowcount)
