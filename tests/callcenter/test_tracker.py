"""AMI events → happenings, told as small stories in AMI's own headers."""

from datetime import UTC, datetime

from callcenter.happenings import (
    CallArrived,
    CallbackAnswered,
    CallDone,
    CallWaits,
    ClosureChanged,
    DialEnded,
    FallbackConnected,
    Happening,
    LegAnswered,
    LegDialed,
    LegEnded,
    LegProgressed,
    LegRinging,
    LegStarted,
    MachineAnswered,
    Met,
    Parted,
    PersonAnswered,
    PersonDropped,
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


# ------------------------------------------------------------------------------------------- calls we place

GATE = "Local/ab12cd34@dial-gate-00000000;2"
DIALED = {"AccountCode": "ab12cd34", "DestUniqueid": "p", "DestChannel": "PJSIP/trunk-demo-00000000"}


def dial(name: str, seconds: float, status: str = "", **headers: str) -> dict[str, str]:
    """A Dial event of the attempt ab12cd34: raised on the gate's Local channel, about the person's leg."""
    said = {"DialStatus": status} if status else {}
    return event(name, "ab12cd34-2", seconds, **{"Channel": GATE, **DIALED, **said, **headers})


def first_half(name: str, status: str = "") -> dict[str, str]:
    """What the Originate itself does: it dials the Local channel's first half, with no channel and no account code."""
    said = {"DialStatus": status} if status else {}
    return {"Event": name, "Timestamp": "1", "DestUniqueid": "ab12cd34", "DestChannel": GATE[:-1] + "1", **said}


def test_a_call_of_ours_that_is_answered() -> None:
    assert seen(
        Tracker(),
        first_half("DialBegin"),
        dial("DialBegin", 2),
        dial("DialState", 3, "PROGRESS"),
        dial("DialState", 4, "RINGING"),
        first_half("DialState", "RINGING"),
        dial("DialEnd", 5, "ANSWER"),
        first_half("DialEnd", "NOANSWER"),
    ) == [
        LegDialed(leg="p", channel="PJSIP/trunk-demo-00000000", gate_channel=GATE, attempt="ab12cd34", at=at(2)),
        LegProgressed(leg="p", attempt="ab12cd34", at=at(3)),
        LegRinging(leg="p", attempt="ab12cd34", at=at(4)),
        DialEnded(leg="p", attempt="ab12cd34", status="ANSWER", at=at(5)),
    ]


def test_every_status_in_which_dialling_ends_is_passed_on() -> None:
    statuses = ("ANSWER", "BUSY", "NOANSWER", "CANCEL", "CONGESTION", "CHANUNAVAIL")
    ends = seen(Tracker(), *(dial("DialEnd", 5, status) for status in statuses))
    assert ends == [DialEnded(leg="p", attempt="ab12cd34", status=status, at=at(5)) for status in statuses]


def test_a_forwarded_call_has_a_second_leg() -> None:
    """Seen after a 302, with Dial() as it is by default."""
    assert seen(
        Tracker(),
        dial("DialEnd", 2, "CANCEL", Forward="5551234"),
        dial("DialBegin", 2, DestUniqueid="q", DestChannel="Local/5551234@inbound-00000001;1"),
    ) == [
        DialEnded(leg="p", attempt="ab12cd34", status="CANCEL", at=at(2)),
        LegDialed(leg="q", channel="Local/5551234@inbound-00000001;1", gate_channel=GATE, attempt="ab12cd34", at=at(2)),
    ]


def test_other_dialling_and_other_states_mean_nothing() -> None:
    plain = {"AccountCode": ""}
    assert (
        seen(
            Tracker(),
            dial("DialBegin", 1, **plain),
            dial("DialState", 1, "RINGING", **plain),
            dial("DialEnd", 1, "ANSWER", **plain),
            dial("DialState", 1, "PROCEEDING"),
            dial("DialState", 1),
        )
        == []
    )


def test_what_the_dialplan_says_of_the_person_we_called() -> None:
    own = {"Attempt": "ab12cd34", "AccountCode": "ab12cd34"}
    more = {"Number": "+12025550143", "CallerId": "+12025550100", "Queue": "sales"}
    assert seen(
        Tracker(),
        event("UserEvent", "p", 1, UserEvent="PersonAnswered", Skills="french billing", **own, **more),
        event("UserEvent", "p", 2, UserEvent="PersonAnswered", Skills="", **own, **more),
        event("UserEvent", "p", 3, UserEvent="MachineAnswered", **own),
        event("UserEvent", "p", 4, UserEvent="PersonDropped", **own),
        event("UserEvent", "p", 5, UserEvent="CallbackAnswered", **own, **more),
    ) == [
        *(
            PersonAnswered(
                call="p",
                channel="PJSIP/p",
                attempt="ab12cd34",
                number="+12025550143",
                caller_id="+12025550100",
                queue="sales",
                skills=skills,
                at=at(seconds),
            )
            for seconds, skills in ((1, ("french", "billing")), (2, ()))
        ),
        MachineAnswered(call="p", attempt="ab12cd34", at=at(3)),
        PersonDropped(call="p", attempt="ab12cd34", at=at(4)),
        CallbackAnswered(
            call="p",
            channel="PJSIP/p",
            attempt="ab12cd34",
            number="+12025550143",
            caller_id="+12025550100",
            at=at(5),
        ),
    ]


def test_dial_events_without_their_headers_do_no_harm() -> None:
    names = ("DialBegin", "DialState", "DialEnd")
    assert seen(Tracker(), *({"Event": name} for name in names)) == []
    bare = [{"Event": name, "AccountCode": "a", "DialStatus": "RINGING"} for name in names]
    assert seen(Tracker(), *bare) == [
        LegDialed(leg="", channel="", gate_channel="", attempt="a", at=at(0)),
        LegRinging(leg="", attempt="a", at=at(0)),
        DialEnded(leg="", attempt="a", status="RINGING", at=at(0)),
    ]


def test_a_cause_that_is_no_number_is_none() -> None:
    causes = [
        end.cause
        for end in seen(Tracker(), *(event("Hangup", "a", 1, Cause=c) for c in ("0", "", "²", "x")))
        if isinstance(end, LegEnded)
    ]
    assert causes == [0, None, None, None]
