"""Of all who would call somebody back exactly one does, in one process and in two, on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.adapters.store import Store
from callcenter.care import Callback, CallbackResult, CallbackState, Notice, NoticeKind

from .outbound_rows import Slow, Twice, meanwhile

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WISH = Callback(
    id="a", number="+12025550143", queue="sales", since=NOW - MINUTE, due_at=NOW, call_id="1.2", updated_at=NOW
)
NOTICE = Notice(id="n", kind=NoticeKind.SMTP, target="team@example.com", due_at=NOW)


async def test_two_processes_never_both_get_a_callback(store: Store, other: Store) -> None:
    wishes = [replace(WISH, id=f"w{place:02}") for place in range(30)]
    for wish in wishes:
        await store.book_callback(wish)

    async def claims(process: Store, name: str, order: list[Callback]) -> list[str]:
        found = [await process.claim_callback(wish.id, f"{name}-{wish.id}", NOW) for wish in order]
        return [wish.id for wish in found if wish is not None]

    got = await asyncio.gather(claims(store, "x", wishes), claims(other, "y", wishes[::-1]))
    assert sorted(got[0] + got[1]) == [wish.id for wish in wishes]
    claimed = await store.callbacks({CallbackState.DIALING})
    assert {wish.id: wish.attempt for wish in claimed} == {
        wish: f"{name}-{wish}" for name, mine in zip("xy", got, strict=True) for wish in mine
    }
    assert {wish.tries for wish in claimed} == {1}


async def test_a_claim_another_process_is_about_to_commit_is_waited_for(store: Store, other: Store) -> None:
    await store.book_callback(WISH)
    slow = Store(Slow(other._access))
    assert await meanwhile(slow, slow.claim_callback("a", "x", NOW), store.claim_callback("a", "y", NOW)) is None
    found = await store.callback("a")
    assert found is not None
    assert (found.attempt, found.tries) == ("x", 1)


@pytest.mark.parametrize("first", ["claim", "cancel"])
async def test_a_callback_is_claimed_or_cancelled_before_that_never_after(
    store: Store, other: Store, first: str
) -> None:
    await store.book_callback(WISH)
    slow = Store(Slow(other._access))
    if first == "cancel":
        answer = await meanwhile(slow, slow.cancel_callback("a", "", NOW), store.claim_callback("a", "x", NOW))
        assert answer is None
    else:
        assert await meanwhile(slow, slow.claim_callback("a", "x", NOW), store.cancel_callback("a", "", NOW))
    found = await store.callback("a")
    assert found is not None
    assert found.state is CallbackState.CANCELLED


async def test_a_callback_is_not_claimed_before_it_is_due(store: Store) -> None:
    await store.book_callback(replace(WISH, due_at=NOW + MINUTE))
    assert await store.claim_callback("a", "x", NOW + MINUTE - timedelta(microseconds=1)) is None
    assert await store.claim_callback("a", "x", NOW + MINUTE) is not None
    assert await store.claim_callback("nobody's", "x", NOW) is None


async def test_steps_whose_commits_answer_was_lost_are_told_as_done(store: Store) -> None:
    twice = Store(Twice(store._access))
    assert await twice.book_callback(WISH, [NOTICE])
    assert not await twice.book_callback(WISH, [replace(NOTICE, id="m")])
    assert await store.unsent_notices() == [NOTICE]
    claimed = await twice.claim_callback("a", "x", NOW)
    assert claimed is not None
    assert claimed.tries == 1
    again = CallbackResult(callback="a", attempt="x", state=CallbackState.OPEN, at=NOW, due_at=NOW + MINUTE)
    assert await twice.finish_callback(again)
    claimed = await twice.claim_callback("a", "y", NOW + MINUTE)
    assert claimed is not None
    assert claimed.tries == 2
    done = CallbackResult(callback="a", attempt="y", state=CallbackState.DONE, at=NOW, reason="talked")
    assert await twice.finish_callback(done)
    assert not await store.finish_callback(done)
    assert await store.callbacks({CallbackState.DONE}) == [
        replace(claimed, state=CallbackState.DONE, reason="talked", updated_at=NOW, ended_at=NOW)
    ]


@pytest.mark.parametrize("state", [CallbackState.CANCELLED, CallbackState.DIALING])
async def test_no_claim_ends_in_what_is_no_result(store: Store, state: CallbackState) -> None:
    with pytest.raises(ValueError, match=f"no claim ends in {state}"):
        await store.finish_callback(CallbackResult(callback="a", attempt="x", state=state, at=NOW))


async def test_callbacks_are_listed_by_state_queue_and_number(store: Store) -> None:
    support = replace(WISH, id="b", queue="support", due_at=NOW + MINUTE)
    theirs = replace(WISH, id="c", number="+12025550199", due_at=NOW - MINUTE)
    over = replace(WISH, id="d")
    for wish in (WISH, support, theirs, over):
        await store.book_callback(wish)
    await store.cancel_callback("d", "", NOW)

    async def listed(**asked: object) -> list[str]:
        return [wish.id for wish in await store.callbacks(**asked)]  # type: ignore[arg-type]

    assert await listed() == ["c", "a", "b"]
    assert await listed(limit=1) == ["c"]
    assert await listed(queue="sales") == ["c", "a"]
    assert await listed(number="+12025550143") == ["a", "b"]
    assert await listed(states={CallbackState.CANCELLED}) == ["d"]
    assert await listed(states=set(CallbackState), queue="sales") == ["c", "a", "d"]
