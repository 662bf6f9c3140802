"""From agents and calls to the snapshot."""

from dialer.pacing.picture import Activity, AgentNow, CallNow, Terms, take_snapshot

TERMS = Terms(cap=0.03, day_end=900.0, max_wait=2.0, trunk_free=7, cps_free=3, peek=lambda k: [0, 1][:k])


def test_agents_by_what_they_do() -> None:
    agents = [
        AgentNow(agent="1", activity=Activity.IDLE, since=10.0),
        AgentNow(agent="2", activity=Activity.TALKING, since=20.0, leaving=True),
        AgentNow(agent="3", activity=Activity.WRAPPING, since=30.0),
        AgentNow(agent="4", activity=Activity.AWAY, since=40.0),
        AgentNow(agent="5", activity=Activity.AWAY, since=50.0),
    ]
    seen = take_snapshot(100.0, agents, [], TERMS)
    assert (seen.n_idle, seen.n_talk, seen.n_wrap, seen.n_away) == (1, 1, 1, 2)
    assert (seen.idle, seen.talking, seen.wrapping) == ({"1": 10.0}, {"2": 20.0}, {"3": 30.0})
    assert seen.leaving == {"2"}


def test_calls_by_how_far_they_are() -> None:
    calls = [
        CallNow(call="a", placed=1.0),
        CallNow(call="b", placed=1.0, ringing=3.0, seg=1),
        CallNow(call="c", placed=1.0, ringing=3.0, answered=9.0),
        CallNow(call="d", placed=1.0, ringing=3.0, answered=9.0, live=True),
        CallNow(call="e", placed=1.0, answered=9.0),  # answered without ringing first
    ]
    seen = take_snapshot(100.0, [], calls, TERMS)
    assert (seen.n_dialing, seen.n_ringing, seen.n_amd, seen.n_waiting) == (1, 1, 2, 1)
    assert seen.calls == {
        "a": (1.0, -1, -1, 0),
        "b": (1.0, 3.0, -1, 1),
        "c": (1.0, 3.0, 9.0, 0),
        "d": (1.0, 3.0, 9.0, 0),
        "e": (1.0, -1, 9.0, 0),
    }


def test_terms_are_passed_on() -> None:
    seen = take_snapshot(100.0, [], [], TERMS)
    assert (seen.t, seen.cap, seen.day_end, seen.max_wait, seen.trunk_free, seen.cps_free) == (
        100.0,
        0.03,
        900.0,
        2.0,
        7,
        3,
    )
    assert seen.peek(5) == [0, 1]
