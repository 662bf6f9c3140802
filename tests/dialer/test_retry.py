"""What each outcome means for its lead."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.outbound import NO_TRY, NOT_DIALLED, AttemptOutcome, Campaign, CampaignKind, LeadState
from dialer.retry import AFTER, after

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CAMPAIGN = Campaign(
    name="test",
    title="Test",
    kind=CampaignKind.SALES,
    queue="sales",
    trunk="carrier",
    caller_id="+12025550100",
    region="US",
    company="Test",
    callback="+12025550100",
    interval=4 * HOUR,
    max_tries=3,
    created_at=NOW,
)
QUICK = replace(CAMPAIGN, interval=MINUTE)  # no real campaign: it shows the waits that are not the interval


@pytest.mark.parametrize(
    ("outcome", "wait", "quick"),
    [
        (AttemptOutcome.WITHDRAWN, 0 * MINUTE, 0 * MINUTE),
        (AttemptOutcome.EXPIRED, MINUTE, MINUTE),
        (AttemptOutcome.CONNECTED, None, None),
        (AttemptOutcome.DROPPED, 72 * HOUR, 72 * HOUR),
        (AttemptOutcome.MACHINE, 4 * HOUR, MINUTE),
        (AttemptOutcome.NO_ANSWER, 4 * HOUR, MINUTE),
        (AttemptOutcome.BUSY, 4 * HOUR, 5 * MINUTE),
        (AttemptOutcome.INVALID, None, None),
        (AttemptOutcome.FAILED, 4 * HOUR, 5 * MINUTE),
        (AttemptOutcome.CANCELLED, 4 * HOUR, MINUTE),
        (AttemptOutcome.ABANDONED, 4 * HOUR, MINUTE),
        (AttemptOutcome.LOST, 4 * HOUR, MINUTE),
    ],
)
def test_when_a_lead_is_called_again(outcome: AttemptOutcome, wait: timedelta | None, quick: timedelta | None) -> None:
    for campaign, expected in ((CAMPAIGN, wait), (QUICK, quick)):
        done = (LeadState.DONE, None)
        assert after(campaign, 1, outcome, NOW) == (done if expected is None else (LeadState.READY, NOW + expected))


def test_every_outcome_has_a_row_with_a_reason() -> None:
    assert set(AFTER) == set(AttemptOutcome)
    assert all(row.reason for row in AFTER.values())


@pytest.mark.parametrize("outcome", sorted(set(AttemptOutcome) - NOT_DIALLED))
@pytest.mark.parametrize("hours", [1, 4, 100])
def test_what_was_dialled_is_never_called_again_within_the_interval(outcome: AttemptOutcome, hours: int) -> None:
    campaign = replace(CAMPAIGN, interval=hours * HOUR)
    state, next_at = after(campaign, 1, outcome, NOW)
    assert state is LeadState.DONE if next_at is None else next_at >= NOW + campaign.interval


@pytest.mark.parametrize("outcome", AttemptOutcome)
def test_after_the_last_try_a_lead_is_done_unless_this_one_was_none(outcome: AttemptOutcome) -> None:
    state, _ = after(CAMPAIGN, 3, outcome, NOW, until=NOW)
    assert (state is LeadState.READY) == (outcome in NO_TRY)


@pytest.mark.parametrize("tries", [3, 4, 100])
def test_faults_on_the_way_never_end_a_lead_however_many(tries: int) -> None:
    assert after(CAMPAIGN, tries, AttemptOutcome.FAILED, NOW) == (LeadState.READY, NOW + 4 * HOUR)


def test_a_refused_lead_waits_as_long_as_the_verdict_says() -> None:
    refused = AttemptOutcome.REFUSED
    assert after(CAMPAIGN, 0, refused, NOW, until=NOW + HOUR) == (LeadState.READY, NOW + HOUR)
    assert after(CAMPAIGN, 0, refused, NOW, until=NOW - HOUR) == (LeadState.READY, NOW)
    assert after(CAMPAIGN, 0, refused, NOW) == (LeadState.DONE, None)


def test_a_call_back_is_tried_again_soon_and_no_more_once_it_is_not_wanted() -> None:
    asked = replace(CAMPAIGN, kind=CampaignKind.CALLBACK, interval=10 * MINUTE)
    for outcome in (AttemptOutcome.BUSY, AttemptOutcome.NO_ANSWER, AttemptOutcome.MACHINE, AttemptOutcome.ABANDONED):
        assert after(asked, 1, outcome, NOW) == (LeadState.READY, NOW + 10 * MINUTE)
        assert after(asked, 3, outcome, NOW) == (LeadState.DONE, None)
    assert after(asked, 1, AttemptOutcome.CANCELLED, NOW) == (LeadState.DONE, None)
