"""Channels and calls per second of a trunk."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.trunks import Trunk, TrunkLimits


def trunk(calls_per_second: float, channels: int = 1_000) -> Trunk:
    return Trunk(limits=TrunkLimits(channels=channels, calls_per_second=calls_per_second), since=0.0)


def test_a_fresh_trunk_lets_nothing_through_at_once() -> None:
    line = trunk(10)
    assert [line.calls_free(now) for now in (0.0, 0.09, 0.1, 0.55)] == [0, 0, 1, 5]


def test_no_more_than_a_second_is_saved_up() -> None:
    assert trunk(10).calls_free(3_600.0) == 10


@pytest.mark.parametrize(("rate", "ready_after_s"), [(0.1, 10.0), (0.5, 2.0), (1.0, 1.0)])
def test_a_slow_trunk_saves_up_one_call(rate: float, ready_after_s: float) -> None:
    line = trunk(rate)
    assert line.calls_free(ready_after_s * 0.99) == 0
    assert line.calls_free(ready_after_s) == 1
    assert line.calls_free(100 * ready_after_s) == 1


def test_tenths_of_a_call_add_up_to_a_call() -> None:
    line = trunk(1)
    assert [line.calls_free(tenth / 10) for tenth in range(1, 11)] == [0] * 9 + [1]


def test_channels_and_rate_both_count() -> None:
    line = trunk(10, channels=30)
    assert [line.free(5.0, in_use) for in_use in (0, 20, 25, 30, 40)] == [10, 10, 5, 0, 0]


@pytest.mark.parametrize("calls", [-1, 6])
def test_more_than_is_free_cannot_be_taken(calls: int) -> None:
    line = trunk(5)
    with pytest.raises(ValueError, match=f"{calls} calls cannot be placed now: the rate allows 5"):
        line.take(10.0, calls)
    line.take(10.0, 5)
    assert line.calls_free(10.0) == 0


def test_a_clock_that_goes_back_gives_nothing_twice() -> None:
    line = trunk(5)
    line.take(10.0, 5)
    assert [line.calls_free(now) for now in (2.0, 10.0, 10.2)] == [0, 0, 1]


def test_new_limits_count_from_now_on() -> None:
    line = trunk(10)
    line.change(1.0, TrunkLimits(channels=2, calls_per_second=2))
    assert line.calls_free(1.0) == 2
    line.take(1.0, 2)
    assert (line.calls_free(1.5), line.free(9.0, in_use=1)) == (1, 1)


@pytest.mark.parametrize(("channels", "rate"), [(-1, 1.0), (1, -1.0), (1, float("inf")), (1, float("nan"))])
def test_impossible_limits_are_refused(channels: int, rate: float) -> None:
    with pytest.raises(ValueError, match="no trunk has"):
        TrunkLimits(channels=channels, calls_per_second=rate)


@given(
    st.floats(0.05, 200),
    st.lists(st.tuples(st.floats(-1, 20), st.integers(0, 300), st.booleans()), min_size=1, max_size=60),
)
def test_no_window_sees_more_than_rate_times_length_and_burst(
    rate: float, steps: list[tuple[float, int, bool]]
) -> None:
    """As much as possible is taken, at any times, clocks that go back and restarts included."""
    line, now, latest, taken = trunk(rate), 0.0, 0.0, []
    for pause_s, wish, restart in steps:
        now += pause_s
        latest = max(latest, now)
        if restart:
            line = Trunk(limits=line.limits, since=latest)
        count = min(wish, line.calls_free(now))
        line.take(now, count)
        taken.append((latest, count))
    for first, (start, _) in enumerate(taken):
        placed = 0
        for at, count in taken[first:]:
            placed += count
            assert placed <= rate * (at - start) + line.limits.burst + 1e-6
