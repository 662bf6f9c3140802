"""The floor: happenings in, effects out. Each test is a story of an afternoon."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from acd import repair
from acd.agents import AgentState
from acd.calls import LiveCall, Stage
from acd.effects import (
    AgentMoved,
    CancelCallbacks,
    ChangeCall,
    CloseCall,
    Connect,
    DropWaiting,
    Effect,
    HangUp,
    OpenCall,
    Publish,
    SaveLeg,
    TellLost,
)
from acd.floor import CONNECT_TIMEOUT, Floor
from acd.picture import draw
from acd.repair import Ghost, View, ghosts
from callcenter.happenings import (
    CallArrived,
    CallbackAnswered,
    CallDone,
    CallFellBack,
    CallWaits,
    CallWithdrawn,
    FallbackConnected,
    LegAnswered,
    LegEnded,
    Met,
    Parted,
    PersonAnswered,
    PersonDropped,
)
from callcenter.messages import WaitChanged
from callcenter.records import Agent, AgentChange, Direction, Outcome, Queue, Waiting

T0 = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
SALES = Queue(name="sales", title="Sales", wrap_up=timedelta(seconds=15))
FIRST = Agent(id="1", name="Agent 1", phone="1001", queues=("sales",))
SECOND = Agent(id="2", name="Agent 2", phone="1002", queues=("sales",))


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def waiting(call: str, seconds: float = 0) -> Waiting:
    return Waiting(call_id=call, channel=f"PJSIP/{call}", queue="sales", since=at(seconds))


def floor_with(*agents: Agent) -> Floor:
    """A floor whose given agents are logged in, in that order, one second apart."""
    floor = Floor()
    floor.configure([FIRST, SECOND], [SALES], T0)
    for second, agent in enumerate(agents):
        floor.log_in(agent, f"leg{agent.id}", f"PJSIP/{agent.phone}", at(second))
    return floor


def call_waits(floor: Floor, call: str, seconds: float) -> list[Effect]:
    floor.observe(CallArrived(call=call, channel=f"PJSIP/{call}", did="+12025550100", caller="+1202", at=at(seconds)))
    return floor.waits(waiting(call, seconds), at(seconds))


def talking(floor: Floor, call: str, seconds: float, leg: str = "leg1") -> None:
    call_waits(floor, call, seconds)
    floor.observe(Met(legs=(leg, call), at=at(seconds)))


def connects(effects: list[Effect]) -> list[tuple[str, str]]:
    return [(e.call, e.agent) for e in effects if isinstance(e, Connect)]


def closed(effects: list[Effect]) -> list[tuple[str, Outcome]]:
    return [(e.call, e.outcome) for e in effects if isinstance(e, CloseCall)]


def state(floor: Floor, agent: str = "1") -> AgentState:
    return floor.seats[agent].state


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


# ----------------------------------------------------------------------------------------------- calls we place


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


# ----------------------------------------------------------------------------------------------------- repair


def view(**more: object) -> View:
    """Both agents' legs live and alone."""
    base = View(
        legs={"leg1": "PJSIP/1001", "leg2": "PJSIP/1002", "c": "PJSIP/c"},
        agent_channels={"1": "PJSIP/1001", "2": "PJSIP/1002"},
    )
    return replace(base, **more)  # type: ignore[arg-type]


def mend(floor: Floor, seen: View, **last: AgentChange) -> list[Effect]:
    return repair.repair(floor, seen, ghosts(floor, seen), last, at(100))


def test_no_ghost_where_floor_and_asterisk_agree() -> None:
    floor = floor_with(FIRST, SECOND)
    assert ghosts(floor, view()) == {}


def test_an_agent_without_a_leg_is_logged_out() -> None:
    floor = floor_with(FIRST, SECOND)
    seen = view(legs={"leg2": "PJSIP/1002"})
    assert ghosts(floor, seen) == {"1": Ghost.NO_LEG}
    mend(floor, seen)
    assert state(floor, "1") is AgentState.LOGGED_OUT


def test_a_parked_leg_we_do_not_know_is_an_agent_who_is_logged_in() -> None:
    floor = floor_with(FIRST)
    assert ghosts(floor, view()) == {"2": Ghost.UNKNOWN_LEG}
    mend(floor, view())
    assert state(floor, "2") is AgentState.READY


def test_a_pause_survives_a_restart_of_ours() -> None:
    floor = floor_with()
    mend(floor, view(), **{"1": AgentChange(agent="1", state="paused", at=T0, reason="lunch")})
    assert (state(floor, "1"), floor.seats["1"].reason) == (AgentState.PAUSED, "lunch")
    assert state(floor, "2") is AgentState.READY


def test_an_agent_found_talking_after_a_restart_is_on_a_call() -> None:
    floor = floor_with()
    mend(floor, view(partners={"leg1": "c", "c": "leg1"}))
    assert (state(floor, "1"), floor.seats["1"].call) == (AgentState.ON_CALL, "c")


def test_a_talk_that_goes_on_while_the_link_is_lost_is_a_talk_again() -> None:
    floor = floor_with(FIRST, SECOND)
    talking(floor, "c", 10)
    record = floor.calls.live["c"].record
    floor.forget()
    floor.calls.adopt(LiveCall(record=record, channel="PJSIP/c", since=at(90)))
    seen = view(partners={"leg1": "c", "c": "leg1"})
    assert ghosts(floor, seen) == {}
    repair.resume_talks(floor, seen, at(100))
    assert floor.calls.live["c"].stage is Stage.TALKING
    assert floor.calls.live["c"].record.connected_at == at(10)


def test_an_agent_thought_talking_and_found_alone_goes_to_wrap_up() -> None:
    floor = floor_with(FIRST, SECOND)
    talking(floor, "c", 10)
    assert ghosts(floor, view()) == {"1": Ghost.ALONE}
    mend(floor, view())
    assert state(floor, "1") is AgentState.WRAP_UP


def test_an_agent_reserved_for_nobody_is_ready_again() -> None:
    floor = floor_with(FIRST, SECOND)
    call_waits(floor, "c", 10)
    floor.forget()
    mend(floor, view())
    assert state(floor, "1") is AgentState.READY


# ---------------------------------------------------------------------------------------------------- calls back


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
