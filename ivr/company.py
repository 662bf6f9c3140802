"""Keeping a waiting caller company: what to say, and when, between pieces of music. Pure.

Nobody is told anything in the first seconds, since most callers are connected by then. Then their place, again when
it got better, and from time to time a word that they are not forgotten. A place that got worse is not announced, an
estimate is only ever "within": the nine of ten callers' figure, rounded up to one of a few honest steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

FIRST_AFTER: Final = timedelta(seconds=15)  # of the wait
BETTER_AFTER: Final = timedelta(seconds=25)  # since the last announcement, if the place got better
AGAIN_AFTER: Final = timedelta(seconds=60)  # since the last announcement, in any case
QUIET_AFTER_RESERVED: Final = timedelta(seconds=10)  # an agent is reserved: the connect cuts anything off
MOST_AHEAD: Final = 10  # there are prompts ahead-0 … ahead-10
WITHIN_MINUTES: Final = (1, 2, 5, 10, 20)  # there are prompts wait-within-<minutes>


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What the acd last said of a caller: place from 1, seconds until an agent for nine of ten such callers."""

    position: int | None = None
    p90_s: float | None = None
    reserved_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the caller was told last, and when."""

    at: datetime | None = None
    ahead: int | None = None
    within: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Prompts to say now; none: let the music play. `told` is to be passed in the next time."""

    prompts: tuple[str, ...] = ()
    told: Told


def announce(news: News, told: Told, since: datetime, now: datetime) -> Announcement:
    """Decide what a caller who waits since `since` is told at `now`."""
    silent = Announcement(told=told)
    if news.reserved_at is not None and now - news.reserved_at < QUIET_AFTER_RESERVED:
        return silent
    if told.at is None and now - since < FIRST_AFTER:
        return silent
    ahead = None if news.position is None else max(0, news.position - 1)
    better = ahead is not None and (told.ahead is None or ahead < told.ahead)
    if told.at is not None and now - told.at < (BETTER_AFTER if better else AGAIN_AFTER):
        return silent
    if ahead is None or not better:
        return Announcement(prompts=("still-waiting",), told=replace(told, at=now))
    within = _within(news.p90_s)
    say_within = within is not None and (told.within is None or within < told.within)
    return Announcement(
        prompts=(_ahead_prompt(ahead), *((_within_prompt(within),) if within and say_within else ())),
        told=Told(at=now, ahead=ahead, within=within if say_within else told.within),
    )


def prompts_used() -> tuple[str, ...]:
    """Return every prompt that `announce` may say: the catalogue of each language must have them."""
    ahead = tuple(_ahead_prompt(number) for number in range(MOST_AHEAD + 2))
    within = tuple(_within_prompt(minutes) for minutes in (*WITHIN_MINUTES, _LONG))
    return ("still-waiting", *ahead, *within)


def _within(p90_s: float | None) -> int | None:
    if p90_s is None:
        return None
    return next((minutes for minutes in WITHIN_MINUTES if p90_s <= minutes * 60), _LONG)


def _within_prompt(minutes: int) -> str:
    return f"wait-within-{minutes}" if minutes in WITHIN_MINUTES else "wait-long"


def _ahead_prompt(ahead: int) -> str:
    return f"ahead-{ahead}" if ahead <= MOST_AHEAD else "ahead-many"


_LONG: Final = 1_000  # minutes: longer than the last step
