"""`callcenter campaign replay`: a recorded day beside itself, played again."""

import json
from datetime import UTC, datetime

import pytest

from app import forecasting, replaying
from app.replay_cli import verdict
from callcenter.adapters.store import Store
from dialer.outlook import Range
from sim import pieces
from tests.app.history import write_day
from tests.app.office import Office


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (forecasting, replaying):
        monkeypatch.setattr(module, "processors", lambda: 1)
    monkeypatch.setattr(pieces, "SHORTEST_S", 600.0)
    monkeypatch.setattr(pieces, "LONGEST_S", 600.0)


@pytest.fixture
def lived(office: Office) -> Office:
    """Three hours of one agent on Tuesday, 3 March 2026 from ten o'clock in New York on, and some on Monday."""
    office.add()

    async def past(store: Store) -> None:
        await write_day(store, datetime(2026, 3, 2, 15, tzinfo=UTC), rounds=30)
        await write_day(store, datetime(2026, 3, 3, 15, tzinfo=UTC), rounds=90)

    office.store(past)
    return office


def test_a_day_is_told_as_it_was_and_played_again(lived: Office) -> None:
    said = lived("campaign", "replay", "spring", "2026-03-03", "--seeds", "2", "--pacer", "ratio").splitlines()
    assert said[0] == "campaign spring: Tue 03 Mar 2026, 3.0 h from 10:00"
    was, again, other = said[2:5]
    assert was.startswith("what happened")
    assert " 62.5 % " in was  # 75 s of each two minutes
    assert again.startswith("again, progressive")
    assert other.startswith("again, ratio")
    assert [line.split()[1] for line in said[5:]] == ["utilisation:", "drops:", "talks/agent"]
    assert all(line.endswith((": inside", ": above", ": below")) for line in said[5:])


def test_figures_for_programs_and_another_team(lived: Office) -> None:
    found = json.loads(lived("campaign", "replay", "spring", "2026-03-03", "--agents", "3", "--seeds", "2", "--json"))
    was = found["happened"]
    assert was["agents"] == pytest.approx(1.0, abs=0.01)
    assert was["utilisation"] == pytest.approx(0.625, abs=0.01)
    assert was["calls"] == pytest.approx(450 / 2.97, rel=0.02)
    assert (was["drops"], was["drop_rate"]) == (0.0, 0.0)
    assert [(one["pacer"], one["agents"], len(one["days"])) for one in found["again"]] == [
        ("progressive", None, 2),
        ("progressive", 3, 2),
    ]
    same, three = found["again"]
    assert all(day["agents"] == pytest.approx(1.0, abs=0.01) for day in same["days"])
    assert all(day["agents"] == pytest.approx(3.0) for day in three["days"])
    # One call at a time meets the same people one after the other: no five at once as on that day.
    assert all(0.3 < day["utilisation"] < 0.75 for day in same["days"])
    assert set(found["forecast"]) == {"utilisation", "drop_rate", "talks_per_agent_hour"}


def test_a_day_without_calls_names_the_last_one_with_some(lived: Office) -> None:
    said = lived.refused("campaign", "replay", "spring", "2026-03-09")
    assert said == "campaign spring placed no call on 2026-03-09; the last before was on 2026-03-03"
    assert lived.refused("campaign", "replay", "spring", "2026-02-01") == (
        "campaign spring placed no call on 2026-02-01"
    )


def test_what_is_no_day_and_no_pacer_is_told(lived: Office) -> None:
    assert lived.refused("campaign", "replay", "spring", "friday") == (
        '"friday" is no day: write 2026-11-20, today or yesterday'
    )
    assert lived.refused("campaign", "replay", "spring", "today", "--pacer", "psychic").startswith(
        "there is no pacer 'psychic': use progressive"
    )


def test_a_verdict_says_where_it_lies() -> None:
    span = Range(low=0.7, mid=0.8, high=0.9)
    assert [verdict(span, value) for value in (0.6, 0.7, 0.9, 0.95)] == ["below", "inside", "inside", "above"]
