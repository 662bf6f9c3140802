"""Rivals do what their descriptions say, told one step at a time."""

from typing import Any

import pytest

from dialer.pacing import Kind, PacingEvent, PacingSnapshot
from sim.rivals import RIVALS, Adaptive, Textbook

INFO = {"cap": 0.03, "day_end": 36_000.0}


def floor(t: float, **counts: Any) -> PacingSnapshot:
    terms: dict[str, Any] = {"cap": 0.03, "day_end": 36_000.0, "max_wait": 2.0, "trunk_free": 999, "cps_free": 999}
    return PacingSnapshot(t=t, **terms, peek=lambda k: [0] * k, **counts)


def told(pacer: Any, kind: Kind, times: int, t: float = 1.0) -> None:
    for number in range(times):
        pacer.observe(PacingEvent(kind=kind, t=t, call=number, agent=number))


def adaptive(mode: str, *, ready_only: bool = True) -> Adaptive:
    pacer = Adaptive(mode, ready_only=ready_only)
    pacer.start(INFO)
    return pacer


def raised(pacer: Adaptive, until: float = 200.0) -> float:
    """Let all agents stand idle up to `until`; return the time of the last decision."""
    t = 0.0
    while t < until:
        pacer.decide(floor(t, n_idle=10))
        t += 1.0
    return t


def test_all_rivals_have_names() -> None:
    assert set(RIVALS) == {"textbook", "hard", "hard+", "average", "average+", "tapered", "tapered+"}
    assert all(RIVALS[name]() is not RIVALS[name]() for name in RIVALS)


def test_the_textbook_divides_by_the_answer_rate_and_takes_off_what_is_in_flight() -> None:
    pacer = Textbook()
    pacer.start(INFO)
    assert pacer.decide(floor(0.0, n_idle=3)).originate == 8  # 0.8 × 3 × 10/3
    assert pacer.decide(floor(0.0, n_idle=3, n_ringing=6)).originate == 2
    assert pacer.decide(floor(0.0, n_idle=3, n_talk=6)).originate == 9  # + 6 × 10 s ÷ 120 s × 0.8 × 10/3


def test_the_textbook_steps_down_at_a_drop_and_up_again_slowly() -> None:
    pacer = Textbook()
    pacer.start(INFO)
    before = pacer.decide(floor(0.0, n_idle=30)).originate
    told(pacer, Kind.ABANDONED, 3)
    after = pacer.decide(floor(0.0, n_idle=30)).originate
    assert after < 0.6 * before
    told(pacer, Kind.CONNECTED, 97)
    assert after < pacer.decide(floor(0.0, n_idle=30)).originate <= before


def test_a_level_rises_while_agents_stand_idle_and_dials_every_two_and_a_half_seconds() -> None:
    pacer = adaptive("hard")
    assert pacer.decide(floor(0.0, n_idle=10)).originate > 10
    assert pacer.decide(floor(1.0, n_idle=10)).originate == 0
    assert pacer.decide(floor(2.5, n_idle=10, n_ringing=10)).originate >= 0
    t = raised(pacer)
    assert pacer.decide(floor(t + 3, n_idle=10)).originate == 100  # the level ends at 10


@pytest.mark.parametrize(("mode", "least", "most"), [("hard", 10, 10), ("average", 40, 60), ("tapered", 90, 100)])
def test_a_level_is_cut_when_drops_are_over_the_limit(mode: str, least: int, most: int) -> None:
    pacer = adaptive(mode)
    t = raised(pacer)
    told(pacer, Kind.LIVE, 60)
    told(pacer, Kind.ABANDONED, 5)
    calls = []
    for step in range(61):
        calls.append(pacer.decide(floor(t + step, n_idle=10, n_waiting=0)).originate)
    assert least <= min(call for call in calls[-5:] if call) <= most


def test_few_answers_cut_nothing() -> None:
    pacer = adaptive("hard")
    t = raised(pacer)
    told(pacer, Kind.LIVE, 49)
    told(pacer, Kind.ABANDONED, 49)
    assert max(pacer.decide(floor(t + step, n_idle=10)).originate for step in range(90)) == 100


def test_the_level_counts_for_ready_agents_only_or_for_all() -> None:
    alone, both = adaptive("hard"), adaptive("hard", ready_only=False)
    raised(alone)
    t = raised(both)
    assert alone.decide(floor(t + 3, n_idle=2, n_talk=8)).originate == 20
    assert both.decide(floor(t + 3, n_idle=2, n_talk=8)).originate == 92
