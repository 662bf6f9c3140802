"""Calls that their people asked for, in the ledger: what does not hold them up, and what still does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from callcenter.adapters.store import Store
from callcenter.outbound import (
    Attempt,
    AttemptOutcome,
    CallLimit,
    CampaignKind,
    CampaignState,
    DncEntry,
    Lead,
    LeadState,
    Refusal,
    Rule,
)

from .outbound_rows import (
    CAMPAIGN,
    HOUR,
    LEAD,
    MAX_AGE,
    NUMBER,
    SECOND,
    T0,
    Twice,
    add_lead,
    as_stored,
    closing,
    dialing,
    draft,
    reserved,
    running,
    said,
    sent,
    wrong,
)

NAME = "callback:sales"
ASKED = T0 + HOUR
REQUESTED = replace(LEAD, campaign=NAME, external_id="a", next_at=ASKED, created_at=ASKED)


async def prepared(store: Store) -> Lead:
    """A campaign that runs and was called, and the lead of a call back to the same number."""
    await running(store, "spring")
    await store.put_campaign(replace(CAMPAIGN, name=NAME, kind=CampaignKind.CALLBACK, interval=600 * SECOND))
    return await renewed(store)


async def renewed(store: Store, **changes: object) -> Lead:
    lead = await store.renew_lead(replace(REQUESTED, **changes))  # type: ignore[arg-type]
    assert lead is not None
    return lead


async def listed(store: Store, since: datetime, campaign: str | None = None) -> None:
    await store.add_dnc([DncEntry(number=NUMBER, reason="asked for it", since=since, campaign=campaign)])


async def test_a_call_back_does_not_wait_for_the_interval_of_a_campaign_that_called(store: Store) -> None:
    lead = await prepared(store)
    called = await dialing(store, await add_lead(store), ASKED - 2 * SECOND)
    await store.close_attempt(closing(called, AttemptOutcome.NO_ANSWER, ASKED - SECOND))
    assert isinstance(await reserved(store, lead, at=ASKED), Attempt)


async def test_a_campaign_waits_for_the_interval_of_a_call_back(store: Store) -> None:
    lead = await prepared(store)
    attempt = await dialing(store, lead, ASKED)
    await store.close_attempt(closing(attempt, AttemptOutcome.CONNECTED, ASKED + SECOND, lead_state=LeadState.DONE))
    [answer] = await store.reserve([draft(await add_lead(store))], ASKED + 2 * SECOND)
    assert said(answer) == (Rule.INTERVAL, ASKED + 601 * SECOND)


async def test_a_number_that_a_campaign_calls_is_not_called_back_meanwhile(store: Store) -> None:
    lead = await prepared(store)
    await dialing(store, await add_lead(store), ASKED)
    [answer] = await store.reserve([draft(lead)], ASKED)
    assert said(answer) == (Rule.OPEN_ATTEMPT, None)


async def test_limits_of_its_own_hold_for_a_call_back(store: Store) -> None:
    limit = CallLimit(rule="twice", calls=2, window=24 * HOUR)
    lead = await prepared(store)
    for place in range(2):
        attempt = await dialing(store, lead, ASKED + place * HOUR)
        await store.close_attempt(closing(attempt, AttemptOutcome.BUSY, ASKED + place * HOUR))
    [answer] = await store.reserve([draft(lead, limit)], ASKED + 2 * HOUR)
    assert said(answer) == ("twice", ASKED + 24 * HOUR)


@pytest.mark.parametrize("campaign", [None, NAME])
async def test_a_do_not_call_list_that_is_older_than_the_wish_does_not_bind(store: Store, campaign: str | None) -> None:
    lead = await prepared(store)
    await listed(store, ASKED, campaign)
    attempt = await sent(store, lead, ASKED)
    assert isinstance(await store.pass_gate(attempt.id, ASKED, MAX_AGE), Attempt)


@pytest.mark.parametrize("campaign", [None, NAME])
async def test_a_do_not_call_list_that_is_younger_than_the_wish_binds(store: Store, campaign: str | None) -> None:
    lead = await prepared(store)
    await listed(store, ASKED + SECOND, campaign)
    [answer] = await store.reserve([draft(lead)], ASKED + 2 * SECOND)
    assert said(answer) == (Rule.DNC, None)


async def test_a_do_not_call_list_that_is_younger_than_the_wish_binds_at_the_gate(store: Store) -> None:
    attempt = await sent(store, await prepared(store), ASKED)
    await listed(store, ASKED + SECOND)
    refusal = await store.pass_gate(attempt.id, ASKED + SECOND, MAX_AGE)
    assert refusal == Refusal(draft=attempt.id, rule=Rule.DNC)


async def test_a_do_not_call_list_binds_all_other_campaigns_as_before(store: Store) -> None:
    await prepared(store)
    await listed(store, T0 - HOUR)
    [answer] = await store.reserve([draft(await add_lead(store))], ASKED)
    assert said(answer) == (Rule.DNC, None)


# ------------------------------------------------------------------------------------------------- leads of call backs


async def test_a_lead_is_made_once_and_goes_on_with_its_tries(store: Store) -> None:
    lead = await prepared(store)
    attempt = await dialing(store, lead, ASKED)
    await store.close_attempt(closing(attempt, AttemptOutcome.BUSY, ASKED, next_at=ASKED + HOUR))
    again = await renewed(store, next_at=ASKED + HOUR)
    assert (again.id, again.tries, again.state) == (lead.id, 1, LeadState.READY)
    assert await wrong(store) == []


async def test_a_new_wish_of_the_same_number_is_a_lead_that_was_never_tried(store: Store) -> None:
    lead = await prepared(store)
    attempt = await dialing(store, lead, ASKED)
    await store.close_attempt(closing(attempt, AttemptOutcome.CONNECTED, ASKED, lead_state=LeadState.DONE))
    new = await renewed(store, external_id="b", created_at=ASKED + HOUR, next_at=ASKED + HOUR, language="es")
    assert await as_stored(store, lead) == new
    assert (new.id, new.tries, new.external_id, new.language) == (lead.id, 0, "b", "es")
    assert (new.state, new.last_outcome) == (LeadState.READY, None)


async def test_a_lead_that_is_being_called_is_left_alone(store: Store) -> None:
    lead = await prepared(store)
    await reserved(store, lead, at=ASKED)
    before = await as_stored(store, lead)
    assert await store.renew_lead(replace(REQUESTED, external_id="b")) is None
    assert await as_stored(store, lead) == before


async def test_renewed_twice_because_an_answer_was_lost_a_lead_is_the_same(store: Store) -> None:
    await prepared(store)
    twice = Store(Twice(store._access))
    lead = await twice.renew_lead(replace(REQUESTED, external_id="b"))
    assert lead is not None
    assert (await as_stored(store, lead), lead.tries) == (lead, 0)


async def test_leads_are_found_by_their_numbers(store: Store) -> None:
    lead = await prepared(store)
    await add_lead(store)
    assert await store.leads_of_numbers(NAME, [NUMBER, "+12025550199"]) == [lead]
    assert await store.leads_of_numbers(NAME, []) == []


async def test_a_campaign_of_call_backs_that_stands_still_reserves_nothing(store: Store) -> None:
    lead = await prepared(store)
    await store.set_campaign_state(NAME, CampaignState.PAUSED)
    [answer] = await store.reserve([draft(lead)], ASKED)
    assert said(answer) == (Rule.CAMPAIGN_STATE, None)
