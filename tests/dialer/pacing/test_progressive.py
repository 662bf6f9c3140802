"""One call per ready agent: nobody answers without an agent, whatever comes."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.pacing import Kind, PacingEvent, PacingSnapshot, make_pacer
from dialer.pacing.contract import calls_in_flight, ready_agents

COUNT = st.integers(0, 60)
LIMIT = st.one_of(st.integers(0, 60), st.floats(0, 60), st.just(float("inf")))


def snapshot(**fields: Any) -> PacingSnapshot:
    leads = fields.pop("leads", 1_000)
    usual = {"t": 100.0, "cap": 0.03, "day_end": 3_600.0, "max_wait": 2.0, "trunk_free": 100, "cps_free": 100}
    return PacingSnapshot(**{**usual, "peek": lambda k: [0] * min(k, leads), **fields})


def idle(count: int) -> dict[str, Any]:
    return {"n_idle": count, "idle": {agent: 90.0 for agent in range(count)}}


@pytest.mark.parametrize(
    ("floor", "originate"),
    [
        (idle(5), 5),
        ({**idle(5), "n_dialing": 1, "n_ringing": 1, "n_amd": 1, "n_waiting": 1}, 1),
        ({**idle(2), "n_ringing": 2}, 0),
        ({**idle(1), "n_ringing": 4}, 0),  # agents went away: calls in flight are not cancelled
        ({"n_talk": 9, "n_wrap": 9, "n_away": 9}, 0),
        ({**idle(5), "leaving": frozenset({0, 3, 77})}, 3),
        ({**idle(5), "trunk_free": 4}, 4),
        ({**idle(5), "cps_free": 2.9}, 2),
        ({**idle(5), "leads": 3}, 3),
        ({**idle(5), "trunk_free": -1}, 0),
        ({**idle(5), "t": 3_600.0}, 0),
    ],
)
def test_how_many(floor: dict[str, Any], originate: int) -> None:
    decision = make_pacer("progressive").decide(snapshot(**floor))
    assert (decision.originate, decision.cancel) == (originate, ())


def test_reasons_tell_the_sum_and_the_limit_that_bites() -> None:
    decision = make_pacer("progressive").decide(snapshot(**idle(5), n_ringing=2, trunk_free=1, cps_free=2))
    assert decision.reasons == ("5 ready agents", "2 calls in flight for them", "only 1 trunk channels free")


@st.composite
def snapshots(draw: st.DrawFn) -> PacingSnapshot:
    agents = draw(st.sets(st.integers(0, 80)))
    return snapshot(
        n_idle=len(agents),
        idle=dict.fromkeys(agents, 1.0),
        leaving=draw(st.frozensets(st.integers(0, 80))),
        leads=draw(COUNT),
        trunk_free=draw(LIMIT),
        cps_free=draw(LIMIT),
        **{name: draw(COUNT) for name in ("n_dialing", "n_ringing", "n_amd", "n_waiting", "n_talk", "n_wrap")},
    )


@given(snapshots())
def test_never_more_calls_in_flight_than_ready_agents(seen: PacingSnapshot) -> None:
    decision = make_pacer("progressive").decide(seen)
    assert isinstance(decision.originate, int)
    assert 0 <= decision.originate <= min(seen.trunk_free, seen.cps_free, len(seen.peek(100)))
    assert decision.originate == 0 or calls_in_flight(seen) + decision.originate <= ready_agents(seen)
    assert decision.cancel == ()


EVENTS = st.builds(
    PacingEvent,
    kind=st.one_of(st.sampled_from(Kind), st.text(max_size=5)),
    t=st.floats(-10, 1e6),
    call=st.one_of(st.integers(-1, 5), st.text(max_size=2)),
    agent=st.integers(-1, 5),
    seg=st.integers(-1, 3),
)


@given(st.lists(EVENTS), snapshots())
def test_events_late_doubled_lost_or_unknown_change_nothing(events: list[PacingEvent], seen: PacingSnapshot) -> None:
    misled, fresh = make_pacer("progressive"), make_pacer("progressive")
    misled.start({})
    for event in events:
        misled.observe(event)
    assert misled.decide(seen) == fresh.decide(seen)


# What can happen to a call in flight or an agent, and what it costs: stages before and after.
STEPS = ["ring", "answer", "live", "fail", "ready", "ask"]


@given(st.lists(st.sampled_from(STEPS), max_size=200), st.integers(0, 6))
def test_nobody_who_answers_is_without_an_agent(steps: list[str], agents: int) -> None:
    pacer, floor = make_pacer("progressive"), SimpleNamespace(idle=agents, busy=0, dialing=0, ringing=0, amd=0)
    for step in steps:
        if step == "ask":
            seen = snapshot(n_idle=floor.idle, n_dialing=floor.dialing, n_ringing=floor.ringing, n_amd=floor.amd)
            floor.dialing += pacer.decide(seen).originate
        elif step == "ring" and floor.dialing:
            floor.dialing, floor.ringing = floor.dialing - 1, floor.ringing + 1
        elif step == "answer" and floor.ringing:
            floor.ringing, floor.amd = floor.ringing - 1, floor.amd + 1
        elif step == "live" and floor.amd:
            assert floor.idle > 0, "a person answered and no agent is ready"
            floor.amd, floor.idle, floor.busy = floor.amd - 1, floor.idle - 1, floor.busy + 1
        elif step == "fail" and floor.ringing:
            floor.ringing -= 1
        elif step == "ready" and floor.busy:
            floor.busy, floor.idle = floor.busy - 1, floor.idle + 1
