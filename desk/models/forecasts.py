"""A campaign's forecast: what is asked, and the ranges that are answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from desk.models.common import Answer, Asked
from dialer.forecast import Origin

Agents = Annotated[int, Field(ge=1, le=2_000)]


class ForecastAsked(Asked):
    """`agents` to `agents_to`: the teams; left out, all who serve its queue. `history` false: as for a new campaign.

    `answer_rate` (a fraction) and `handle_s`: where you know better than the records.
    """

    agents: Agents | None = None
    agents_to: Agents | None = None
    hours: float = Field(8.0, ge=0.5, le=16)
    answer_rate: float | None = Field(None, gt=0, lt=1)
    handle_s: float | None = Field(None, ge=1, le=7_200)
    mode: Literal["progressive", "ratio", "predictive"] | None = None
    history: bool = True


class RangeShown(Answer):
    """Eight of ten days lie between `low` and `high`, half of all below `mid`. null: beyond the horizon."""

    low: float
    mid: float
    high: float | None


class BeliefShown(Answer):
    """What is believed of the calls on that day, where it comes from, and how many observations say so."""

    mean: float
    low: float
    high: float
    source: Origin
    seen: int


class StockShown(Answer):
    """`ready` leads are not done; `today` of them may be called that day, `never` at no time."""

    ready: int
    today: float
    never: float
    sampled: int


class TeamShown(Answer):
    """What comes of the day with so many agents; shares as fractions.

    `runs_dry`: how likely too few leads are due at some time, `dry_after_h`: after so many hours; `keeps_up`: how
    likely hardly a lead that may be called is left at the end; `used_up_days`: until no lead is left for another try.
    """

    agents: int
    utilisation: RangeShown
    drop_rate: RangeShown
    calls_per_hour: RangeShown
    connects_per_hour: RangeShown
    connects: RangeShown
    connects_per_agent_hour: RangeShown
    runs_dry: float
    dry_after_h: RangeShown | None
    keeps_up: float
    used_up_days: RangeShown | None


class StaffingShown(Answer):
    """Of the teams asked for: the smallest that calls all that is due by the end of the day, in eight of ten days, and
    the one with most talks per agent-hour (the smallest within 1 %); null: none."""

    keeps_up: int | None
    most_connects: int | None


class ForecastShown(Answer):
    """`start`: from when calls are lawful; `stock` null: no lead is ready, forecast as if there were always leads."""

    campaign: str
    mode: str
    cap: float
    start: datetime
    hours: float
    answer_rate: BeliefShown
    handle_s: BeliefShown
    rings_s: float
    times: Origin
    stock: StockShown | None
    teams: list[TeamShown]
    staffing: StaffingShown
    notes: list[str]
