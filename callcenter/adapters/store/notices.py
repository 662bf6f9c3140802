"""Notices to the outside: an outbox, filled in the transaction of what they tell of, emptied by whoever sends them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, bindparam, delete, select, update

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.rows import every, insert_once, one, row_of, select_of
from callcenter.adapters.store.schema import notices
from callcenter.care import Notice

_NOTICE = select_of(Notice, notices)
_ONE = _NOTICE.where(notices.c.id == bindparam("key"))
_UNSENT = notices.c.sent_at.is_(None)
_WAITING = _NOTICE.where(_UNSENT).order_by(notices.c.due_at.is_(None), notices.c.due_at, notices.c.id)
_LIST = _WAITING.limit(bindparam("most"))
_FREE = (
    select(notices.c.id)
    .where(
        _UNSENT,
        notices.c.due_at <= bindparam("now"),
        notices.c.claimed_until.is_(None) | (notices.c.claimed_until <= bindparam("now")),
    )
    .order_by(notices.c.due_at, notices.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(notices)
    .where(notices.c.id.in_(bindparam("keys", expanding=True)))
    .values(claim_id=bindparam("by"), claimed_until=bindparam("until"), tries=notices.c.tries + 1)
)
_CLAIMED = _WAITING.where(notices.c.claim_id == bindparam("by"))
_SENT = (
    update(notices)
    .where(notices.c.id == bindparam("key"), _UNSENT)
    .values(sent_at=bindparam("now"), error="", claimed_until=None)
)
_FAILED = (
    update(notices)
    .where(notices.c.id == bindparam("key"), _UNSENT, notices.c.tries == bindparam("seen"))
    .values(error=bindparam("said"), due_at=bindparam("again"), claimed_until=None)
)
_FORGET = delete(notices).where(notices.c.sent_at.is_not(None), notices.c.sent_at < bindparam("before"))


class Notices(Section):
    """What is to be told to the outside."""

    async def put_notices(self, notices: Sequence[Notice]) -> int:
        """Keep notices to be sent; return how many are new. One that is there stays as it is."""
        new: set[str] = set()

        def work(db: Connection) -> None:
            new.update(add_notices(db, notices))

        await self._access.write(work)
        return len(new)

    async def notice(self, notice: str) -> Notice | None:
        return await self._access.read(lambda db: one(db, Notice, _ONE, {"key": notice}))

    async def unsent_notices(self, limit: int = 1000) -> list[Notice]:
        """Return at most `limit` notices not sent, by due time, those given up last."""
        return await self._access.read(lambda db: every(db, Notice, _LIST, {"most": limit}))

    async def claim_notices(self, now: datetime, limit: int, lease: timedelta) -> list[Notice]:
        """Claim at most `limit` notices due at `now`, with one try more: nobody else has them until the lease ends.

        Whoever sends one must be done with it by then.
        """
        by = uuid4().hex
        ran = False

        def work(db: Connection) -> list[Notice]:
            nonlocal ran
            # Ours already: the first run was committed and its answer lost.
            claimed = every(db, Notice, _CLAIMED, {"by": by}) if ran else []
            ran = True
            if claimed:
                return claimed
            keys = db.execute(_FREE, {"now": now, "most": limit}).scalars().all()
            if not keys:
                return []
            db.execute(_CLAIM, {"keys": keys, "by": by, "until": now + lease})
            return every(db, Notice, _CLAIMED, {"by": by})

        return await self._access.write(work)

    async def notice_sent(self, notice: str, now: datetime) -> bool:
        """Note that a notice is sent; return whether that is new."""
        return await self._happened(lambda db: db.execute(_SENT, {"key": notice, "now": now}).rowcount == 1)

    async def notice_failed(self, notice: Notice, error: str, due_at: datetime | None) -> bool:
        """Note that a claimed notice could not be sent; it is due again at `due_at`, None: given up.

        Returns False if it is sent, or claimed by somebody else since.
        """
        values = {"key": notice.id, "seen": notice.tries, "said": error, "again": due_at}
        return await self._happened(lambda db: db.execute(_FAILED, values).rowcount == 1)

    async def forget_notices(self, before: datetime) -> int:
        """Delete the notices sent before a time; return how many."""
        return await self._access.write(lambda db: db.execute(_FORGET, {"before": before}).rowcount)


def add_notices(db: Connection, wanted: Sequence[Notice]) -> list[str]:
    """Keep notices within a transaction; return the ids of those that are new."""
    return [notice.id for notice in wanted if insert_once(db, notices, row_of(notice))]
