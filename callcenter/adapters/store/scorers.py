"""What the dialer has learnt of whom people answer, kept for its next start."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.rows import upsert
from callcenter.adapters.store.schema import scorers
from callcenter.outbound import JSON

_LEARNT = select(scorers.c.learnt).where(scorers.c.campaign == bindparam("key"))


class Scorers(Section):
    """One for each campaign."""

    async def keep_scorer(self, campaign: str, learnt: JSON, at: datetime) -> None:
        """Keep what was learnt for a campaign, in place of what was kept before."""
        row = {"campaign": campaign, "learnt": learnt, "at": at}
        await self._access.write(lambda db: upsert(db, scorers, row))

    async def scorer(self, campaign: str) -> JSON | None:
        """Return what was kept for a campaign, None if nothing was."""

        def work(db: Connection) -> JSON | None:
            found: JSON | None = db.execute(_LEARNT, {"key": campaign}).scalar_one_or_none()
            return found

        return await self._access.read(work)
