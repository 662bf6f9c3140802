"""Leads and attempts page by page: the same on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

from callcenter.adapters.store import Store
from callcenter.outbound import AttemptOutcome, AttemptsOf, LeadsOf, LeadState

from .outbound_rows import LEAD, SECOND, T0, add_lead, closing, dialing, number, reserved, running

SPRING = LeadsOf(campaign="spring")
CALLS = AttemptsOf(campaign="spring")


async def numbers(store: Store, of: LeadsOf) -> list[str]:
    return [lead.number for lead in await store.lead_page(of)]


async def test_leads_come_in_pages_those_due_first_none_twice_none_left_out(store: Store) -> None:
    await running(store, "spring", "autumn")
    due = {number(place): T0 + place // 3 * SECOND for place in range(8)}  # three are due at the same time
    for one, at in reversed(due.items()):
        await add_lead(store, replace(LEAD, number=one, next_at=at))
    await add_lead(store, replace(LEAD, campaign="autumn", number=number(99)))
    found: list[tuple[str, object]] = []
    after = None
    while page := await store.lead_page(replace(SPRING, after=after, limit=3)):
        found += [(lead.number, lead.next_at) for lead in page]
        after = (page[-1].next_at, page[-1].id)
    assert sorted(number for number, _ in found) == sorted(due)
    assert [at for _, at in found] == sorted(due.values())


async def test_leads_are_found_by_digits_state_and_outcome(store: Store) -> None:
    await running(store, "spring")
    one = await add_lead(store, replace(LEAD, number=number(12)))
    await add_lead(store, replace(LEAD, number=number(34)))
    busy = await dialing(store, one)
    await store.close_attempt(closing(busy, AttemptOutcome.BUSY, lead_state=LeadState.DONE))
    assert await numbers(store, replace(SPRING, digits="0012")) == [number(12)]
    assert await numbers(store, replace(SPRING, digits="0_12")) == []
    assert await numbers(store, replace(SPRING, state=LeadState.READY)) == [number(34)]
    assert await numbers(store, replace(SPRING, outcome=AttemptOutcome.BUSY)) == [number(12)]
    assert await numbers(store, replace(SPRING, outcome=AttemptOutcome.BUSY, state=LeadState.READY)) == []


async def test_attempts_come_in_pages_newest_first_with_the_name_of_their_lead(store: Store) -> None:
    await running(store, "spring")
    leads = [await add_lead(store, replace(LEAD, number=number(place), name=f"Ann {place}")) for place in range(4)]
    made = [await reserved(store, lead, at=T0 + place // 2 * SECOND) for place, lead in enumerate(leads)]
    await store.close_attempt(closing(made[0], AttemptOutcome.WITHDRAWN))
    first = await store.attempt_page(replace(CALLS, limit=3))
    last = first[-1][0]
    rest = await store.attempt_page(replace(CALLS, before=(last.reserved_at, last.id), limit=3))
    assert {attempt.id for attempt, _ in first + rest} == {attempt.id for attempt in made}
    assert [attempt.reserved_at for attempt, _ in first + rest] == [T0 + SECOND, T0 + SECOND, T0, T0]
    assert all(name == f"Ann {int(attempt.number[-1])}" for attempt, name in first + rest)
    withdrawn = await store.attempt_page(replace(CALLS, outcome=AttemptOutcome.WITHDRAWN))
    assert [attempt.id for attempt, _ in withdrawn] == [made[0].id]
    assert [attempt.id for attempt, _ in await store.attempt_page(replace(CALLS, digits="0003"))] == [made[3].id]


async def test_the_attempts_on_a_lead_are_told_newest_first(store: Store) -> None:
    await running(store, "spring")
    lead, other = await add_lead(store), await add_lead(store, replace(LEAD, number=number(5)))
    made = []
    for place in range(3):
        made.append(await reserved(store, lead, at=T0 + place * SECOND))
        await store.close_attempt(closing(made[-1], AttemptOutcome.WITHDRAWN, next_at=T0))
    await reserved(store, other)
    assert [one.id for one in await store.attempts_of_lead(lead, 2)] == [made[2].id, made[1].id]
