"""Judges of a carrier's log: each rule at its edge, and one step beyond it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sim.phones.carrier_log import gave_up_early, out_of_hours, too_soon, twice_at_once, without_agent
from sim.phones.people import Outcome
from sim.phones.plans import AgentHeard, PhoneCall

START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(seconds: float | None) -> datetime | None:
    return None if seconds is None else START + timedelta(seconds=seconds)


def call(number: str, began: float | None, ended: float | None = None, **seconds: float) -> PhoneCall:
    """A call to `number`; further times by name (ringing, answered, cancelled)."""
    times: dict[str, Any] = {f"{name}_at": at(value) for name, value in seconds.items()}
    return PhoneCall(
        id=f"{number}-{began}", phone="carrier", number=number, invited_at=at(began), ended_at=at(ended), **times
    )


def test_an_interval_that_is_just_kept_is_kept() -> None:
    assert too_soon([call("1", 0), call("1", 3600)], HOUR) == []
    first, second = call("1", 0), call("1", 3599.999)
    assert too_soon([first, second], HOUR) == [(first, second)]


def test_only_calls_to_the_same_number_are_too_soon() -> None:
    assert too_soon([call("1", 0), call("2", 1), call("3", 2)], HOUR) == []


def test_a_number_with_and_without_plus_is_the_same() -> None:
    assert len(too_soon([call("+12065550100", 0), call("12065550100", 1)], HOUR)) == 1


def test_calls_are_judged_in_order_of_time_whatever_their_order_in_the_log() -> None:
    late, early, between = call("1", 7200), call("1", 0), call("1", 5000)
    assert too_soon([late, early, between], HOUR) == [(between, late)]


def test_every_repetition_is_found() -> None:
    calls = [call("1", 0), call("1", 10), call("1", 20)]
    assert too_soon(calls, HOUR) == [(calls[0], calls[1]), (calls[1], calls[2])]


def test_a_call_that_begins_when_another_ends_is_not_at_once() -> None:
    assert twice_at_once([call("1", 0, 10), call("1", 10, 20)]) == []
    first, second = call("1", 0, 10), call("1", 9.9, 20)
    assert twice_at_once([first, second]) == [(first, second)]


def test_a_call_that_has_not_ended_overlaps_with_every_later_one() -> None:
    first, second, third = call("1", 0), call("1", 100, 110), call("1", 200, 210)
    assert twice_at_once([first, second, third]) == [(first, second), (first, third)]


def test_a_long_call_overlaps_with_all_that_begin_in_it() -> None:
    long, short, other = call("1", 0, 100), call("1", 10, 20), call("1", 50, 60)
    assert twice_at_once([long, short, other]) == [(long, short), (long, other)]


def test_different_numbers_may_be_called_at_once() -> None:
    assert twice_at_once([call("1", 0), call("2", 0)]) == []


def test_hours_are_those_of_the_number_at_the_time_of_the_call() -> None:
    calls = [call("1", 0), call("1", 60), call("2", 60)]
    closes = at(60)
    assert closes
    assert out_of_hours(calls, lambda number, when: number == "2" or when < closes) == [calls[1]]


@pytest.mark.parametrize(("rang_s", "early"), [(14.999, True), (15.0, False), (22.0, False)])
def test_a_phone_rings_fifteen_seconds_before_we_give_up(rang_s: float, early: bool) -> None:
    cancelled = call("1", 0, 2 + rang_s, ringing=2, cancelled=2 + rang_s)
    assert gave_up_early([cancelled]) == ([cancelled] if early else [])


def test_only_our_giving_up_is_too_early() -> None:
    declined = call("1", 0, 3, ringing=1)
    answered = call("2", 0, 9, ringing=1, answered=3)
    crossed = call("3", 0, 4, ringing=1, answered=3, cancelled=3.01)
    silent = call("4", 0, 5, cancelled=5)
    assert gave_up_early([declined, answered, crossed, silent]) == []


def test_another_least_time_of_ringing_may_be_asked_for() -> None:
    assert len(gave_up_early([call("1", 0, 3, ringing=1, cancelled=3)], least_s=2.5)) == 1
    assert gave_up_early([call("1", 0, 3, ringing=1, cancelled=3)], least_s=2) == []


def test_a_person_who_hears_no_agent_is_found_a_machine_is_not() -> None:
    alone = replace(call("1", 0, 9, answered=2), expected=Outcome.ANSWERS)
    heard = replace(alone, agents_heard=(AgentHeard(agent="11", at=START),))
    machine = replace(alone, expected=Outcome.MACHINE)
    assert without_agent([heard, alone, machine]) == [alone]


def test_a_call_of_which_no_invite_came_is_no_call() -> None:
    ghost = call("1", None)
    assert too_soon([ghost, call("1", 0)], HOUR) == []
    assert out_of_hours([ghost], lambda number, when: False) == []
