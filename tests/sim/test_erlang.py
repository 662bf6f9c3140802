"""Erlang's formulas against exact values, against each other, and against what must hold for any queue."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.erlang import agents_needed, erlang_b, erlang_c, queue_a, queue_c, service_level_c

AGENTS = st.integers(1, 60)
LOAD = st.floats(0.05, 60)


@pytest.mark.parametrize(
    ("agents", "load", "blocked"),
    [(1, 1.0, 1 / 2), (2, 1.0, 1 / 5), (5, 3.0, 0.110054), (10, 5.0, 0.018385), (20, 20.0, 0.158892)],
)
def test_erlang_b_as_in_the_tables(agents: int, load: float, blocked: float) -> None:
    assert erlang_b(agents, load) == pytest.approx(blocked, abs=1e-6)


@given(AGENTS, LOAD)
def test_erlang_b_is_its_definition(agents: int, load: float) -> None:
    terms = [math.exp(k * math.log(load) - math.lgamma(k + 1)) for k in range(agents + 1)]
    assert erlang_b(agents, load) == pytest.approx(terms[-1] / sum(terms), rel=1e-9)


def test_one_agent_is_m_m_1() -> None:
    queue = queue_c(1, calls_per_s=0.8, mean_talk_s=1.0)
    assert queue.p_wait == pytest.approx(0.8)
    assert queue.mean_wait_s == pytest.approx(4.0)
    assert queue.mean_queue == pytest.approx(3.2)


@given(AGENTS, st.floats(0.01, 0.99))
def test_waiting_is_more_likely_than_blocking_and_less_than_sure(agents: int, occupancy: float) -> None:
    load = agents * occupancy
    assert erlang_b(agents, load) <= erlang_c(agents, load) <= 1.0


def test_too_much_load_waits_for_ever() -> None:
    assert erlang_c(5, 5.0) == 1.0
    assert service_level_c(5, 6.0, 1.0, 60) == 0.0
    with pytest.raises(ValueError, match="grows for ever"):
        queue_c(5, 5.0, 1.0)


@pytest.mark.parametrize("agents", [1, 3, 10, 40])
@pytest.mark.parametrize("load", [0.5, 5.0, 30.0])
def test_erlang_a_with_patience_like_talk_is_a_floor_without_end(agents: int, load: float) -> None:
    """θ = μ: everybody leaves at rate μ, so the number in the system is Poisson with the load as mean."""
    poisson = [math.exp(-load + k * math.log(load) - math.lgamma(k + 1)) for k in range(400)]
    waiting = sum((k - agents) * p for k, p in enumerate(poisson) if k > agents)
    queue = queue_a(agents, calls_per_s=load / 100, mean_talk_s=100, mean_patience_s=100)
    assert queue.mean_queue == pytest.approx(waiting, rel=1e-9, abs=1e-12)
    assert queue.p_abandon == pytest.approx(waiting / load, rel=1e-9, abs=1e-12)
    assert queue.p_wait == pytest.approx(sum(poisson[agents:]), rel=1e-9)


@pytest.mark.parametrize("agents", [2, 10, 30])
def test_erlang_a_with_endless_patience_is_erlang_c(agents: int) -> None:
    load = 0.85 * agents
    patient = queue_a(agents, load / 60, 60, 1e7)
    endless = queue_c(agents, load / 60, 60)
    assert patient.p_wait == pytest.approx(endless.p_wait, rel=1e-3)
    assert patient.mean_wait_s == pytest.approx(endless.mean_wait_s, rel=1e-3)
    assert patient.p_abandon < 1e-4


@given(AGENTS, LOAD, st.floats(1, 100_000))
@example(agents=2, load=54.5, patience=986.0)  # the queue is long: its terms must not overflow
def test_erlang_a_serves_what_does_not_abandon(agents: int, load: float, patience: float) -> None:
    queue = queue_a(agents, load / 60, 60, patience)
    assert 0 <= queue.p_abandon <= queue.p_wait <= 1
    assert 0 < queue.occupancy <= 1 + 1e-9
    assert queue.p_abandon == pytest.approx(queue.mean_wait_s / patience, rel=1e-9, abs=1e-12)


def test_more_agents_are_needed_for_a_better_service() -> None:
    needed = [agents_needed(0.2, 180, within_s=20, share=share) for share in (0.5, 0.8, 0.9, 0.95, 0.99)]
    assert needed == sorted(needed)
    assert service_level_c(needed[1] - 1, 0.2, 180, 20) < 0.8 <= service_level_c(needed[1], 0.2, 180, 20)
