"""Notices to the outside: no two workers send one at the same time. The same on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from callcenter.adapters.store import Store
from callcenter.care import Notice, NoticeKind
from callcenter.records import CallRecord, Direction

from .outbound_rows import Slow, Twice, meanwhile

T0 = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=30)
NOTICE = Notice(
    id="n1",
    kind=NoticeKind.WEBHOOK,
    target="https://example.com/hook",
    subject="Voicemail",
    body={"box": "after-hours", "length_s": 12.5},
    due_at=T0,
)


async def claim(store: Store, at: datetime = T0, limit: int = 10) -> list[str]:
    return [notice.id for notice in await store.claim_notices(at, limit, LEASE)]


async def test_a_notice_is_kept_once(store: Store) -> None:
    other = replace(NOTICE, id="n2")
    assert await Store(Twice(store._access)).put_notices([NOTICE, other, NOTICE]) == 2
    assert await store.put_notices([replace(NOTICE, subject="changed")]) == 0
    assert await store.notice("n1") == NOTICE
    assert await store.notice("nothing") is None


async def test_what_is_told_of_and_its_notice_are_one(store: Store) -> None:
    call = CallRecord(id="1", direction=Direction.INBOUND, started_at=T0)

    async def steps(inside: Store) -> None:
        await inside.open_call(call)
        await inside.put_notices([NOTICE])

    await store.together(steps)
    assert await store.unsent_notices() == [NOTICE]


async def test_a_claimed_notice_is_nobody_elses_until_its_lease_ends(store: Store) -> None:
    await store.put_notices([NOTICE])
    assert await store.claim_notices(T0, 10, LEASE) == [replace(NOTICE, tries=1)]
    assert await claim(store, T0 + LEASE - SECOND) == []
    assert await store.claim_notices(T0 + LEASE, 10, LEASE) == [replace(NOTICE, tries=2)]


async def test_notices_are_claimed_when_due_the_longest_due_first(store: Store) -> None:
    places = [3, 1, 2, 0]
    await store.put_notices([replace(NOTICE, id=f"n{place}", due_at=T0 + place * SECOND) for place in places])
    assert await claim(store, T0 - SECOND) == []
    assert await claim(store, T0 + 2 * SECOND, limit=2) == ["n0", "n1"]
    assert await claim(store, T0 + 2 * SECOND) == ["n2"]
    assert await claim(store, T0 + 3 * SECOND) == ["n3"]


async def test_a_notice_is_sent_once(store: Store) -> None:
    await store.put_notices([NOTICE])
    [claimed] = await store.claim_notices(T0, 10, LEASE)
    assert await Store(Twice(store._access)).notice_sent("n1", T0 + SECOND)
    assert not await store.notice_sent("n1", T0 + 9 * SECOND)
    assert not await store.notice_failed(claimed, "late news", T0)
    assert await store.notice("n1") == replace(claimed, sent_at=T0 + SECOND)
    assert await claim(store, T0 + 9 * LEASE) == []
    assert await store.unsent_notices() == []


async def test_a_notice_that_failed_is_due_again_when_it_is_said(store: Store) -> None:
    await store.put_notices([NOTICE])
    [claimed] = await store.claim_notices(T0, 10, LEASE)
    assert await Store(Twice(store._access)).notice_failed(claimed, "550 no such user", T0 + 2 * LEASE)
    failed = replace(claimed, error="550 no such user", due_at=T0 + 2 * LEASE)
    assert await store.unsent_notices() == [failed]
    assert await claim(store, T0 + 2 * LEASE - SECOND) == []
    [again] = await store.claim_notices(T0 + 2 * LEASE, 10, LEASE)
    assert again == replace(failed, tries=2)
    # Sent at last: what went wrong before is no matter any more.
    await store.notice_sent("n1", T0 + 3 * LEASE)
    assert await store.notice("n1") == replace(again, sent_at=T0 + 3 * LEASE, error="")


async def test_who_fails_after_the_lease_does_not_disturb_who_has_it_now(store: Store) -> None:
    await store.put_notices([NOTICE])
    [slow] = await store.claim_notices(T0, 10, LEASE)
    [fast] = await store.claim_notices(T0 + LEASE, 10, LEASE)
    assert not await store.notice_failed(slow, "timeout", T0 + LEASE)
    assert await claim(store, T0 + LEASE + SECOND) == []
    assert await store.notice_failed(fast, "timeout", T0 + LEASE)
    assert await claim(store, T0 + LEASE + SECOND) == ["n1"]


async def test_a_notice_that_is_given_up_stays_to_be_seen(store: Store) -> None:
    await store.put_notices([NOTICE, replace(NOTICE, id="n2", due_at=T0 + SECOND)])
    [claimed] = await store.claim_notices(T0, 1, LEASE)
    assert await store.notice_failed(claimed, "410 gone", None)
    assert await claim(store, T0 + 99 * LEASE) == ["n2"]
    assert [notice.id for notice in await store.unsent_notices()] == ["n2", "n1"]


async def test_a_claim_whose_commits_answer_was_lost_counts_once(store: Store) -> None:
    await store.put_notices([NOTICE, replace(NOTICE, id="n2")])
    twice = Store(Twice(store._access))
    assert await twice.claim_notices(T0, 1, LEASE) == [replace(NOTICE, tries=1)]
    assert await claim(twice) == ["n2"]
    assert await claim(twice) == []


async def test_two_workers_never_both_get_a_notice(store: Store, other: Store) -> None:
    ids = [f"n{place:02}" for place in range(40)]
    await store.put_notices([replace(NOTICE, id=told) for told in ids])

    async def works(process: Store) -> list[str]:
        got: list[str] = []
        while claimed := await claim(process, limit=3):
            got += claimed
        return got

    first, second = await asyncio.gather(works(store), works(other))
    assert sorted(first + second) == ids


async def test_what_another_worker_is_about_to_claim_is_left_to_it(store: Store, other: Store) -> None:
    await store.put_notices([NOTICE, replace(NOTICE, id="n2")])
    slow = Store(Slow(other._access))
    assert await meanwhile(slow, slow.claim_notices(T0, 1, LEASE), claim(store)) == ["n2"]


async def test_what_was_sent_long_ago_is_forgotten(store: Store) -> None:
    await store.put_notices([replace(NOTICE, id=f"n{place}") for place in range(3)])
    for place in range(2):
        await store.notice_sent(f"n{place}", T0 + place * SECOND)
    assert await store.forget_notices(T0 + SECOND) == 1
    assert await store.notice("n0") is None
    assert await store.forget_notices(T0 + 9 * LEASE) == 1
    assert [notice.id for notice in await store.unsent_notices()] == ["n2"]
