"""The ledger stays sound: answers to commits get lost, steps come in any order, and the database guards itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from callcenter.adapters.store import Store
from callcenter.outbound import (
    NOT_DIALLED,
    Attempt,
    AttemptOutcome,
    AttemptState,
    CallLimit,
    CampaignState,
    DncEntry,
    Lead,
    Rule,
)

from .outbound_rows import (
    HOUR,
    INTERVAL,
    LEAD,
    MAX_AGE,
    NUMBER,
    SECOND,
    T0,
    Twice,
    add_lead,
    as_stored,
    closing,
    draft,
    reserved,
    running,
    said,
    wrong,
)

Step = Callable[[Store, Lead, datetime], Awaitable[None]]


@pytest.fixture
async def lead(store: Store) -> Lead:
    """A READY lead of a campaign that runs."""
    await running(store, "spring")
    return await add_lead(store)


async def test_a_step_whose_commits_answer_was_lost_is_done_and_told_once(store: Store, lead: Lead) -> None:
    twice = Store(Twice(store._access))
    wanted = draft(lead, INTERVAL)
    [attempt] = await twice.reserve([wanted], T0)
    assert isinstance(attempt, Attempt)
    assert await twice.mark_sent([attempt.id], T0) == {attempt.id}
    assert await twice.mark_sent([attempt.id], T0) == set()
    passed = await twice.pass_gate(attempt.id, T0, MAX_AGE)
    assert passed == replace(attempt, state=AttemptState.DIALING, sent_at=T0, gate_at=T0)
    assert said(await twice.pass_gate(attempt.id, T0, MAX_AGE)) == (Rule.NOT_SENT, None)
    assert await twice.note_attempt(attempt.id, answered_at=T0)
    end = closing(attempt, AttemptOutcome.CONNECTED)
    assert await twice.close_attempts([end, end]) == [True, False]
    assert not await twice.close_attempt(end)
    assert (await as_stored(store, lead)).tries == 1

    second = await reserved(twice, lead)
    assert await twice.close_attempt(closing(second, AttemptOutcome.WITHDRAWN))
    assert (await as_stored(store, lead)).tries == 1
    assert await wrong(store) == []


async def test_the_database_itself_keeps_a_number_and_a_lead_from_two_open_attempts(store: Store, lead: Lead) -> None:
    """Whatever a later version of the program or a person at a console does."""
    attempt = await reserved(store, lead)
    for column, value in (("number", "'+1'"), ("lead", "0")):
        copied = {"id": "'copy'", column: value}
        columns = ", ".join(
            copied.get(name, name)
            for name in ("id", "lead", "campaign", "number", "cell", "state", "counted", "reserved_at", "counts_at")
        )
        copy = text(
            "INSERT INTO attempts (id, lead, campaign, number, cell, state, counted, reserved_at, counts_at) "  # noqa: S608
            f"SELECT {columns} FROM attempts"
        )
        with pytest.raises(Exception, match=r"(?i)unique"):
            await store._access.write(lambda db, copy=copy: db.execute(copy).rowcount)
    assert await store.open_attempts() == [attempt]


# Whatever is done in whatever order with one number that is a lead in two campaigns.
CAMPAIGNS = ("spring", "autumn")
GAP = CallLimit(rule="gap", calls=1, window=3 * SECOND)


async def _reserve(store: Store, lead: Lead, now: datetime) -> None:
    await store.reserve([draft(lead, GAP)], now)


async def _send(store: Store, lead: Lead, now: datetime) -> None:
    await store.mark_sent([attempt.id for attempt in await _open_on(store, lead)], now)


async def _pass(store: Store, lead: Lead, now: datetime) -> None:
    for attempt in await _open_on(store, lead):
        await store.pass_gate(attempt.id, now, 4 * SECOND)


async def _answer(store: Store, lead: Lead, now: datetime) -> None:
    for attempt in await _open_on(store, lead):
        await store.note_attempt(attempt.id, answered_at=now)


async def _forbid(store: Store, lead: Lead, now: datetime) -> None:
    await store.add_dnc([DncEntry(number=lead.number, reason="", since=now, campaign=lead.campaign)])


async def _allow(store: Store, lead: Lead, now: datetime) -> None:
    await store.remove_dnc(lead.number, lead.campaign)


async def _open_on(store: Store, lead: Lead) -> list[Attempt]:
    return [attempt for attempt in await store.open_attempts() if attempt.lead == lead.id]


def _close_as(outcome: AttemptOutcome) -> Step:
    async def close(store: Store, lead: Lead, now: datetime) -> None:
        for attempt in await _open_on(store, lead):
            await store.close_attempt(closing(attempt, outcome, now))

    return close


def _set(state: CampaignState) -> Step:
    async def set_state(store: Store, lead: Lead, now: datetime) -> None:
        await store.set_campaign_state(lead.campaign, state)

    return set_state


async def _dial(store: Store, lead: Lead, now: datetime) -> None:
    for step in (_reserve, _send, _pass):
        await step(store, lead, now)


STEPS: tuple[Step, ...] = (
    # The way to a call and its end more often than the rest, so that many get there.
    *(_dial, _dial, _dial, _dial, _reserve, _send, _pass, _answer),
    *(_close_as(outcome) for outcome in AttemptOutcome),
    *(_close_as(outcome) for outcome in sorted(NOT_DIALLED)),
    *(_forbid, _allow, _allow, *(_set(state) for state in (CampaignState.PAUSED, *[CampaignState.RUNNING] * 3))),
)
steps = st.tuples(st.sampled_from(STEPS), st.integers(0, 1), st.sampled_from([0, 0, 1, 3]))


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(taken=st.lists(steps, min_size=15, max_size=30))
async def test_the_ledger_is_sound_after_any_steps(store: Store, taken: list[tuple[Step, int, int]]) -> None:
    leads = await _fresh(store)
    # When the limits of the example before are over.
    now = began = max(lead.next_at for lead in leads) + HOUR
    for step, place, seconds in taken:
        now += seconds * SECOND
        await step(store, leads[place], now)
    assert await wrong(store) == []
    made = [attempt for name in CAMPAIGNS for attempt in await store.attempts(name, began, now + HOUR, 100)]
    calls = sorted(attempt.gate_at for attempt in made if attempt.gate_at)
    assert all(later - earlier >= GAP.window for earlier, later in pairwise(calls))
    for attempt in await store.open_attempts():
        await store.close_attempt(closing(attempt, AttemptOutcome.LOST, now))
    await store.reschedule_leads([(lead.id, now) for lead in leads])
    assert await wrong(store) == []


async def _fresh(store: Store) -> list[Lead]:
    """Return the two leads, READY, of campaigns that run; the examples share a database."""
    await running(store, *CAMPAIGNS, interval=GAP.window)
    await store.add_leads([replace(LEAD, campaign=name) for name in CAMPAIGNS])
    for name in CAMPAIGNS:
        await store.set_campaign_state(name, CampaignState.RUNNING)
        await store.remove_dnc(NUMBER, name)
    return [lead for name in CAMPAIGNS for lead in await store.leads(name)]
