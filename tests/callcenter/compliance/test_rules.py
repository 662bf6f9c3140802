"""The table of rules is well formed, and rules bind from their first day to the day before their last."""

from datetime import date, timedelta

import pytest

from callcenter.compliance.holidays import CALENDARS
from callcenter.compliance.law import RULES
from callcenter.compliance.rules import EVERYWHERE, HoursRule, Rule, Span, binding, law_of, week
from callcenter.compliance.verdict import LAST_MINUTE
from callcenter.numbers import is_region
from callcenter.outbound import MIN_RING, CampaignKind

SALES, COLLECTIONS = CampaignKind.SALES, CampaignKind.COLLECTIONS


def all_rules() -> list[Rule]:
    return [*RULES.hours, RULES.default_hours, *RULES.limits, *RULES.drops, *RULES.rings, *RULES.waits, *RULES.requests]


def hours_rules() -> list[HoursRule]:
    return [*RULES.hours, RULES.default_hours]


def test_ids_are_unique() -> None:
    ids = [rule.id for rule in all_rules()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_every_rule_says_what_it_is_where_from_and_since_when(rule: Rule) -> None:
    assert rule.unit
    assert rule.source
    assert rule.text
    assert rule.kinds <= set(CampaignKind)
    assert rule.kinds
    assert rule.valid_until is None or rule.valid_from < rule.valid_until
    assert rule.regions == EVERYWHERE or all(is_region(region) for region in rule.regions)
    assert (rule.regions == EVERYWHERE) == rule.id.startswith("own-"), (
        "what is ours says so, what is law names a country"
    )


@pytest.mark.parametrize("rule", hours_rules(), ids=lambda rule: rule.id)
def test_hours_are_whole_weeks_of_ordered_spans_longer_than_the_last_minute(rule: HoursRule) -> None:
    assert len(rule.weekly) == 7
    assert any(rule.weekly)
    for day in rule.weekly:
        edges = [edge for span in day for edge in (span.start, span.end)]
        assert edges == sorted(set(edges))
        assert all(timedelta(minutes=span.end - span.start) > 10 * LAST_MINUTE for span in day)
    assert rule.holidays in {"", *CALENDARS}


def test_limits_and_caps_are_possible() -> None:
    assert all(rule.calls > 0 and rule.window > timedelta(0) for rule in RULES.limits)
    assert all(0 < rule.cap < 1 and rule.window > timedelta(0) for rule in RULES.drops)
    assert all(rule.least >= MIN_RING for rule in RULES.rings)


@pytest.mark.parametrize("kind", CampaignKind)
def test_drops_and_ringing_are_bound_in_every_region(kind: CampaignKind) -> None:
    for region in ("US", "GB", "DE", "BR"):
        assert binding(RULES.drops, region, kind, date(2026, 6, 1))
        assert binding(RULES.rings, region, kind, date(2026, 6, 1))


def test_a_rule_binds_from_its_first_day_to_the_day_before_its_end() -> None:
    ofcom = next(rule for rule in RULES.drops if rule.id == "gb-drops")
    days = [date(2006, 2, 28), date(2006, 3, 1), date(2017, 2, 28), date(2017, 3, 1)]
    assert [ofcom.in_force(day) for day in days] == [False, True, True, False]


def test_law_of_a_country_binds_in_its_territories_and_for_its_kind_of_campaign_only() -> None:
    on = date(2026, 6, 1)
    assert [rule.id for rule in binding(RULES.hours, "PR", SALES, on)] == ["us-sales-hours"]
    assert [rule.id for rule in binding(RULES.hours, "US", COLLECTIONS, on)] == ["us-collections-hours"]
    assert [rule.id for rule in binding(RULES.hours, "FR", COLLECTIONS, on)] == []
    assert law_of("RE") == "FR"


@pytest.mark.parametrize(
    "text", ["", "8:00-21:00", "08:00-08:00", "21:00-08:00", "08:00-24:01", "08:00-24:30", "25:00-26:00"]
)
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no span|is empty"):
        Span.parse(text)


def test_a_week_is_written_as_people_write_it() -> None:
    assert week(mon_fri="09:00-24:00", sun="10:00-12:00")[4:] == ((Span(540, 1440),), (), (Span(600, 720),))
