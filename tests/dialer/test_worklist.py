"""How a list flows: leads are called once, or again when they are due, in their hours, and used up; none is lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from callcenter.outbound import AttemptOutcome, Campaign, CampaignKind, Lead
from dialer.worklist import DAYS, Demand, Hours, WorkList, again_after, first_open, flow, lawful, today, work_list

MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)  # 10:00 in New York, 7:00 in Seattle
HOURS = Hours(start=MONDAY, length=timedelta(hours=8))
SPRING = Campaign(
    name="spring",
    title="Spring",
    kind=CampaignKind.SALES,
    queue="sales",
    trunk="carrier",
    caller_id="+12025550100",
    region="US",
    company="Example Ltd",
    callback="+12025550101",
    max_tries=1,
    created_at=MONDAY,
)
O = AttemptOutcome  # noqa: E741 - as in the modules


def leads(count: int, start: int = 0, area: str = "+1202555", due: datetime = MONDAY) -> list[Lead]:
    numbers = (f"{area}{number:04}" for number in range(start, start + count))
    return [Lead(campaign="spring", number=number, next_at=due, created_at=due) for number in numbers]


def listed(sample: list[Lead], campaign: Campaign = SPRING, **more: int) -> WorkList:
    return work_list(campaign, sample, (), total=more.get("total", len(sample)), hours=HOURS)


def demand(calls_per_hour: float, **ends: float) -> Demand:
    shares = {O(name.replace("_", "-")): np.array([share]) for name, share in ends.items()}
    return Demand(calls_per_hour=np.array([calls_per_hour]), ends=shares)


def test_a_list_without_retries_is_called_once_and_dry_when_all_are_called() -> None:
    found = flow(SPRING, listed(leads(600)), demand(120, no_answer=1.0), HOURS)
    assert found.calls == pytest.approx(600)
    assert found.dry_h == pytest.approx(5.0)
    assert found.fed == pytest.approx(600 / 960)
    assert (found.left_due, found.used_up_days) == (pytest.approx(0.0), 1)


def test_a_long_list_feeds_the_day_and_lasts() -> None:
    found = flow(SPRING, listed(leads(1_000), total=3_000), demand(120, no_answer=1.0), HOURS)
    assert found.calls == pytest.approx(960)
    assert found.fed == pytest.approx(1.0)
    assert np.isnan(found.dry_h)
    assert found.left_due == pytest.approx(2_040 / 3_000)
    assert found.used_up_days == 4  # the fourth day has the last 120


def test_who_did_not_answer_comes_again_after_the_interval_and_the_last_try_ends_it() -> None:
    twice = replace(SPRING, max_tries=2, interval=timedelta(hours=2))
    found = flow(twice, listed(leads(120), twice), demand(120, no_answer=1.0), HOURS)
    assert found.calls == pytest.approx(240)
    assert found.dry_h == pytest.approx(1.0)
    assert found.used_up_days == 1
    late = replace(SPRING, max_tries=2, interval=timedelta(hours=12))
    assert flow(late, listed(leads(120), late), demand(120, no_answer=1.0), HOURS).used_up_days == 2


def test_whoever_talked_is_done_and_whoever_is_not_comes_again() -> None:
    often = replace(SPRING, max_tries=3, interval=timedelta(hours=1))
    none, half, all_ = (
        float(flow(often, listed(leads(100), often), demand(400, connected=p, no_answer=1 - p), HOURS).calls[0])
        for p in (0.0, 0.5, 1.0)
    )
    assert none == pytest.approx(300)
    assert half == pytest.approx(100 + 50 + 25)
    assert all_ == pytest.approx(100)


def test_the_west_is_called_later_than_the_east() -> None:
    work = listed(leads(100) + leads(100, area="+1206555"))
    assert len(work.opens) == 2
    east, west = work.opens[:, 0]
    assert east[0]
    assert not west[:5].any()
    assert west[6]
    assert today(work) == 200
    found = flow(SPRING, work, demand(600, no_answer=1.0), HOURS)
    assert found.calls == pytest.approx(200)
    assert found.dry_h == pytest.approx(1 / 6)  # until eight in Seattle


def test_an_evening_ends_with_the_calling_hours() -> None:
    evening = Hours(start=datetime(2026, 3, 2, 23, tzinfo=UTC), length=timedelta(hours=8))  # 18:00 in New York
    work = work_list(SPRING, leads(10), (), total=10, hours=evening)
    assert lawful(work, evening) == timedelta(hours=3)
    assert lawful(listed(leads(10)), HOURS) == HOURS.length


def test_leads_due_later_wait_and_those_forbidden_are_never_called() -> None:
    later = leads(50, 100, due=MONDAY + timedelta(hours=4))
    work = work_list(SPRING, leads(60) + later, [f"+1202555{n:04}" for n in range(10)], total=1_100, hours=HOURS)
    assert (work.never, work.leads) == (pytest.approx(100), pytest.approx(1_000))
    found = flow(SPRING, work, demand(1_000, no_answer=1.0), HOURS)
    assert found.calls == pytest.approx(1_000)
    assert found.dry_h == pytest.approx(0.5)


def test_an_empty_list_is_dry_at_once() -> None:
    found = flow(SPRING, listed([]), demand(100, no_answer=1.0), HOURS)
    assert (found.calls, found.dry_h) == (0, 0)


def test_the_first_lawful_instant_is_the_earliest_of_all() -> None:
    night = datetime(2026, 3, 2, 8, tzinfo=UTC)  # 3:00 in New York
    both = leads(2, due=night) + leads(2, area="+1206555", due=night)
    assert first_open(SPRING, both, night) == datetime(2026, 3, 2, 13, tzinfo=UTC)
    assert first_open(SPRING, both, MONDAY) == MONDAY
    assert first_open(SPRING, leads(1, due=MONDAY + timedelta(hours=2)), MONDAY) == MONDAY + timedelta(hours=2)
    assert first_open(SPRING, [], MONDAY) is None


def test_waits_are_those_of_the_rules_of_retry() -> None:
    again = again_after(replace(SPRING, max_tries=3, interval=timedelta(hours=4)), MONDAY)
    assert (again[O.NO_ANSWER, 0], again[O.NO_ANSWER, 1], again[O.NO_ANSWER, 2]) == (24, 24, None)
    assert again[O.CONNECTED, 0] is None
    assert again[O.DROPPED, 0] == 72 * 6
    assert DAYS * 144 > 72 * 6
