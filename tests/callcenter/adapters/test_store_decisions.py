"""Decisions are kept with their reasons, found by time, and deleted when they are old."""

from __future__ import annotations

from datetime import timedelta

from callcenter.adapters.store import Store
from callcenter.outbound import Decision

from .outbound_rows import HOUR, T0

SECOND = timedelta(seconds=1)


def decision(place: int, campaign: str = "spring") -> Decision:
    return Decision(
        campaign=campaign,
        cell="main",
        at=T0 + place * SECOND,
        asked=7,
        placed=place,
        cancelled=0,
        floor={"idle": 2.0, "ringing": 5.0},
        reasons=("5.0 agents will be free", "price 4 %"),
    )


async def test_decisions_are_found_by_time_newest_first(store: Store) -> None:
    await store.keep_decisions([decision(place) for place in range(5)] + [decision(2, "autumn")])
    assert await store.decisions("spring", T0 + SECOND, T0 + 4 * SECOND, 10) == [decision(3), decision(2), decision(1)]
    assert await store.decisions("spring", T0, T0 + HOUR, 2) == [decision(4), decision(3)]


async def test_the_last_decision_at_a_time_is_the_one_that_counted_then(store: Store) -> None:
    await store.keep_decisions([decision(0), decision(10)])
    assert await store.decision_at("spring", T0 + 9 * SECOND) == decision(0)
    assert await store.decision_at("spring", T0 + 10 * SECOND) == decision(10)
    assert await store.decision_at("spring", T0 - SECOND) is None


async def test_old_ones_are_deleted(store: Store) -> None:
    await store.keep_decisions([decision(place) for place in range(5)])
    await store.prune_decisions(T0 + 3 * SECOND)
    assert await store.decisions("spring", T0, T0 + HOUR, 10) == [decision(4), decision(3)]


async def test_nothing_to_keep_is_nothing(store: Store) -> None:
    await store.keep_decisions([])
    assert await store.decisions("spring", T0, T0 + HOUR, 10) == []
