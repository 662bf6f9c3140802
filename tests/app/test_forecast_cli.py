"""`callcenter campaign forecast`: from arguments, list and history to what it prints."""

import json
from datetime import datetime, timedelta

import pytest

from app import forecasting
from app.forecast_cli import numbers, shares, teams_in
from callcenter.adapters.store import Store
from callcenter.errors import ConfigError
from callcenter.outbound import DncEntry, Lead
from dialer.outlook import Range
from sim import pieces
from tests.app.history import write_day
from tests.app.office import Office


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of ten minutes, in this process: what is forecast is not looked at closely here."""
    monkeypatch.setattr(forecasting, "processors", lambda: 1)
    monkeypatch.setattr(pieces, "SHORTEST_S", 600.0)
    monkeypatch.setattr(pieces, "LONGEST_S", 600.0)


def fill(office: Office, count: int, *, forbidden: int = 0) -> None:
    async def work(store: Store) -> None:
        now = await store.now()
        listed = [f"+1202555{number:04}" for number in range(count)]
        await store.add_leads([Lead(campaign="spring", number=one, next_at=now, created_at=now) for one in listed])
        for one in listed[:forbidden]:
            await store.add_dnc([DncEntry(number=one, reason="asked", since=now)])

    office.store(work)


def ask(office: Office, *options: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(office("campaign", "forecast", "spring", "--seeds", "2", "--json", *options))
    return found


def test_a_new_campaign_is_forecast_from_what_is_assumed(office: Office) -> None:
    office.add()
    said = office("campaign", "forecast", "spring", "--seeds", "2").splitlines()
    assert said[0].startswith("campaign spring: a day of 8 h from ")
    assert said[0].endswith("progressive, cap 3 %")
    assert said[1] == "  answers  25.0 % (13–40) of calls: assumed"
    assert said[2] == "  handling 120 s (68–183): assumed"
    assert said[4].split()[:3] == ["agents", "utilisation", "drops"]
    assert said[5].split()[0] == "1"
    assert "  note     no lead is ready: forecast as if there were always leads" in said
    assert "  note     its only agent" in said


def test_teams_are_compared_and_the_best_told(office: Office) -> None:
    office.add()
    fill(office, 900, forbidden=90)
    said = office("campaign", "forecast", "spring", "--agents", "2..4", "--seeds", "2")
    rows = [line.split()[0] for line in said.splitlines() if line[:1].isdigit()]
    assert rows == ["2", "3", "4"]
    assert "list     900 leads ready; " in said
    assert ", 90 never" in said
    assert "most talks per agent-hour" in said
    found = ask(office, "--agents", "3", "--answer-rate", "40%", "--handle", "30")
    assert found["stock"]["ready"] == 900  # type: ignore[index]
    believed = found["believed"]
    assert believed["answer_rate"] == {"mean": 0.4, "doubt": 0.0, "source": "given", "seen": 0}  # type: ignore[index]
    [team] = found["teams"]  # type: ignore[misc]
    assert team["agents"] == 3
    assert 0 < team["utilisation"]["low"] <= team["utilisation"]["mid"] <= team["utilisation"]["high"] < 1


def test_earlier_attempts_say_more_than_what_is_assumed(office: Office) -> None:
    office.add()

    async def past(store: Store) -> datetime:
        now = await store.now()
        await write_day(store, now - timedelta(days=1), rounds=60)
        return now

    office.store(past)
    found, unknown = ask(office), ask(office, "--no-history")
    answers = found["believed"]["answer_rate"]  # type: ignore[index]
    assert (answers["source"], answers["seen"]) == ("this campaign's attempts", 300)
    assert answers["mean"] == pytest.approx(0.2, abs=0.02)
    handle = found["believed"]["handle_s"]  # type: ignore[index]
    assert handle["mean"] == pytest.approx(75.0, rel=0.1)
    assert found["believed"]["rings_s"] == 8.0  # type: ignore[index]
    assert unknown["believed"]["answer_rate"]["source"] == "assumed"  # type: ignore[index]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--agents", "many"), '--agents: "many" is no team: write 12, or 5..20, at most 2,000'),
        (("--agents", "9..3"), '--agents: "9..3" ends before it begins'),
        (("--agents", "0"), '--agents: "0" is no team: write 12, or 5..20, at most 2,000'),
        (("--answer-rate", "25"), '--answer-rate: "25" is no share: write 3% or 0.03'),
        (("--answer-rate", "0%"), "--answer-rate: must be between 0 and 1, both left out"),
        (("--mode", "psychic"), "pacing mode 'psychic' does not exist: use one of progressive, ratio, predictive"),
    ],
)
def test_what_cannot_be_forecast_is_told_in_one_line(office: Office, options: tuple[str, ...], said: str) -> None:
    office.add()
    assert office.refused("campaign", "forecast", "spring", *options) == said


def test_a_campaign_that_is_none_is_told(office: Office) -> None:
    assert office.refused("campaign", "forecast", "sprung").startswith('there is no campaign "sprung"')


def test_ranges_read_well() -> None:
    assert shares(Range(low=0.812, mid=0.85, high=0.889)) == "85 % (81–89)"
    assert numbers(Range(low=1.0, mid=2.0, high=float("inf"))) == "2 (1–…)"
    assert numbers(Range(low=5.1, mid=5.2, high=5.3)) == "5"
    assert teams_in("3..5") == (3, 4, 5)
    with pytest.raises(ConfigError):
        teams_in("3..")
