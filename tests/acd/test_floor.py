"""The floor: happenings in, effects out. Each test is a story of an afternoon."""

from dataclasses import replace

from acd.agents import AgentState
from acd.effects import AgentMoved, ChangeCall, CloseCall, Connect, DropWaiting, OpenCall, Publish
from acd.floor import CONNECT_TIMEOUT
from acd.picture import draw
from callcenter.happenings import (
    CallArrived,
    CallDone,
    CallFellBack,
    CallWaits,
    CallWithdrawn,
    FallbackConnected,
    LegAnswered,
    LegEnded,
    Met,
    Parted,
)
from callcenter.messages import WaitChanged
from callcenter.records import Outcome
from tests.acd.small_floor import FIRST, SECOND, at, call_waits, closed, connects, floor_with, state, talking, waiting


def test_a_caller_and_a_ready_agent_are_sent_to_each_other_at_once() -> None:
    floor = floor_with(FIRST)
    effects = call_waits(floor, "c", 10)
    (connect,) = [e for e in effects if isinstance(e, Connect)]
    assert (connect.channel, connect.agent_channel) == ("PJSIP/c", "PJSIP/1001")
    assert state(floor) is AgentState.RESERVED


def test_a_caller_who_waits_is_connected_when_an_agent_logs_in() -> None:
    floor = floor_with()
    assert connects(call_waits(floor, "c", 10)) == []
    assert connects(floor.log_in(FIRST, "leg1", "PJSIP/1001", at(20))) == [("c", "1")]


def test_a_whole_call_from_arrival_to_wrap_up() -> None:
    floor = floor_with(FIRST)
    arrived = floor.observe(CallArrived(call="c", channel="PJSIP/c", did="+1", caller="+2", at=at(1)))
    assert [type(e) for e in arrived] == [OpenCall, Publish]
    floor.observe(LegAnswered(leg="c", at=at(2)))
    floor.waits(waiting("c", 3), at(3))
    met = floor.observe(Met(legs=("leg1", "c"), at=at(4)))
    assert DropWaiting(call="c") in met
    assert ChangeCall(call="c", changes={"agent": "1", "connected_at": at(4)}) in met
    assert state(floor) is AgentState.ON_CALL
    floor.observe(Parted(legs=("leg1", "c"), at=at(60)))
    assert state(floor) is AgentState.WRAP_UP
    ended = floor.observe(LegEnded(leg="c", cause=16, at=at(60)))
    assert closed(ended) == [("c", Outcome.REACHED_AGENT)]
    floor.tick(at(74.9))
    assert state(floor) is AgentState.WRAP_UP
    floor.tick(at(75))
    assert state(floor) is AgentState.READY


def test_a_caller_who_hangs_up_while_waiting_has_abandoned() -> None:
    floor = floor_with()
    call_waits(floor, "c", 10)
    effects = floor.observe(LegEnded(leg="c", cause=16, at=at(30)))
    assert closed(effects) == [("c", Outcome.ABANDONED)]
    assert DropWaiting(call="c") in effects
    assert connects(floor.log_in(FIRST, "leg1", "PJSIP/1001", at(40))) == []


def test_a_caller_who_hangs_up_on_the_way_frees_the_agent() -> None:
    floor = floor_with(FIRST)
    call_waits(floor, "c", 10)
    effects = floor.observe(LegEnded(leg="c", cause=16, at=at(10.001)))
    assert closed(effects) == [("c", Outcome.ABANDONED)]
    assert state(floor) is AgentState.READY


def test_a_caller_who_only_used_the_ivr_is_self_service() -> None:
    floor = floor_with()
    floor.observe(CallArrived(call="c", channel="PJSIP/c", did="+1", caller="", at=at(1)))
    assert closed(floor.observe(LegEnded(leg="c", cause=16, at=at(9)))) == [("c", Outcome.SELF_SERVICE)]


def test_the_ivr_can_say_that_a_call_met_closed_hours() -> None:
    floor = floor_with()
    floor.observe(CallArrived(call="c", channel="PJSIP/c", did="+1", caller="", at=at(1)))
    floor.observe(CallDone(call="c", outcome="closed", at=at(2)))
    assert closed(floor.observe(LegEnded(leg="c", cause=16, at=at(9)))) == [("c", Outcome.CLOSED)]


def test_when_asterisk_refuses_the_redirect_the_caller_keeps_the_place_and_another_agent_is_taken() -> None:
    floor = floor_with(FIRST, SECOND)
    assert connects(call_waits(floor, "c", 10)) == [("c", "1")]
    assert connects(floor.refused("c", at(11))) == []
    assert connects(floor.tick(at(11.1))) == [("c", "2")]
    assert floor.connecting["c"].waiting.since == at(10)


def test_an_asterisk_that_refuses_everything_is_asked_once_for_each_tick() -> None:
    floor = floor_with(FIRST, SECOND)
    call_waits(floor, "c", 10)
    for tick in range(1, 5):
        floor.refused("c", at(10 + tick))
        assert len(connects(floor.tick(at(10 + tick)))) == 1


def test_news_older_than_the_redirect_does_not_call_it_back() -> None:
    floor = floor_with(FIRST, SECOND)
    call_waits(floor, "c", 10)
    assert floor.waits(waiting("c", 9), at(9)) == []
    assert floor.connecting["c"].agent == "1"


def test_an_agent_who_vanishes_while_reserved_costs_the_caller_nothing_but_a_moment() -> None:
    floor = floor_with(FIRST, SECOND)
    call_waits(floor, "c", 10)
    floor.observe(LegEnded(leg="leg1", cause=44, at=at(10.001)))
    assert state(floor, "1") is AgentState.LOGGED_OUT
    # The dialplan brings the caller back to the ivr, which hands over again with the same `since`.
    assert connects(floor.waits(waiting("c", 10), at(10.2))) == [("c", "2")]


def test_a_redirect_that_is_lost_is_taken_back_after_the_timeout() -> None:
    floor = floor_with(FIRST, SECOND)
    call_waits(floor, "c", 10)
    assert connects(floor.tick(at(10) + CONNECT_TIMEOUT)) == []
    assert connects(floor.tick(at(10.1) + CONNECT_TIMEOUT)) == [("c", "2")]
    assert state(floor, "1") is AgentState.READY


def test_a_caller_who_is_taken_out_of_the_queue_is_not_matched_and_still_abandons_when_hanging_up() -> None:
    floor = floor_with()
    call_waits(floor, "c", 10)
    assert DropWaiting(call="c") in floor.observe(CallWithdrawn(call="c", at=at(900)))
    assert connects(floor.log_in(FIRST, "leg1", "PJSIP/1001", at(901))) == []
    assert closed(floor.observe(LegEnded(leg="c", cause=16, at=at(910)))) == [("c", Outcome.ABANDONED)]


def test_a_caller_in_the_fallback_is_not_matched_any_more() -> None:
    floor = floor_with()
    call_waits(floor, "c", 10)
    assert DropWaiting(call="c") in floor.observe(CallFellBack(call="c", at=at(12)))
    assert connects(floor.log_in(FIRST, "leg1", "PJSIP/1001", at(20))) == []
    assert closed(floor.observe(LegEnded(leg="c", cause=16, at=at(30)))) == [("c", Outcome.FALLBACK_LEFT)]


def test_an_agent_taken_by_the_fallback_queue_is_on_a_call_and_the_caller_is_recorded() -> None:
    floor = floor_with(FIRST)
    floor.observe(CallArrived(call="c", channel="PJSIP/c", did="+1", caller="", at=at(1)))
    floor.observe(CallFellBack(call="c", at=at(2)))
    floor.observe(Met(legs=("local2", "leg1"), at=at(3)))
    floor.observe(FallbackConnected(call="c", agent="1", at=at(3)))
    assert state(floor) is AgentState.ON_CALL
    assert closed(floor.observe(LegEnded(leg="c", cause=16, at=at(30)))) == [("c", Outcome.FALLBACK_AGENT)]
    assert state(floor) is AgentState.READY  # the fallback knows no wrap-up


def test_app_queue_may_tell_of_the_caller_before_the_agents_leg_meets_it() -> None:
    floor = floor_with(FIRST)
    floor.observe(CallArrived(call="c", channel="PJSIP/c", did="+1", caller="", at=at(1)))
    floor.observe(CallFellBack(call="c", at=at(2)))
    floor.observe(FallbackConnected(call="c", agent="1", at=at(3)))
    floor.observe(Met(legs=("local2", "leg1"), at=at(3)))
    assert (state(floor), floor.seats["1"].call) == (AgentState.ON_CALL, "c")


def test_when_the_fallback_is_quicker_the_caller_on_the_way_waits_on() -> None:
    floor = floor_with(FIRST)
    call_waits(floor, "c", 10)
    floor.observe(Met(legs=("local2", "leg1"), at=at(10.001)))
    assert state(floor) is AgentState.ON_CALL
    assert list(floor.waiting) == ["c"]
    assert connects(floor.log_in(SECOND, "leg2", "PJSIP/1002", at(12))) == [("c", "2")]


def test_places_are_told_when_a_caller_begins_to_wait_and_every_five_seconds() -> None:
    floor = floor_with()
    call_waits(floor, "a", 10)
    told = [e.message for e in call_waits(floor, "b", 11) if isinstance(e, Publish)]
    assert WaitChanged(call_id="b", position=2) in told
    again = [e.message for e in floor.tick(at(20)) if isinstance(e, Publish)]
    assert again == [WaitChanged(call_id="a", position=1), WaitChanged(call_id="b", position=2)]
    assert floor.tick(at(21)) == []


def test_the_longest_idle_agent_is_taken_and_a_pause_does_not_cost_the_place() -> None:
    floor = floor_with(FIRST, SECOND)
    floor.pause("1", "break", at(20))
    floor.get_ready("1", at(30))
    assert connects(call_waits(floor, "c", 40)) == [("c", "1")]


def test_the_same_event_twice_changes_nothing() -> None:
    floor = floor_with(FIRST)
    talking(floor, "c", 10)
    again = floor.observe(Met(legs=("leg1", "c"), at=at(11)))
    assert [e for e in again if isinstance(e, AgentMoved | DropWaiting)] == []
    assert floor.calls.live["c"].record.connected_at == at(10)


def test_the_picture_tells_the_dialer_who_stands_where_and_who_is_free_soon() -> None:
    floor = floor_with(FIRST, SECOND)
    talking(floor, "c", 10)
    floor.observe(Parted(legs=("leg1", "c"), at=at(20)))
    floor.waits(replace(waiting("x", 15), queue="support", priority=3, skills=("spanish",)), at(15))
    drawn = draw(floor, at(21))
    assert [agent["free_at"] for agent in drawn["agents"]] == [at(35).timestamp(), None]
    (line,) = drawn["waiting"]
    assert (line["call"], line["priority"], line["skills"]) == ("x", 3, ["spanish"])
    floor.pause("1", "lunch", at(22))
    assert draw(floor, at(22))["agents"][0]["free_at"] is None


def test_who_hangs_up_before_we_could_read_what_agent_they_want_has_abandoned_the_call() -> None:
    floor = floor_with()
    floor.observe(CallArrived(call="c", channel="PJSIP/c", did="+12025550100", caller="+12025550111", at=at(1)))
    assert floor.observe(CallWaits(call="c", channel="PJSIP/c", queue="sales", at=at(9))) == []
    floor.observe(CallDone(call="c", outcome="self-service", at=at(10)))
    effects = floor.observe(LegEnded(leg="c", cause=16, at=at(10)))
    (closed,) = (effect for effect in effects if isinstance(effect, CloseCall))
    assert closed.outcome is Outcome.ABANDONED
    assert ChangeCall(call="c", changes={"queue": "sales", "queued_at": at(9)}) in effects
    assert effects.index(closed) > effects.index(ChangeCall(call="c", changes={"queue": "sales", "queued_at": at(9)}))
