"""A campaign's forecast: what comes of its day, before it is launched."""

from __future__ import annotations

import math
from typing import Final

from desk.access import SUPERVISORS
from desk.contract import Call, Reply, Route
from desk.failures import Refused
from desk.models.forecasts import (
    BeliefShown,
    ForecastAsked,
    ForecastShown,
    RangeShown,
    StaffingShown,
    StockShown,
    TeamShown,
)
from desk.service.campaigns import CAMPAIGN
from dialer.forecast import Belief, Given
from dialer.outlook import HIGH_Z, Asked, Outlook, Range, Team


async def forecast(call: Call) -> Reply:
    asked: ForecastAsked = call.query
    found = await call.desk.campaigns.existing(call.path["campaign"])
    outlook = await call.desk.campaigns.forecast(found, asked_of(asked))
    return Reply(answer=shown(outlook))


def asked_of(asked: ForecastAsked) -> Asked:
    """Return what is asked; raise Refused for a range that ends before it begins."""
    low = asked.agents
    high = low if asked.agents_to is None else asked.agents_to
    if (low is None and high is not None) or (low is not None and high is not None and high < low):
        raise Refused(422, "invalid", "agents_to needs agents, and is no smaller")
    return Asked(
        teams=() if low is None or high is None else tuple(range(low, high + 1)),
        hours=asked.hours,
        given=Given(answer_rate=asked.answer_rate, handle_s=asked.handle_s),
        mode=asked.mode or "",
        history=asked.history,
    )


def shown(outlook: Outlook) -> ForecastShown:
    """Return the forecast as the API tells it."""
    believed, stock = outlook.believed, outlook.stock
    return ForecastShown(
        campaign=outlook.campaign,
        mode=outlook.mode,
        cap=outlook.cap,
        start=outlook.start,
        hours=outlook.hours,
        answer_rate=_belief(believed.answer_rate),
        handle_s=_belief(believed.handle_s),
        rings_s=believed.rings_s,
        times=believed.times,
        stock=None if stock is None else StockShown.model_validate(stock),
        teams=[_team(team) for team in outlook.teams],
        staffing=StaffingShown.model_validate(outlook.staffing),
        notes=list(outlook.notes),
    )


def _team(team: Team) -> TeamShown:
    return TeamShown(
        agents=team.agents,
        utilisation=_range(team.utilisation),
        drop_rate=_range(team.drop_rate),
        calls_per_hour=_range(team.calls_per_hour),
        connects_per_hour=_range(team.connects_per_hour),
        connects=_range(team.connects),
        connects_per_agent_hour=_range(team.connects_per_agent_hour),
        runs_dry=team.runs_dry,
        dry_after_h=None if team.dry_after_h is None else _range(team.dry_after_h),
        keeps_up=team.keeps_up,
        used_up_days=None if team.used_up_days is None else _range(team.used_up_days),
    )


def _range(of: Range) -> RangeShown:
    return RangeShown(low=of.low, mid=of.mid, high=of.high if math.isfinite(of.high) else None)


def _belief(of: Belief) -> BeliefShown:
    return BeliefShown(mean=of.mean, low=of.at(-HIGH_Z), high=of.at(HIGH_Z), source=of.source, seen=of.seen)


ROUTES: Final = (
    Route(
        method="GET",
        path=f"{CAMPAIGN}/forecast",
        summary="What comes of a day before it is launched: utilisation, drops, how long the list lasts, the best team",
        tag="campaigns",
        handler=forecast,
        roles=SUPERVISORS,
        query=ForecastAsked,
        answer=ForecastShown,
        errors=(422,),
    ),
)
