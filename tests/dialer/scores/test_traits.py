"""What is known of a lead, in words: the hour where they live, how they were tried, their number, their row."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.outbound import AttemptOutcome, Lead
from dialer.scores.traits import MOST_TRIES, traits_of

MONDAY = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)  # half past twelve in New York
HOUR = timedelta(hours=1)
FRESH = Lead(campaign="spring", number="+12125550143", next_at=MONDAY, created_at=MONDAY - timedelta(days=3))
TRIED = replace(FRESH, tries=2, last_outcome=AttemptOutcome.BUSY, next_at=MONDAY - HOUR)


def traits(lead: Lead, at: datetime = MONDAY) -> tuple[str, ...]:
    return traits_of(lead, at, 4 * HOUR)


def test_a_fresh_lead_in_words() -> None:
    assert traits(FRESH) == (
        "Monday",
        "working day, 12 h",
        "working day, noon, fixed line or mobile",
        "tried 0 times",
        "on the list for 2 days",
        "number: fixed line or mobile",
        "numbers +1212…",
    )


def test_the_hour_is_that_of_the_called_person() -> None:
    assert "working day, 9 h" in traits(replace(FRESH, number="+13105550143"))  # Los Angeles
    assert "weekend, 12 h" in traits(FRESH, MONDAY + timedelta(days=5))
    moved = replace(FRESH, number="+18005550143", time_zone="Pacific/Honolulu")
    assert "working day, 7 h" in traits(moved)


def test_history_is_told_by_how_often_how_and_how_long_ago() -> None:
    assert {"tried 2 times", "tried 2 times, last busy", "last busy, 4 h ago"} <= set(traits(TRIED))
    assert f"tried {MOST_TRIES} or more times" in traits(replace(TRIED, tries=9))
    same = replace(TRIED, next_at=MONDAY - timedelta(hours=20))
    assert "last busy, at the same time of day" in traits(same)
    assert "last busy, at the same time of day" not in traits(TRIED)


def test_the_network_is_told_where_the_number_plan_tells_it() -> None:
    french = traits(replace(FRESH, number="+33612345678"))
    assert {"number: mobile", "network: SFR", "numbers +3361…"} <= set(french)


@pytest.mark.parametrize(
    ("written", "told"),
    [("0.25", 26), ("25", 26), ("25 %", 26), ("0.9", 90), ("100", 99), ("0", 1), ("good", None), ("", None)],
)
def test_a_score_of_the_list_is_read_as_a_chance(written: str, told: int | None) -> None:
    found = [trait for trait in traits(replace(FRESH, data={"Score": written})) if trait.startswith("the list")]
    assert len(found) == (told is not None)
    if told is not None:
        assert abs(float(found[0].split()[-2]) - told) <= 8


def test_row_and_odd_numbers_do_no_harm() -> None:
    odd = traits(replace(FRESH, number="12", language="fr", priority=3, time_zone=""))
    assert {"language fr", "priority 3", "number: other number"} <= set(odd)
