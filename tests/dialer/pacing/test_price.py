"""What a drop may cost: the budget spread over the day, the landing, the hour."""

from dataclasses import replace
from typing import Any

import pytest

from dialer.pacing.price import FIRST_LEVEL, Price, Standing

MIDDAY = Standing(
    t=14_400.0, cap=0.03, day_end=28_800.0, live=2_000, drops=58.0, lives_coming=4.0, drops_coming=0.1, burst=1.0,
    agents=20, engaged=28,
)  # fmt: skip


def price(**budget: int) -> Price:
    return Price({"budget": budget} if budget else {})


def target(**changes: Any) -> float:
    return price().budget(replace(MIDDAY, **changes)).target


def test_where_all_goes_to_plan_the_target_is_near_the_cap() -> None:
    budget = price().budget(MIDDAY)
    assert 0.02 < budget.target < 0.03
    assert budget.price == pytest.approx(FIRST_LEVEL * budget.target)


def test_what_was_spent_too_much_is_taken_back_and_what_was_saved_is_used() -> None:
    assert target(drops=70.0) < target(drops=60.0) < target(drops=50.0) <= 1.4 * 0.03


def test_a_large_team_takes_back_what_was_spent_too_much_long_before_the_day_ends() -> None:
    many = replace(MIDDAY, agents=1_000, live=30_000, lives_coming=100.0)
    budget = price().budget(replace(many, t=3_600.0, drops=930.0))
    assert budget.why == "what was spent too much"
    assert 0.01 < budget.target < 0.025
    assert price().budget(replace(many, t=3_600.0, drops=880.0)).why == "the budget of the day"


def test_calls_that_are_ended_bring_fewer_people_than_foretold_and_so_more_drops_for_each() -> None:
    as_foretold, fewer = price(), price()
    for keeper, share in ((as_foretold, 1.0), (fewer, 0.8)):
        budget = keeper.budget(replace(MIDDAY, live=0, drops=0.0, lives_coming=0.0))
        keeper.placed(1_000.0, budget.target, budget)
        came = int(1_000 * share)
        keeper.budget(replace(MIDDAY, live=came, drops=0.03 * came, lives_coming=0.0))
    assert as_foretold.fewer == pytest.approx(1.0)
    assert fewer.fewer == pytest.approx(1_050 / 850)


def test_nothing_is_risked_when_it_could_not_be_made_good() -> None:
    budget = price().budget(replace(MIDDAY, t=28_700.0, drops=62.0))
    assert (budget.target, budget.price) == (0.0, 0.0)
    assert budget.why == "drops that could not be made good again"


def test_nothing_is_risked_in_the_last_seconds() -> None:
    assert target(t=28_790.0, drops=0.0) == 0.0


def test_near_the_end_the_calls_in_flight_risk_a_third_of_what_is_left() -> None:
    budget = price().budget(replace(MIDDAY, t=28_700.0, drops=53.0))
    assert budget.why == "what can be spared at once"
    assert 0.0 < budget.price < FIRST_LEVEL * 0.03


def test_debts_of_the_window_are_paid_back_and_savings_are_not_spent() -> None:
    def after(live: int, drops: int) -> float:
        return price(live=live, drops=drops).budget(replace(MIDDAY, live=0, drops=0.0, t=0.0)).target

    assert after(1_000, 60) < after(0, 0) == after(10_000, 0) == after(10_000, 300)
    assert after(1_000, 900) == 0.0


def test_who_comes_with_one_call_for_each_agent_is_counted_on_and_nobody_else() -> None:
    late = replace(MIDDAY, t=27_000.0, live=3_700, drops=105.5)
    assert price().budget(replace(late, engaged=28)).price > 0.0
    assert price().budget(replace(late, engaged=200)).why == "drops that could not be made good again"


def test_after_a_burst_of_drops_room_is_kept_for_the_next_one_for_a_while() -> None:
    late = replace(MIDDAY, t=27_000.0, drops=47.0)

    def after_a_burst(at: float) -> float:
        keeper = price()
        live = 2_000 - int(0.1 * (late.t - at))
        keeper.budget(replace(late, t=at, live=live, drops=10.0))
        keeper.budget(replace(late, t=at + 20.0, live=live + 40, drops=45.0))
        return keeper.budget(late).price

    assert after_a_burst(26_000.0) == 0.0
    assert after_a_burst(10_000.0) > 0.0


def test_an_hour_of_many_drops_is_followed_by_few() -> None:
    calm, busy = price(), price()
    for keeper, drops in ((calm, 15.0), (busy, 30.0)):
        keeper.budget(replace(MIDDAY, live=1_500, drops=40.0, t=12_000.0))
        last = keeper.budget(replace(MIDDAY, live=2_000, drops=40.0 + drops, t=14_400.0))
        assert (last.why == "the drops of the last hour") == (keeper is busy)


def test_the_level_rises_while_calls_risk_less_than_the_target_and_falls_while_more() -> None:
    for risk, rises in ((0.001, True), (0.2, False)):
        keeper = price()
        first = keeper.budget(MIDDAY)
        for _ in range(50):
            keeper.placed(1.0, risk, first)
        assert (keeper.budget(replace(MIDDAY, t=14_401.0)).price > first.price) == rises


def test_drops_that_were_not_foretold_correct_the_forecast() -> None:
    keeper = price()
    keeper.budget(replace(MIDDAY, drops=0.0))
    keeper.placed(400.0, 0.02, keeper.budget(replace(MIDDAY, drops=0.0)))
    keeper.budget(replace(MIDDAY, drops=16.0))
    assert keeper.correction == pytest.approx((8 + 16) / (8 + 8))
