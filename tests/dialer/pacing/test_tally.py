"""Each person is counted once, and as dropped unless we know better."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.pacing import Kind, PacingEvent
from dialer.pacing.tally import FORGET_AFTER_S, Tally


def told(*events: tuple[Kind, int], t: float = 0.0, **budget: int) -> Tally:
    tally = Tally({"budget": budget} if budget else {})
    for kind, call in events:
        tally.take(PacingEvent(kind=kind, t=t, call=call))
    return tally


def test_who_waits_is_no_drop_yet_and_who_waits_no_longer_is() -> None:
    tally = told((Kind.LIVE, 1), (Kind.LIVE, 2), (Kind.CONNECTED, 1))
    assert (tally.live, tally.drops(waiting=1), tally.drops(waiting=0)) == (2, 0, 1)


@pytest.mark.parametrize("kind", [Kind.ABANDONED, Kind.HANGUP])
def test_a_drop_counts_even_if_its_answer_was_lost(kind: Kind) -> None:
    tally = told((kind, 1), (kind, 1), (Kind.LIVE, 1))
    assert (tally.live, tally.drops(waiting=0)) == (1, 1)


def test_machines_and_calls_without_answer_do_not_count() -> None:
    tally = told((Kind.PLACED, 1), (Kind.ANSWERED, 1), (Kind.MACHINE, 1), (Kind.NO_ANSWER, 2), (Kind.BUSY, 3))
    assert (tally.live, tally.drops(waiting=0)) == (0, 0)


def test_the_end_of_a_talk_stands_in_for_a_lost_connection() -> None:
    assert told((Kind.LIVE, 1), (Kind.TALK_END, 1)).drops(waiting=0) == 0


def test_a_talk_that_began_before_us_is_not_counted_when_it_ends() -> None:
    tally = told((Kind.TALK_END, 7), live=10, drops=2)
    assert (tally.live, tally.drops(waiting=0)) == (10, 2)


def test_people_waiting_whom_we_were_not_told_of_hide_no_drop() -> None:
    assert told(live=10, drops=2).drops(waiting=5) == 2


def test_the_first_to_tell_a_fate_is_news() -> None:
    tally = Tally({})
    events = [Kind.LIVE, Kind.CONNECTED, Kind.CONNECTED, Kind.LIVE, Kind.TALK_END, Kind.TALK_END]
    assert [tally.take(PacingEvent(kind=kind, t=0, call=1)) for kind in events] == [
        None,
        Kind.CONNECTED,
        None,
        None,
        None,
        None,
    ]


def test_long_talks_are_remembered_and_what_is_over_is_forgotten() -> None:
    tally = told((Kind.LIVE, 1), (Kind.CONNECTED, 1), (Kind.HANGUP, 2))
    tally.forget(now=10 * FORGET_AFTER_S)
    tally.take(PacingEvent(kind=Kind.LIVE, t=0, call=1))
    assert tally.live == 2
    tally.take(PacingEvent(kind=Kind.LIVE, t=0, call=2))  # as if it were another call
    assert tally.live == 3


@given(st.integers(0, 2**32), st.integers(0, 40), st.integers(0, 40))
def test_order_and_repetition_do_not_matter(seed: int, connected: int, dropped: int) -> None:
    rng = random.Random(seed)
    events = [(Kind.LIVE, call) for call in range(connected + dropped)]
    events += [(Kind.CONNECTED, call) for call in range(connected)]
    events += [(Kind.ABANDONED, connected + call) for call in range(dropped)]
    events += rng.choices(events, k=20) if events else []
    rng.shuffle(events)
    tally = told(*events)
    assert (tally.live, tally.drops(waiting=0)) == (connected + dropped, dropped)


@given(st.integers(0, 2**32))
def test_lost_events_hide_no_drop_that_was_told(seed: int) -> None:
    rng = random.Random(seed)
    fates = [rng.choice([Kind.CONNECTED, Kind.ABANDONED]) for _ in range(50)]
    kept = [(kind, call) for call, fate in enumerate(fates) for kind in (Kind.LIVE, fate) if rng.random() > 0.2]
    dropped_and_heard_of = {call for kind, call in kept if fates[call] == Kind.ABANDONED}
    assert told(*kept).drops(waiting=0) >= len(dropped_and_heard_of)
