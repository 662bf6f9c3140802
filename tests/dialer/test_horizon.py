"""Until when a campaign may call today: 21:00 where the last of its people live."""

import math
from datetime import UTC, datetime, timedelta

from callcenter.compliance.verdict import Question
from callcenter.outbound import CampaignKind
from dialer.horizon import Tempo, day_end, lawful_until

NOON = datetime(2026, 3, 2, 17, 7, 30, tzinfo=UTC)  # in New York
NEW_YORK = Question(number="+12125550143", kind=CampaignKind.SALES, region="US")
SEATTLE = Question(number="+12065550143", kind=CampaignKind.SALES, region="US")
ASKED = Question(number="+12125550144", kind=CampaignKind.SALES, region="US", consent="form of 2026-01-02")


def test_calls_to_a_number_end_with_its_evening() -> None:
    assert lawful_until(NEW_YORK, NOON) == datetime(2026, 3, 3, 2, 0, tzinfo=UTC)


def test_the_day_ends_where_the_sun_sets_last() -> None:
    assert day_end([NEW_YORK], NOON) == timedelta(hours=8, minutes=52, seconds=30).total_seconds()
    assert day_end([NEW_YORK, SEATTLE], NOON) == timedelta(hours=11, minutes=52, seconds=30).total_seconds()


def test_a_list_of_people_who_may_be_called_at_any_time_has_no_end() -> None:
    assert day_end([NEW_YORK, ASKED], NOON) == math.inf


def test_without_leads_there_is_no_end() -> None:
    assert day_end([], NOON) == math.inf


def test_those_who_may_not_be_called_yet_do_not_count() -> None:
    early = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)  # 9 in New York, 6 in Seattle
    assert day_end([NEW_YORK, SEATTLE], early) == timedelta(hours=12).total_seconds()


def test_a_list_ends_when_its_leads_are_called_at_the_speed_of_the_last_minutes() -> None:
    tempo = Tempo(0.0)
    for t in range(0, 600, 10):
        tempo.note(float(t), 5)
    assert tempo.left_s(600.0, 300) == 300 * 300 / 150


def test_at_first_nobody_can_say_when_a_list_ends() -> None:
    tempo = Tempo(0.0)
    tempo.note(1.0, 50)
    assert tempo.left_s(5.0, 10) == math.inf
    assert tempo.left_s(40.0, 10) == 8.0
    assert Tempo(0.0).left_s(100.0, 10) == math.inf


def test_while_there_is_a_lead_the_list_is_not_at_its_end() -> None:
    tempo = Tempo(0.0)
    tempo.note(50.0, 1_000)
    assert tempo.left_s(60.0, 0) > 0.0
