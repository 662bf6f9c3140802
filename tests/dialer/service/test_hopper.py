"""The hopper: only leads that may be called now; the others wait for their hour, or are never called."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from callcenter.outbound import AttemptOutcome, CallingOrder, DncEntry, LeadState
from dialer.service.hopper import IN_SIGHT, Hopper
from dialer.service.scoring import Scoring
from tests.dialer.service.conftest import CAMPAIGN, NEW_YORK, NOON, ClockedStore, lead_of

HONOLULU = "+18085550143"  # 7:00 there at NOON


async def test_leads_come_by_priority_and_those_out_of_hours_wait_for_theirs(store: ClockedStore) -> None:
    await lead_of(store)
    await lead_of(store, "+12125550144", priority=1)
    early = await lead_of(store, HONOLULU)
    hopper = Hopper(store, Scoring(store))
    await hopper.fill(CAMPAIGN, 5, NOON)
    assert [lead.number for lead in hopper.take(5)] == ["+12125550144", NEW_YORK]
    waits = await store.lead(early.id)
    assert waits is not None
    assert (waits.state, waits.next_at) == (LeadState.READY, NOON + timedelta(hours=1))


async def test_a_number_on_the_list_is_done_and_one_who_agreed_is_called_at_any_time(store: ClockedStore) -> None:
    listed = await lead_of(store)
    await lead_of(store, HONOLULU, consent="form of 2026-01-05")
    await store.add_dnc([DncEntry(number=NEW_YORK, reason="asked", since=NOON, campaign=CAMPAIGN.name)])
    hopper = Hopper(store, Scoring(store))
    await hopper.fill(CAMPAIGN, 5, NOON)
    assert [lead.number for lead in hopper.take(5)] == [HONOLULU]
    done = await store.lead(listed.id)
    assert done is not None
    assert (done.state, done.last_outcome) == (LeadState.DONE, AttemptOutcome.REFUSED)


async def test_what_is_held_is_not_read_twice_and_an_empty_list_is_looked_at_again(store: ClockedStore) -> None:
    await lead_of(store)
    hopper = Hopper(store, Scoring(store))
    await hopper.fill(CAMPAIGN, 5, NOON)
    await hopper.fill(CAMPAIGN, 5, NOON)
    assert len(hopper) == 1
    await lead_of(store, "+12125550144")
    await hopper.fill(CAMPAIGN, 5, NOON + timedelta(seconds=0.5))
    assert len(hopper) == 1  # looked a moment ago
    await hopper.fill(CAMPAIGN, 5, NOON + timedelta(seconds=1))
    assert len(hopper) == 2


async def test_a_cleared_hopper_reads_anew(store: ClockedStore) -> None:
    await lead_of(store)
    hopper = Hopper(store, Scoring(store))
    await hopper.fill(CAMPAIGN, 5, NOON)
    hopper.clear()
    assert hopper.take(5) == []
    await hopper.fill(CAMPAIGN, 5, NOON)
    assert len(hopper) == 1


BY_SCORE = replace(CAMPAIGN, order=CallingOrder.SCORE)


async def taught(store: ClockedStore) -> Scoring:
    """A scoring that has learnt that people with a good score of the list answer, and the others do not."""
    scoring = Scoring(store)
    await scoring.open(BY_SCORE)
    good, bad = [await lead_of(store, f"+121255501{i}0", data={"score": s}) for i, s in ((1, "0.8"), (2, "0.1"))]
    for number in range(300):
        lead, outcome = (good, AttemptOutcome.CONNECTED) if number % 3 == 0 else (bad, AttemptOutcome.NO_ANSWER)
        scoring.placed(str(number), BY_SCORE, lead, NOON)
        scoring.ended(str(number), outcome)
    return scoring


async def test_by_score_the_likeliest_are_next_when_agents_wait_and_the_others_when_none_do(
    store: ClockedStore,
) -> None:
    hopper = Hopper(store, await taught(store))
    for number in range(6):
        await lead_of(store, f"+1212555013{number}", data={"score": "0.8" if number % 2 else "0.1"})
    await hopper.fill(BY_SCORE, 5, NOON)
    assert len(hopper) == 8
    hopper.arrange(3.0)
    likely = hopper.segments(1)
    [first] = hopper.take(1)
    hopper.arrange(-3.0)
    assert hopper.segments(1) < likely
    [second] = hopper.take(1)
    assert (first.data, second.data) == ({"score": "0.8"}, {"score": "0.1"})
    assert len(hopper.take(10)) == 6


async def test_by_score_priority_still_goes_first_and_time_is_kept(store: ClockedStore) -> None:
    hopper = Hopper(store, await taught(store))
    await lead_of(store, "+12125550130", data={"score": "0.1"}, priority=1)
    await lead_of(store, "+12125550131", data={"score": "0.8"}, next_at=NOON + timedelta(minutes=1))
    await hopper.fill(BY_SCORE, 5, NOON)
    hopper.arrange(3.0)
    assert hopper.take(9)[0].number == "+12125550130"
    await hopper.fill(BY_SCORE, 5, NOON + timedelta(minutes=2))
    assert "+12125550131" in [lead.number for lead in hopper.take(9)]


async def test_the_order_can_be_changed_while_leads_are_in_sight(store: ClockedStore) -> None:
    hopper = Hopper(store, Scoring(store))
    numbers = [f"+1212555013{number}" for number in range(4)]
    for number in numbers:
        await lead_of(store, number)
    for campaign in (CAMPAIGN, BY_SCORE, CAMPAIGN):
        await hopper.fill(campaign, 2, NOON)
        assert len(hopper) == 4
    assert list(hopper.segments(IN_SIGHT)) == [0, 0, 0, 0]
    assert [lead.number for lead in hopper.take(9)] == numbers


async def test_what_was_learnt_is_kept_for_the_next_start(store: ClockedStore) -> None:
    scoring = await taught(store)
    good, bad = await store.leads(CAMPAIGN.name)
    await scoring.keep()
    again = Scoring(store)
    await again.open(BY_SCORE)
    for lead in (good, bad):
        assert abs(again.judge(BY_SCORE, lead, NOON).chance - scoring.judge(BY_SCORE, lead, NOON).chance) < 0.001
    assert again.judge(BY_SCORE, good, NOON).chance > again.judge(BY_SCORE, bad, NOON).chance + 0.3


async def test_calls_under_way_are_expected_to_be_answered_as_judged(store: ClockedStore) -> None:
    scoring = await taught(store)
    good, bad = await store.leads(CAMPAIGN.name)
    segments = [scoring.placed(name, BY_SCORE, lead, NOON) for name, lead in (("a", good), ("b", bad))]
    assert segments[0] > segments[1]
    chances = [scoring.judge(BY_SCORE, lead, NOON).chance for lead in (good, bad)]
    assert scoring.coming(["a", "b", "unknown"]) == sum(chances)
    taken_over = [scoring.segment_of(attempt, BY_SCORE) for attempt in ("a", "unknown", "b")]
    assert [taken_over[0], taken_over[2]] == segments
    assert taken_over == sorted(taken_over, reverse=True)
    assert scoring.segment_of("a", CAMPAIGN) == 0
    scoring.ended("b", AttemptOutcome.FAILED)
    assert scoring.coming(["a", "b"]) == chances[0]
    assert scoring.judge(BY_SCORE, bad, NOON).chance == chances[1]
    assert scoring.placed("c", CAMPAIGN, good, NOON) == 0  # in the order of the list all leads are one segment
