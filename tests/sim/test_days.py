"""Days on which things change: the same for a seed, of the shape they are said to have, and nothing lost in them."""

import pytest

from dialer.pacing import make_pacer
from sim.days import DAYS, USUAL
from sim.outbound import play
from sim.people import Answers


@pytest.mark.parametrize("name", DAYS)
def test_a_day_is_the_same_for_a_seed(name: str) -> None:
    assert DAYS[name](3, 1.0) == DAYS[name](3, 1.0)
    assert DAYS[name](3, 1.0) != DAYS[name](4, 1.0)


@pytest.mark.parametrize("name", DAYS)
def test_no_call_and_no_second_is_lost(name: str) -> None:
    scenario = DAYS[name](1, 0.2)
    day = play(scenario, make_pacer("progressive"))
    assert sum(day.spent_s.values()) == pytest.approx(scenario.agents * scenario.end_s)
    assert day.placed == sum(day.ends.values()) + day.under_way
    assert day.live == day.connected + day.drops


def test_answers_drift_between_a_tenth_and_three_tenths() -> None:
    shares = [change.people.p_person for change in DAYS["drift"](1, 4.0).changes]
    assert 0.09 < min(shares) < 0.12
    assert 0.28 < max(shares) <= 0.3


def test_a_part_of_the_list_is_dead_for_half_an_hour() -> None:
    day = DAYS["bad-list"](1, 4.0)
    dead, usual = day.changes
    assert usual.at_s - dead.at_s == 1_800.0
    assert day.people_at(dead.at_s).p_person == 0.07
    assert day.people_at(usual.at_s) == day.people_at(0.0) == USUAL


def test_two_thirds_go_to_lunch_and_half_of_them_say_so() -> None:
    day = DAYS["lunch"](1, 4.0)
    assert len(day.absences) == 26
    assert sum(absence.announced for absence in day.absences) == 13
    assert {round(absence.until_s - absence.from_s, 3) for absence in day.absences} == {1_800.0}


def test_some_come_late_and_some_go_early() -> None:
    day = DAYS["join-leave"](1, 4.0)
    late = [absence for absence in day.absences if absence.from_s == 0.0]
    early = [absence for absence in day.absences if absence.until_s > day.end_s]
    assert (len(late), len(early)) == (20, 15)
    assert not {absence.agent for absence in late} & {absence.agent for absence in early}


def test_talks_get_longer_and_crowds_come() -> None:
    shift, flash = DAYS["handle-shift"](1, 4.0), DAYS["flash"](1, 4.0)
    assert [shift.people_at(t).handle_s for t in (0.0, 7_199.0, 7_200.0)] == [80.0, 80.0, 160.0]
    assert [flash.people_at(t).p_person for t in (7_199.0, 7_200.0, 8_100.0)] == [0.14, 0.45, 0.14]


def test_a_lead_is_the_same_person_before_and_after_a_change_but_for_what_changed() -> None:
    day = DAYS["handle-shift"](1, 4.0)
    before, after = (day.people_at(t).fate(1, 11) for t in (0.0, 9_000.0))
    assert (before.answers, before.rings_s, before.segment) == (after.answers, after.rings_s, after.segment)
    assert after.talk_s == pytest.approx(2 * before.talk_s) or before.answers is not Answers.PERSON


def test_chaos_has_a_tight_trunk() -> None:
    day = DAYS["chaos"](1, 4.0)
    assert (day.trunk.channels, day.trunk.calls_per_second) == (45, 3.0)
    assert len(day.absences) == 14
    assert len(day.changes) == 12
