"""Attempts that call back somebody who asked for it."""

from dataclasses import replace

import pytest

from callcenter.happenings import CallbackAnswered, CallFellBack, CallWaits, Happening
from callcenter.outbound import AttemptOutcome, CampaignKind
from dialer.flights import Ended, Flights
from tests.dialer.flown import CAMPAIGN, LEG, OUT, RINGS, A, Story, at, attempt, dial_ended, ended, gate_ended, met

WISHED = replace(CAMPAIGN, kind=CampaignKind.CALLBACK)


CALLED_BACK = CallbackAnswered(
    call=LEG, channel="PJSIP/trunk-demo-0", attempt=A, number="+12025550143", caller_id="+12025550100", at=at(8)
)


TAKEN = CallWaits(call=LEG, channel="PJSIP/trunk-demo-0", queue="sales", at=at(12))
FELL_BACK = CallFellBack(call=LEG, at=at(12))
BACK = (*RINGS, dial_ended("ANSWER"), CALLED_BACK, gate_ended(8))


def wished(*happenings: Happening) -> Story:
    return Story(*happenings, campaign=WISHED)


def test_a_call_back_that_nobody_takes_was_most_likely_answered_by_a_machine() -> None:
    assert wished(*BACK, ended(20)).outcomes == [(OUT.MACHINE, 16)]


@pytest.mark.parametrize("taken", [TAKEN, FELL_BACK])
def test_whoever_takes_it_and_leaves_before_an_agent_has_abandoned_it_and_is_no_drop(taken: Happening) -> None:
    assert wished(*BACK, taken, ended(40)).outcomes == [(OUT.ABANDONED, 16)]


@pytest.mark.parametrize("taken", [TAKEN, FELL_BACK])
def test_whoever_takes_it_and_meets_an_agent_is_connected(taken: Happening) -> None:
    assert wished(*BACK, taken, met(20), ended(60)).outcomes == [(OUT.CONNECTED, 16)]


@pytest.mark.parametrize(("status", "cause", "outcome"), [("BUSY", 17, OUT.BUSY), ("NOANSWER", 0, OUT.NO_ANSWER)])
def test_a_call_back_that_is_not_answered_is_told_as_any_other(
    status: str, cause: int, outcome: AttemptOutcome
) -> None:
    assert wished(*RINGS, dial_ended(status), ended(9, cause)).outcomes == [(outcome, cause)]


def test_taken_over_after_a_restart_it_is_known_whether_it_was_taken() -> None:
    for taken_at, outcome in ((None, OUT.MACHINE), (at(12), OUT.ABANDONED)):
        flights = Flights()
        flights.begin(attempt(answered_at=at(8)), WISHED, tries=1)
        flights.adopt(A, LEG, "", taken_at=taken_at)
        (told,) = [effect for effect in flights.observe(ended(40)) if isinstance(effect, Ended)]
        assert told.outcome is outcome
