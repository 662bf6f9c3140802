"""The bound on drops, in the transaction that reserves: counts as the ledger has them, one at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, insert

from callcenter.adapters.store import Store
from callcenter.adapters.store.answers import hour_of
from callcenter.adapters.store.schema import answer_counts
from callcenter.compliance.guard import WindowCount
from callcenter.outbound import Attempt, AttemptOutcome, Draft, DropLimit, Refusal, Rule

from .outbound_rows import HOUR, LEAD, T0, add_lead, closing, draft, number, reserved, running

LIMIT = DropLimit(rule="us-drops", cap=0.03, since=T0 - timedelta(days=30))


async def counted(store: Store, live: int, drops: int, at: datetime = T0 - HOUR) -> None:
    """The campaign has had so many answers an hour ago."""
    row = {"campaign": "spring", "hour": hour_of(at), "live": live, "drops": drops}

    def work(db: Connection) -> None:
        db.execute(insert(answer_counts), row)

    await store._access.write(work)


async def drafts(store: Store, count: int, ready: int = 0, limit: DropLimit = LIMIT) -> list[Draft]:
    leads = [await add_lead(store, replace(LEAD, number=number(place))) for place in range(count)]
    return [replace(draft(lead), drops=(limit,), ready=ready) for lead in leads]


def through(answers: list[Attempt | Refusal]) -> int:
    assert all(isinstance(answer, Attempt) or answer.rule == Rule.DROPS for answer in answers)
    return sum(isinstance(answer, Attempt) for answer in answers)


@pytest.mark.parametrize(
    ("live", "drops", "ready", "calls"),
    [
        (1_999, 500, 0, 6),  # below 2,000 answers the guard sleeps
        (10_000, 0, 0, 6),
        (10_000, 297, 0, 3),
        (10_000, 297, 2, 5),
        (10_000, 300, 2, 2),
        (10_000, 400, 0, 0),
    ],
)
async def test_as_many_pass_as_could_all_be_dropped(
    store: Store, live: int, drops: int, ready: int, calls: int
) -> None:
    await running(store, "spring")
    await counted(store, live, drops)
    assert through(await store.reserve(await drafts(store, 6, ready), T0)) == calls


async def test_calls_whose_fate_is_not_known_take_up_the_room_and_connected_ones_do_not(store: Store) -> None:
    await running(store, "spring")
    await counted(store, 10_000, 298)
    wanted = await drafts(store, 4)
    assert through(await store.reserve(wanted[:2], T0)) == 2
    assert through(await store.reserve(wanted[2:3], T0)) == 0
    await store.note_attempt(wanted[0].id, connected_at=T0)
    assert await store.window("spring", LIMIT.since) == WindowCount(live=10_000, drops=298, unresolved=1)
    assert through(await store.reserve(wanted[3:], T0)) == 1


async def test_only_people_are_counted_and_each_once(store: Store) -> None:
    await running(store, "spring")
    outcomes = (AttemptOutcome.CONNECTED, AttemptOutcome.DROPPED, AttemptOutcome.MACHINE, AttemptOutcome.BUSY)
    for place, outcome in enumerate(outcomes):
        attempt = await reserved(store, await add_lead(store, replace(LEAD, number=number(place))))
        for _ in range(2):
            await store.close_attempt(closing(attempt, outcome, T0 + HOUR * place))
    assert await store.window("spring", T0) == WindowCount(live=2, drops=1, unresolved=0)
    assert await store.window("spring", T0 + HOUR) == WindowCount(live=1, drops=1, unresolved=0)
    assert await store.window("autumn", T0) == WindowCount(live=0, drops=0, unresolved=0)


async def test_what_was_before_the_window_does_not_count(store: Store) -> None:
    await running(store, "spring")
    await counted(store, 10_000, 400, at=LIMIT.since - HOUR)
    await counted(store, 3_000, 80)
    assert through(await store.reserve(await drafts(store, 12), T0)) == 10


async def test_two_who_reserve_at_once_do_not_use_the_same_room(store: Store, other: Store) -> None:
    await running(store, "spring")
    await counted(store, 10_000, 296)
    wanted = await drafts(store, 12)
    answers = await asyncio.gather(
        *(who.reserve([one], T0) for who, one in zip([store, other] * 6, wanted, strict=True))
    )
    assert through([answer for (answer,) in answers]) == 4


async def test_who_is_refused_is_not_touched(store: Store) -> None:
    await running(store, "spring")
    await counted(store, 10_000, 400)
    (wanted,) = await drafts(store, 1)
    assert await store.reserve([wanted], T0) == [Refusal(draft=wanted.id, rule=Rule.DROPS)]
    assert [lead.id for lead in await store.hopper("spring", T0, 5)] == [wanted.lead]
