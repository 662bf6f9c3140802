"""Calls that we place, on the floor: people a campaign called, and callers who are called back."""

from acd.calls import Stage
from acd.effects import CancelCallbacks, ChangeCall, Effect, OpenCall
from acd.floor import Floor
from callcenter.happenings import (
    CallbackAnswered,
    CallDone,
    CallWithdrawn,
    LegEnded,
    Met,
    PersonAnswered,
    PersonDropped,
)
from callcenter.records import Direction, Outcome
from tests.acd.small_floor import FIRST, SECOND, at, call_waits, closed, connects, floor_with, waiting


def answers(floor: Floor, call: str, seconds: float) -> list[Effect]:
    person = PersonAnswered(
        call=call,
        channel=f"PJSIP/{call}",
        attempt="a1",
        number="+12025550142",
        caller_id="+12025550100",
        queue="sales",
        skills=(),
        at=at(seconds),
    )
    return floor.observe(person)


def test_a_person_who_answers_is_sent_to_a_ready_agent_at_once() -> None:
    floor = floor_with(FIRST)
    effects = answers(floor, "p", 10)
    assert connects(effects) == [("p", "1")]
    (opened,) = [e.record for e in effects if isinstance(e, OpenCall)]
    assert (opened.direction, opened.caller, opened.did) == (Direction.OUTBOUND, "+12025550142", "+12025550100")
    floor.observe(Met(legs=("leg1", "p"), at=at(10.01)))
    assert closed(floor.observe(LegEnded(leg="p", cause=16, at=at(60)))) == [("p", Outcome.REACHED_AGENT)]


def test_a_person_goes_before_callers_who_wait() -> None:
    floor = floor_with()
    call_waits(floor, "c", 5)
    answers(floor, "p", 10)
    assert connects(floor.log_in(FIRST, "leg1", "PJSIP/1001", at(11))) == [("p", "1")]


def test_a_person_who_hears_the_message_is_dropped_and_not_connected_any_more() -> None:
    floor = floor_with()
    answers(floor, "p", 10)
    floor.observe(PersonDropped(call="p", attempt="a1", at=at(12)))
    assert floor.calls.live["p"].stage is Stage.MESSAGE
    assert connects(floor.log_in(FIRST, "leg1", "PJSIP/1001", at(13))) == []
    assert closed(floor.observe(LegEnded(leg="p", cause=16, at=at(20)))) == [("p", Outcome.DROPPED)]


def test_a_person_who_hangs_up_while_waiting_is_dropped_too() -> None:
    floor = floor_with()
    answers(floor, "p", 10)
    assert closed(floor.observe(LegEnded(leg="p", cause=16, at=at(11)))) == [("p", Outcome.DROPPED)]
    assert floor.waiting == {}


def test_a_person_whose_agent_was_gone_is_offered_again_and_is_still_one_call() -> None:
    floor = floor_with(FIRST, SECOND)
    assert connects(answers(floor, "p", 10)) == [("p", "1")]
    effects = answers(floor, "p", 10.2)
    assert connects(effects) == [("p", "2")]
    assert not [e for e in effects if isinstance(e, OpenCall)]


def called_back(floor: Floor, call: str = "c", seconds: float = 100) -> list[Effect]:
    """They have answered the call that they asked for, and hear the IVR."""
    return floor.observe(
        CallbackAnswered(
            call=call,
            channel=f"PJSIP/{call}",
            attempt="a",
            number="+12025550143",
            caller_id="+12025550100",
            at=at(seconds),
        )
    )


def test_somebody_called_back_is_in_the_ivr_and_then_first_in_the_queue_with_the_place_they_kept() -> None:
    floor = floor_with()
    opened = called_back(floor)
    (record,) = [effect.record for effect in opened if isinstance(effect, OpenCall)]
    assert (record.direction, record.caller, record.did) == (Direction.CALLBACK, "+12025550143", "+12025550100")
    assert floor.calls.live["c"].stage is Stage.IVR
    call_waits(floor, "later", 50)
    floor.waits(waiting("c", 10), at(110))
    assert connects(floor.log_in(FIRST, "leg1", "PJSIP/1001", at(120))) == [("c", "1")]


def test_the_time_before_they_were_called_back_is_no_wait_in_the_queue() -> None:
    floor = floor_with()
    called_back(floor, seconds=100)
    (queued,) = [effect for effect in floor.waits(waiting("c", 10), at(110)) if isinstance(effect, ChangeCall)]
    assert queued.changes["queued_at"] == at(100)


def test_how_a_call_back_ends() -> None:
    floor = floor_with(FIRST)
    called_back(floor, "machine")
    assert closed(floor.observe(LegEnded(leg="machine", cause=16, at=at(120)))) == [("machine", Outcome.SELF_SERVICE)]
    called_back(floor, "served")
    floor.waits(waiting("served"), at(110))
    floor.observe(Met(legs=("leg1", "served"), at=at(111)))
    called_back(floor, "left")
    floor.waits(waiting("left"), at(112))
    assert closed(floor.observe(LegEnded(leg="left", cause=16, at=at(130)))) == [("left", Outcome.ABANDONED)]
    assert closed(floor.observe(LegEnded(leg="served", cause=16, at=at(140)))) == [("served", Outcome.REACHED_AGENT)]


def test_who_leaves_the_queue_with_a_promise_to_be_called_has_not_abandoned_it() -> None:
    for outcome in (Outcome.CALL_BACK, Outcome.VOICEMAIL):
        floor = floor_with()
        call_waits(floor, "c", 10)
        floor.observe(CallWithdrawn(call="c", at=at(20)))
        floor.observe(CallDone(call="c", outcome=outcome, at=at(21)))
        assert closed(floor.observe(LegEnded(leg="c", cause=16, at=at(30)))) == [("c", outcome)]


def test_who_reaches_an_agent_after_all_has_reached_one() -> None:
    floor = floor_with(FIRST)
    call_waits(floor, "c", 10)
    floor.observe(CallDone(call="c", outcome=Outcome.CALL_BACK, at=at(11)))
    floor.observe(Met(legs=("leg1", "c"), at=at(12)))
    assert closed(floor.observe(LegEnded(leg="c", cause=16, at=at(30)))) == [("c", Outcome.REACHED_AGENT)]


def test_whoever_reaches_an_agent_by_calling_in_is_to_be_called_back_no_more() -> None:
    floor = floor_with(FIRST, SECOND)
    call_waits(floor, "c", 10)
    met = floor.observe(Met(legs=("leg1", "c"), at=at(12)))
    assert CancelCallbacks(number="+1202", queue="sales", at=at(12)) in met
    called_back(floor, "back")
    floor.waits(waiting("back"), at(110))
    met = floor.observe(Met(legs=("leg2", "back"), at=at(111)))  # the dialer knows of that one
    assert [effect for effect in met if isinstance(effect, CancelCallbacks)] == []
