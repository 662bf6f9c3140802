"""The proved bound: no floor, however hostile, gets over the cap past the guard."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.compliance.guard import ACTIVE_FROM, WindowCount, room

CAPS = st.sampled_from([0.01, 0.02, 0.03, 0.05, 0.1])


def window(live: int, drops: int, unresolved: int, ready: int = 0) -> WindowCount:
    return WindowCount(live=live, drops=drops, unresolved=unresolved, ready=ready)


def holds(count: WindowCount, cap: float) -> bool:
    at_risk = max(0, count.unresolved - count.ready)
    return count.drops + at_risk <= Fraction(str(cap)) * (count.live + at_risk)


@dataclass
class Floor:
    """A ledger that counts each call once, whatever is told how often, and agents who come and go.

    `failed`: ready agents who went away; `connected`, `dropped` as the floor is: nobody is dropped while one is ready.
    """

    count: WindowCount
    fates: dict[int, str] = field(default_factory=dict)
    failed: int = 0

    def place(self) -> None:
        self.fates[len(self.fates)] = "unresolved"
        self.count = replace(self.count, unresolved=self.count.unresolved + 1)

    def answer(self, call: int) -> None:
        self.tell(call, "connected" if self.count.ready else "dropped")

    def tell(self, call: int, fate: str) -> None:
        if self.fates.get(call) != "unresolved":
            return  # told twice, or of a call that is not ours
        self.fates[call] = fate
        self.count = WindowCount(
            live=self.count.live + (fate != "no answer"),
            drops=self.count.drops + (fate == "dropped"),
            unresolved=self.count.unresolved - 1,
            ready=self.count.ready - (fate == "connected"),
        )

    def come(self) -> None:
        self.count = replace(self.count, ready=self.count.ready + 1)

    def vanish(self) -> None:
        if self.count.ready:
            self.count, self.failed = replace(self.count, ready=self.count.ready - 1), self.failed + 1


HOSTILE: Mapping[str, Callable[[Floor, int], None]] = {
    "no answer": lambda floor, call: floor.tell(call, "no answer"),
    "answer": lambda floor, call: floor.answer(call),
    "come": lambda floor, call: floor.come(),
    "vanish": lambda floor, call: floor.vanish(),
}
STEPS = st.lists(st.tuples(st.sampled_from(["place", *HOSTILE]), st.integers(0, 40)), max_size=120)


@given(cap=CAPS, live=st.integers(2_000, 4_000), spent=st.floats(0.0, 1.0), ready=st.integers(0, 5), steps=STEPS)
def test_drops_never_pass_the_cap_by_more_than_agents_who_failed(
    cap: float, live: int, spent: float, ready: int, steps: list[tuple[str, int]]
) -> None:
    floor = Floor(window(live, int(spent * cap * live), 0, ready))
    for what, call in steps:
        if what != "place":
            HOSTILE[what](floor, call)
        elif room(floor.count, cap).allows():
            floor.place()
        assert floor.count.drops <= Fraction(str(cap)) * floor.count.live + floor.failed


@given(cap=CAPS, live=st.integers(2_000, 4_000), spent=st.floats(0.0, 1.0), ready=st.integers(0, 5), steps=STEPS)
def test_the_bound_holds_at_each_step_while_ready_agents_stay(
    cap: float, live: int, spent: float, ready: int, steps: list[tuple[str, int]]
) -> None:
    floor = Floor(window(live, int(spent * cap * live), 0, ready))
    for what, call in steps:
        if what == "place":
            if room(floor.count, cap).allows():
                floor.place()
        elif what != "vanish":
            HOSTILE[what](floor, call)
        assert holds(floor.count, cap)


def test_with_too_many_drops_there_is_one_call_for_each_ready_agent() -> None:
    floor = Floor(window(2_000, 100, 0, ready=3))
    while room(floor.count, 0.03).allows():
        floor.place()
    assert floor.count.unresolved == 3
    floor.answer(0)
    assert floor.count.drops == 100


@settings(max_examples=30)
@given(cap=CAPS, live=st.integers(2_000, 20_000))
def test_a_floor_where_all_answer_at_once_and_all_agents_vanish_ends_at_the_cap_and_not_above(
    cap: float, live: int
) -> None:
    floor = Floor(window(live, 0, 0))
    for _ in range(50):  # each time as many calls as may be, each answered, each dropped
        free = room(floor.count, cap).calls
        assert free is not None
        calls = range(len(floor.fates), len(floor.fates) + free)
        for _ in calls:
            floor.place()
        for call in calls:
            floor.answer(call)
    share = floor.count.drops / floor.count.live
    assert cap - 1.5 / live <= share <= cap


def test_without_the_guard_that_floor_breaks_the_cap() -> None:
    floor = Floor(window(2_000, 50, 0))
    for call in range(30):
        floor.place()
        floor.answer(call)
    assert floor.count.drops > 0.03 * floor.count.live


@given(
    cap=CAPS,
    live=st.integers(2_000, 9_000),
    drops=st.integers(0, 500),
    flying=st.integers(0, 500),
    ready=st.integers(0, 50),
)
def test_the_room_is_as_large_as_the_bound_allows_and_no_larger(
    cap: float, live: int, drops: int, flying: int, ready: int
) -> None:
    free = room(window(live, drops, flying, ready), cap).calls
    assert free is not None
    after = window(live, drops, flying + free, ready)
    if free:
        assert holds(after, cap) or after.unresolved <= ready
    assert not holds(replace(after, unresolved=after.unresolved + 1), cap)


def test_calls_whose_fate_is_never_told_use_up_the_room() -> None:
    floor = Floor(window(10_000, 0, 0))
    while room(floor.count, 0.03).allows():
        floor.place()
    assert floor.count.unresolved == 309  # 309 / 10,309 is 2.997 %, one more would be too many
    floor.tell(7, "no answer")
    assert room(floor.count, 0.03).calls == 1


def test_the_guard_sleeps_until_there_are_enough_answers() -> None:
    assert room(window(ACTIVE_FROM - 1, 500, 50), 0.03).allows(1_000)
    assert not room(window(ACTIVE_FROM, 500, 50), 0.03).allows()


def test_the_cap_is_the_decimal_number_that_was_written() -> None:
    assert room(window(10_000, 203, 0), 0.03).calls == 100  # 303 of 10,100 is exactly 3 %


def test_the_reason_is_the_sum() -> None:
    told = room(window(10_000, 280, 18, ready=3), 0.03).reason
    assert told == "280 of 10000 dropped, 18 calls for 3 ready agents: room for 5 more"


@pytest.mark.parametrize("cap", [-0.01, 1.0, 3.0])
def test_a_percentage_is_no_share(cap: float) -> None:
    with pytest.raises(ValueError, match="is not a share below 1"):
        room(window(2_000, 0, 0), cap)
