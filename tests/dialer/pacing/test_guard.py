"""The proved bound: no floor, however hostile, gets over the cap past the guard."""

from dataclasses import dataclass, field, replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.pacing.guard import ACTIVE_FROM, WindowCount, room

CAPS = st.sampled_from([0.01, 0.02, 0.03, 0.05, 0.1])


def window(live: int, drops: int, at_risk: int) -> WindowCount:
    return WindowCount(live=live, drops=drops, at_risk=at_risk)


def holds(count: WindowCount, cap: float) -> bool:
    share = Fraction(str(cap))
    return count.drops + count.at_risk <= share * (count.live + count.at_risk)


@dataclass
class Ledger:
    """Counts each call once, whatever is told how often: a call is at risk until its fate is written."""

    count: WindowCount
    fates: dict[int, str] = field(default_factory=dict)

    def place(self, call: int) -> None:
        self.fates[call] = "at risk"
        self.count = replace(self.count, at_risk=self.count.at_risk + 1)

    def tell(self, call: int, fate: str) -> None:
        if self.fates.get(call) != "at risk":
            return  # told twice, or of a call that is not ours
        self.fates[call] = fate
        self.count = WindowCount(
            live=self.count.live + (fate != "no answer"),
            drops=self.count.drops + (fate == "dropped"),
            at_risk=self.count.at_risk - 1,
        )


STEPS = st.lists(st.tuples(st.sampled_from(["place", "no answer", "connected", "dropped"]), st.integers(0, 40)))


@given(cap=CAPS, live=st.integers(2_000, 4_000), spent=st.floats(0.0, 1.0), steps=STEPS)
def test_the_share_never_passes_the_cap_whatever_happens(
    cap: float, live: int, spent: float, steps: list[tuple[str, int]]
) -> None:
    ledger = Ledger(window(live, int(spent * cap * live), 0))
    for what, number in steps:
        if what != "place":
            ledger.tell(number, what)  # of any call, told any number of times, in any order
        elif room(ledger.count, cap).allows():
            ledger.place(len(ledger.fates))
        assert holds(ledger.count, cap)
        assert ledger.count.drops <= Fraction(str(cap)) * ledger.count.live


@settings(max_examples=30)
@given(cap=CAPS, live=st.integers(2_000, 20_000))
def test_a_floor_where_all_answer_at_once_and_all_agents_vanish_ends_at_the_cap_and_not_above(
    cap: float, live: int
) -> None:
    ledger = Ledger(window(live, 0, 0))
    for _ in range(50):  # each time as many calls as may be, each answered, each dropped
        free = room(ledger.count, cap).calls
        assert free is not None
        calls = range(len(ledger.fates), len(ledger.fates) + free)
        for call in calls:
            ledger.place(call)
        for call in calls:
            ledger.tell(call, "dropped")
    share = ledger.count.drops / ledger.count.live
    assert cap - 1.5 / live <= share <= cap


def test_without_the_guard_that_floor_breaks_the_cap() -> None:
    ledger = Ledger(window(2_000, 50, 0))
    for call in range(30):
        ledger.place(call)
        ledger.tell(call, "dropped")
    assert ledger.count.drops > 0.03 * ledger.count.live


@given(cap=CAPS, live=st.integers(2_000, 9_000), drops=st.integers(0, 500), at_risk=st.integers(0, 500))
def test_the_room_is_as_large_as_the_bound_allows_and_no_larger(
    cap: float, live: int, drops: int, at_risk: int
) -> None:
    free = room(window(live, drops, at_risk), cap).calls
    assert free is not None
    if free:
        assert holds(window(live, drops, at_risk + free), cap)
    assert not holds(window(live, drops, at_risk + free + 1), cap)


def test_calls_whose_fate_is_never_told_use_up_the_room() -> None:
    ledger = Ledger(window(10_000, 0, 0))
    while room(ledger.count, 0.03).allows():
        ledger.place(len(ledger.fates))
    assert ledger.count.at_risk == 309  # 309 / 10,309 is 2.997 %, one more would be too many
    ledger.tell(7, "no answer")
    assert room(ledger.count, 0.03).calls == 1


def test_the_guard_sleeps_until_there_are_enough_answers() -> None:
    assert room(window(ACTIVE_FROM - 1, 500, 50), 0.03).allows(1_000)
    assert not room(window(ACTIVE_FROM, 500, 50), 0.03).allows()


def test_the_cap_is_the_decimal_number_that_was_written() -> None:
    assert room(window(10_000, 203, 0), 0.03).calls == 100  # 303 of 10,100 is exactly 3 %


def test_the_reason_is_the_sum() -> None:
    told = room(window(10_000, 280, 15), 0.03).reason
    assert told == "280 of 10000 dropped, 15 at risk: room for 5 more calls"


@pytest.mark.parametrize("cap", [-0.01, 1.0, 3.0])
def test_a_percentage_is_no_share(cap: float) -> None:
    with pytest.raises(ValueError, match="is not a share below 1"):
        room(window(2_000, 0, 0), cap)
