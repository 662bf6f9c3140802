"""Sending, the gate, notes, the end and figures of attempts: the same on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.adapters.store import Store
from callcenter.errors import NotFound
from callcenter.outbound import (
    NOT_DIALLED,
    Attempt,
    AttemptOutcome,
    AttemptState,
    CampaignFigures,
    CampaignState,
    DncEntry,
    Lead,
    LeadState,
    Refusal,
    Rule,
)

from .outbound_rows import (
    HOUR,
    LEAD,
    MAX_AGE,
    NUMBER,
    SECOND,
    T0,
    add_lead,
    as_stored,
    closing,
    dialing,
    draft,
    number,
    reserved,
    running,
    said,
    sent,
    wrong,
)

FORBIDDEN = DncEntry(number=NUMBER, reason="opt-out", since=T0)
ENDED = AttemptState.ENDED


@pytest.fixture
async def lead(store: Store) -> Lead:
    """A READY lead of a campaign that runs."""
    await running(store, "spring")
    return await add_lead(store)


# --- sending


async def test_an_attempt_is_sent_once(store: Store, lead: Lead) -> None:
    attempt = await reserved(store, lead)
    assert await store.mark_sent([attempt.id, "unknown"], T0 + SECOND) == {attempt.id}
    assert await store.mark_sent([attempt.id], T0 + 2 * SECOND) == set()
    assert await store.mark_sent([], T0) == set()
    assert await store.attempt(attempt.id) == replace(attempt, state=AttemptState.SENT, sent_at=T0 + SECOND)


async def test_what_is_ended_is_not_sent(store: Store, lead: Lead) -> None:
    attempt = await reserved(store, lead)
    await store.close_attempt(closing(attempt, AttemptOutcome.WITHDRAWN))
    assert await store.mark_sent([attempt.id], T0) == set()


# --- the gate


async def test_the_gate_lets_an_attempt_through_once(store: Store, lead: Lead) -> None:
    attempt = await sent(store, lead)
    at = T0 + 2 * SECOND
    passed = await store.pass_gate(attempt.id, at, MAX_AGE)
    assert passed == replace(attempt, state=AttemptState.DIALING, gate_at=at)
    assert await store.attempt(attempt.id) == passed
    again = await store.pass_gate(attempt.id, at, MAX_AGE)
    assert again == Refusal(draft=attempt.id, rule=Rule.NOT_SENT)
    assert await store.attempt(attempt.id) == passed


async def test_of_many_who_ask_the_gate_at_once_one_passes(store: Store, lead: Lead) -> None:
    attempt = await sent(store, lead)
    answers = await asyncio.gather(*(store.pass_gate(attempt.id, T0, MAX_AGE) for _ in range(12)))
    assert sorted(type(answer).__name__ for answer in answers) == ["Attempt"] + ["Refusal"] * 11


async def test_the_gate_is_closed_to_what_was_not_sent(store: Store, lead: Lead) -> None:
    attempt = await reserved(store, lead)
    assert said(await store.pass_gate(attempt.id, T0, MAX_AGE)) == (Rule.NOT_SENT, None)
    assert said(await store.pass_gate("unknown", T0, MAX_AGE)) == (Rule.NOT_SENT, None)
    await store.mark_sent([attempt.id], T0)
    await store.close_attempt(closing(attempt, AttemptOutcome.EXPIRED))
    assert said(await store.pass_gate(attempt.id, T0, MAX_AGE)) == (Rule.NOT_SENT, None)


async def test_what_comes_too_late_to_the_gate_is_refused_and_stays_sent(store: Store, lead: Lead) -> None:
    attempt = await sent(store, lead)
    assert said(await store.pass_gate(attempt.id, T0 + MAX_AGE, MAX_AGE)) == (Rule.TOO_OLD, None)
    assert await store.attempt(attempt.id) == attempt
    in_time = T0 + MAX_AGE - timedelta(microseconds=1)
    assert isinstance(await store.pass_gate(attempt.id, in_time, MAX_AGE), Attempt)


@pytest.mark.parametrize("campaign", [None, "spring", "autumn"])
async def test_a_number_forbidden_since_it_was_sent_does_not_pass(
    store: Store, lead: Lead, campaign: str | None
) -> None:
    attempt = await sent(store, lead)
    await store.add_dnc([replace(FORBIDDEN, campaign=campaign)])
    answer = await store.pass_gate(attempt.id, T0, MAX_AGE)
    if campaign == "autumn":
        assert isinstance(answer, Attempt)
    else:
        assert said(answer) == (Rule.DNC, None)
        assert await store.attempt(attempt.id) == attempt


@pytest.mark.parametrize(
    ("state", "passes"),
    [(CampaignState.PAUSED, False), (CampaignState.DRAINING, True), (CampaignState.ENDED, False)],
)
async def test_a_campaign_that_drains_dials_what_is_sent_and_a_paused_one_does_not(
    store: Store, lead: Lead, state: CampaignState, *, passes: bool
) -> None:
    attempt = await sent(store, lead)
    await store.set_campaign_state("spring", state)
    answer = await store.pass_gate(attempt.id, T0, MAX_AGE)
    assert isinstance(answer, Attempt) if passes else said(answer) == (Rule.CAMPAIGN_STATE, None)


# --- on the way


async def test_what_becomes_known_is_noted_and_never_overwritten(store: Store, lead: Lead) -> None:
    attempt = await dialing(store, lead)
    assert await store.note_attempt(attempt.id, ringing_at=T0 + SECOND, call_id="1774746000.1")
    assert await store.attempt(attempt.id) == replace(attempt, ringing_at=T0 + SECOND, call_id="1774746000.1")
    assert await store.note_attempt(attempt.id, ringing_at=T0, answered_at=T0 + 2 * SECOND, agent=None)
    assert await store.note_attempt(attempt.id, answered_at=T0, connected_at=T0 + 3 * SECOND, agent="101")
    assert await store.note_attempt(attempt.id, agent="102", call_id="other")
    assert await store.note_attempt(attempt.id)
    known = replace(
        attempt,
        state=AttemptState.ANSWERED,
        ringing_at=T0 + SECOND,
        answered_at=T0 + 2 * SECOND,
        connected_at=T0 + 3 * SECOND,
        agent="101",
        call_id="1774746000.1",
    )
    assert await store.attempt(attempt.id) == known
    await store.close_attempt(closing(attempt, AttemptOutcome.CONNECTED))
    assert not await store.note_attempt(attempt.id, ringing_at=T0)


async def test_only_what_is_dialing_becomes_answered(store: Store, lead: Lead) -> None:
    attempt = await sent(store, lead)
    assert await store.note_attempt(attempt.id, answered_at=T0)
    assert (await store.attempt(attempt.id)) == replace(attempt, answered_at=T0)


async def test_noting_what_nobody_knows_is_refused(store: Store, lead: Lead) -> None:
    with pytest.raises(NotFound, match="no attempt 'nobody'"):
        await store.note_attempt("nobody", agent="101")
    with pytest.raises(TypeError, match="gate_at"):
        await store.note_attempt((await reserved(store, lead)).id, **{"gate_at": T0})


# --- the end


async def test_only_the_first_close_counts(store: Store, lead: Lead) -> None:
    attempt = await dialing(store, lead)
    end = closing(attempt, AttemptOutcome.BUSY, T0 + SECOND, cause=17, next_at=T0 + HOUR)
    assert await store.close_attempt(end)
    assert not await store.close_attempt(end)
    assert not await store.close_attempt(replace(end, outcome=AttemptOutcome.LOST, lead_state=LeadState.DONE))
    assert await store.attempt(attempt.id) == replace(
        attempt, state=ENDED, ended_at=T0 + SECOND, outcome=AttemptOutcome.BUSY, cause=17
    )
    assert await as_stored(store, lead) == replace(
        lead, tries=1, next_at=T0 + HOUR, last_outcome=AttemptOutcome.BUSY, state=LeadState.READY
    )


async def test_of_many_who_close_at_once_one_does(store: Store, lead: Lead) -> None:
    attempt = await sent(store, lead)
    closes = [store.close_attempt(closing(attempt, outcome)) for outcome in AttemptOutcome]
    assert sum(await asyncio.gather(*closes)) == 1
    assert await wrong(store) == []


async def test_a_lead_that_is_done_keeps_its_time(store: Store, lead: Lead) -> None:
    attempt = await dialing(store, lead)
    await store.close_attempt(closing(attempt, AttemptOutcome.CONNECTED, lead_state=LeadState.DONE))
    assert await as_stored(store, lead) == replace(
        lead, tries=1, last_outcome=AttemptOutcome.CONNECTED, state=LeadState.DONE
    )


async def test_a_close_acts_only_on_the_states_it_names(store: Store, lead: Lead) -> None:
    attempt = await sent(store, lead)
    only_reserved = frozenset({AttemptState.RESERVED})
    assert not await store.close_attempt(closing(attempt, AttemptOutcome.WITHDRAWN, only_from=only_reserved))
    assert await store.attempt(attempt.id) == attempt
    assert not await store.close_attempt(closing(attempt, AttemptOutcome.WITHDRAWN, only_from=frozenset()))
    assert await store.close_attempt(
        closing(attempt, AttemptOutcome.EXPIRED, only_from=only_reserved | {attempt.state})
    )
    assert not await store.close_attempt(closing(attempt, AttemptOutcome.LOST, only_from=frozenset(AttemptState)))
    assert await store.attempt(attempt.id) == replace(
        attempt, state=ENDED, ended_at=T0, outcome=AttemptOutcome.EXPIRED, counted=False
    )


@pytest.mark.parametrize("outcome", sorted(NOT_DIALLED))
async def test_after_the_gate_nobody_can_say_that_it_was_not_dialled(
    store: Store, lead: Lead, outcome: AttemptOutcome
) -> None:
    attempt = await dialing(store, lead)
    assert not await store.close_attempt(closing(attempt, outcome))
    assert await store.attempt(attempt.id) == attempt
    assert await store.close_attempt(closing(attempt, AttemptOutcome.LOST))
    assert await wrong(store) == []


async def test_the_gate_and_a_sweeper_at_once_one_of_them_wins(store: Store) -> None:
    await running(store, "spring")
    for place in range(10):
        attempt = await sent(store, await add_lead(store, replace(LEAD, number=number(place))))
        passed, closed = await asyncio.gather(
            store.pass_gate(attempt.id, T0, MAX_AGE), store.close_attempt(closing(attempt, AttemptOutcome.EXPIRED))
        )
        assert isinstance(passed, Attempt) != closed
    assert await wrong(store) == []


async def test_many_are_closed_in_one_transaction(store: Store) -> None:
    await running(store, "spring")
    leads = [await add_lead(store, replace(LEAD, number=number(place))) for place in range(3)]
    attempts = [await reserved(store, lead) for lead in leads]
    ends = [closing(attempt, AttemptOutcome.WITHDRAWN) for attempt in attempts]
    await store.close_attempt(ends[1])
    assert await store.close_attempts([ends[2], ends[1], ends[0], ends[2]]) == [True, False, True, False]
    assert await store.close_attempts([]) == []
    assert await store.open_attempts() == []
    assert await wrong(store) == []


async def test_closing_what_nobody_made_is_refused_and_closes_nothing(store: Store, lead: Lead) -> None:
    attempt = await reserved(store, lead)
    end = closing(attempt, AttemptOutcome.WITHDRAWN)
    with pytest.raises(NotFound, match="no attempt 'nobody'"):
        await store.close_attempts([end, replace(end, attempt="nobody")])
    with pytest.raises(ValueError, match="no lead is DIALING"):
        await store.close_attempt(replace(end, lead_state=LeadState.DIALING))
    assert await store.open_attempts() == [attempt]


# --- looking


async def test_open_attempts_are_listed_oldest_first_by_cell(store: Store) -> None:
    await running(store, "spring")
    leads = [await add_lead(store, replace(LEAD, number=number(place))) for place in range(4)]
    drafts = [replace(draft(lead), cell=cell) for lead, cell in zip(leads, "abab", strict=True)]
    made = [(await store.reserve([wanted], T0 + (4 - place) * SECOND))[0] for place, wanted in enumerate(drafts)]
    assert isinstance(made[1], Attempt)
    await store.close_attempt(closing(made[1], AttemptOutcome.WITHDRAWN))
    assert await store.open_attempts() == [made[3], made[2], made[0]]
    assert await store.open_attempts("a") == [made[2], made[0]]
    assert await store.open_attempts("c") == []


async def test_attempts_are_listed_newest_first_between_two_times(store: Store) -> None:
    await running(store, "spring", "autumn")
    made = []
    for place in range(5):
        lead = await add_lead(store, replace(LEAD, number=number(place)))
        made.append(await reserved(store, lead, at=T0 + place * SECOND))
    await reserved(store, await add_lead(store, replace(LEAD, campaign="autumn")))
    assert await store.attempts("spring", T0 + SECOND, T0 + 4 * SECOND, 10) == [made[3], made[2], made[1]]
    assert await store.attempts("spring", T0, T0 + HOUR, 2) == [made[4], made[3]]
    assert await store.attempts("winter", T0, T0 + HOUR, 2) == []


async def test_figures_of_a_campaign(store: Store) -> None:
    await running(store, "spring", "autumn")
    leads = [await add_lead(store, replace(LEAD, number=number(place))) for place in range(8)]
    await dialing(store, await add_lead(store, replace(LEAD, campaign="autumn")))
    ends = [AttemptOutcome.CONNECTED] * 3 + [AttemptOutcome.DROPPED, AttemptOutcome.BUSY]
    for second, (lead, outcome) in enumerate(zip(leads, ends, strict=False)):
        attempt = await dialing(store, lead)
        end = closing(attempt, outcome, T0 + second * SECOND, lead_state=LeadState.DONE)
        await store.close_attempt(end)
    await reserved(store, leads[5])
    await dialing(store, leads[6])
    figures = await store.figures("spring", T0 + SECOND)
    assert figures == CampaignFigures(
        campaign="spring",
        outcomes={AttemptOutcome.CONNECTED: 2, AttemptOutcome.DROPPED: 1, AttemptOutcome.BUSY: 1},
        open={AttemptState.RESERVED: 1, AttemptState.DIALING: 1},
        leads={LeadState.READY: 1, LeadState.DIALING: 2, LeadState.DONE: 5},
    )
    assert figures.drop_rate == pytest.approx(1 / 3)
    assert await store.figures("winter", T0) == CampaignFigures(campaign="winter", outcomes={}, open={}, leads={})
