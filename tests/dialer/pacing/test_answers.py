"""Which calls a person will answer: learnt from calls told by events, foretold by age and stage."""

import random

import numpy as np
import pytest

from dialer.pacing import Kind, PacingEvent
from dialer.pacing.answers import Answers
from dialer.pacing.grid import Grid


def answers(segments: int = 1) -> Answers:
    return Answers(Grid(0.5, 64), 22.0, segments)


def play_calls(learner: Answers, share: float, seconds: int = 900, *, lost: float = 0.0, seg: int = 0) -> None:
    """Two calls a second ring after 2 s; `share` of them a person answers after 4 to 12 s, AMD takes 1 s."""
    rng, flying = random.Random(7), {}
    agenda: list[tuple[float, Kind, int]] = []
    for t in range(seconds):
        for number in (2 * t, 2 * t + 1):
            live = rng.random() < share
            ends = t + 2.0 + (rng.uniform(4.0, 12.0) if live else 22.0)
            flying[number] = (t + 0.0, t + 2.0, ends if live else 1e9, ends + live, seg)
            agenda += [(t, Kind.PLACED, number), (t + 2.0, Kind.RINGING, number)]
            agenda += [(ends, Kind.ANSWERED, number), (ends + 1.0, Kind.LIVE, number)] if live else []
            agenda += [] if live else [(ends, Kind.NO_ANSWER, number)]
        agenda.sort()
        while agenda and agenda[0][0] <= t:
            at, kind, number = agenda.pop(0)
            if rng.random() >= lost:
                learner.log.take(PacingEvent(kind=kind, t=at, call=number, seg=seg))
        calls = {
            number: (placed, rings if rings <= t else -1.0, answered if answered <= t else -1.0, g)
            for number, (placed, rings, answered, over, g) in flying.items()
            if over > t
        }
        flying = {number: flying[number] for number in calls}
        learner.look(float(t), calls)
        if t % 10 == 0:
            learner.refresh()


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_it_learns_how_many_answer(share: float) -> None:
    learner = answers()
    play_calls(learner, share)
    assert learner.rows[0, 0, -1] == pytest.approx(share, rel=0.2)


def test_lost_events_bend_nothing() -> None:
    learner = answers()
    play_calls(learner, 0.3, lost=0.1)
    assert learner.rows[0, 0, -1] == pytest.approx(0.3, rel=0.25)


def test_a_call_that_has_rung_for_long_will_hardly_be_answered() -> None:
    learner = answers()
    play_calls(learner, 0.3)
    fresh, old = learner.rows[0, 0, -1], learner.rows[0, learner.old_row, -1]
    assert old < 0.3 * fresh


def test_segments_differ() -> None:
    learner = answers(segments=2)
    play_calls(learner, 0.1, 400, seg=0)
    other = answers(segments=2)
    play_calls(other, 0.5, 400, seg=1)
    assert learner.rows[0, 0, -1] < 0.2 < other.rows[1, 0, -1]


def test_a_segment_nobody_spoke_of_is_the_first() -> None:
    learner = answers(segments=2)
    learner.look(1.0, {1: (0.0, -1.0, -1.0, 9), 2: (0.0, -1.0, -1.0, -1)})
    assert learner.counts[: learner.width].sum() == 2


def test_few_calls_and_many_are_counted_alike() -> None:
    calls = {n: (0.1 * n, 0.1 * n + 2 if n % 3 else -1.0, 9.0 if n % 7 == 0 else -1.0, n % 2) for n in range(90)}
    few, many = answers(2), answers(2)
    few._sort_few(12.0, calls)
    many._sort_many(12.0, calls)
    assert (few.counts == many.counts).all()
    assert few._heard == many._heard


def test_a_forecast_rises_with_the_time_ahead_and_stays_a_share() -> None:
    learner = answers(2)
    play_calls(learner, 0.4, 120)
    assert (np.diff(learner.rows, axis=2) >= -1e-9).all()
    assert learner.rows.min() >= -1e-9
    assert learner.rows.max() <= 1.0
