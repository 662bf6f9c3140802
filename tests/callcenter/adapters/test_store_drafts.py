"""Drafts of flows: nobody's work is lost to somebody else's save. The same on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.adapters.store import Store
from callcenter.errors import Conflict
from callcenter.records import FlowDraft

from .outbound_rows import Twice

T0 = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DRAFT = FlowDraft(
    name="main",
    body={"start": "menu", "text": "Grüß Gott\u0000"},
    layout={"menu": {"x": 1, "y": 2.5}},
    tests=({"name": "a caller presses one"},),
    author="ann\u0000",
    updated_at=T0,
)
KEPT = replace(DRAFT, body={"start": "menu", "text": "Grüß Gott\u0000"}, author="ann\ufffd")


async def test_a_draft_is_kept_with_all_its_fields(store: Store) -> None:
    assert await store.draft("main") is None
    assert await store.save_draft(DRAFT) == 1
    assert await store.draft("main") == replace(KEPT, lock=1)
    other = replace(DRAFT, name="after-hours", author="ann")
    await store.save_draft(other)
    assert await store.drafts() == [replace(other, lock=1), replace(KEPT, lock=1)]


async def test_each_save_counts(store: Store) -> None:
    draft = replace(DRAFT, author="ann")
    for place in range(1, 4):
        draft = replace(draft, lock=await store.save_draft(draft), body={"place": place})
        assert draft.lock == place
    assert await store.save_draft(draft) == 4
    assert await store.draft("main") == replace(draft, lock=4)


@pytest.mark.parametrize("lock", [0, 1, 3])
async def test_who_saves_over_somebody_else_is_told_who_and_when(store: Store, lock: int) -> None:
    theirs = replace(DRAFT, author="ben", body={}, updated_at=T0 + SECOND)
    await store.save_draft(replace(DRAFT, author="ann"))
    await store.save_draft(replace(theirs, lock=1))
    with pytest.raises(Conflict, match="'main' was saved by ben at 2026-03-29 01:00:00 UTC"):
        await store.save_draft(replace(DRAFT, lock=lock))
    assert await store.draft("main") == replace(theirs, lock=2)


async def test_of_many_who_save_at_once_one_does(store: Store, other: Store) -> None:
    for lock in range(4):
        saves = [
            process.save_draft(replace(DRAFT, lock=lock, author=f"author {place}"))
            for place, process in enumerate([store, other] * 4)
        ]
        answers = await asyncio.gather(*saves, return_exceptions=True)
        assert sorted(str(type(answer)) for answer in answers) == sorted([str(int), *[str(Conflict)] * 7])
        assert [answer for answer in answers if isinstance(answer, int)] == [lock + 1]


async def test_a_save_whose_answer_was_lost_is_no_conflict_with_itself(store: Store) -> None:
    twice = Store(Twice(store._access))
    assert await twice.save_draft(DRAFT) == 1
    changed = replace(DRAFT, lock=1, updated_at=T0 + SECOND)
    assert await twice.save_draft(changed) == 2
    assert await twice.save_draft(changed) == 2
    assert await twice.delete_draft("main")
    with pytest.raises(Conflict, match="not there any more"):
        await twice.save_draft(replace(changed, lock=2))


async def test_a_draft_is_deleted_as_it_was_seen(store: Store) -> None:
    await store.save_draft(replace(DRAFT, author="ann"))
    with pytest.raises(Conflict, match="saved by ann"):
        await store.delete_draft("main", lock=2)
    assert await store.delete_draft("main", lock=1)
    assert not await store.delete_draft("main", lock=1)
    assert not await store.delete_draft("main")
    assert await store.draft("main") is None
    assert await store.drafts() == []


async def test_who_still_has_a_deleted_draft_open_does_not_save_it_over_a_new_one(store: Store) -> None:
    lock = await store.save_draft(replace(DRAFT, author="ann"))
    await store.delete_draft("main")
    with pytest.raises(Conflict, match="published or deleted"):
        await store.save_draft(replace(DRAFT, lock=lock))
    new = replace(DRAFT, author="ben", body={})
    again = await store.save_draft(new)
    assert again != lock
    for stale in (0, lock):
        with pytest.raises(Conflict, match="saved by ben"):
            await store.save_draft(replace(DRAFT, lock=stale))
    assert await store.draft("main") == replace(new, lock=again)
    assert await store.save_draft(replace(new, lock=again, updated_at=T0 + SECOND)) == again + 1
