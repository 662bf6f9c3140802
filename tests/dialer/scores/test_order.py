"""Who is next: the more room, the likelier the lead; nobody starves; larger priority first."""

import random
from itertools import islice, pairwise

from hypothesis import given
from hypothesis import strategies as st

from dialer.scores.order import PATIENCE_S, Order, Waiting
from dialer.scores.scorer import Score
from dialer.scores.view import View


def waiting(chance: float, *, since: float = 0.0, priority: int = 0, key: int = 0) -> Waiting[int]:
    return Waiting(key=key, lead=key, score=Score(chance=chance, segment=0), since=since, priority=priority)


CHANCES = st.lists(st.floats(0.01, 0.99), min_size=1, max_size=30)
ROOMS = st.lists(st.floats(-5.0, 5.0), max_size=30)


def experienced(rooms: list[float]) -> Order:
    order = Order()
    for room in rooms:
        order.placed(room)
    return order


@given(CHANCES, ROOMS, st.floats(-5.0, 5.0), st.floats(0.0, 5.0))
def test_more_room_never_gets_a_less_likely_lead(
    chances: list[float], rooms: list[float], room: float, more: float
) -> None:
    order, leads = experienced(rooms), [waiting(chance) for chance in chances]
    first = next(order.turns(leads, room, 0.0)).waiting.score.chance
    assert next(order.turns(leads, room + more, 0.0)).waiting.score.chance >= first


@given(CHANCES, ROOMS, st.floats(-5.0, 5.0), st.lists(st.integers(0, 2), min_size=30, max_size=30))
def test_everybody_has_a_turn_once_and_priority_goes_first(
    chances: list[float], rooms: list[float], room: float, priorities: list[int]
) -> None:
    leads = [waiting(chance, key=i, priority=priorities[i]) for i, chance in enumerate(chances)]
    turns = list(experienced(rooms).turns(leads, room, 0.0))
    assert sorted(turn.waiting.key for turn in turns) == list(range(len(chances)))
    order = [turn.waiting.priority for turn in turns]
    assert order == sorted(order, reverse=True)
    for turn, after in pairwise(turns):
        assert after.room < turn.room


def test_who_was_passed_over_for_long_is_next() -> None:
    leads = [waiting(0.9, since=PATIENCE_S, key=1), waiting(0.1, since=1.0, key=2), waiting(0.2, since=0.0, key=3)]
    turns = Order().turns(leads, 5.0, PATIENCE_S + 0.5)
    assert [turn.waiting.key for turn in turns] == [3, 1, 2]


def test_leads_of_every_chance_are_called_at_the_same_rate() -> None:
    """With room going up and down as it may, the likeliest are not used up and the others not left."""
    rng, view = random.Random(5), View[float]()
    called: list[float] = []
    for key in range(4_000):
        chance = rng.random()
        view.add(key, chance, Score(chance=chance, segment=0), float(key))
        if key >= 100:
            view.arrange(rng.choice((-2.0, -0.5, 0.3, 1.0, 1.7)) + rng.random() * 0.01, float(key))
            called += [lead for lead, _ in view.take(1)]
    for tenth in range(10):
        share = sum(tenth / 10 <= chance < (tenth + 1) / 10 for chance in called) / len(called)
        assert 0.07 < share < 0.13
    assert 0.45 < sum(called) / len(called) < 0.55


def test_what_is_peeked_is_taken_and_what_is_taken_is_gone() -> None:
    view = View[int]()
    for key in range(20):
        view.add(key, key, Score(chance=key / 20, segment=key // 4), 0.0)
    view.arrange(2.0, 10.0)
    segments = list(view.peek(5))
    taken = view.take(5)
    assert [score.segment for _, score in taken] == segments
    assert len(view) == 15
    assert not set(view) & {lead for lead, _ in taken}
    assert len(view.take(50)) == 15
    assert view.take(1) == []
    assert list(view.peek(3)) == []


def test_a_lead_read_anew_has_waited_since_it_was_first_seen() -> None:
    view = View[str]()
    view.add(1, "old", Score(chance=0.1, segment=0), 0.0)
    view.clear(10.0)
    assert len(view) == 0
    view.add(1, "old", Score(chance=0.1, segment=0), 20.0)
    view.add(2, "new", Score(chance=0.9, segment=5), 20.0)
    view.arrange(3.0, PATIENCE_S + 1.0)
    assert [lead for lead, _ in view.take(1)] == ["old"]
    view.clear(None)
    view.add(2, "new", Score(chance=0.9, segment=5), 3 * PATIENCE_S)
    view.add(3, "newer", Score(chance=0.1, segment=0), 3 * PATIENCE_S)
    view.arrange(-9.0, 3 * PATIENCE_S + 1.0)
    assert [lead for lead, _ in view.take(1)] == ["newer"]


def test_rank_forgets_what_is_long_ago() -> None:
    order = experienced([5.0] * 500)
    assert order.rank(0.0) == 0.0
    assert order.rank(5.0) == 0.5
    assert len(list(islice(order.turns([waiting(0.5)], 1.0, 0.0), 9))) == 1
