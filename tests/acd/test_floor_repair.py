"""The floor against what Asterisk really has: ghosts are found and mended."""

from dataclasses import replace

from acd import repair
from acd.agents import AgentState
from acd.calls import LiveCall, Stage
from acd.effects import Effect
from acd.floor import Floor
from acd.repair import Ghost, View, ghosts
from callcenter.records import AgentChange
from tests.acd.small_floor import FIRST, SECOND, T0, at, call_waits, floor_with, state, talking


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
