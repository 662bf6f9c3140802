"""What a drop may cost now: the budget in counts, how it is spread over what is left of the day, the price. Pure.

The price is the highest risk at which a call is still placed: a Lagrange multiplier, constant while all goes as
foretold, so that each drop of the budget is spent where it buys most.

- **Target.** c = (cap × (people so far + to come) - drops so far - drops foretold of calls in flight - a cushion) ÷
  people to come of calls not yet placed: the share of drops they may have. It is renewed at each decision: what was
  spent too much is taken back evenly over the rest of the day, what was not spent is used. The cushion is one
  standard deviation of the drops to come: a little is kept for the end of the day, where bad luck is not made good.
- **Price** = level × c. The level begins where it is in the end for teams of 3 to 300, caps of 1 to 5 % and answers
  from 10 to 50 % alike (within a factor of 1.5), and moves slowly with c ÷ the foretold share of drops of the calls
  placed; the forecast of drops is corrected by what really happened, and that of people by how many came.
- **Landing.** Nothing is risked while one more burst of drops could not be made good before the day ends, were it as
  bad as the worst of the last hour, counting only on the people who come if calls are placed one for each agent; and
  the drops foretold of all calls in flight stay a third of what can be spared.
- **So far.** Drops beyond the cap are taken back among the next 5,000 people, if the day is not over before: a large
  team stays near the cap all day long, should its day end sooner than foretold.
- **Hour.** The drops of an hour are steered below 1.45 × cap.
- **Carried in.** What was spent too much earlier in the legal window is paid back today. What was saved is not spent:
  each day stays below the cap by itself, so it does not matter where the law lets the window begin.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

FIRST_LEVEL: Final = 1.5  # price over target
LEVELS: Final = (0.1, 10.0)
MOST_PRICE: Final = 0.5
GAIN: Final = 0.012  # change of the log level for each person foretold, at a foretold share that is far off
LARGEST_STEP: Final = 0.5
PRIOR_DROPS: Final = 8.0  # drops of weight that the forecast of drops is right
MEMORY_DROPS: Final = 200.0
PRIOR_PEOPLE: Final = 50.0  # and people, that as many answer as were foretold when their calls were placed
PAYBACK_PEOPLE: Final = 5_000  # among so many people what was spent too much is taken back
USUAL_HANDLE_S: Final = 150.0  # from one call to the next, before anything is known
SURE_SHARE: Final = 0.85  # of the people to come even with one call for each agent, those who may be counted on
MARGIN: Final = 2.5  # standard deviations of the drops in flight that are kept in reserve
DROPS_SPREAD: Final = 1.5  # variance of drops over their mean: they come in bunches
ONE_DROP: Final = 1.2  # and a burst more: what can be spared must be more than that
LAST_SHARE: Final = 0.12  # and so many standard deviations of the drops of the day
BURST_S: Final = 30.0
BURST_SHARE: Final = 0.5  # what a burst teaches: the next one comes when less is risked
BURST_HALF_LIFE_S: Final = 3_600.0
USUAL_BURST: Final = (2.0, 4.0)  # drops within BURST_S that are no burst: so many, and so many for each `burst`
SPENT_AT_ONCE: Final = 3.0
MOST_TARGET: Final = 1.4  # times the cap: what was saved is spent, but not in a rush
LAST_S: Final = 15.0  # calls placed so shortly before the end help no agent any more
LONGEST_DAY_S: Final = 86_400.0
HOUR_S: Final = 3_600.0
HOUR_CAP: Final = 1.45  # times the cap
HOUR_LEAST: Final = 200  # people; an hour with fewer says nothing
MINUTE_S: Final = 60.0
SOON_S: Final = 300.0
RATE_MEMORY_S: Final = 900.0
RATE_PRIOR_S: Final = 180.0  # what is usual weighs as much as so long a time of the day itself


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known at an instant: `live` people and `drops` since the start, `lives_coming` and `drops_coming`
    foretold of calls in flight, `burst`: how many drops may come at once; `agents` at work, `engaged`: how many of them
    are talking or in wrap-up, and the calls in flight."""

    t: float
    cap: float
    day_end: float
    live: int
    drops: float
    lives_coming: float
    drops_coming: float
    burst: float
    agents: int
    engaged: int


@dataclass(frozen=True, slots=True)
class Budget:
    """Where the campaign stands: `live` people and `drops` of the legal window; `target`: share of drops that calls
    placed now may have; `price`: highest risk of a call; `freely`: nothing but target and level made the price;
    `why`: what bounds it."""

    live: int
    drops: float
    target: float
    price: float
    freely: bool
    why: str


class Price:
    """Keeps the books. `info` as in `Pacer.start`."""

    def __init__(self, info: Mapping[str, Any]) -> None:
        budget = info.get("budget") or {}
        self._before = (max(0, int(budget.get("live", 0))), max(0, int(budget.get("drops", 0))))
        self._level = FIRST_LEVEL
        self._foretold = self._happened = PRIOR_DROPS
        self._expected = 0.0  # people foretold of calls when they were placed
        self._came = self._came_before = 0.0  # people who came or may still come; before any were foretold
        self._counted = 0.0
        self._hour: deque[tuple[float, int, float]] = deque()  # by the minute: when, people, drops so far
        self._rate: float | None = None  # people who answer in a second
        self._recent: deque[tuple[float, float]] = deque()  # drops so far, within BURST_S
        self._worst_burst = (
            0.0,
            0.0,
        )  # when, and drops within BURST_S beyond what is usual: seen once, it may come again
        self._engaged = 0.0  # agents busy and calls in flight, on average
        self._began, self._rated = 0.0, (0.0, 0)

    @property
    def correction(self) -> float:
        """Drops seen for each that was foretold."""
        return self._happened / self._foretold

    @property
    def fewer(self) -> float:
        """People foretold of the calls placed for each who came or may still come: calls that ring long are ended."""
        came = self._came - self._came_before
        return max(1.0, (PRIOR_PEOPLE + self._expected) / (PRIOR_PEOPLE + came))

    def budget(self, now: Standing) -> Budget:
        """Return where we stand and what a call may risk."""
        self._count(now)
        live, drops = self._before[0] + now.live, self._before[1] + now.drops
        coming = max(0.0, now.drops_coming) * self.correction
        left = self._to_come(now)
        debt = max(0.0, self._before[1] - now.cap * self._before[0])
        spent = now.drops + coming + MARGIN * math.sqrt(coming * (1.0 + now.burst))
        reserve = spent + debt
        people = now.live + now.lives_coming
        kept = ONE_DROP + now.burst + self._worst_burst[1] + LAST_SHARE * math.sqrt(now.cap * (people + left))
        spare = now.cap * (people + self._sure(now) * left) - reserve - kept
        cushion = math.sqrt(DROPS_SPREAD * now.cap * left)
        free = now.cap * (people + left) - reserve - cushion
        target, why = min(MOST_TARGET * now.cap, free / max(1.0, left)), "the budget of the day"
        for most, reason in self._bounds(now, spent - now.cap * people, coming):
            if most < target:
                target, why = most, reason
        if spare <= 0.0 or now.t > now.day_end - LAST_S:
            target, why = 0.0, "the end of the day" if spare > 0.0 else "drops that could not be made good again"
        target = max(0.0, target)
        at_most = spare / (SPENT_AT_ONCE * max(1.0, now.lives_coming, 0.05 * now.agents))
        price = min(MOST_PRICE, self._level * target)
        if 0.0 < at_most < price:
            return Budget(live, drops, target, at_most, False, "what can be spared at once")
        return Budget(live, drops, target, price, True, why)

    def placed(self, lives: float, risk: float, budget: Budget) -> None:
        """Calls were placed that foretell so many people, at this mean risk."""
        if not self._expected:
            self._came_before = self._came
        self._expected += lives
        self._foretold += lives * risk
        if budget.target > 0.0 and budget.freely:
            step = GAIN * lives * (1.0 - self.correction * self.fewer * risk / budget.target)
            level = self._level * math.exp(max(-LARGEST_STEP, min(LARGEST_STEP, step)))
            self._level = min(LEVELS[1], max(LEVELS[0], level))

    def _count(self, now: Standing) -> None:
        """Compare what happened with what was foretold, and keep the hour."""
        if not self._hour:
            self._began, self._rated = now.t, (now.t, now.live)
            self._hour.append((now.t, now.live, now.drops))
        self._came = now.live + now.lives_coming
        self._happened += max(0.0, now.drops - self._counted)
        self._counted = max(self._counted, now.drops)
        self._watch_bursts(now)
        if self._foretold > MEMORY_DROPS:
            self._happened *= MEMORY_DROPS / self._foretold
            self._foretold = MEMORY_DROPS
        if now.t >= self._hour[-1][0] + MINUTE_S:
            self._hour.append((now.t, now.live, now.drops))
            while len(self._hour) > 1 and self._hour[1][0] <= now.t - HOUR_S + SOON_S:
                self._hour.popleft()
            self._measure(now)

    def _watch_bursts(self, now: Standing) -> None:
        """Remember the worst burst of drops."""
        self._recent.append((now.t, now.drops))
        while self._recent[0][0] < now.t - BURST_S:
            self._recent.popleft()
        usual, for_each = USUAL_BURST
        burst = BURST_SHARE * (now.drops - self._recent[0][1] - usual - for_each * now.burst)
        since, worst = self._worst_burst
        worst *= 0.5 ** (max(0.0, now.t - since) / BURST_HALF_LIFE_S)
        self._worst_burst = (now.t, max(worst, burst))

    def _measure(self, now: Standing) -> None:
        """Follow how many people answer in a second."""
        at, live = self._rated
        keep = math.exp((at - now.t) / min(RATE_MEMORY_S, now.t - self._began + RATE_PRIOR_S))
        before = now.agents / USUAL_HANDLE_S if self._rate is None else self._rate
        self._rate = keep * before + (1.0 - keep) * (now.live - live) / (now.t - at)
        self._rated = (now.t, now.live)
        self._engaged = keep * self._engaged + (1.0 - keep) * now.engaged

    def _sure(self, now: Standing) -> float:
        """Return the share of the people to come who come even if no drop is risked any more.

        Progressive dialing has one agent or call in flight for each agent. Agents and calls stay in proportion, so
        there are as many fewer people as there are fewer of both.
        """
        return SURE_SHARE * min(1.0, now.agents / max(1.0, self._engaged, 0.5 * now.engaged))

    def _to_come(self, now: Standing) -> float:
        """Return the people to come of calls not placed yet."""
        rate = now.agents / USUAL_HANDLE_S if self._rate is None else self._rate
        left_s = min(LONGEST_DAY_S, max(0.0, now.day_end - now.t))
        return max(0.0, left_s * rate - (now.lives_coming if left_s < MINUTE_S else 0.0))

    def _bounds(self, now: Standing, over: float, coming: float) -> Iterator[tuple[float, str]]:
        """Yield what bounds the target besides the budget of the day, with the reason; `over`: drops above the cap."""
        yield self._hourly(now, coming), "the drops of the last hour"
        if over > 0.0:
            yield now.cap - over / PAYBACK_PEOPLE, "what was spent too much"

    def _hourly(self, now: Standing, coming: float) -> float:
        """Return the share of drops that keeps the hour that ends in five minutes within its cap."""
        _, live, drops = self._hour[0]
        live, drops = now.live - live, now.drops - drops + coming
        if live < HOUR_LEAST:
            return math.inf
        soon = SOON_S * (self._rate or 0.0)
        return (HOUR_CAP * now.cap * (live + soon) - drops) / max(1.0, soon)
