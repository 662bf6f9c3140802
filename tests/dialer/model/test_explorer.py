"""The explorer itself, on systems small enough to be seen through."""

import pytest

from tests.dialer.model.explorer import System, TooManyStates, explore


def walk(*, bad: int = -1, home: int = 0, up_to: int = 5) -> System[int]:
    """A walk on 0..up_to by +1 and +2, with a way back to 0 from even numbers only."""

    def steps(at: int) -> list[tuple[str, int]]:
        forward = [(f"plus {n}", at + n) for n in (1, 2) if at + n <= up_to]
        return forward + ([("back 0", 0)] if at % 2 == 0 else [])

    return System(start=0, steps=steps, breaks=lambda at: "bad" if at == bad else "", settled=lambda at: at == home)


def test_every_state_is_visited_once() -> None:
    found = explore(walk(up_to=4))
    assert (found.states, found.broken, found.stuck, found.settled) == (5, "", 0, 1)
    assert found.taken == {"plus": 7, "back": 3}


def test_the_way_to_a_bad_state_is_a_shortest_one() -> None:
    found = explore(walk(bad=5))
    assert (found.broken, found.end, len(found.trace)) == ("bad", 5, 3)
    at = sum(int(label.split()[1]) for label in found.trace)
    assert at == 5


def test_a_bad_start_is_found() -> None:
    found = explore(walk(bad=0))
    assert (found.broken, found.end, found.trace) == ("bad", 0, ())


def test_a_state_from_which_no_settled_one_is_reached_is_stuck() -> None:
    found = explore(walk(up_to=5))  # 5 is odd and the last
    assert (found.stuck, found.end, found.trace) == (1, 5, ("plus 1", "plus 2", "plus 2"))


def test_an_exploration_that_passes_its_bound_proves_nothing() -> None:
    with pytest.raises(TooManyStates):
        explore(walk(up_to=100), at_most=50)
