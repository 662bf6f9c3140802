"""What a drop may cost now: the budget in counts, how it is spread over what is left of the day, the price. Pure.

The price is the highest risk at which a call is still placed. It is that of a Lagrange multiplier: constant while all
goes as foretold, so that each drop of the budget is spent where it buys most.

- **Target.** c = (cap × (people so far + to come) - drops so far - drops foretold of calls in flight - a margin) ÷
  people to come of calls not yet placed: the share of drops they may have. It is renewed at each decision, so what was
  spent too much is taken back evenly over the rest of the day, and what was not spent is used.
- **Price.** log price += gain × (c - foretold share of drops) for each person foretold of the calls placed, and the
  price is scaled with c. The foretold share is corrected by what really happened: drops seen ÷ drops foretold.
- **Brakes.** Nothing is risked while one more drop could not be made good again before the day ends, nor while the
  drops of an hour are too many.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

FIRST_PRICE: Final = 0.1  # at a cap of 3 %; in proportion at others
LEAST_PRICE: Final = 0.002
MOST_PRICE: Final = 0.6
GAIN: Final = 0.4
PRIOR_DROPS: Final = 8.0  # drops of weight that the forecast of drops is right
MEMORY_DROPS: Final = 200.0
USUAL_HANDLE_S: Final = 150.0  # from one call to the next, before anything is known
SURE_SHARE: Final = 0.6  # of the people to come, those who may be counted on
MARGIN: Final = 1.5  # standard deviations of the drops in flight that are kept in reserve
MOST_TARGET: Final = 2.0  # times the cap: what was saved is spent, but not in a rush
HOUR_S: Final = 3_600.0
HOUR_CAP: Final = 1.5  # times the cap: most drops of an hour
HOUR_LEAST: Final = 200  # people; an hour with fewer says nothing
MINUTE_S: Final = 60.0
RATE_MEMORY_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class Budget:
    """Where the campaign stands; `target`: share of drops that calls placed now may have, 0: nothing to risk.

    `live`, `drops`: people in the legal window, and those of them dropped. `left`: people to come of calls not placed
    yet. `why`: what made the target what it is.
    """

    live: int
    drops: float
    left: float
    target: float
    why: str


class Price:
    """Keeps the books. `info` as in `Pacer.start`."""

    def __init__(self, info: Mapping[str, Any]) -> None:
        budget = info.get("budget") or {}
        self._before = (max(0, int(budget.get("live", 0))), max(0, int(budget.get("drops", 0))))
        self._log_price = math.log(FIRST_PRICE)
        self._foretold = self._happened = PRIOR_DROPS
        self._counted = 0.0
        self._hour: deque[tuple[float, int, float]] = deque()  # by the minute: when, people, drops so far
        self._begun: float | None = None
        self._rate: float | None = None
        self._rated = (0.0, 0)

    def budget(self, now: Standing) -> Budget:
        """Return where we stand."""
        self._count(now)
        live, drops = self._before[0] + now.live, self._before[1] + now.drops
        left = self._to_come(now)
        reserve = MARGIN * math.sqrt(now.drops_coming * (1.0 + now.burst)) + now.drops_coming
        sure = now.cap * (live + now.lives_coming + SURE_SHARE * left) - drops - reserve
        free = now.cap * (live + now.lives_coming + left) - drops - reserve
        target = min(MOST_TARGET * now.cap, free / max(1.0, left))
        why = "the budget"
        if sure < 1.0:
            target, why = 0.0, "one more drop could not be made good again"
        hourly = self._hourly(now)
        if hourly < target:
            target, why = hourly, "the drops of the last hour"
        return Budget(live, drops, left, max(0.0, target), why)

    def price(self, budget: Budget, cap: float) -> float:
        """Return the highest risk at which a call may be placed."""
        if budget.target <= 0.0 or cap <= 0.0:
            return 0.0
        return min(MOST_PRICE, math.exp(self._log_price) * budget.target / 0.03)

    @property
    def correction(self) -> float:
        """Drops seen for each that was foretold."""
        return self._happened / self._foretold

    def placed(self, lives: float, risk: float, budget: Budget) -> None:
        """Calls were placed that foretell so many people, at this mean risk."""
        self._foretold += lives * risk
        if budget.target > 0.0:
            step = GAIN * lives * (budget.target - self.correction * risk)
            log_price = self._log_price + max(-0.5, min(0.5, step))
            self._log_price = min(math.log(MOST_PRICE), max(math.log(LEAST_PRICE), log_price))

    def _count(self, now: Standing) -> None:
        """Compare what happened with what was foretold, and keep the hour."""
        if self._begun is None:
            self._begun = now.t
            self._rated = (now.t, now.live)
            self._hour.append((now.t, 0, 0.0))
        self._happened += max(0.0, now.drops - self._counted)
        self._counted = max(self._counted, now.drops)
        if self._foretold > MEMORY_DROPS:
            self._happened *= MEMORY_DROPS / self._foretold
            self._foretold = MEMORY_DROPS
        if now.t >= self._hour[-1][0] + MINUTE_S:
            self._hour.append((now.t, now.live, now.drops))
            while len(self._hour) > 1 and self._hour[1][0] <= now.t - HOUR_S + 5 * MINUTE_S:
                self._hour.popleft()
            self._measure(now)

    def _measure(self, now: Standing) -> None:
        """Follow how many people answer in a second."""
        at, live = self._rated
        seconds = now.t - at
        keep = math.exp(-seconds / RATE_MEMORY_S)
        rate = (now.live - live) / seconds
        usual = now.agents / USUAL_HANDLE_S
        self._rate = rate * (1 - keep) + keep * (usual if self._rate is None else self._rate)
        self._rated = (now.t, now.live)

    def _to_come(self, now: Standing) -> float:
        rate = now.agents / USUAL_HANDLE_S if self._rate is None else self._rate
        return max(0.0, (now.day_end - now.t) * rate - now.lives_coming * (now.day_end - now.t < 60.0))

    def _hourly(self, now: Standing) -> float:
        """Return the share of drops that keeps the hour that ends in five minutes within its cap."""
        _, live, drops = self._hour[0]
        live, drops = now.live - live, now.drops - drops + now.drops_coming
        soon = 5 * MINUTE_S * (self._rate or 0.0)
        if live < HOUR_LEAST:
            return math.inf
        return (HOUR_CAP * now.cap * (live + soon) - drops) / max(1.0, soon)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known at an instant: `live` people and `drops` since the start, `lives_coming` and `drops_coming` foretold
    of calls in flight, `burst`: how many drops come at once; `agents` at work."""

    t: float
    cap: float
    day_end: float
    live: int
    drops: float
    lives_coming: float
    drops_coming: float
    burst: float
    agents: int
