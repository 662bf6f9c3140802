"""What a waiting caller is told, and when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.company import LONG, Told, Wish, announce, prompts_used
from ivr.happenings import Placed

SINCE = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return SINCE + timedelta(seconds=seconds)


def story(news: dict[int, Placed], seconds: int, **wish: Any) -> list[tuple[int, tuple[str, ...]]]:
    """What is said in which second, while news come in."""
    told, latest, said = Told(), Placed(), []
    for second in range(seconds):
        latest = news.get(second, latest)
        now = announce(latest, told, SINCE, after(second), Wish(**wish))
        told = now.told
        if now.prompts:
            said.append((second, now.prompts))
    return said


def test_most_callers_hear_music_only() -> None:
    assert story({0: Placed(position=1)}, 15) == []


def test_a_caller_hears_the_place_then_that_it_got_better() -> None:
    news = {0: Placed(position=4), 20: Placed(position=3), 50: Placed(position=1)}
    assert story(news, 100) == [(15, ("ahead-3",)), (40, ("ahead-2",)), (65, ("ahead-0",))]


def test_a_place_that_does_not_change_is_not_repeated() -> None:
    assert story({0: Placed(position=2)}, 140) == [
        (15, ("ahead-1",)),
        (75, ("still-waiting",)),
        (135, ("still-waiting",)),
    ]


def test_a_place_that_got_worse_is_not_told() -> None:
    news = {0: Placed(position=2), 20: Placed(position=5)}
    assert story(news, 80) == [(15, ("ahead-1",)), (75, ("still-waiting",))]


def test_without_news_a_caller_is_not_forgotten() -> None:
    assert story({}, 80) == [(15, ("still-waiting",)), (75, ("still-waiting",))]


def test_the_estimate_is_a_range_and_never_rises() -> None:
    news = {
        0: Placed(position=9, p50_s=100, p90_s=280),
        20: Placed(position=8, p50_s=150, p90_s=310),
        50: Placed(position=7, p50_s=50, p90_s=119),
    }
    assert story(news, 80) == [
        (15, ("ahead-8", "wait-range", "say-between", "say-2", "say-and", "say-5", "say-minutes")),
        (40, ("ahead-7",)),
        (65, ("ahead-6", "wait-range", "say-between", "say-1", "say-and", "say-2", "say-minutes")),
    ]


def test_a_shorter_wait_is_news_even_in_the_same_place() -> None:
    news = {0: Placed(position=2, p50_s=60, p90_s=240), 20: Placed(position=2, p50_s=30, p90_s=60)}
    assert story(news, 60)[1] == (40, ("wait-within-1",))


@pytest.mark.parametrize(
    ("p50_s", "p90_s", "prompts"),
    [
        (None, 250, ("wait-within-5",)),
        (200, 250, ("wait-within-5",)),
        (400, 250, ("wait-within-5",)),  # what makes no sense is told by its worse end
        (60, 3600, ("wait-long",)),
        (60, None, ()),
        (0, 0, ("wait-within-1",)),
    ],
)
def test_ends_of_the_range(p50_s: float | None, p90_s: float | None, prompts: tuple[str, ...]) -> None:
    said = announce(Placed(position=12, p50_s=p50_s, p90_s=p90_s), Told(), SINCE, after(15), Wish())
    assert said.prompts == ("ahead-many", *prompts)


def test_a_language_without_numbers_hears_the_bound() -> None:
    placed = Placed(p50_s=60, p90_s=250)
    assert announce(placed, Told(), SINCE, after(15), Wish(language="sv")).prompts == ("wait-within-5",)


def test_a_centre_may_keep_place_or_estimate_to_itself() -> None:
    news = {0: Placed(position=3, p50_s=200, p90_s=250)}
    assert story(news, 20, place=False) == [(15, ("wait-within-5",))]
    assert story(news, 20, estimate=False) == [(15, ("ahead-2",))]
    assert story(news, 20, place=False, estimate=False) == [(15, ("still-waiting",))]


def test_nothing_is_said_while_an_agent_is_on_the_way() -> None:
    assert announce(Placed(position=1, reserved=True), Told(), SINCE, after(20), Wish()).prompts == ()


PLACED = st.builds(
    Placed,
    position=st.none() | st.integers(0, 30),
    p50_s=st.none() | st.floats(0, 5_000),
    p90_s=st.none() | st.floats(0, 5_000),
)


@given(news=st.lists(PLACED, min_size=1, max_size=20), language=st.sampled_from(["en", "es", "fr", "sv"]))
def test_what_is_told_never_gets_worse_and_every_prompt_is_known(news: list[Placed], language: str) -> None:
    told, wish = Told(), Wish(language=language)
    for number, placed in enumerate(news):
        said = announce(placed, told, SINCE, after(15 + 30 * number), wish)
        own = [key for key in said.prompts if not key.startswith("say-")]
        assert set(own) <= set(prompts_used(wish))
        assert (said.told.ahead or 0) <= (told.ahead if told.ahead is not None else 30)
        assert (said.told.high or 0) <= (told.high or LONG)
        assert Told.of(said.told.as_variables()) == said.told
        told = said.told


@pytest.mark.parametrize("variables", [{}, {"_told_at": 5}, {"_told_at": "yesterday", "_told_ahead": 1}])
def test_a_damaged_note_is_none(variables: dict[str, Any]) -> None:
    assert Told.of(variables) == Told()
