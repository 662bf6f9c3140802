"""A fair part of a long list, for those who reckon with it and need not see every lead."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, func, select

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.campaigns import READY
from callcenter.adapters.store.rows import every, select_of
from callcenter.adapters.store.schema import leads
from callcenter.outbound import Lead

_MINE = (leads.c.campaign == bindparam("of"), READY)
_COUNT = select(func.count()).select_from(leads).where(*_MINE)
# Ids are given in the order of the list, so every nth is from all of its parts.
_EVERY_NTH = select_of(Lead, leads).where(*_MINE, leads.c.id % bindparam("nth") == 0).order_by(leads.c.id)


class Samples(Section):
    """Parts of lists."""

    async def sample_leads(self, campaign: str, most: int) -> tuple[int, list[Lead]]:
        """Return how many READY leads a campaign has, and every nth of them, so that there are about `most`."""

        def work(db: Connection) -> tuple[int, list[Lead]]:
            count: int = db.execute(_COUNT, {"of": campaign}).scalar_one()
            nth = max(1, count // max(1, most))
            return count, every(db, Lead, _EVERY_NTH, {"of": campaign, "nth": nth})

        return await self._access.read(work)
