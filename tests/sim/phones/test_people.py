"""People who are called: seeded, in the shares asked for, the same person each time."""

import statistics
from collections import Counter

import pytest

from sim.phones.demand import caller_number, lead_number
from sim.phones.people import SHARES, Habits, Outcome, PersonPlan, people

NUMBERS = [f"+1206555{i:04}" for i in range(4000)]


def plans(habits: Habits | None = None) -> list[PersonPlan]:
    plan_of = people(NUMBERS, 7, habits)
    return [plan_of(number) for number in NUMBERS]


def test_the_same_person_does_the_same_whoever_else_is_called() -> None:
    some, all_of_them = people(NUMBERS[:5], 7), people(NUMBERS, 7)
    assert [some(number) for number in NUMBERS[:5]] == [all_of_them(number) for number in NUMBERS[:5]]
    assert [some(number) for number in NUMBERS[:5]] != [people(NUMBERS, 8)(number) for number in NUMBERS[:5]]


def test_a_number_without_plus_reaches_the_same_person() -> None:
    plan_of = people(NUMBERS, 7)
    with_plus, without = plan_of("+12065550007"), plan_of("12065550007")
    assert (with_plus.outcome, with_plus.ring_s) == (without.outcome, without.ring_s)


def test_a_number_that_nobody_has_is_invalid() -> None:
    assert people(NUMBERS, 7)("+12125550100").outcome is Outcome.INVALID


def test_outcomes_have_their_shares() -> None:
    counts = Counter(plan.outcome for plan in plans())
    assert sum(SHARES.values()) == pytest.approx(1)
    for outcome, share in SHARES.items():
        assert counts[outcome] / len(NUMBERS) == pytest.approx(share, abs=0.02), outcome


def test_times_are_those_of_people_and_machines() -> None:
    everybody = plans()
    persons = [plan for plan in everybody if plan.outcome is Outcome.ANSWERS]
    machines = [plan for plan in everybody if plan.outcome is Outcome.MACHINE]
    assert statistics.median(plan.ring_s for plan in persons) == pytest.approx(8, rel=0.05)
    assert statistics.median(plan.post_dial_s for plan in persons) == pytest.approx(2.2, rel=0.05)
    assert statistics.mean(plan.patience_s or 0 for plan in persons) == pytest.approx(9.8, rel=0.1)
    assert sum(plan.ring_s < 2 for plan in machines) / len(machines) == pytest.approx(0.3, abs=0.05)
    assert all(4 <= plan.greeting_s <= 6 and plan.talk_s == 30 and plan.patience_s is None for plan in machines)
    assert all(plan.keys == () for plan in everybody)


def test_a_pace_shortens_all_but_patience_and_greetings() -> None:
    for slow, fast in zip(plans(), plans(Habits(pace=0.1)), strict=True):
        assert fast.ring_s == pytest.approx(slow.ring_s / 10)
        assert fast.post_dial_s == pytest.approx(slow.post_dial_s / 10)
        assert fast.talk_s == pytest.approx((slow.talk_s or 0) / 10)
        assert (fast.patience_s, fast.greeting_s, fast.outcome) == (slow.patience_s, slow.greeting_s, slow.outcome)


def test_shares_may_be_others() -> None:
    habits = Habits(shares={Outcome.ANSWERS: 1, Outcome.BUSY: 3})
    counts = Counter(plan.outcome for plan in plans(habits))
    assert set(counts) == {Outcome.ANSWERS, Outcome.BUSY}
    assert counts[Outcome.BUSY] / len(NUMBERS) == pytest.approx(0.75, abs=0.03)


def test_some_persons_opt_out_and_wait_for_it() -> None:
    persons = [plan for plan in plans(Habits(opt_out=0.25, opt_out_key="5")) if plan.outcome is Outcome.ANSWERS]
    opting = [plan for plan in persons if plan.keys]
    assert len(opting) / len(persons) == pytest.approx(0.25, abs=0.05)
    for plan in opting:
        assert [keys.digits for keys in plan.keys] == ["5"]
        assert plan.patience_s
        assert plan.patience_s > plan.keys[-1].after_s + 5


def test_leads_are_enough_and_none_of_them_calls_us() -> None:
    leads = {lead_number(i) for i in range(1400)}
    assert len(leads) == 1400
    assert leads.isdisjoint(caller_number(i) for i in range(1400))
    assert all(number[5:10] == "55501" for number in leads)
