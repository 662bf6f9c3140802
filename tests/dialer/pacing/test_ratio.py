"""Several calls per ready agent, never more at risk than the cap allows to be dropped."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dialer.pacing import Kind, PacingEvent, PacingSnapshot, make_pacer
from dialer.pacing.ratio import FIRST_EXTRA, LEAST_EXTRA, MOST_EXTRA, Ratio


def snapshot(**fields: Any) -> PacingSnapshot:
    usual = {"t": 100.0, "cap": 0.03, "day_end": 3_600.0, "max_wait": 2.0, "trunk_free": 100, "cps_free": 100}
    return PacingSnapshot(**{**usual, "peek": lambda k: [0] * k, **fields})


def started(live: int = 0, drops: int = 0, cap: float = 0.03) -> Ratio:
    pacer = Ratio()
    pacer.start({"cap": cap, "budget": {"live": live, "drops": drops}})
    return pacer


def tell(pacer: Ratio, kind: Kind, call: int) -> None:
    pacer.observe(PacingEvent(kind=kind, t=100.0, call=call))


def test_without_credit_it_is_progressive() -> None:
    pacer = started(live=33)
    assert pacer.decide(snapshot(n_idle=4)).originate == 4
    assert pacer.decide(snapshot(n_idle=4, n_ringing=4)).originate == 0


def test_with_credit_it_dials_more_than_one_per_agent() -> None:
    assert started(live=34).decide(snapshot(n_idle=4)).originate == 5
    decision = started(live=500, drops=3).decide(snapshot(n_idle=4, n_ringing=1))
    assert decision.originate == 5
    assert decision.reasons == (
        "4 ready agents × level 1.50 = 6 calls",
        "credit for 12 drops: 3 of 500 people dropped, cap 3 %",
        "1 calls in flight",
    )


def test_over_the_cap_it_is_progressive_again() -> None:
    assert started(live=500, drops=16).decide(snapshot(n_idle=4)).originate == 4


def test_without_ready_agents_it_dials_nothing() -> None:
    assert started(live=5_000).decide(snapshot(n_talk=20)).originate == 0


def test_the_level_rises_with_connections_and_falls_with_drops() -> None:
    pacer = started(live=5_000)
    pacer.decide(snapshot(n_idle=2))
    for call in range(10):
        tell(pacer, Kind.CONNECTED, call)
    risen = pacer.level
    assert risen > 1 + FIRST_EXTRA
    tell(pacer, Kind.ABANDONED, 99)
    assert 1 < pacer.level < 1 + FIRST_EXTRA
    for call in range(100, 120):
        tell(pacer, Kind.HANGUP, call)
    assert pacer.level == 1 + LEAST_EXTRA
    for call in range(200, 1_000):
        tell(pacer, Kind.CONNECTED, call)
    assert pacer.level == 1 + MOST_EXTRA


def test_the_level_learns_nothing_while_credit_decides() -> None:
    pacer = started(live=0)
    pacer.decide(snapshot(n_idle=10))
    for call in range(30):
        tell(pacer, Kind.CONNECTED, call)
    assert pacer.level == 1 + FIRST_EXTRA


def test_a_large_team_takes_smaller_steps() -> None:
    small, large = started(live=5_000), started(live=5_000)
    small.decide(snapshot(n_idle=2))
    large.decide(snapshot(n_idle=2, n_talk=198))
    for pacer in (small, large):
        tell(pacer, Kind.ABANDONED, 1)
    assert small.level < large.level < 1 + FIRST_EXTRA


STEPS = st.sampled_from(["ask", "ask", "live", "live", "give up", "fail", "ready"])


@given(st.lists(STEPS, max_size=300), st.integers(1, 20), st.integers(0, 2_000), st.sampled_from([0.01, 0.03, 0.05]))
def test_drops_never_exceed_the_cap_while_agents_stay(steps: list[str], agents: int, before: int, cap: float) -> None:
    """The worst floor: who decides what happens next knows the pacer and wants it over the cap."""
    pacer = started(live=before, cap=cap)
    idle, talking, calls, drops, flying, waiting = agents, 0, 0, 0, 0, list[int]()
    for number, step in enumerate(steps):
        if step == "ask":
            seen = snapshot(
                cap=cap, t=float(number), n_idle=idle, n_talk=talking, n_ringing=flying, n_waiting=len(waiting)
            )
            flying += pacer.decide(seen).originate
        elif step == "live" and flying:
            flying, calls = flying - 1, calls + 1
            tell(pacer, Kind.LIVE, calls)
            if idle:
                idle, talking = idle - 1, talking + 1
                tell(pacer, Kind.CONNECTED, calls)
            else:
                waiting.append(calls)
        elif step == "give up" and waiting:
            drops += 1
            tell(pacer, Kind.ABANDONED, waiting.pop())
        elif step == "fail" and flying:
            flying -= 1
        elif step == "ready" and talking:
            talking -= 1
            if waiting:
                tell(pacer, Kind.CONNECTED, waiting.pop(0))
                talking += 1
            else:
                idle += 1
        assert drops + len(waiting) <= cap * (before + calls) + 1e-9


def test_the_same_events_give_the_same_decisions() -> None:
    first, second = make_pacer("ratio"), make_pacer("ratio")
    for pacer in (first, second):
        pacer.start({"cap": 0.03, "budget": {"live": 100, "drops": 1}})
        for call in range(200):
            pacer.observe(PacingEvent(kind=Kind.LIVE, t=float(call), call=call))
            pacer.observe(PacingEvent(kind=Kind.CONNECTED if call % 20 else Kind.HANGUP, t=float(call), call=call))
    assert first.decide(snapshot(n_idle=9)) == second.decide(snapshot(n_idle=9))
