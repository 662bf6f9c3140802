"""What a waiting caller is told, and when."""

from datetime import UTC, datetime, timedelta

from ivr.company import News, Told, announce

SINCE = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return SINCE + timedelta(seconds=seconds)


def story(news: dict[int, News], seconds: int) -> list[tuple[int, tuple[str, ...]]]:
    """What is said in which second, while news come in."""
    told, latest, said = Told(), News(), []
    for second in range(seconds):
        latest = news.get(second, latest)
        now = announce(latest, told, SINCE, after(second))
        told = now.told
        if now.prompts:
            said.append((second, now.prompts))
    return said


def test_most_callers_hear_music_only() -> None:
    assert story({0: News(position=1)}, 15) == []


def test_a_caller_hears_the_place_then_that_it_got_better() -> None:
    news = {0: News(position=4), 20: News(position=3), 50: News(position=1)}
    assert story(news, 100) == [(15, ("ahead-3",)), (40, ("ahead-2",)), (65, ("ahead-0",))]


def test_a_place_that_does_not_change_is_not_repeated() -> None:
    assert story({0: News(position=2)}, 140) == [
        (15, ("ahead-1",)),
        (75, ("still-waiting",)),
        (135, ("still-waiting",)),
    ]


def test_a_place_that_got_worse_is_not_told() -> None:
    assert story({0: News(position=2), 20: News(position=5)}, 80) == [(15, ("ahead-1",)), (75, ("still-waiting",))]


def test_without_news_a_caller_is_not_forgotten() -> None:
    assert story({}, 80) == [(15, ("still-waiting",)), (75, ("still-waiting",))]


def test_the_estimate_is_a_bound_and_never_rises() -> None:
    news = {0: News(position=9, p90_s=280), 20: News(position=8, p90_s=310), 50: News(position=7, p90_s=119)}
    assert story(news, 80) == [
        (15, ("ahead-8", "wait-within-5")),
        (40, ("ahead-7",)),
        (65, ("ahead-6", "wait-within-2")),
    ]


def test_long_lines_and_long_waits_have_their_words() -> None:
    assert announce(News(position=12, p90_s=3600), Told(), SINCE, after(15)).prompts == ("ahead-many", "wait-long")


def test_nothing_is_said_while_an_agent_is_on_the_way() -> None:
    reserved = News(position=1, reserved_at=after(14))
    assert announce(reserved, Told(), SINCE, after(20)).prompts == ()
    assert announce(reserved, Told(), SINCE, after(25)).prompts == ("ahead-0",)
