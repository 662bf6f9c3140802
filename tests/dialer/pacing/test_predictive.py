"""The pacer that looks ahead: what it decides, that it bears anything it is told, and the days it makes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.pacing import Kind, PacingDecision, PacingEvent, PacingSnapshot, make_pacer
from dialer.pacing.predictive import Predictive
from sim.days import USUAL, bursts, steady
from sim.outbound import Day, play
from sim.scenario import Scenario, Wire

INFO = {"cap": 0.03, "max_wait": 2.0, "ring_timeout": 22.0, "amd": True, "day_end": 28_800.0, "segments": 2}


def snapshot(**fields: Any) -> PacingSnapshot:
    usual = {"t": 100.0, "cap": 0.03, "day_end": 28_800.0, "max_wait": 2.0, "trunk_free": 100, "cps_free": 100}
    return PacingSnapshot(**{**usual, "peek": lambda k: [0] * k, **fields})


def started(**info: Any) -> Predictive:
    pacer = Predictive()
    pacer.start({**INFO, **info})
    return pacer


def floor(idle: int = 0, talking: int = 0, ringing: int = 0, **fields: Any) -> PacingSnapshot:
    """Agents talking for 0, 10, 20 … s, calls ringing for 5 s."""
    return snapshot(
        n_idle=idle,
        n_talk=talking,
        n_ringing=ringing,
        idle={f"i{n}": 90.0 for n in range(idle)},
        talking={f"t{n}": 100.0 - 10.0 * n for n in range(talking)},
        calls={n: (93.0, 95.0, -1.0, n % 2) for n in range(ringing)},
        **fields,
    )


def test_more_calls_than_idle_agents_but_not_many_more_while_nothing_is_known() -> None:
    assert 10 < started().decide(floor(idle=10)).originate <= 25


def test_with_enough_calls_in_flight_it_waits() -> None:
    assert started().decide(floor(idle=10, ringing=40)).originate == 0


def test_calls_are_placed_for_agents_who_will_soon_be_free() -> None:
    """Talks of a minute, one begun each second; two seconds of wrap-up: after a minute of this it is foreseeable."""
    pacer, decision = started(), None
    for now in range(100, 170):
        ages = {agent: (now - agent) % 60 for agent in range(240)}
        talking = {agent: float(now - age + 2) for agent, age in ages.items() if age >= 2}
        wrapping = {agent: float(now - age) for agent, age in ages.items() if age < 2}
        floor_now = snapshot(
            t=float(now), n_talk=len(talking), n_wrap=len(wrapping), talking=talking, wrapping=wrapping
        )
        decision = pacer.decide(floor_now)
    assert decision is not None
    assert decision.originate > 0


def test_one_agent_is_progressive_and_told_so() -> None:
    decision = started().decide(floor(idle=1))
    assert (decision.originate, decision.reasons[0]) == (1, "1 agents: progressive")
    assert started().decide(floor(talking=1)).originate == 0


def test_it_is_progressive_when_too_many_were_dropped_before() -> None:
    pacer = started(budget={"live": 2_000, "drops": 400})
    assert pacer.decide(floor(idle=10)).originate == 10
    assert pacer.decide(floor(idle=10, talking=50, ringing=10, t=101.0)).originate == 0


@pytest.mark.parametrize("cap", [0.0, 0.01, 0.03, 0.05])
def test_a_higher_cap_never_means_fewer_calls(cap: float) -> None:
    counts = [started(cap=c).decide(floor(idle=5, talking=10, cap=c)).originate for c in (cap, cap + 0.02)]
    assert 5 <= counts[0] <= counts[1]


def test_agents_who_said_that_they_leave_are_not_counted_on() -> None:
    everybody = frozenset(f"t{n}" for n in range(500))
    assert started().decide(floor(talking=500, leaving=everybody)).originate == 0


@pytest.mark.parametrize(
    ("limit", "why"),
    [({"trunk_free": 3}, "trunk"), ({"cps_free": 3.7}, "calls per second"), ({"peek": lambda k: [0] * min(k, 3)}, "")],
)
def test_trunk_rate_and_list_bound_the_calls(limit: Mapping[str, Any], why: str) -> None:
    assert started().decide(floor(idle=10, **limit)).originate == 3


def test_calls_that_rang_long_enough_are_ended_when_no_agent_will_be_free() -> None:
    calls = {"old": (80.0, 84.5, -1.0, 0), "young": (84.0, 86.0, -1.0, 0), "answered": (70.0, 75.0, 99.0, 0)}
    ringing = {"n_ringing": 2, "n_amd": 1, "calls": calls}
    late = {f"t{n}": 99.5 for n in range(3)}
    decision = started().decide(snapshot(n_talk=3, talking=late, **ringing))
    assert decision.cancel == ("old",)
    assert "1 calls that rang 15 s are ended" in decision.reasons[-1]
    free = snapshot(n_idle=9, idle={n: 0.0 for n in range(9)}, **ringing)
    assert started().decide(free).cancel == ()


def test_the_reasons_tell_the_forecast_and_the_price() -> None:
    told = "; ".join(started().decide(floor(idle=4, talking=6, ringing=5)).reasons)
    for part in ("agents free in 10 s", "people who will answer", "risk of one more call", "price", "drops 0 of 0"):
        assert part in told


def test_a_large_team_asked_again_at_once_is_told_what_was_decided() -> None:
    pacer, large = started(), floor(idle=80)
    first = pacer.decide(large)
    again = pacer.decide(replace(large, t=100.1))
    assert again.originate == 0
    assert again.reasons == ("decided a moment ago:", *first.reasons)
    assert pacer.decide(replace(large, t=100.6)).reasons[0] != again.reasons[0]


def test_nothing_is_placed_when_the_day_is_over() -> None:
    assert started().decide(floor(idle=10, t=28_800.0)).originate == 0


TIMES = st.floats(-5.0, 200.0)
EVENTS = st.builds(
    PacingEvent,
    kind=st.sampled_from([*Kind, "unheard of"]),
    t=TIMES,
    call=st.integers(-1, 8),
    agent=st.integers(-1, 5),
    seg=st.integers(-1, 5),
)
CALLS = st.dictionaries(
    st.integers(0, 90),
    st.tuples(
        st.floats(0, 100), st.sampled_from([-1.0, 60.0, 84.9, 99.0]), st.sampled_from([-1.0, 99.5]), st.integers(-1, 4)
    ),
    max_size=90,
)
AGENTS = st.dictionaries(st.integers(0, 70), st.floats(0.0, 100.0), max_size=70)


@settings(max_examples=25, deadline=None)
@given(events=st.lists(EVENTS, max_size=60), calls=CALLS, talking=AGENTS, idle=AGENTS, wrapping=AGENTS)
def test_whatever_it_is_told_it_decides_something_lawful(
    events: list[PacingEvent], calls: Any, talking: Any, idle: Any, wrapping: Any
) -> None:
    pacer = started()
    for second in range(4):
        for event in events[second::4]:
            pacer.observe(event)
        seen = snapshot(
            t=100.0 + second,
            n_idle=len(idle),
            n_talk=len(talking),
            n_wrap=len(wrapping),
            n_ringing=len(calls),
            n_waiting=second,
            idle=idle,
            talking=talking,
            wrapping=wrapping,
            calls=calls,
        )
        decision = pacer.decide(seen)
        assert 0 <= decision.originate <= 100
        assert "no forecast" not in decision.reasons[0]
        for call in decision.cancel:
            _, ringing, answered, _ = calls[call]
            assert answered < 0 <= ringing
            assert seen.t - ringing >= 15.0


def test_where_no_forecast_can_be_made_it_is_progressive_and_told_so() -> None:
    broken: Any = {1: ("yesterday", -1.0, -1.0, 0)}
    decision = started().decide(replace(floor(idle=4), n_dialing=1, calls=broken))
    assert decision.originate == 3
    assert "no forecast" in decision.reasons[0]


class Strange:
    """A simulator of its own: attributes and nothing else, no `leaving`."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)


def test_it_reads_attributes_and_nothing_else() -> None:
    known = floor(idle=10)
    names = [name for name in PacingSnapshot.__slots__ if name != "leaving"]
    strange = Strange(**{name: getattr(known, name) for name in names}, n_other=7)
    assert started().decide(strange).originate == started().decide(known).originate  # type: ignore[arg-type]
    Predictive().observe(Strange(kind="live", t=1.0, call="x", agent=-1, seg=0))  # type: ignore[arg-type]


class Handed:
    """A pacer that a fresh one relieves at `at_s`, with calls in flight and the counts so far as its budget."""

    def __init__(self, at_s: float) -> None:
        self.pacer, self.at_s, self.live, self.drops = Predictive(), at_s, 0, 0
        self.wake = self.pacer.wake

    def start(self, info: Mapping[str, Any], /) -> None:
        self.info = info
        self.pacer.start(info)

    def observe(self, event: PacingEvent, /) -> None:
        self.live += event.kind == Kind.LIVE
        self.drops += event.kind in {Kind.ABANDONED, Kind.HANGUP}
        self.pacer.observe(event)

    def decide(self, seen: PacingSnapshot, /) -> PacingDecision:
        if seen.t >= self.at_s:
            self.at_s = float("inf")
            self.pacer = Predictive()
            self.pacer.start({**self.info, "budget": {"live": self.live, "drops": self.drops}})
        return self.pacer.decide(seen)


def day(scenario: Scenario) -> Day:
    return play(scenario, make_pacer("predictive"))


def test_the_same_events_give_the_same_day() -> None:
    scenario = replace(steady(8, 0.15, 3), wire=Wire(lost=0.05, doubled=0.05, late_s=1.0))
    assert day(scenario) == day(scenario)


def test_it_beats_the_ratio_and_lands_below_the_cap() -> None:
    predictive, ratio = day(steady(12, 0.4, 1)), play(steady(12, 0.4, 1), make_pacer("ratio"))
    assert predictive.drop_rate <= 0.03
    assert predictive.utilisation > ratio.utilisation


@pytest.mark.parametrize(
    "change",
    [
        {"wire": Wire(lost=0.1, doubled=0.1, late_s=1.0)},
        {"amd": False},
        {"cap": 0.01, "max_wait_s": 1.0},
        {"people": replace(USUAL, p_person=0.8)},
        {"budget": {"live": 300, "drops": 15}},
    ],
)
def test_short_days_of_many_kinds_land_below_the_cap(change: Mapping[str, Any]) -> None:
    scenario = replace(steady(6, 0.25, 2), **change)
    result = day(scenario)
    assert result.live > 20
    assert result.drops <= (1 if scenario.budget else max(0, scenario.cap * result.live))


def test_bursts_of_answers_land_below_the_cap() -> None:
    assert day(bursts(1, 0.2)).drop_rate <= 0.03


def test_a_fresh_pacer_takes_over_calls_in_flight() -> None:
    result = play(steady(8, 0.3, 1), Handed(at_s=500.0))
    assert result.drop_rate <= 0.03
    assert result.utilisation > 0.5
