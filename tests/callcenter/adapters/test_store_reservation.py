"""Reserving attempts: the same on SQLite and PostgreSQL, in one process and in two."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from callcenter.adapters.store import Store
from callcenter.errors import Conflict
from callcenter.outbound import (
    NOT_DIALLED,
    Attempt,
    AttemptOutcome,
    AttemptState,
    CallLimit,
    CampaignState,
    DncEntry,
    Draft,
    Lead,
    LeadState,
    Refusal,
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
    WEEK,
    Slow,
    add_lead,
    as_stored,
    closing,
    dialing,
    draft,
    meanwhile,
    number,
    reserved,
    running,
    said,
    sent,
    wrong,
)

T = TypeVar("T")

AFTER_TALK = CallLimit(rule="after-talk", calls=1, window=timedelta(days=7), outcome=AttemptOutcome.CONNECTED)
FORBIDDEN = DncEntry(number=NUMBER, reason="opt-out", since=T0)


@pytest.fixture
async def lead(store: Store) -> Lead:
    """A READY lead of a campaign that runs."""
    await running(store, "spring")
    return await add_lead(store)


async def test_reserving_makes_an_attempt_and_holds_the_lead(store: Store, lead: Lead) -> None:
    wanted = draft(lead)
    attempt = Attempt(
        id=wanted.id,
        lead=lead.id,
        campaign="spring",
        number=NUMBER,
        cell="main",
        state=AttemptState.RESERVED,
        counted=True,
        reserved_at=T0,
    )
    assert await store.reserve([wanted], T0) == [attempt]
    assert await store.attempt(wanted.id) == attempt
    assert await store.attempt("another") is None
    assert await as_stored(store, lead) == replace(lead, state=LeadState.DIALING, tries=1)
    assert await store.reserve([], T0) == []


async def test_a_batch_is_answered_in_its_order(store: Store) -> None:
    await running(store, "spring")
    leads = [await add_lead(store, replace(LEAD, number=number(place))) for place in range(4)]
    await store.add_dnc([replace(FORBIDDEN, number=number(2))])
    drafts = [draft(lead) for lead in reversed(leads)]
    answers = await store.reserve(drafts, T0)
    assert [type(answer) for answer in answers] == [Attempt, Refusal, Attempt, Attempt]
    assert [answer.id if isinstance(answer, Attempt) else answer.draft for answer in answers] == [
        wanted.id for wanted in drafts
    ]
    assert answers[1] == Refusal(draft=drafts[1].id, rule=Rule.DNC)


@pytest.mark.parametrize("state", [CampaignState.PAUSED, CampaignState.DRAINING, CampaignState.ENDED])
async def test_a_campaign_that_does_not_run_reserves_nothing(store: Store, lead: Lead, state: CampaignState) -> None:
    await store.set_campaign_state("spring", state)
    [refusal] = await store.reserve([draft(lead)], T0)
    assert isinstance(refusal, Refusal)
    assert (refusal.rule, refusal.until) == (Rule.CAMPAIGN_STATE, None)
    assert await as_stored(store, lead) == lead


async def test_only_a_lead_that_is_ready_and_due_is_reserved(store: Store, lead: Lead) -> None:
    other = draft(replace(lead, id=lead.id + 1))
    elsewhere = replace(draft(lead), number=number(7))
    assert [said(answer) for answer in await store.reserve([other, elsewhere], T0)] == [(Rule.LEAD_STATE, None)] * 2
    assert [said(answer) for answer in await store.reserve([draft(lead)], T0 - SECOND)] == [(Rule.LEAD_STATE, T0)]
    await store.finish_leads([lead.id])
    assert [said(answer) for answer in await store.reserve([draft(lead)], T0)] == [(Rule.LEAD_STATE, None)]


@pytest.mark.parametrize("campaign", [None, "spring", "autumn"])
async def test_a_number_on_the_do_not_call_list_is_not_reserved(store: Store, lead: Lead, campaign: str | None) -> None:
    await store.add_dnc([replace(FORBIDDEN, campaign=campaign)])
    [answer] = await store.reserve([draft(lead)], T0)
    assert isinstance(answer, Attempt) if campaign == "autumn" else said(answer) == (Rule.DNC, None)


async def test_a_number_is_called_for_one_campaign_at_a_time(store: Store, lead: Lead) -> None:
    await running(store, "autumn")
    other = await add_lead(store, replace(LEAD, campaign="autumn"))
    first, second = await store.reserve([draft(lead), draft(other)], T0)
    assert isinstance(first, Attempt)
    assert said(second) == (Rule.OPEN_ATTEMPT, None)
    assert [said(answer) for answer in await store.reserve([draft(other)], T0)] == [(Rule.OPEN_ATTEMPT, None)]
    await store.close_attempt(closing(first, AttemptOutcome.WITHDRAWN))
    assert isinstance((await store.reserve([draft(other)], T0))[0], Attempt)
    assert await wrong(store) == []


async def test_limits_look_at_all_calls_to_the_number(store: Store, lead: Lead) -> None:
    await running(store, "autumn")
    other = await add_lead(store, replace(LEAD, campaign="autumn"))
    called = await dialing(store, lead, T0 + SECOND)
    await store.close_attempt(closing(called, AttemptOutcome.NO_ANSWER))
    for at, refused in ((2 * SECOND, True), (4 * HOUR, True), (4 * HOUR + SECOND, False)):
        [answer] = await store.reserve([draft(other, INTERVAL)], T0 + at)
        assert isinstance(answer, Refusal) == refused
        if isinstance(answer, Refusal):
            assert (answer.rule, answer.until) == ("interval", T0 + SECOND + 4 * HOUR)


async def test_a_wait_after_a_talk_binds_the_number_whoever_talked(store: Store, lead: Lead) -> None:
    await running(store, "autumn")
    other = await add_lead(store, replace(LEAD, campaign="autumn"))
    talked = await dialing(store, lead)
    await store.close_attempt(closing(talked, AttemptOutcome.CONNECTED, T0 + HOUR))
    until = T0 + HOUR + AFTER_TALK.window
    for asked in (other, lead):
        [answer] = await store.reserve([draft(asked, INTERVAL, AFTER_TALK)], until - SECOND)
        assert said(answer) == ("after-talk", until)
    assert isinstance((await store.reserve([draft(other, INTERVAL, AFTER_TALK)], until))[0], Attempt)


async def test_a_wait_after_one_outcome_does_not_count_the_others(store: Store, lead: Lead) -> None:
    for hours, outcome in enumerate((AttemptOutcome.CONNECTED, AttemptOutcome.BUSY, AttemptOutcome.LOST)):
        await store.close_attempt(closing(await dialing(store, lead, T0 + hours * HOUR), outcome, T0 + hours * HOUR))
    [answer] = await store.reserve([draft(lead, AFTER_TALK)], T0 + 3 * HOUR)
    assert said(answer) == ("after-talk", T0 + AFTER_TALK.window)


async def test_of_two_campaigns_on_a_number_the_longer_interval_counts(store: Store, lead: Lead) -> None:
    await running(store, "autumn", interval=48 * HOUR)
    other = await add_lead(store, replace(LEAD, campaign="autumn"))
    called = await dialing(store, other)
    await store.close_attempt(closing(called, AttemptOutcome.NO_ANSWER))
    # Spring's own four hours are long over; autumn's two days are not.
    [answer] = await store.reserve([draft(lead, INTERVAL)], T0 + 47 * HOUR)
    assert said(answer) == (Rule.INTERVAL, T0 + 48 * HOUR)
    again = await reserved(store, lead, INTERVAL, at=T0 + 48 * HOUR)
    await store.close_attempt(closing(again, AttemptOutcome.LOST, T0 + 48 * HOUR))
    # The other way round it is autumn's own limit.
    autumn = replace(INTERVAL, window=48 * HOUR)
    [answer] = await store.reserve([draft(other, autumn)], T0 + 53 * HOUR)
    assert said(answer) == ("interval", T0 + 96 * HOUR)


async def test_an_interval_that_was_changed_counts_as_it_is_now(store: Store, lead: Lead) -> None:
    await running(store, "autumn", interval=48 * HOUR)
    other = await add_lead(store, replace(LEAD, campaign="autumn"))
    await store.close_attempt(closing(await dialing(store, other), AttemptOutcome.NO_ANSWER))
    await running(store, "autumn", interval=5 * HOUR)
    [answer] = await store.reserve([draft(lead, INTERVAL)], T0 + 4 * HOUR)
    assert said(answer) == (Rule.INTERVAL, T0 + 5 * HOUR)


async def test_a_fault_on_the_way_is_no_try_of_the_lead_and_counts_for_the_number(store: Store, lead: Lead) -> None:
    called = await dialing(store, lead)
    await store.close_attempt(closing(called, AttemptOutcome.FAILED))
    assert (await as_stored(store, lead)).tries == 0
    [answer] = await store.reserve([draft(lead, INTERVAL)], T0)
    assert said(answer) == ("interval", T0 + 4 * HOUR)
    assert await wrong(store) == []


async def test_a_limit_counts_from_the_gate_on(store: Store, lead: Lead) -> None:
    called = await sent(store, lead, T0)
    await store.pass_gate(called.id, T0 + 5 * SECOND, MAX_AGE)
    await store.close_attempt(closing(called, AttemptOutcome.BUSY))
    [answer] = await store.reserve([draft(lead, INTERVAL)], T0 + HOUR)
    assert said(answer) == ("interval", T0 + 5 * SECOND + 4 * HOUR)


async def test_a_limit_counts_from_the_end_of_the_call_however_long_it_was_held_up(store: Store, lead: Lead) -> None:
    called = await sent(store, lead, T0)
    await store.pass_gate(called.id, T0 + 5 * SECOND, MAX_AGE)
    await store.close_attempt(closing(called, AttemptOutcome.BUSY, T0 + HOUR))
    [answer] = await store.reserve([draft(lead, INTERVAL)], T0 + 2 * HOUR)
    assert said(answer) == ("interval", T0 + HOUR + 4 * HOUR)


async def test_what_was_not_dialled_counts_for_no_limit(store: Store, lead: Lead) -> None:
    for outcome in NOT_DIALLED:
        await store.close_attempt(closing(await reserved(store, lead, INTERVAL), outcome))
        assert (await as_stored(store, lead)).tries == 0
    lost = await sent(store, lead)
    await store.close_attempt(closing(lost, AttemptOutcome.LOST))
    [answer] = await store.reserve([draft(lead, INTERVAL)], T0)
    assert said(answer) == ("interval", T0 + 4 * HOUR)


async def test_the_eighth_call_in_seven_days_waits_for_the_first_to_be_seven_days_old(store: Store, lead: Lead) -> None:
    for day in range(7):
        called = await dialing(store, lead, T0 + day * timedelta(hours=12))
        await store.close_attempt(closing(called, AttemptOutcome.NO_ANSWER, T0))
    at = T0 + timedelta(days=3, hours=1)
    [answer] = await store.reserve([draft(lead, INTERVAL, WEEK)], at)
    # Both limits are against it; it is told the one that lasts longer.
    assert said(answer) == ("seven-in-seven", T0 + timedelta(days=7))
    [answer] = await store.reserve([draft(lead, INTERVAL, WEEK)], T0 + timedelta(days=7))
    assert isinstance(answer, Attempt)


async def test_a_limit_of_no_calls_is_never_over(store: Store, lead: Lead) -> None:
    never = CallLimit(rule="never", calls=0, window=SECOND)
    assert [said(answer) for answer in await store.reserve([draft(lead, never)], T0)] == [("never", None)]


async def test_a_draft_reserved_already_is_returned_as_it_is(store: Store, lead: Lead) -> None:
    await running(store, "autumn")
    wanted, other = draft(lead), draft(await add_lead(store, replace(LEAD, number=number(2))))
    [attempt] = await store.reserve([wanted], T0)
    again, second = await store.reserve([wanted, other], T0 + SECOND)
    assert again == attempt
    assert isinstance(second, Attempt)
    assert (await as_stored(store, lead)).tries == 1


async def test_an_id_used_before_is_refused_and_the_batch_with_it(store: Store, lead: Lead) -> None:
    used = await sent(store, lead)
    other = await add_lead(store, replace(LEAD, number=number(2)))
    for conflicting in (draft(lead), draft(other)):
        with pytest.raises(Conflict, match="was made before"):
            await store.reserve([draft(other), replace(conflicting, id=used.id)], T0)
    wanted = draft(other)
    with pytest.raises(Conflict, match="the same id"):
        await store.reserve([wanted, wanted], T0)
    assert await as_stored(store, other) == other
    assert await store.open_attempts() == [used]


async def test_a_number_another_process_is_about_to_commit_is_waited_for(
    store: Store, other: Store, lead: Lead
) -> None:
    await running(store, "autumn")
    elsewhere = await add_lead(store, replace(LEAD, campaign="autumn"))
    slow = Store(Slow(other._access))
    [answer] = await meanwhile(slow, slow.reserve([draft(elsewhere)], T0), store.reserve([draft(lead)], T0))
    assert said(answer) == (Rule.OPEN_ATTEMPT, None)


@pytest.mark.parametrize("asked", ["reserve", "gate"])
@pytest.mark.parametrize("rule", [Rule.DNC, Rule.CAMPAIGN_STATE])
async def test_what_another_process_is_about_to_forbid_is_waited_for(
    store: Store, other: Store, lead: Lead, rule: Rule, asked: str
) -> None:
    slow = Store(Slow(other._access))
    forbid: Coroutine[Any, Any, object] = slow.add_dnc([FORBIDDEN])
    if rule is Rule.CAMPAIGN_STATE:
        forbid.close()
        forbid = slow.set_campaign_state("spring", CampaignState.PAUSED)
    if asked == "gate":
        attempt = await sent(store, lead)
        answer = await meanwhile(slow, forbid, store.pass_gate(attempt.id, T0, MAX_AGE))
    else:
        [answer] = await meanwhile(slow, forbid, store.reserve([draft(lead)], T0))
    assert said(answer) == (rule, None)


async def test_a_lead_another_process_is_about_to_finish_is_waited_for(store: Store, other: Store, lead: Lead) -> None:
    slow = Store(Slow(other._access))
    [answer] = await meanwhile(slow, slow.finish_leads([lead.id]), store.reserve([draft(lead)], T0))
    assert said(answer) == (Rule.LEAD_STATE, None)


async def test_two_processes_never_both_get_a_number(store: Store, other: Store) -> None:
    await running(store, "spring", "autumn")
    numbers = [number(place) for place in range(60)]
    drafts: dict[str, list[Draft]] = {}
    for name in ("spring", "autumn"):
        await store.add_leads([replace(LEAD, campaign=name, number=told) for told in numbers])
        drafts[name] = [draft(lead) for lead in await store.leads(name)]
    # The one from the front, the other from the back: whoever locked as they come would wait in a circle.
    drafts["autumn"].reverse()

    def batches(name: str) -> list[list[Draft]]:
        return [drafts[name][start : start + 6] for start in range(0, 60, 6)]

    answers = await asyncio.gather(
        *(
            process.reserve(batch, T0)
            for pair in zip(batches("spring"), batches("autumn"), strict=True)
            for process, batch in zip((store, other), pair, strict=True)
        )
    )
    attempts = [answer for batch in answers for answer in batch if isinstance(answer, Attempt)]
    assert sorted(attempt.number for attempt in attempts) == numbers
    assert {said(answer) for batch in answers for answer in batch if isinstance(answer, Refusal)} == {
        (Rule.OPEN_ATTEMPT, None)
    }
    assert await wrong(store) == []


async def test_two_processes_never_both_get_a_lead_nor_exceed_a_limit(store: Store, other: Store) -> None:
    await running(store, "spring")
    await store.add_leads([replace(LEAD, number=number(place)) for place in range(20)])
    leads = await store.leads("spring")

    async def dials(process: Store) -> int:
        dialled = 0
        for lead in leads * 3:
            [answer] = await process.reserve([draft(lead, INTERVAL)], T0)
            if isinstance(answer, Attempt):
                await process.mark_sent([answer.id], T0)
                assert isinstance(await process.pass_gate(answer.id, T0, MAX_AGE), Attempt)
                await process.close_attempt(closing(answer, AttemptOutcome.BUSY))
                dialled += 1
        return dialled

    assert sum(await asyncio.gather(dials(store), dials(other))) == 20
    assert await wrong(store) == []


async def test_once_a_number_is_forbidden_nothing_on_it_is_reserved_or_passes(store: Store, other: Store) -> None:
    await running(store, "spring")
    forbidden: set[str] = set()

    async def forbid(lead: Lead) -> None:
        await other.add_dnc([replace(FORBIDDEN, number=lead.number)])
        forbidden.add(lead.number)

    async def dial(lead: Lead, attempt: Attempt | None) -> None:
        """Try until refused; what is asked for after the number was forbidden must be."""
        late, answer = False, None
        while not late:
            late = lead.number in forbidden
            if attempt is None:
                [answer] = await store.reserve([draft(lead)], T0)
            else:
                answer = await store.pass_gate(attempt.id, T0, MAX_AGE)
        assert isinstance(answer, Refusal)

    for place in range(20):
        lead = await add_lead(store, replace(LEAD, number=number(place)))
        attempt = await sent(store, lead) if place % 2 else None
        await asyncio.gather(dial(lead, attempt), forbid(lead))
    assert len(forbidden) == 20
