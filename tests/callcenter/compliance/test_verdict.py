"""May this number be called now: sentences at the edges, and what must hold at any time for any number."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.compliance.law import RULES
from callcenter.compliance.places import zones_of
from callcenter.compliance.rules import week
from callcenter.compliance.verdict import LAST_MINUTE, Question, Verdict, may_dial
from callcenter.outbound import CampaignKind

SALES, COLLECTIONS = CampaignKind.SALES, CampaignKind.COLLECTIONS
NEW_YORK, LOS_ANGELES, TOLL_FREE = "+12125550143", "+14155550143", "+18005550199"
SECOND = timedelta(seconds=1)

# The hours once more, as a newspaper would print them: weekday, from, to. The last call is placed a minute earlier.
WEEK, WEEKDAYS = range(7), range(5)
PRINTED: dict[tuple[str, CampaignKind], list[tuple[Collection[int], str, str]]] = {
    ("US", SALES): [(WEEK, "08:00", "21:00")],
    ("US", COLLECTIONS): [(WEEK, "08:00", "21:00")],
    ("GB", SALES): [(range(6), "09:00", "20:00")],
    ("CA", SALES): [(WEEKDAYS, "09:00", "21:30"), ((5, 6), "10:00", "18:00")],
    ("FR", SALES): [(WEEKDAYS, "10:00", "13:00"), (WEEKDAYS, "14:00", "20:00")],
    ("FR", COLLECTIONS): [(range(6), "09:00", "20:00")],
    ("ES", SALES): [(WEEKDAYS, "09:00", "21:00")],
    ("AU", SALES): [(WEEKDAYS, "09:00", "20:00"), ((5,), "09:00", "17:00")],
    ("RU", SALES): [(range(6), "09:00", "20:00")],
}
NUMBERS = {
    "US": [NEW_YORK, LOS_ANGELES, TOLL_FREE, "+14805550143", "+18085550143", "+19075550143", "+17875550123"],
    "GB": ["+442079460000", "+447400123456"],
    "CA": ["+17095550123", "+16045550123", "+13065550123"],
    "FR": ["+33612345678", "+33123456789"],
    "ES": ["+34612345678", "+34928123456"],
    "AU": ["+61412345678", "+61291234567", "+61891234567"],
    "RU": ["+79161234567"],
}
ZONES = ["", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo", "Pacific/Chatham"]
CASES = [(region, kind, number) for region, kind in PRINTED for number in NUMBERS[region]]


def local(zone: str, text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def printed(region: str, kind: CampaignKind, zone: str, at: datetime) -> bool:
    there = at.astimezone(ZoneInfo(zone))
    hands = f"{there:%H:%M}"
    return any(there.weekday() in days and start <= hands < end for days, start, end in PRINTED[region, kind])


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        ("2026-06-01 07:59:59.999", False),
        ("2026-06-01 08:00", True),
        ("2026-06-01 20:58:59", True),
        ("2026-06-01 20:59", False),  # it would be answered after nine
        ("2026-06-01 21:00", False),
        ("2026-06-07 12:00", True),  # Sunday
        ("2026-03-08 07:59", False),  # clocks went forward at 2:00
        ("2026-03-08 08:00", True),
        ("2026-11-01 07:59", False),  # clocks went back at 2:00
        ("2026-11-01 08:00", True),
        ("2026-12-25 12:00", True),
    ],
)
@pytest.mark.parametrize("kind", [SALES, COLLECTIONS])
def test_new_york_is_called_from_eight_to_nine(at: str, allowed: bool, kind: CampaignKind) -> None:
    verdict = may_dial(Question(number=NEW_YORK, kind=kind, region="US"), local("America/New_York", at))
    assert verdict.allowed is allowed
    assert verdict.rule == ("" if allowed else f"us-{kind}-hours")


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-07-13 09:59", "2026-07-13 10:00"),  # Monday
        ("2026-07-13 12:59", "2026-07-13 14:00"),
        ("2026-07-13 19:59", "2026-07-15 10:00"),  # over the 14th of July
        ("2026-07-17 20:00", "2026-07-20 10:00"),  # over the weekend
        ("2026-03-28 12:00", "2026-03-30 10:00"),  # over the change to summer time
        ("2026-12-24 20:00", "2026-12-28 10:00"),
    ],
)
def test_france_has_a_lunch_break_holidays_and_no_weekends(at: str, until: str) -> None:
    verdict = may_dial(Question(number="+33612345678", kind=SALES, region="FR"), local("Europe/Paris", at))
    assert verdict.rule == "fr-sales-hours"
    assert verdict.until == local("Europe/Paris", until).astimezone(UTC)


def test_a_number_that_may_lie_in_many_zones_is_called_when_all_of_them_allow_it() -> None:
    question = Question(number=TOLL_FREE, kind=SALES, region="US")
    noon = local("America/New_York", "2026-01-15 12:00")
    refused = may_dial(question, noon)
    assert not refused.allowed
    assert refused.until is not None
    # Guam opens at 8:00 = 22:00 UTC and Newfoundland closes at 21:00 = 00:30 UTC, at 23:30 UTC in summer.
    assert refused.until == datetime(2026, 1, 15, 22, 0, tzinfo=UTC)
    assert may_dial(replace(question, time_zone="America/New_York"), noon).allowed


def test_a_number_and_a_list_that_disagree_are_both_believed() -> None:
    def allowed(at: str) -> bool:
        now = local("America/New_York", at)
        return may_dial(
            Question(number=LOS_ANGELES, kind=COLLECTIONS, region="US", time_zone="America/New_York"), now
        ).allowed

    # Comment 6(b)(1)-2 to 12 CFR 1006.6: from 8:00 in the west to 21:00 in the east.
    assert [allowed(f"2026-06-01 {hour}:00") for hour in ("10", "11", "20", "21")] == [False, True, True, False]


def test_hours_that_no_zone_shares_are_told() -> None:
    # Two places twelve hours apart have no common hour between 9 and 20, but the minute at either end.
    now = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
    verdict = may_dial(Question(number="+6421123456", kind=SALES, region="NZ", time_zone="America/Los_Angeles"), now)
    short = may_dial(Question(number="+6421123456", kind=SALES, region="NZ", time_zone="Europe/London"), now)
    assert verdict.until is not None
    assert (short.allowed, short.until) == (False, None)
    assert "give time_zone in the list" in short.why


@pytest.mark.parametrize(
    ("number", "time_zone", "rule"),
    [
        ("911", "", "emergency"),
        ("2025550143", "", "short-number"),
        ("+19005550143", "", "premium-rate-number"),
        ("+18765550143", "", "country"),
        (NEW_YORK, "Mars/Olympus", "unknown-zone"),
        (NEW_YORK, "../../etc/passwd", "unknown-zone"),
    ],
)
def test_what_time_does_not_help(number: str, time_zone: str, rule: str) -> None:
    noon = local("America/New_York", "2026-06-01 12:00")
    verdict = may_dial(Question(number=number, kind=SALES, region="US", time_zone=time_zone), noon)
    assert (verdict.allowed, verdict.rule, verdict.until) == (False, rule, None)
    assert verdict.why


def test_the_do_not_call_list_comes_before_everything() -> None:
    noon = local("America/New_York", "2026-06-01 12:00")
    for number in (NEW_YORK, "911"):
        verdict = may_dial(Question(number=number, kind=SALES, region="US", on_dnc=True), noon)
        assert (verdict.allowed, verdict.rule, verdict.until) == (False, "dnc", None)


def test_a_number_without_a_zone_is_called_once_the_list_gives_one() -> None:
    satellite = Question(number="+8821612345678", kind=SALES, region="US", countries=frozenset({"001"}))
    noon = local("Europe/Paris", "2026-06-01 12:00")
    refused = may_dial(satellite, noon)
    assert (refused.rule, refused.until) == ("unknown-zone", None)
    assert "give time_zone in the list" in refused.why
    assert may_dial(replace(satellite, time_zone="Europe/Paris"), noon).allowed


def test_calls_abroad_keep_the_hours_of_both_countries() -> None:
    abroad = Question(number="+442079460000", kind=SALES, region="US", countries=frozenset({"GB"}))
    verdicts = {hour: may_dial(abroad, local("Europe/London", f"2026-06-01 {hour}:30")) for hour in ("08", "09", "20")}
    assert {hour: verdict.rule for hour, verdict in verdicts.items()} == {
        "08": "own-hours",
        "09": "",
        "20": "own-hours",
    }
    at_home = replace(abroad, number=NEW_YORK, region="FR", countries=frozenset({"US"}))
    assert may_dial(at_home, local("America/New_York", "2026-06-01 09:00")).rule == "fr-sales-hours"


def test_a_refusal_says_which_clock_and_which_source() -> None:
    verdict = may_dial(
        Question(number=NEW_YORK, kind=SALES, region="US"), local("America/New_York", "2026-06-01 21:04")
    )
    assert verdict.why == "it is Mon 21:04 in America/New_York; calling hours: 08:00-21:00"
    assert verdict.source == "16 CFR 310.4(c); 47 CFR 64.1200(c)(1)"
    last = may_dial(Question(number=NEW_YORK, kind=SALES, region="US"), local("America/New_York", "2026-06-01 20:59"))
    assert last.why.endswith("08:00-21:00, and the last minute is left out")


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        may_dial(Question(number=NEW_YORK, kind=SALES, region="US"), datetime(2026, 6, 1, 12, 0))  # noqa: DTZ001


def test_rules_are_an_argument() -> None:
    noon = local("America/New_York", "2026-06-01 12:00")
    closed = replace(RULES, hours=(replace(RULES.hours[0], id="closed", weekly=((),) * 7),))
    assert may_dial(Question(number=NEW_YORK, kind=SALES, region="US"), noon, closed).rule == "closed"


def test_a_minute_is_a_minute_on_any_clock_the_time_is_given_in() -> None:
    # New York, 1 November 2026: half a minute after 01:59:30 summer time it is 01:00 again, within the hours.
    night = replace(RULES, hours=(replace(RULES.hours[0], weekly=week(mon_fri="", sun="01:00-02:00")),))
    late = local("America/New_York", "2026-11-01 01:59:30")
    question = Question(number=NEW_YORK, kind=SALES, region="US")
    assert may_dial(question, late, night) == may_dial(question, late.astimezone(UTC), night) == Verdict(allowed=True)


moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def near_changes(draw: st.DrawFn) -> datetime:
    """An instant within hours of a change of clocks somewhere."""
    day = draw(st.sampled_from(["2026-03-08", "2026-11-01", "2026-03-29", "2026-10-25", "2026-04-05", "2026-10-04"]))
    shift = draw(st.timedeltas(timedelta(hours=-20), timedelta(hours=44)))
    return datetime.fromisoformat(day).replace(tzinfo=UTC) + shift


def verdict_on(case: tuple[str, CampaignKind, str], time_zone: str, at: datetime) -> Verdict:
    region, kind, number = case
    return may_dial(Question(number=number, kind=kind, region=region, time_zone=time_zone), at)


@settings(max_examples=300, deadline=None)
@given(case=st.sampled_from(CASES), time_zone=st.sampled_from(ZONES), now=moments | near_changes())
def test_allowed_means_within_hours_on_every_clock(
    case: tuple[str, CampaignKind, str], time_zone: str, now: datetime
) -> None:
    region, kind, number = case
    zones = zones_of(number, time_zone, now)
    inside = all(printed(region, kind, zone, at) for zone in zones for at in (now, now + LAST_MINUTE))
    allowed = verdict_on(case, time_zone, now).allowed
    assert inside or not allowed
    if region not in {"FR", "ES", "AU"}:  # no holidays
        assert allowed == inside


@settings(max_examples=150, deadline=None)
@given(case=st.sampled_from(CASES), time_zone=st.sampled_from(ZONES), now=moments | near_changes())
def test_until_is_the_first_instant_that_is_allowed(
    case: tuple[str, CampaignKind, str], time_zone: str, now: datetime
) -> None:
    verdict = verdict_on(case, time_zone, now)
    if verdict.allowed:
        assert verdict.until is None
        return
    until = verdict.until or now + timedelta(days=10)
    assert now < until <= now + timedelta(days=10)
    if verdict.until is not None:
        assert verdict_on(case, time_zone, until).allowed
    samples = [now + (until - now) * part / 6 for part in range(6)] + [
        until - timedelta(microseconds=1),
        until - SECOND,
    ]
    assert not any(verdict_on(case, time_zone, at).allowed for at in samples if at >= now)


@pytest.mark.parametrize(
    ("number", "kind", "region", "allowed"),
    [
        (NEW_YORK, SALES, "US", True),
        (NEW_YORK, COLLECTIONS, "US", True),
        ("+33612345678", SALES, "FR", False),  # the French hours know no such consent
    ],
)
def test_consent_to_be_called_at_any_time_lifts_the_hours_where_the_rule_says_so(
    number: str, kind: CampaignKind, region: str, allowed: bool
) -> None:
    night = local("America/New_York" if region == "US" else "Europe/Paris", "2026-06-01 03:00")
    question = Question(number=number, kind=kind, region=region)
    assert not may_dial(question, night).allowed
    agreed = replace(question, consent="signed form of 2026-05-04")
    assert may_dial(agreed, night).allowed is allowed
    assert not may_dial(replace(agreed, on_dnc=True), night).allowed
