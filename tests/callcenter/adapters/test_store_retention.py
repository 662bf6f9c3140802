"""Which versions of flows may be deleted: the same on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.adapters.store import Store
from callcenter.care import Callback, CallbackResult, CallbackState
from callcenter.errors import NotFound
from callcenter.records import LIVE, STAGING, AliasMove, IvrSession, Publication

from .outbound_rows import Slow, Twice, meanwhile

T0 = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WEEK = 7 * DAY
LATE = T0 + 100 * DAY
SESSION = IvrSession(call_id="1.1", flow="main", version=2, state={}, updated_at=T0, versions={"main": 2, "pay": 1})
CALLBACK = Callback(
    id="c1", number="+12025550143", queue="sales", since=T0, due_at=T0, flow="main", version=3, updated_at=T0
)


async def publish(store: Store, count: int, name: str = "main", alias: str | None = LIVE) -> None:
    """Publish so many versions, one a day."""
    for day in range(count):
        publication = Publication(name=name, body={"day": day}, author="admin", alias=alias)
        await store.publish_flow(publication, T0 + day * DAY)


async def prune(store: Store, now: datetime = LATE, keep_last: int = 1) -> list[tuple[str, int]]:
    return await store.prune_flows(now, "nightly", keep_last=keep_last, keep_for=WEEK)


async def left(store: Store, flow: str = "main") -> list[int]:
    return [version.version for version in await store.versions(flow)]


async def test_what_nobody_can_come_back_to_is_deleted_and_noted(store: Store) -> None:
    await publish(store, 4)
    await publish(store, 2, name="pay")
    assert await prune(store) == [("main", 1), ("main", 2), ("main", 3), ("pay", 1)]
    assert (await left(store), await left(store, "pay")) == ([4], [2])
    [entry] = await store.audits(limit=1)
    assert (entry.who, entry.detail) == ("nightly", "deleted main 1, main 2, main 3, pay 1")
    assert await prune(store) == []
    assert len(await store.audits()) == 7


@pytest.mark.parametrize(("keep_last", "kept"), [(0, [4]), (1, [4]), (2, [4, 3]), (9, [4, 3, 2, 1])])
async def test_the_newest_of_each_flow_are_kept(store: Store, keep_last: int, kept: list[int]) -> None:
    await publish(store, 4, alias=None)
    await prune(store, keep_last=keep_last)
    assert await left(store) == kept


async def test_what_was_published_lately_is_kept(store: Store) -> None:
    await publish(store, 4, alias=None)
    await prune(store, T0 + DAY + WEEK)
    assert await left(store) == [4, 3, 2]
    await prune(store, T0 + DAY + WEEK + timedelta(microseconds=1))
    assert await left(store) == [4, 3]


async def test_what_an_alias_points_to_or_pointed_to_lately_is_kept(store: Store) -> None:
    await publish(store, 4, alias=None)
    for alias, version in ((LIVE, 1), (STAGING, 2)):
        await store.move_alias(AliasMove(flow="main", alias=alias, version=version, by="admin"), T0)
    assert await prune(store) == [("main", 3)]
    # Calls that began a moment ago are on what was live until now, and nothing in the store tells of them yet.
    await store.move_alias(AliasMove(flow="main", alias=LIVE, version=4, by="admin"), LATE)
    assert await prune(store, LATE + WEEK) == []
    assert await prune(store, LATE + WEEK + DAY) == [("main", 1)]


async def test_what_was_live_until_something_else_was_published_is_kept_as_long_as_calls_last(store: Store) -> None:
    await publish(store, 1)
    await store.publish_flow(Publication(name="main", body={}, author="admin"), LATE)
    assert await prune(store, LATE + WEEK) == []
    assert await prune(store, LATE + WEEK + DAY) == [("main", 1)]


async def test_what_a_call_in_the_ivr_may_come_back_to_is_kept(store: Store) -> None:
    await publish(store, 3)
    await publish(store, 3, name="pay")
    await store.save_session(SESSION)
    await store.save_session(replace(SESSION, call_id="1.2", version=1, versions={}, ended_at=T0))
    assert await prune(store) == [("main", 1), ("pay", 2)]
    await store.end_session("1.1", LATE)
    assert await prune(store) == [("main", 2), ("pay", 1)]


async def test_what_a_callback_came_from_is_kept_until_it_is_over(store: Store) -> None:
    await publish(store, 5)
    cancelled = replace(CALLBACK, id="c2", version=2)
    for callback in (CALLBACK, cancelled):
        await store.book_callback(callback)
    await store.cancel_callback("c2", "", T0)
    assert await prune(store) == [("main", 1), ("main", 2), ("main", 4)]
    await store.claim_callback("c1", "a1", LATE)
    assert await prune(store) == []
    await store.finish_callback(CallbackResult(callback="c1", attempt="a1", state=CallbackState.DONE, at=LATE))
    assert await prune(store) == [("main", 3)]


async def test_deleting_whose_commits_answer_was_lost_tells_what_it_deleted(store: Store) -> None:
    await publish(store, 3, alias=None)
    assert await prune(Store(Twice(store._access))) == [("main", 1), ("main", 2)]
    assert len(await store.audits()) == 4


async def test_a_version_an_alias_is_just_being_pointed_to_is_kept(store: Store, other: Store) -> None:
    await publish(store, 3)
    slow = Store(Slow(other._access))
    back = AliasMove(flow="main", alias=LIVE, version=1, by="admin")
    assert await meanwhile(slow, slow.move_alias(back, LATE - 2 * WEEK), prune(store)) == [("main", 2)]
    assert await left(store) == [3, 1]


async def test_no_alias_is_pointed_to_a_version_just_being_deleted(store: Store, other: Store) -> None:
    await publish(store, 3)
    slow = Store(Slow(other._access))
    with pytest.raises(NotFound, match="no version 1"):
        await meanwhile(
            slow, prune(slow), store.move_alias(AliasMove(flow="main", alias=LIVE, version=1, by="admin"), LATE)
        )
    assert await left(store) == [3]


async def test_whatever_happens_at_once_an_alias_points_to_a_version_that_is_there(store: Store, other: Store) -> None:
    await publish(store, 12)

    async def goes_back(process: Store) -> None:
        for version in (3, 9, 1, 12, 5):
            move = AliasMove(flow="main", alias=LIVE, version=version, by="admin")
            try:
                await process.move_alias(move, T0)
            except NotFound:
                assert version not in await left(process)

    await asyncio.gather(goes_back(store), prune(other), goes_back(other), prune(store), goes_back(store))
    [live] = await store.aliases("main")
    assert live.version in await left(store)
    assert await store.flow("main") is not None
