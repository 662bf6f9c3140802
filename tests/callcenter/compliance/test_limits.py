"""Limits besides hours: what binds which campaign, and since when."""

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.compliance.limits import drop_rules, least_ring, least_wait, limits_for
from callcenter.outbound import AttemptOutcome, CallLimit, Campaign, CampaignKind

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def campaign(kind: CampaignKind = CampaignKind.SALES, region: str = "US", interval: timedelta = 4 * HOUR) -> Campaign:
    return Campaign(
        name="test",
        title="Test",
        kind=kind,
        queue="sales",
        trunk="carrier",
        caller_id="+12025550100",
        region=region,
        company="Test",
        callback="+12025550100",
        interval=interval,
        created_at=NOW,
    )


def test_one_call_per_interval_is_always_a_limit() -> None:
    assert limits_for(campaign(interval=6 * HOUR), NOW)[0] == CallLimit(rule="interval", calls=1, window=6 * HOUR)


def test_collections_in_the_united_states_call_a_number_seven_times_in_seven_days() -> None:
    limits = limits_for(campaign(CampaignKind.COLLECTIONS), NOW)
    # Seven calendar days last 169 hours where clocks go back.
    assert limits[1] == CallLimit(rule="us-7-in-7", calls=7, window=timedelta(hours=169))


def test_a_talk_and_a_drop_bind_the_number_and_not_the_lead_alone() -> None:
    talk = CallLimit(rule="us-7-after-talk", calls=1, window=7 * DAY + HOUR, outcome=AttemptOutcome.CONNECTED)
    drop = CallLimit(rule="own-72h-after-drop", calls=1, window=72 * HOUR, outcome=AttemptOutcome.DROPPED)
    assert limits_for(campaign(CampaignKind.COLLECTIONS), NOW)[2:] == (talk, drop)
    assert limits_for(campaign(), NOW)[1:] == (drop,)
    assert limits_for(campaign(region="GB"), NOW)[1:] == (drop,)


def test_reg_f_did_not_bind_before_its_day() -> None:
    eve = datetime(2021, 11, 29, 23, 59, tzinfo=UTC)
    collections = campaign(CampaignKind.COLLECTIONS)
    assert [len(limits_for(collections, at)) for at in (eve, eve + timedelta(minutes=1))] == [2, 4]


def test_sales_in_france_call_a_number_four_times_in_thirty_days() -> None:
    assert [limit.rule for limit in limits_for(campaign(region="FR"), NOW)] == [
        "interval",
        "fr-4-in-30",
        "own-72h-after-drop",
    ]


@pytest.mark.parametrize(
    ("region", "year", "rules"),
    [
        ("US", 2026, ["us-drops", "own-drops"]),
        ("GB", 2010, ["gb-drops", "own-drops"]),
        ("GB", 2026, ["own-drops"]),
        ("DE", 2026, ["own-drops"]),
    ],
)
def test_drops_are_limited_everywhere(region: str, year: int, rules: list[str]) -> None:
    found = drop_rules(campaign(region=region), NOW.replace(year=year))
    assert [rule.id for rule in found] == rules
    assert all(rule.cap == 0.03 for rule in found)


@pytest.mark.parametrize("region", ["US", "GB", "BR"])
def test_every_call_rings_fifteen_seconds(region: str) -> None:
    assert least_ring(campaign(region=region), NOW) == timedelta(seconds=15)


def test_waits_are_the_longest_of_law_and_interval() -> None:
    sales, collections = campaign(), campaign(CampaignKind.COLLECTIONS)
    assert least_wait(sales, AttemptOutcome.NO_ANSWER, NOW) == 4 * HOUR
    assert least_wait(sales, AttemptOutcome.DROPPED, NOW) == 72 * HOUR
    assert least_wait(campaign(interval=5 * DAY), AttemptOutcome.DROPPED, NOW) == 5 * DAY
    assert least_wait(collections, AttemptOutcome.CONNECTED, NOW) == 7 * DAY + HOUR
    assert least_wait(sales, AttemptOutcome.CONNECTED, NOW) == 4 * HOUR
