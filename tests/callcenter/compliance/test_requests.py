"""A call back that somebody asked for: when it may come, and what still forbids it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from callcenter.compliance.limits import least_wait, limits_for
from callcenter.compliance.verdict import Question, Request, Verdict, may_dial
from callcenter.outbound import AttemptOutcome, CallLimit, Campaign, CampaignKind

NEW_YORK, PARIS = "+12125550143", "+33612345678"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(text: str, zone: str = "America/New_York") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def asked(due_at: datetime, *, asked_at: datetime | None = None, number: str = NEW_YORK, **about: object) -> Question:
    request = Request(asked_at=asked_at or due_at, due_at=due_at)
    region = "FR" if number == PARIS else "US"
    return Question(number=number, kind=CampaignKind.CALLBACK, region=region, request=request, **about)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        ("2026-06-01 06:30", True),  # the very time they asked for
        ("2026-06-01 07:59", True),
        ("2026-06-01 08:30", True),  # two hours later, and the hours have begun
        ("2026-06-01 20:58:59", True),
        ("2026-06-01 20:59", False),
        ("2026-06-02 07:59", False),
        ("2026-06-02 08:00", True),
        ("2026-06-08 06:29", False),
    ],
)
def test_asked_for_at_half_past_six_it_may_come_then_and_later_only_in_the_hours(now: str, allowed: bool) -> None:
    assert may_dial(asked(at("2026-06-01 06:30")), at(now)).allowed is allowed


def test_late_at_night_the_hours_bind_again_two_hours_after_the_time_asked_for() -> None:
    question = asked(at("2026-06-01 21:30"))
    assert may_dial(question, at("2026-06-01 23:30")).allowed
    verdict = may_dial(question, at("2026-06-01 23:31"))
    assert (verdict.allowed, verdict.until) == (False, at("2026-06-02 08:00"))


def test_hours_of_every_kind_of_call_bind_one_that_is_late_since_nobody_knows_what_will_be_said() -> None:
    question = asked(at("2026-06-01 09:00", "Europe/Paris"), number=PARIS)
    sunday = at("2026-06-07 12:00", "Europe/Paris")
    assert may_dial(asked(sunday, number=PARIS), sunday).allowed
    assert may_dial(question, at("2026-06-01 11:00", "Europe/Paris")).allowed
    refused = may_dial(question, at("2026-06-01 13:30", "Europe/Paris"))
    assert (refused.rule, refused.until) == ("fr-sales-hours", at("2026-06-01 14:00", "Europe/Paris"))


def test_a_wish_is_forgotten_after_seven_days() -> None:
    question = asked(at("2026-06-07 12:00"), asked_at=at("2026-06-01 12:00"))
    assert may_dial(question, at("2026-06-08 12:00")).allowed
    verdict = may_dial(question, at("2026-06-08 12:01"))
    assert (verdict.allowed, verdict.rule, verdict.until) == (False, "own-request", None)
    assert "12 CFR 1006.14(b)(3)(i)" in verdict.source


@pytest.mark.parametrize(
    ("number", "rule"), [("+19005550143", "premium-rate-number"), ("+442079460000", "country"), ("911", "emergency")]
)
def test_whoever_asks_certain_numbers_are_not_called(number: str, rule: str) -> None:
    now = at("2026-06-01 12:00")
    assert may_dial(asked(now, number=number), now) == Verdict(
        allowed=False, rule=rule, why=may_dial(asked(now, number=number), now).why
    )


def test_a_do_not_call_list_that_is_younger_than_the_wish_binds() -> None:
    now = at("2026-06-01 12:00")
    assert may_dial(asked(now, on_dnc=True), now).rule == "dnc"


def campaign(kind: CampaignKind = CampaignKind.CALLBACK) -> Campaign:
    return Campaign(
        name="callback:sales",
        title="Calls back",
        kind=kind,
        queue="sales",
        trunk="carrier",
        caller_id="+12025550100",
        region="US",
        company="",
        callback="",
        interval=timedelta(minutes=10),
        created_at=at("2026-06-01 12:00"),
    )


def test_a_call_back_waits_for_no_interval_but_not_even_a_wish_gets_a_number_called_all_day() -> None:
    limits = limits_for(campaign(), at("2026-06-01 12:00"))
    assert limits == (CallLimit(rule="own-6-in-24h", calls=6, window=DAY),)


def test_a_person_whom_a_campaign_let_down_may_still_ask_to_be_called() -> None:
    now = at("2026-06-01 12:00")
    assert least_wait(campaign(), AttemptOutcome.DROPPED, now) == timedelta(minutes=10)
    assert least_wait(campaign(CampaignKind.SALES), AttemptOutcome.DROPPED, now) == 72 * HOUR
