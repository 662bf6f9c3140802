"""AMI events → happenings, told as small stories in AMI's own headers."""

from datetime import UTC, datetime

from callcenter.happenings import (
    CallArrived,
    CallDone,
    CallWaits,
    ClosureChanged,
    FallbackConnected,
    Happening,
    LegAnswered,
    LegEnded,
    LegStarted,
    Met,
    Parted,
    Rested,
)
from callcenter.tracker import Leg, Tracker, leg_of_snapshot


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def event(name: str, leg: str, seconds: float = 1, **headers: str) -> dict[str, str]:
    return {"Event": name, "Timestamp": f"{seconds:.6f}", "Uniqueid": leg, "Channel": f"PJSIP/{leg}", **headers}


def bridge(name: str, leg: str, seconds: float = 1, to: str = "b", technology: str = "simple_bridge") -> dict[str, str]:
    return event(name, leg, seconds, BridgeUniqueid=to, BridgeTechnology=technology)


def seen(tracker: Tracker, *events: dict[str, str]) -> list[Happening]:
    return [happening for one in events for happening in tracker.observe(one)]


def test_a_leg_from_start_to_end() -> None:
    assert seen(
        Tracker(),
        event("Newchannel", "a", 1, Context="inbound"),
        event("Newstate", "a", 2, ChannelStateDesc="Ring"),
        event("Newstate", "a", 3, ChannelStateDesc="Up"),
        event("Hangup", "a", 4, Cause="16"),
    ) == [
        LegStarted(leg="a", channel="PJSIP/a", at=at(1)),
        LegAnswered(leg="a", at=at(3)),
        LegEnded(leg="a", cause=16, at=at(4)),
    ]


def test_user_events_carry_the_callers_leg() -> None:
    assert seen(
        Tracker(),
        event("UserEvent", "a", 1, UserEvent="CallArrived", Did="+12025550100", CallerIDNum="+12025550143"),
        event("UserEvent", "a", 2, UserEvent="CallWaiting", Queue="sales"),
        event("UserEvent", "a", 3, UserEvent="CallDone", Outcome="closed"),
        event("UserEvent", "a", 4, UserEvent="ClosureChanged", State="closed", By="1001"),
        event("UserEvent", "a", 5, UserEvent="SomethingElse"),
    ) == [
        CallArrived(call="a", channel="PJSIP/a", did="+12025550100", caller="+12025550143", at=at(1)),
        CallWaits(call="a", channel="PJSIP/a", queue="sales", at=at(2)),
        CallDone(call="a", outcome="closed", at=at(3)),
        ClosureChanged(closed=True, by="1001", at=at(4)),
    ]


def test_a_caller_without_number_has_an_empty_one() -> None:
    (arrived,) = seen(Tracker(), event("UserEvent", "a", UserEvent="CallArrived", Did="1", CallerIDNum="<unknown>"))
    assert isinstance(arrived, CallArrived)
    assert arrived.caller == ""


def test_two_legs_meet_when_the_second_enters_and_part_when_the_first_leaves() -> None:
    tracker = Tracker()
    started = [event("Newchannel", leg) for leg in ("agent", "caller")]
    seen(tracker, *started)
    assert seen(tracker, bridge("BridgeEnter", "agent", 1), bridge("BridgeEnter", "caller", 2)) == [
        Met(legs=("agent", "caller"), at=at(2))
    ]
    assert tracker.partners("agent") == ("caller",)
    assert seen(tracker, bridge("BridgeLeave", "caller", 3), bridge("BridgeLeave", "agent", 4)) == [
        Parted(legs=("agent", "caller"), at=at(3))
    ]
    assert tracker.partners("agent") == ()


def test_legs_in_a_holding_bridge_rest_and_do_not_meet() -> None:
    holding = {"to": "h", "technology": "holding_bridge"}
    assert seen(Tracker(), bridge("BridgeEnter", "a", 1, **holding), bridge("BridgeEnter", "b", 2, **holding)) == [
        Rested(leg="a", at=at(1)),
        Rested(leg="b", at=at(2)),
    ]


def test_the_fallback_queue_tells_whom_it_connected() -> None:
    assert seen(Tracker(), event("AgentConnect", "c", 5, MemberName="7")) == [
        FallbackConnected(call="c", agent="7", at=at(5))
    ]


def test_an_event_twice_and_events_of_unknown_legs_do_no_harm() -> None:
    tracker = Tracker()
    enter = bridge("BridgeEnter", "a")
    assert seen(tracker, enter, enter, bridge("BridgeLeave", "x"), event("Rename", "x", Newname="PJSIP/y")) == []
    assert seen(tracker, event("Newchannel", "a"), event("Newchannel", "a")) == [
        LegStarted(leg="a", channel="PJSIP/a", at=at(1))
    ]


def test_headers_may_be_missing_repeated_or_nonsense() -> None:
    tracker = Tracker()
    assert tracker.observe({}) == ()
    (ended,) = tracker.observe({"Event": "Hangup", "Cause": ["17", "x"], "Timestamp": "soon"})
    assert ended == LegEnded(leg="", cause=None, at=at(0))


def test_a_renamed_channel_is_found_under_its_new_name() -> None:
    tracker = Tracker()
    seen(tracker, event("Newchannel", "a"), event("Rename", "a", Newname="PJSIP/a<ZOMBIE>"))
    assert tracker.leg_of_channel("PJSIP/a<ZOMBIE>") == "a"
    assert tracker.leg_of_channel("PJSIP/a") is None


def test_a_snapshot_takes_the_place_of_the_past() -> None:
    tracker = Tracker()
    seen(tracker, event("Newchannel", "old"))
    tracker.reset()
    rows = [
        event("CoreShowChannel", "agent", BridgeId="b"),
        event("CoreShowChannel", "caller", BridgeId="b"),
        event("CoreShowChannel", "rests", BridgeId="h"),
    ]
    tracker.adopt(leg_of_snapshot(row, {"h"}) for row in rows)
    assert tracker.partners("caller") == ("agent",)
    assert tracker.legs["rests"] == Leg(id="rests", channel="PJSIP/rests")
    assert "old" not in tracker.legs
    assert seen(tracker, bridge("BridgeLeave", "agent", 9)) == [Parted(legs=("caller", "agent"), at=at(9))]
