"""Agents on the floor: vanishing, logging in and out, pauses, wrap-up."""

from dataclasses import replace
from datetime import timedelta

from acd.agents import AgentState
from acd.effects import AgentMoved, HangUp, SaveLeg, TellLost
from callcenter.happenings import FallbackConnected, LegEnded, Met, Parted
from callcenter.records import Outcome
from tests.acd.small_floor import FIRST, SALES, SECOND, T0, at, call_waits, closed, connects, floor_with, state, talking


def test_hanging_up_the_phone_logs_out_and_a_lost_leg_is_a_vanished_agent() -> None:
    floor = floor_with(FIRST, SECOND)
    (left,) = floor.observe(LegEnded(leg="leg1", cause=16, at=at(9)))
    (lost,) = floor.observe(LegEnded(leg="leg2", cause=44, at=at(9)))
    assert isinstance(left, AgentMoved)
    assert isinstance(lost, AgentMoved)
    assert (left.event, left.after.reason) == ("log-out", "hung up")
    assert (lost.event, lost.after.reason) == ("vanish", "leg lost, cause 44")


def test_a_caller_whose_agent_vanished_is_to_wait_again_and_one_whose_agent_hung_up_is_not() -> None:
    for cause, told in ((44, [TellLost(channel="PJSIP/c")]), (16, [])):
        floor = floor_with(FIRST)
        talking(floor, "c", 10)
        floor.observe(Parted(legs=("leg1", "c"), at=at(40)))
        effects = floor.observe(LegEnded(leg="leg1", cause=cause, at=at(40.001)))
        assert [e for e in effects if isinstance(e, TellLost)] == told


def test_a_leg_that_is_lost_long_after_the_call_calls_nobody_back() -> None:
    floor = floor_with(FIRST)
    talking(floor, "c", 10)
    floor.observe(Parted(legs=("leg1", "c"), at=at(40)))
    assert not [e for e in floor.observe(LegEnded(leg="leg1", cause=44, at=at(45))) if isinstance(e, TellLost)]


def test_without_wrap_up_the_caller_of_a_vanished_agent_waits_again_and_the_next_one_is_left_alone() -> None:
    floor = floor_with(FIRST)
    floor.configure([FIRST, SECOND], [replace(SALES, wrap_up=timedelta(0))], T0)
    talking(floor, "c", 10)
    assert connects(call_waits(floor, "d", 20)) == []
    assert connects(floor.observe(Parted(legs=("leg1", "c"), at=at(40)))) == [("d", "1")]
    effects = floor.observe(LegEnded(leg="leg1", cause=44, at=at(40.001)))
    assert [e for e in effects if isinstance(e, TellLost)] == [TellLost(channel="PJSIP/c")]


def test_a_pause_asked_for_and_a_fallback_call_end_with_the_log_in() -> None:
    floor = floor_with(FIRST)
    floor.observe(FallbackConnected(call="gone", agent="1", at=at(5)))
    talking(floor, "c", 10)
    floor.pause("1", "lunch", at(20))
    floor.log_out("1", at(30))
    floor.log_in(FIRST, "leg1b", "PJSIP/1009", at(40))
    talking(floor, "d", 50, leg="leg1b")
    assert floor.seats["1"].call == "d"
    floor.observe(Parted(legs=("leg1b", "d"), at=at(60)))
    floor.tick(at(80))
    assert state(floor) is AgentState.READY


def test_a_caller_of_the_fallback_who_is_gone_is_nobodys_call() -> None:
    floor = floor_with(FIRST)
    floor.observe(FallbackConnected(call="gone", agent="1", at=at(5)))
    floor.observe(LegEnded(leg="gone", cause=16, at=at(6)))
    talking(floor, "c", 10)
    assert floor.seats["1"].call == "c"


def test_a_talk_that_ends_by_logging_out_or_in_again_is_on_record() -> None:
    for leave in (
        lambda floor: floor.log_out("1", at(40)),
        lambda floor: floor.log_in(FIRST, "leg1b", "PJSIP/1009", at(40)),
        lambda floor: floor.lost("1", at(40)),
    ):
        floor = floor_with(FIRST)
        talking(floor, "c", 10)
        (leg,) = [e.record for e in leave(floor) if isinstance(e, SaveLeg)]
        assert (leg.agent, leg.started_at, leg.ended_at) == ("1", at(10), at(40))


def test_a_pause_asked_for_during_a_call_begins_after_the_wrap_up() -> None:
    floor = floor_with(FIRST)
    talking(floor, "c", 10)
    assert floor.pause("1", "lunch", at(20)) == []
    floor.observe(Parted(legs=("leg1", "c"), at=at(30)))
    floor.tick(at(45))
    assert (state(floor), floor.seats["1"].reason) == (AgentState.PAUSED, "lunch")
    floor.get_ready("1", at(60))
    assert state(floor) is AgentState.READY


def test_ready_ends_a_wrap_up_early_and_takes_the_next_caller() -> None:
    floor = floor_with(FIRST)
    talking(floor, "c", 10)
    floor.observe(Parted(legs=("leg1", "c"), at=at(30)))
    assert connects(call_waits(floor, "d", 31)) == []
    assert connects(floor.get_ready("1", at(32))) == [("d", "1")]


def test_a_paused_agent_taken_by_the_fallback_is_paused_again_afterwards() -> None:
    floor = floor_with(FIRST)
    floor.pause("1", "lunch", at(5))
    floor.observe(Met(legs=("local2", "leg1"), at=at(6)))
    floor.observe(Parted(legs=("local2", "leg1"), at=at(20)))
    assert (state(floor), floor.seats["1"].reason) == (AgentState.PAUSED, "lunch")


def test_a_second_log_in_replaces_the_first_leg() -> None:
    floor = floor_with(FIRST)
    effects = floor.log_in(FIRST, "leg1b", "PJSIP/1009", at(50))
    assert HangUp(channel="PJSIP/1001") in effects
    assert floor.observe(LegEnded(leg="leg1", cause=16, at=at(51))) == []
    assert (state(floor), floor.seats["1"].channel) == (AgentState.READY, "PJSIP/1009")


def test_an_agent_who_leaves_sends_the_caller_back_to_the_ivr_and_the_call_goes_on() -> None:
    floor = floor_with(FIRST)
    talking(floor, "c", 10)
    floor.observe(LegEnded(leg="leg1", cause=16, at=at(40)))
    assert floor.calls.live["c"].record.connected_at == at(10)
    assert closed(floor.observe(LegEnded(leg="c", cause=16, at=at(50)))) == [("c", Outcome.REACHED_AGENT)]
