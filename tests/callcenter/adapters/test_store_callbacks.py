"""Callbacks in the store: booked once, claimed by one, and cancelled while a phone may already ring."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.adapters.store import Store
from callcenter.care import Callback, CallbackResult, CallbackState
from callcenter.errors import Conflict
from callcenter.outbound import CampaignKind, LeadState

from .outbound_rows import CAMPAIGN, LEAD, Twice, as_stored

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WISH = Callback(
    id="a", number="+12025550143", queue="sales", since=NOW - MINUTE, due_at=NOW, call_id="1.2", updated_at=NOW
)


async def claimed(store: Store, wish: Callback = WISH, attempt: str = "x") -> Callback:
    await store.book_callback(wish)
    found = await store.claim_callback(wish.id, attempt, NOW)
    assert found is not None
    return found


async def stored(store: Store, wish: Callback = WISH) -> Callback:
    found = await store.callback(wish.id)
    assert found is not None
    return found


async def test_one_booked_is_kept_as_it_was_first(store: Store) -> None:
    wish = replace(WISH, skills=("spanish",), data={"order": 17}, priority=3, flow="main", version=4)
    assert await store.book_callback(wish)
    assert not await store.book_callback(replace(wish, due_at=NOW + MINUTE))
    assert await stored(store) == wish
    with pytest.raises(Conflict):
        await store.book_callback(replace(wish, call_id="3.4"))


async def test_those_due_come_by_priority_and_then_by_the_place_they_keep(store: Store) -> None:
    late = replace(WISH, id="b", since=NOW)
    urgent = replace(WISH, id="c", since=NOW, priority=1)
    tomorrow = replace(WISH, id="d", due_at=NOW + MINUTE)
    for wish in (late, WISH, tomorrow, urgent):
        await store.book_callback(wish)
    assert await store.due_callbacks(NOW, 10) == [urgent, WISH, late]
    assert await store.next_callback() == NOW


async def test_a_queue_with_many_does_not_hide_the_others(store: Store) -> None:
    for place in range(5):
        await store.book_callback(replace(WISH, id=f"a{place}", since=NOW - (10 - place) * MINUTE))
    await store.book_callback(replace(WISH, id="b", queue="support"))
    assert [wish.id for wish in await store.due_callbacks(NOW, 2)] == ["a0", "a1", "b"]


async def test_leads_whose_callback_is_over_are_ended(store: Store) -> None:
    await store.put_campaign(replace(CAMPAIGN, name="callback:sales", kind=CampaignKind.CALLBACK))
    await store.put_campaign(CAMPAIGN)
    await store.book_callback(WISH)
    wanted = await store.renew_lead(replace(LEAD, campaign="callback:sales", external_id="a"))
    left = await store.renew_lead(replace(LEAD, campaign="callback:sales", number="+12025550199", external_id="gone"))
    other = await store.renew_lead(LEAD)
    assert None not in (wanted, left, other)
    assert await store.end_left_leads() == 1
    states = [(await as_stored(store, lead)).state for lead in (wanted, left, other) if lead is not None]
    assert states == [LeadState.READY, LeadState.DONE, LeadState.READY]


async def test_one_is_claimed_once(store: Store) -> None:
    first = await claimed(store)
    assert (first.state, first.attempt, first.tries) == (CallbackState.DIALING, "x", 1)
    assert await store.claim_callback("a", "x", NOW) == first
    assert await store.claim_callback("a", "y", NOW) is None


async def test_only_who_claimed_it_says_what_came_of_it(store: Store) -> None:
    await claimed(store)
    again = CallbackResult(
        callback="a", attempt="x", state=CallbackState.OPEN, at=NOW, due_at=NOW + MINUTE, reason="busy"
    )
    assert not await store.finish_callback(replace(again, attempt="y"))
    assert await store.finish_callback(again)
    assert (await stored(store)).due_at == NOW + MINUTE
    assert not await store.finish_callback(again)


@pytest.mark.parametrize("being_called", [False, True])
async def test_one_that_is_not_wanted_any_more_is_cancelled_even_while_it_is_called(
    store: Store, being_called: bool
) -> None:
    await (claimed(store) if being_called else store.book_callback(WISH))
    assert await store.cancel_callback("a", "pressed 2", NOW)
    found = await stored(store)
    assert (found.state, found.reason, found.ended_at) == (CallbackState.CANCELLED, "pressed 2", NOW)
    assert not await store.cancel_callback("a", "again", NOW)
    done = CallbackResult(callback="a", attempt="x", state=CallbackState.DONE, at=NOW)
    assert not await store.finish_callback(done)


async def test_whoever_reached_an_agent_by_themselves_is_called_back_for_that_queue_no_more(store: Store) -> None:
    other_queue = replace(WISH, id="b", queue="support")
    other_number = replace(WISH, id="c", number="+12025550199")
    for wish in (WISH, other_queue, other_number):
        await store.book_callback(wish)
    twice = Store(Twice(store._access))
    assert await twice.cancel_callbacks({"2025550143", "+12025550143"}, "sales", "called in", NOW)
    assert not await store.cancel_callbacks({"+12025550143"}, "sales", "called in", NOW)
    assert {wish.id for wish in await store.callbacks()} == {"b", "c"}
