"""Callbacks: who is to be called, when, and who is about to. Claimed by compare-and-set, so that one process calls."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, func, select, update

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.notices import add_notices
from callcenter.adapters.store.rows import every, insert_once, one, row_of, select_of
from callcenter.adapters.store.schema import callbacks, campaigns, leads
from callcenter.care import CALLBACK_ENDS, Callback, CallbackResult, CallbackState, Notice
from callcenter.errors import Conflict
from callcenter.outbound import CampaignKind, LeadState

_THIS = callbacks.c.id == bindparam("key")
_CALLBACK = select_of(Callback, callbacks)
_ONE = _CALLBACK.where(_THIS)
_NOT_ENDED = callbacks.c.ended_at.is_(None)
_WAITS = (_NOT_ENDED, callbacks.c.state == CallbackState.OPEN)
_AS_SERVED = (callbacks.c.priority.desc(), callbacks.c.since, callbacks.c.id)
# Numbered within each queue: one that nobody serves must not hide the others.
_NUMBERED = (
    _CALLBACK.add_columns(func.row_number().over(partition_by=callbacks.c.queue, order_by=_AS_SERVED).label("place"))
    .where(*_WAITS, callbacks.c.due_at <= bindparam("now"))
    .subquery()
)
_DUE = (
    select(*(_NUMBERED.c[column.name] for column in _CALLBACK.selected_columns))
    .where(_NUMBERED.c.place <= bindparam("most"))
    .order_by(_NUMBERED.c.priority.desc(), _NUMBERED.c.since, _NUMBERED.c.id)
)
_NEXT_DUE = select(func.min(callbacks.c.due_at)).where(*_WAITS)
_CLAIM = (
    update(callbacks)
    .where(_THIS, *_WAITS, callbacks.c.due_at <= bindparam("now"))
    .values(
        state=CallbackState.DIALING,
        attempt=bindparam("by"),
        tries=callbacks.c.tries + 1,
        updated_at=bindparam("now"),
    )
    .returning(*_CALLBACK.selected_columns)
)
_CLAIMED = _ONE.where(callbacks.c.state == CallbackState.DIALING, callbacks.c.attempt == bindparam("by"))
_FINISH = update(callbacks).where(
    _THIS, callbacks.c.state == CallbackState.DIALING, callbacks.c.attempt == bindparam("by")
)
_CANCELLED = {
    "state": CallbackState.CANCELLED,
    "reason": bindparam("why"),
    "updated_at": bindparam("now"),
    "ended_at": bindparam("now"),
}
_CANCEL = update(callbacks).where(_THIS, _NOT_ENDED).values(_CANCELLED)
_CANCEL_OF = (
    update(callbacks)
    .where(
        callbacks.c.number.in_(bindparam("numbers", expanding=True)), callbacks.c.queue == bindparam("of"), _NOT_ENDED
    )
    .values(_CANCELLED)
)
# Leads of calls back that nobody wants any more: nothing else would ever end them.
_LEFT_OVER = (
    update(leads)
    .where(
        leads.c.campaign.in_(select(campaigns.c.name).where(campaigns.c.kind == CampaignKind.CALLBACK)),
        leads.c.state == LeadState.READY,
        ~exists().where(callbacks.c.id == leads.c.external_id, _NOT_ENDED),
    )
    .values(state=LeadState.DONE)
)


class Callbacks(Section):
    """Calls that were asked for."""

    async def book_callback(self, callback: Callback, notices: Sequence[Notice] = ()) -> bool:
        """Book a callback, with notices of it; return whether it is new. One booked already stays as it is.

        Raises Conflict if its id was used for another.
        """

        def work(db: Connection) -> bool:
            if insert_once(db, callbacks, row_of(callback)):
                add_notices(db, notices)
                return True
            first = Callback(**db.execute(_ONE, {"key": callback.id}).one()._mapping)
            if (first.number, first.call_id) != (callback.number, callback.call_id):
                raise Conflict(f"callback {callback.id!r} was booked for another call; it needs an id of its own")
            return False

        return await self._happened(work)

    async def callback(self, callback: str) -> Callback | None:
        return await self._access.read(lambda db: one(db, Callback, _ONE, {"key": callback}))

    async def callbacks(
        self,
        states: Collection[CallbackState] = frozenset({CallbackState.OPEN, CallbackState.DIALING}),
        *,
        queue: str | None = None,
        number: str | None = None,
        limit: int = 1000,
    ) -> list[Callback]:
        """Return at most `limit` callbacks in one of `states`, of one queue or number or of all, by due time."""
        asked = _CALLBACK.where(callbacks.c.state.in_(sorted(states)))
        if not CALLBACK_ENDS.intersection(states):
            asked = asked.where(_NOT_ENDED)
        if queue is not None:
            asked = asked.where(callbacks.c.queue == queue)
        if number is not None:
            asked = asked.where(callbacks.c.number == number)
        asked = asked.order_by(callbacks.c.due_at, callbacks.c.id).limit(limit)
        return await self._access.read(lambda db: every(db, Callback, asked))

    async def due_callbacks(self, now: datetime, limit: int) -> list[Callback]:
        """Return OPEN callbacks due at `now`, as callers are served: by priority, then by place.

        At most `limit` of each queue.
        """
        return await self._access.read(lambda db: every(db, Callback, _DUE, {"now": now, "most": limit}))

    async def next_callback(self) -> datetime | None:
        """Return when the first OPEN callback is due (it may be past), None without any."""

        def work(db: Connection) -> datetime | None:
            due: datetime | None = db.execute(_NEXT_DUE).scalar_one()
            return due

        return await self._access.read(work)

    async def claim_callback(self, callback: str, attempt: str, now: datetime) -> Callback | None:
        """OPEN and due to DIALING by `attempt`, with one try more; None if somebody else was first or it is not wanted.

        The same attempt may claim again what it has.
        """
        values = {"key": callback, "by": attempt, "now": now}

        def work(db: Connection) -> Callback | None:
            claimed = db.execute(_CLAIM, values).one_or_none()
            return one(db, Callback, _CLAIMED, values) if claimed is None else Callback(**claimed._mapping)

        return await self._access.write(work)

    async def finish_callback(self, result: CallbackResult) -> bool:
        """Say what came of a claim; return whether that is new. Only the attempt that has it may."""
        if result.state not in {CallbackState.DONE, CallbackState.FAILED, CallbackState.OPEN}:
            raise ValueError(f"callback {result.callback!r}: no claim ends in {result.state}")
        ended = result.state in CALLBACK_ENDS
        row = {"state": result.state, "reason": result.reason, "updated_at": result.at}
        row["ended_at" if ended else "due_at"] = result.at if ended else result.due_at or result.at
        values = {"key": result.callback, "by": result.attempt, **row}
        return await self._happened(lambda db: db.execute(_FINISH, values).rowcount == 1)

    async def cancel_callback(self, callback: str, reason: str, now: datetime) -> bool:
        """OPEN or DIALING to CANCELLED; return False if it is over.

        One that is being called passes the gate no more; a phone that rings already is for the dialer to silence.
        """
        values = {"key": callback, "why": reason, "now": now}
        return await self._happened(lambda db: db.execute(_CANCEL, values).rowcount == 1)

    async def cancel_callbacks(self, numbers: Collection[str], queue: str, reason: str, now: datetime) -> bool:
        """Do `cancel_callback` for all that a person asked for in one queue; `numbers`: theirs, in all its spellings.

        Return whether there was any.
        """
        values = {"numbers": sorted(numbers), "of": queue, "why": reason, "now": now}
        return await self._happened(lambda db: db.execute(_CANCEL_OF, values).rowcount > 0)

    async def end_left_leads(self) -> int:
        """Let READY leads of calls back be DONE whose callback is over; return how many were."""
        return await self._access.write(lambda db: db.execute(_LEFT_OVER).rowcount)
