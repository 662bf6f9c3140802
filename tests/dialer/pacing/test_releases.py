"""When agents will be free, learnt from snapshots of running and ended talks."""

import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dialer.pacing.grid import Grid
from dialer.pacing.releases import TALK_EDGES, Releases, Stay


def look(releases: Releases, t: float, **agents: dict[Any, float]) -> Any:
    seen = {"talking": {}, "wrapping": {}, "idle": {}, **agents}
    return releases.look(SimpleNamespace(t=t, **seen), frozenset())  # type: ignore[arg-type]


def learnt(mean_s: float, agents: int = 40, seconds: int = 2_000) -> Stay:
    """Talks of exponential length, each followed at once by the next."""
    rng, stay = random.Random(4), Stay(TALK_EDGES, 90.0)
    since = dict.fromkeys(range(agents), 0.0)
    ends = {agent: rng.expovariate(1 / mean_s) for agent in since}
    for t in range(1, seconds):
        for agent, end in ends.items():
            if end <= t:
                stay.end(end - since[agent])
                since[agent], ends[agent] = end, end + rng.expovariate(1 / mean_s)
        stay.spend(stay.count(float(t), since), 1.0)
    stay.refresh()
    return stay


@pytest.mark.parametrize("mean_s", [30.0, 200.0])
def test_talks_of_exponential_length_end_as_they_must(mean_s: float) -> None:
    rows = learnt(mean_s).over_within(np.array([10.0, 30.0]))
    for row in (rows[3], rows[15], rows[-1]):  # whatever their age
        assert row == pytest.approx(1 - np.exp(-np.array([10.0, 30.0]) / mean_s), rel=0.3)


def test_talks_that_run_on_make_the_forecast_longer_before_one_has_ended() -> None:
    releases = Releases(Grid(0.5, 64), 2.0)
    before = releases.rows[20, 10]
    for t in range(1, 200):
        look(releases, float(t), talking=dict.fromkeys(range(10), 0.0))
    releases.refresh()
    assert releases.rows[20, 10] < 0.5 * before


def test_talks_begun_and_agents_lost_are_counted_from_snapshots() -> None:
    releases = Releases(Grid(0.5, 64), 2.0)
    look(releases, 1.0, talking={"old": 0.0})
    look(releases, 2.0, talking={"old": 0.0, "a": 1.5})
    look(releases, 3.0, wrapping={"a": 2.5}, talking={"old": 0.0})
    assert releases.connected == 1  # what ran before the first look is none of ours
    before = releases.coming_back
    look(releases, 4.0, talking={"old": 0.0})  # "a" is gone and nowhere to be seen
    assert releases.coming_back < before


def test_agents_who_leave_are_not_among_those_counted() -> None:
    releases = Releases(Grid(0.5, 64), 2.0)
    seen = SimpleNamespace(t=20.0, talking={"a": 0.0, "b": 10.0}, wrapping={"c": 19.0}, idle={})
    assert releases.look(seen, frozenset({"b", "c"})).sum() == 1  # type: ignore[arg-type]


def test_a_forecast_rises_with_the_time_ahead_and_stays_a_share() -> None:
    rows = Releases(Grid(0.5, 64), 2.0).rows
    assert (np.diff(rows, axis=1) >= -1e-12).all()
    assert rows.min() >= 0.0
    assert rows.max() <= 1.0
