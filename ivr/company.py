"""Keeping a waiting caller company: what of their place is told, and when. Pure; the rules behind a place node.

Nobody is told anything in the first seconds, since most callers are connected by then. Then their place, again when
it got better, and from time to time a word that they are not forgotten. What got worse is not announced. An estimate is
a range, half of such callers to nine of ten, both rounded up to one of a few honest steps; it is told anew only when it
got shorter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from ivr.expressions import Value
from ivr.happenings import Placed
from ivr.saying import between_minutes

FIRST_AFTER: Final = timedelta(seconds=15)  # of the wait
BETTER_AFTER: Final = timedelta(seconds=25)  # since the last announcement, if the place got better
AGAIN_AFTER: Final = timedelta(seconds=60)  # since the last announcement, in any case
MOST_AHEAD: Final = 10  # there are prompts ahead-0 … ahead-10
STEPS: Final = (1, 2, 5, 10, 20)  # minutes; there are prompts wait-within-<minutes>
LONG: Final = 1_000  # minutes: longer than the last step

NOT_FORGOTTEN: Final = "still-waiting"
RANGE: Final = "wait-range"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the caller was told last, and when: how many are ahead, from how many minutes (0: at most) to how many."""

    at: datetime | None = None
    ahead: int | None = None
    low: int | None = None
    high: int | None = None

    def as_variables(self) -> dict[str, Value]:
        """Return it as variables of the flow, by names that no author can give."""
        at = self.at.isoformat() if self.at else None
        return {"_told_at": at, "_told_ahead": self.ahead, "_told_low": self.low, "_told_high": self.high}

    @classmethod
    def of(cls, variables: Mapping[str, Value]) -> Self:
        """Return what `as_variables` noted; nothing if there is none, or it is damaged."""
        numbers = {name: variables.get(f"_told_{name}") for name in ("ahead", "low", "high")}
        try:
            at = datetime.fromisoformat(str(variables.get("_told_at")))
        except ValueError:
            return cls()
        return cls(at=at, **{name: value for name, value in numbers.items() if type(value) is int})


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Prompts to say now; none: let the music play. `told` is to be passed in the next time."""

    prompts: tuple[str, ...] = ()
    told: Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be told at all, and in which language."""

    language: str = "en"
    place: bool = True
    estimate: bool = True


def announce(placed: Placed, told: Told, since: datetime, now: datetime, wish: Wish) -> Announcement:
    """Decide what a caller who waits since `since` is told at `now`."""
    silent = Announcement(told=told)
    if placed.reserved or (told.at is None and now - since < FIRST_AFTER):
        return silent
    news, after = _news(placed, told, wish)
    if told.at is not None and now - told.at < (BETTER_AFTER if news else AGAIN_AFTER):
        return silent
    return Announcement(prompts=news or (NOT_FORGOTTEN,), told=replace(after, at=now))


def prompts_used(wish: Wish) -> tuple[str, ...]:
    """Return every prompt that `announce` may say, but for those that numbers are put together from."""
    ahead = tuple(_ahead_prompt(number) for number in range(MOST_AHEAD + 2)) if wish.place else ()
    within = (*(_within_prompt(minutes) for minutes in (*STEPS, LONG)), RANGE) if wish.estimate else ()
    return (NOT_FORGOTTEN, *ahead, *within)


def _news(placed: Placed, told: Told, wish: Wish) -> tuple[tuple[str, ...], Told]:
    """Return what got better since `told`, in prompts, and what is then told."""
    prompts: tuple[str, ...] = ()
    ahead = None if placed.position is None else max(0, placed.position - 1)
    if wish.place and ahead is not None and (told.ahead is None or ahead < told.ahead):
        prompts, told = (_ahead_prompt(ahead),), replace(told, ahead=ahead)
    low, high = _step(placed.p50_s), _step(placed.p90_s)
    if wish.estimate and high is not None:
        low = high if low is None else min(low, high)
        if told.high is None or told.low is None or (high, low) < (told.high, told.low):
            prompts = (*prompts, *_range(low, high, wish.language))
            told = replace(told, low=low, high=high)
    return prompts, told


def _step(seconds: float | None) -> int | None:
    if seconds is None:
        return None
    return next((minutes for minutes in STEPS if seconds <= minutes * 60), LONG)


def _range(low: int, high: int, language: str) -> tuple[str, ...]:
    if high in {low, LONG}:
        return (_within_prompt(high),)
    try:
        return (RANGE, *between_minutes(low, high, language))
    except ValueError:  # a language without words for numbers
        return (_within_prompt(high),)


def _within_prompt(minutes: int) -> str:
    return f"wait-within-{minutes}" if minutes in STEPS else "wait-long"


def _ahead_prompt(ahead: int) -> str:
    return f"ahead-{ahead}" if ahead <= MOST_AHEAD else "ahead-many"
