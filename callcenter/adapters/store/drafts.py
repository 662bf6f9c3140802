"""Drafts of flows: what somebody works on, saved under an optimistic lock."""

from __future__ import annotations

from typing import NoReturn
from uuid import uuid4

from sqlalchemy import Connection, bindparam, delete, select, update

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.rows import every, insert_once, one, row_of, select_of
from callcenter.adapters.store.schema import flow_drafts
from callcenter.errors import Conflict
from callcenter.records import FlowDraft

_THIS = flow_drafts.c.name == bindparam("key")
_DRAFT = select_of(FlowDraft, flow_drafts).where(_THIS)
_DRAFTS = select_of(FlowDraft, flow_drafts).order_by(flow_drafts.c.name)
_SAVED = select(flow_drafts.c.lock, flow_drafts.c.author, flow_drafts.c.updated_at, flow_drafts.c.step_id).where(_THIS)
_SAVE = update(flow_drafts).where(_THIS, flow_drafts.c.lock == bindparam("seen"))
_DELETE = delete(flow_drafts).where(_THIS)
_DELETE_SEEN = _DELETE.where(flow_drafts.c.lock == bindparam("seen"))


class Drafts(Section):
    """Flows before they are published."""

    async def draft(self, flow: str) -> FlowDraft | None:
        return await self._access.read(lambda db: one(db, FlowDraft, _DRAFT, {"key": flow}))

    async def drafts(self) -> list[FlowDraft]:
        """Return all drafts, by name of the flow."""
        return await self._access.read(lambda db: every(db, FlowDraft, _DRAFTS))

    async def save_draft(self, draft: FlowDraft) -> int:
        """Save a draft over the one of the same lock, 0 where there is none yet; return its lock from now on.

        Raises Conflict, which says who saved when, if somebody else was first: the store keeps theirs, the caller ours.
        """
        step = uuid4().hex
        row = {**row_of(draft), "lock": draft.lock + 1, "step_id": step}

        def work(db: Connection) -> int:
            if draft.lock == 0 and insert_once(db, flow_drafts, row):
                return 1
            if draft.lock and db.execute(_SAVE, {"key": draft.name, "seen": draft.lock, **row}).rowcount == 1:
                return draft.lock + 1
            saved = db.execute(_SAVED, {"key": draft.name}).one_or_none()
            if saved is not None and saved.step_id == step:
                # Ours already: the first run was committed and its answer lost.
                return draft.lock + 1
            _refuse(draft.name, saved)

        return await self._access.write(work)

    async def delete_draft(self, flow: str, lock: int | None = None) -> bool:
        """Delete a draft; return whether there was one.

        `lock`: only if it has not been saved since; raises Conflict if it was.
        """

        def work(db: Connection) -> bool:
            if lock is None:
                return db.execute(_DELETE, {"key": flow}).rowcount == 1
            if db.execute(_DELETE_SEEN, {"key": flow, "seen": lock}).rowcount == 1:
                return True
            saved = db.execute(_SAVED, {"key": flow}).one_or_none()
            if saved is not None:
                _refuse(flow, saved)
            return False

        return await self._happened(work)


def _refuse(flow: str, saved: object) -> NoReturn:
    if saved is None:
        raise Conflict(f"the draft of flow {flow!r} is not there any more: it was published or deleted")
    author, at = getattr(saved, "author", ""), getattr(saved, "updated_at", None)
    raise Conflict(
        f"the draft of flow {flow!r} was saved by {author} at {at:%Y-%m-%d %H:%M:%S} UTC, after you opened it; "
        "theirs is kept, look at it before you save yours"
    )
