"""Campaigns, leads and the do-not-call list: the same on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.adapters.store import Store
from callcenter.adapters.store.campaigns import CHUNK
from callcenter.errors import NotFound
from callcenter.outbound import AttemptOutcome, CallingOrder, CampaignKind, CampaignState, DncEntry, Lead, LeadState

from .outbound_rows import (
    CAMPAIGN,
    HOUR,
    INTERVAL,
    LEAD,
    NUMBER,
    SECOND,
    T0,
    Twice,
    add_lead,
    closing,
    dialing,
    draft,
    number,
    running,
    said,
)

ENTRY = DncEntry(number=NUMBER, reason="asked for it", since=T0)


async def test_a_campaign_is_kept_with_all_its_fields(store: Store) -> None:
    campaign = replace(
        CAMPAIGN,
        kind=CampaignKind.COLLECTIONS,
        message="en/safe-harbour",
        skills=("sales", "german"),
        language="de",
        mode="predictive",
        cap=0.029999999999999999,
        ring=timedelta(seconds=22.5),
        interval=timedelta(days=1),
        weight=0.25,
        order=CallingOrder.SCORE,
        amd=True,
    )
    assert await store.put_campaign(campaign)
    assert await store.campaign("spring") == campaign
    assert await store.campaign("autumn") is None


async def test_a_campaign_put_again_is_changed_but_for_its_state(store: Store) -> None:
    await store.put_campaign(CAMPAIGN)
    changed = replace(CAMPAIGN, title="Other", state=CampaignState.PAUSED, created_at=T0 + HOUR)
    assert not await store.put_campaign(changed)
    assert await store.campaigns() == [replace(CAMPAIGN, title="Other")]


async def test_a_campaign_is_paused_and_started(store: Store) -> None:
    await running(store, "b", "a")
    await store.set_campaign_state("a", CampaignState.PAUSED)
    assert [(campaign.name, campaign.state) for campaign in await store.campaigns()] == [
        ("a", CampaignState.PAUSED),
        ("b", CampaignState.RUNNING),
    ]
    with pytest.raises(NotFound, match="no campaign 'c'"):
        await store.set_campaign_state("c", CampaignState.RUNNING)


async def test_a_lead_is_kept_with_all_its_fields(store: Store) -> None:
    lead = replace(
        LEAD,
        name="Zoë",
        language="de",
        external_id="4711",
        time_zone="America/New_York",
        priority=-3,
        data={"debt": 12.5, "tags": ["a", None]},
        next_at=T0 + HOUR,
    )
    stored = await add_lead(store, lead)
    assert stored == replace(lead, id=stored.id)
    assert stored.id > 0
    assert await store.lead(stored.id) == stored
    assert await store.lead(stored.id + 1) is None


async def test_a_number_is_in_a_campaign_once(store: Store) -> None:
    other = replace(LEAD, campaign="autumn")
    third = replace(LEAD, number=number(3))
    assert await store.add_leads([LEAD, other, replace(LEAD, name="again")]) == [True, True, False]
    assert await store.add_leads([third, replace(LEAD, name="again")]) == [True, False]
    assert [lead.name for lead in await store.leads("spring")] == ["", ""]
    assert await store.add_leads([]) == []


async def test_thousands_of_leads_are_added_while_others_write(store: Store) -> None:
    numbers = [number(place) for place in range(2000)]
    adding = asyncio.create_task(store.add_leads([replace(LEAD, number=told) for told in numbers]))
    written = 0
    while not adding.done():
        await store.put_campaign(replace(CAMPAIGN, title=str(written)))
        written += 1
    assert await adding == [True] * 2000
    # One of ours goes in between any two pieces of the list.
    assert written >= 2000 / CHUNK
    assert {lead.number for lead in await store.leads("spring", limit=3000)} == set(numbers)


async def test_leads_are_listed_by_state_and_time(store: Store) -> None:
    await running(store, "spring")
    for place in range(4):
        await add_lead(store, replace(LEAD, number=number(place), next_at=T0 - place * SECOND))
    leads = await store.leads("spring")
    assert [lead.number for lead in leads] == [number(place) for place in (3, 2, 1, 0)]
    await dialing(store, leads[0])
    assert await store.leads("spring", LeadState.READY, limit=2) == leads[1:3]
    assert [lead.id for lead in await store.leads("spring", LeadState.DIALING)] == [leads[0].id]
    assert await store.leads("spring", LeadState.DONE) == []
    assert await store.leads("autumn") == []


async def test_the_hopper_takes_the_urgent_first_and_then_who_is_longest_due(store: Store) -> None:
    await running(store, "spring")
    due = {"later": 0, "urgent": 0, "longest": -2, "shorter": -1, "tomorrow": 1}
    for place, (name, hours) in enumerate(due.items()):
        priority = 5 if name in {"urgent", "tomorrow"} else 0
        lead = replace(LEAD, number=number(place), name=name, priority=priority, next_at=T0 + hours * HOUR)
        await add_lead(store, lead)
    await add_lead(store, replace(LEAD, campaign="autumn"))

    async def names(limit: int) -> list[str]:
        return [lead.name for lead in await store.hopper("spring", T0, limit)]

    assert await names(10) == ["urgent", "longest", "shorter", "later"]
    assert await names(2) == ["urgent", "longest"]
    await dialing(store, (await store.hopper("spring", T0, 1))[0])
    assert await names(10) == ["longest", "shorter", "later"]
    assert await store.hopper("spring", T0 - 3 * HOUR, 10) == []


async def test_when_the_next_lead_is_due(store: Store) -> None:
    await running(store, "spring")
    assert await store.next_due("spring") is None
    first = await add_lead(store, replace(LEAD, next_at=T0 - HOUR))
    await add_lead(store, replace(LEAD, number=number(2), next_at=T0 + HOUR))
    assert await store.next_due("spring") == T0 - HOUR
    await dialing(store, first)
    assert await store.next_due("spring") == T0 + HOUR


async def test_only_ready_leads_are_rescheduled(store: Store) -> None:
    await running(store, "spring")
    leads = [await add_lead(store, replace(LEAD, number=number(place))) for place in range(3)]
    await dialing(store, leads[1])
    await store.reschedule_leads([(leads[2].id, T0 + 2 * HOUR), (leads[1].id, T0 + HOUR), (leads[0].id, T0 + HOUR)])
    assert [(await _lead(store, lead)).next_at for lead in leads] == [T0 + HOUR, T0, T0 + 2 * HOUR]
    await store.reschedule_leads([])


async def test_a_ready_lead_that_may_never_be_called_is_done(store: Store) -> None:
    await running(store, "spring")
    leads = [await add_lead(store, replace(LEAD, number=number(place))) for place in range(2)]
    await dialing(store, leads[1])
    assert await store.finish_leads([leads[1].id, leads[0].id, 12345]) == {leads[0].id}
    assert await store.finish_leads([leads[0].id]) == set()
    assert await _lead(store, leads[0]) == replace(leads[0], state=LeadState.DONE, last_outcome=AttemptOutcome.REFUSED)
    assert (await _lead(store, leads[1])).state is LeadState.DIALING


async def test_the_do_not_call_list_is_for_all_or_for_one_campaign(store: Store) -> None:
    entries = [
        ENTRY,
        replace(ENTRY, number=number(1), campaign="spring"),
        replace(ENTRY, number=number(2), campaign="autumn"),
    ]
    assert await store.add_dnc(entries) == 3
    numbers = [NUMBER, *(number(place) for place in range(4))]
    assert await store.dnc_numbers(numbers) == {NUMBER}
    assert await store.dnc_numbers(numbers, "spring") == {NUMBER, number(1)}
    assert await store.dnc_numbers(numbers[1:], "winter") == set()
    assert await store.dnc_numbers([], "spring") == set()


async def test_an_entry_of_the_do_not_call_list_is_never_changed_only_removed(store: Store) -> None:
    only_spring = replace(ENTRY, campaign="spring", reason="this one too")
    assert await store.add_dnc([only_spring, ENTRY, ENTRY]) == 2
    assert await store.add_dnc([replace(ENTRY, reason="other", since=T0 + HOUR)]) == 0
    assert await store.dnc(NUMBER) == [ENTRY, only_spring]
    assert await store.remove_dnc(NUMBER)
    assert not await store.remove_dnc(NUMBER)
    assert await store.dnc(NUMBER) == [only_spring]
    assert await store.remove_dnc(NUMBER, "spring")
    assert await store.dnc(NUMBER) == []


async def test_who_is_taken_off_the_do_not_call_list_is_called_again(store: Store) -> None:
    await running(store, "spring", "autumn", "winter")
    leads = {name: await add_lead(store, replace(LEAD, campaign=name)) for name in ("spring", "autumn", "winter")}
    await store.add_dnc([ENTRY, replace(ENTRY, campaign="autumn")])
    await store.finish_leads([leads["spring"].id, leads["autumn"].id])
    await store.finish_leads([leads["winter"].id], AttemptOutcome.INVALID)

    async def states() -> list[LeadState]:
        return [(await _lead(store, lead)).state for lead in leads.values()]

    assert not await store.remove_dnc(NUMBER, "spring")
    assert await states() == [LeadState.DONE] * 3
    assert await store.remove_dnc(NUMBER)
    # Autumn's own entry still forbids; winter's lead was no matter of the list.
    assert await states() == [LeadState.READY, LeadState.DONE, LeadState.DONE]
    assert await store.remove_dnc(NUMBER, "autumn")
    assert await states() == [LeadState.READY, LeadState.READY, LeadState.DONE]
    assert [lead.next_at for lead in await store.hopper("autumn", T0, 9)] == [T0]


async def test_leads_that_are_done_are_reset_by_their_last_outcome(store: Store) -> None:
    await running(store, "spring", "autumn")
    outcomes = (AttemptOutcome.NO_ANSWER, AttemptOutcome.CONNECTED, AttemptOutcome.INVALID)
    leads = [await add_lead(store, replace(LEAD, number=number(place))) for place in range(5)]
    other = await add_lead(store, replace(LEAD, campaign="autumn"))
    for lead, outcome in zip(leads, outcomes, strict=False):
        attempt = await dialing(store, lead)
        await store.close_attempt(closing(attempt, outcome, lead_state=LeadState.DONE))
    await store.finish_leads([other.id], AttemptOutcome.NO_ANSWER)
    open_one = await dialing(store, leads[3])
    before = [await _lead(store, lead) for lead in leads]
    assert await store.reset_leads("spring", [], T0 + HOUR) == 0
    assert await store.reset_leads("spring", [AttemptOutcome.NO_ANSWER], T0 + HOUR) == 1
    assert [await _lead(store, lead) for lead in leads] == [
        replace(before[0], state=LeadState.READY, tries=0, next_at=T0 + HOUR),
        *before[1:],
    ]
    assert await store.reset_leads("spring", set(AttemptOutcome), T0 + HOUR) == 2
    assert (await _lead(store, other)).state is LeadState.DONE
    assert await store.open_attempts() == [open_one]
    # Whatever the lead says, the number was called an hour ago.
    [answer] = await store.reserve([draft(await _lead(store, leads[0]), INTERVAL)], T0 + HOUR)
    assert said(answer) == ("interval", T0 + 4 * HOUR)


async def test_a_long_do_not_call_list(store: Store) -> None:
    numbers = [number(place) for place in range(3 * CHUNK + 1)]
    assert await store.add_dnc([replace(ENTRY, number=told) for told in numbers]) == len(numbers)
    assert await store.dnc_numbers(numbers) == set(numbers)


async def test_what_is_done_twice_because_a_commits_answer_was_lost_is_told_as_done_once(store: Store) -> None:
    twice = Store(Twice(store._access))
    await running(store, "spring")
    assert await twice.put_campaign(replace(CAMPAIGN, name="autumn"))
    assert await twice.add_leads([LEAD, replace(LEAD, number=number(2)), LEAD]) == [True, True, False]
    assert await twice.add_leads([LEAD]) == [False]
    [first, second] = await store.leads("spring")
    await twice.reschedule_leads([(first.id, T0 + HOUR)])
    assert await store.next_due("spring") == T0
    assert await twice.finish_leads([second.id]) == {second.id}
    assert await twice.add_dnc([ENTRY, replace(ENTRY, campaign="spring")]) == 2
    assert await twice.add_dnc([ENTRY]) == 0
    assert await twice.remove_dnc(NUMBER)
    assert await twice.reset_leads("spring", {AttemptOutcome.REFUSED}, T0) == 1
    assert await twice.reset_leads("spring", {AttemptOutcome.REFUSED}, T0) == 0


async def _lead(store: Store, lead: Lead) -> Lead:
    found = await store.lead(lead.id)
    assert found is not None
    return found


async def test_what_a_scorer_learnt_is_kept(store: Store) -> None:
    assert await store.scorer("spring") is None
    learnt = {"form": 1, "weights": {"every lead": [-0.6, 0.5], "numbers +1212…": [0.25, 0.1]}}
    await store.keep_scorer("spring", {}, T0)
    await store.keep_scorer("spring", learnt, T0 + HOUR)
    assert await store.scorer("spring") == learnt
    assert await store.scorer("autumn") is None
