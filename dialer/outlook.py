"""A campaign's day before it begins, as it is told: ranges of what may come of it, team by team. Frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from dialer.forecast import Beliefs, Given

HIGH_Z: Final = 1.2816  # the 90th of a hundred, in standard deviations from the middle


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked. `teams`: sizes, empty: the agents who serve the campaign; `start`: not before then, None: now.

    `history` False: as for a campaign that nobody has called for yet. `processes` 0: one per processor.
    """

    teams: tuple[int, ...] = ()
    hours: float = 8.0
    given: Given = field(default_factory=Given)
    mode: str = ""
    pieces: int = 6
    history: bool = True
    start: datetime | None = None
    processes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Eight of ten days lie between `low` and `high` (10th and 90th of a hundred), half of all below `mid`."""

    low: float
    mid: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """What comes of the day with so many agents.

    - `utilisation`: share of their time that they talk or wrap up, the time without leads counted.
    - `connects`: talks of the whole day; per hour and agent-hour likewise.
    - `runs_dry`: how likely the list has too few leads due at some time of the day; `dry_after_h`: hours until then,
      None if that is unlikely; the high end is inf where it may not happen.
    - `keeps_up`: how likely hardly a lead that may be called is left due at the end of the day.
    - `used_up_days`: days until no lead is left for another try, None if that is beyond the horizon.
    """

    agents: int
    utilisation: Range
    drop_rate: Range
    calls_per_hour: Range
    connects_per_hour: Range
    connects: Range
    connects_per_agent_hour: Range
    dry_after_h: Range | None
    runs_dry: float
    keeps_up: float
    used_up_days: Range | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """The leads. `ready`: not done; of them `today`: may be called on this day; `never`: nobody may call them.

    `sampled`: how many of them were looked at, all if that is `ready`.
    """

    ready: int
    today: float
    never: float
    sampled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """The best team among those asked for. Each None if there is none.

    `keeps_up`: the smallest that leaves hardly a lead due at the end of the day, eight times of ten; `most_connects`:
    the one with most talks per agent-hour.
    """

    keeps_up: int | None
    most_connects: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The forecast. `start`: from when calls are lawful, `hours`: how long agents work from then on.

    `stock` None: without a list, as if there were always leads. `notes`: what was not looked at, or hardly meant.
    """

    campaign: str
    mode: str
    cap: float
    start: datetime
    hours: float
    believed: Beliefs
    stock: Stock | None
    teams: tuple[Team, ...]
    staffing: Staffing
    notes: tuple[str, ...]
