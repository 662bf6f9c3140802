"""Drafts of flows: what somebody works on, saved under an optimistic lock."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, bindparam, update

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.columns import canonical, clean
from callcenter.adapters.store.rows import every, insert_into, one, row_of, select_of
from callcenter.adapters.store.schema import flow_drafts
from callcenter.errors import Conflict
from callcenter.records import DraftHead, FlowDraft

_THIS = flow_drafts.c.name == bindparam("key")
_THERE = flow_drafts.c.deleted.is_(False)
_DRAFT = select_of(FlowDraft, flow_drafts).where(_THIS, _THERE)
_DRAFTS = select_of(FlowDraft, flow_drafts).where(_THERE).order_by(flow_drafts.c.name)
_HEADS = select_of(DraftHead, flow_drafts).where(_THERE).order_by(flow_drafts.c.name)
_SEEN = flow_drafts.c.lock == bindparam("seen")
_SAVE = update(flow_drafts).where(_THIS, _THERE, _SEEN).returning(flow_drafts.c.lock)
# The row stays, for its lock: whoever still has the deleted draft open must not save it over a new one.
_DELETE = update(flow_drafts).where(_THIS, _THERE).values(deleted=True, body={}, layout={}, tests=())
_DELETE_SEEN = _DELETE.where(_SEEN)

_CONTENT: Final = ("author", "updated_at", "body", "layout", "tests", "based_on")


@cache
def _begin(dialect: str) -> Any:
    insert = insert_into(dialect, flow_drafts)
    said = {name: insert.excluded[name] for name in (*_CONTENT, "deleted")}
    return insert.on_conflict_do_update(
        index_elements=["name"], set_={**said, "lock": flow_drafts.c.lock + 1}, where=flow_drafts.c.deleted.is_(True)
    ).returning(flow_drafts.c.lock)


class Drafts(Section):
    """Flows before they are published."""

    async def draft(self, flow: str) -> FlowDraft | None:
        return await self._access.read(lambda db: one(db, FlowDraft, _DRAFT, {"key": flow}))

    async def drafts(self) -> list[FlowDraft]:
        """Return all drafts, by name of the flow."""
        return await self._access.read(lambda db: every(db, FlowDraft, _DRAFTS))

    async def draft_heads(self) -> list[DraftHead]:
        """Return who saved each draft and when, by name of the flow."""
        return await self._access.read(lambda db: every(db, DraftHead, _HEADS))

    async def save_draft(self, draft: FlowDraft) -> int:
        """Save a draft over the one of the same lock, 0 where there is none yet; return its lock from now on.

        Raises Conflict, which says who saved when, if somebody else was first: the store keeps theirs, the caller ours.
        """
        row = {**row_of(draft), "lock": draft.lock + 1, "deleted": False}

        def work(db: Connection) -> int:
            if draft.lock == 0:
                lock: int | None = db.execute(_begin(db.dialect.name), row).scalar_one_or_none()
            else:
                lock = db.execute(_SAVE, {"key": draft.name, "seen": draft.lock, **row}).scalar_one_or_none()
            return lock or _same(one(db, FlowDraft, _DRAFT, {"key": draft.name}), draft)

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
            if (saved := one(db, FlowDraft, _DRAFT, {"key": flow})) is not None:
                raise Conflict(_saved_by(saved))
            return False

        return await self._happened(work)


def _same(saved: FlowDraft | None, draft: FlowDraft) -> int:
    """Return the lock of what is saved if it is `draft`: our first try was committed and its answer lost.

    Raises Conflict if it is not.
    """
    if saved is None:
        raise Conflict(f"the draft of flow {draft.name!r} is not there any more: it was published or deleted")
    if any(_kept(saved, name) != _kept(draft, name) for name in _CONTENT):
        raise Conflict(_saved_by(saved))
    return saved.lock


def _kept(draft: FlowDraft, name: str) -> Any:
    """Return a field as the store keeps it."""
    match getattr(draft, name):
        case str() as word:
            return clean(word)
        case datetime() as at:
            return at
        case value:
            return canonical(value)


def _saved_by(draft: FlowDraft) -> str:
    return (
        f"the draft of flow {draft.name!r} was saved by {draft.author} at {draft.updated_at:%Y-%m-%d %H:%M:%S} UTC, "
        "after you opened it; theirs is kept, look at it before you save yours"
    )
