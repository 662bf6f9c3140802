"""A campaign's forecast: what the store knows of its list and of earlier calls, and the simulator's word on it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, cast
from zoneinfo import ZoneInfo

from app.campaign_status import zone_of
from app.simulating import in_order, processors
from callcenter.adapters.store import Store
from callcenter.compliance.limits import seen_cap
from callcenter.errors import ConfigError
from callcenter.outbound import AttemptOutcome, Campaign, CampaignKind
from callcenter.settings import Settings
from dialer.forecast import Beliefs, Given, Record, beliefs
from dialer.outlook import Asked, Outlook, Staffing, Stock, Team
from dialer.pacing import make_pacer
from dialer.service.budget import info_of, tightest
from dialer.shifts import wraps_after
from dialer.trunks import TrunkLimits
from dialer.worklist import DAYS, Hours, WorkList, first_open, lawful, today, work_list
from sim.forecast import Setting, draw, staffing, thinned
from sim.pieces import Piece, Plan, Seen, levels, pieces, play_piece

HISTORY: Final = timedelta(days=28)
OWN_ATTEMPTS: Final = 5_000  # newest, of the campaign itself
OTHERS_ATTEMPTS: Final = 1_000  # of each other campaign of its kind
OTHER_CAMPAIGNS: Final = 8
LEADS_SEEN: Final = 1_000
WRAPS: Final = timedelta(hours=2)  # before the last talk: wrap-ups are looked up in these
DEFAULT_TEAM: Final = 10
SHOWN: Final = 7  # teams in a table
LATEST_WRAP: Final = timedelta(minutes=10)
UNANSWERED_RINGS: Final = 0.75  # of the ring timeout, on average over all calls: who answers does so earlier
NEARLY_FULL: Final = 0.85  # of a trunk's channels
AMPLE: Final = TrunkLimits(channels=10_000, calls_per_second=1_000.0)  # a campaign whose trunk is not known here


async def forecast(store: Store, settings: Settings, campaign: Campaign, asked: Asked) -> Outlook:
    """Return what comes of a day of `campaign`; raise ConfigError, StoreError."""
    if campaign.kind is CampaignKind.CALLBACK:
        raise ConfigError(f"{campaign.name}: who is called back has asked for it: there is no list to forecast")
    now = await store.now()
    own, others = await records(store, settings, campaign, now) if asked.history else (Record(attempts=()), {})
    believed = beliefs(own, others, asked.given)
    total, leads = await store.sample_leads(campaign.name, LEADS_SEEN)
    forbidden = await store.dnc_numbers([lead.number for lead in leads], campaign.name)
    start = max(now, asked.start or now)
    opens = await asyncio.to_thread(first_open, campaign, leads, start)
    hours = Hours(start=opens or start, length=timedelta(hours=asked.hours))
    work = await asyncio.to_thread(work_list, campaign, leads, forbidden, total=total, hours=hours)
    hours = replace(hours, length=lawful(work, hours) if leads and opens else hours.length)
    teams, notes = await _teams(store, campaign, asked)
    around = _Around(
        campaign=campaign,
        plan=await _plan(store, campaign, asked, teams, hours),
        believed=believed,
        hours=hours,
        work=work if leads else None,
    )
    ahead, best = await asyncio.to_thread(_reckon, around, asked)
    notes = (*notes, *_full(campaign, around.plan, believed, ahead))
    if not leads:
        notes = (*notes, "no lead is ready: forecast as if there were always leads")
    elif opens is None:
        notes = (*notes, "none of its leads may be called at any time in sight")
    return Outlook(
        campaign=campaign.name,
        mode=around.plan.mode,
        cap=campaign.cap,
        start=hours.start,
        hours=around.plan.hours,
        believed=believed,
        stock=Stock(ready=total, today=today(work), never=work.never, sampled=len(leads)) if leads else None,
        teams=ahead,
        staffing=best,
        notes=notes,
    )


async def before(
    store: Store, settings: Settings, campaign: Campaign, start: datetime, length: timedelta, agents: int
) -> Team:
    """Return what would have been forecast for a team just before `start`, with leads enough for it."""
    own, others = await records(store, settings, campaign, start)
    believed = beliefs(own, others, Given())
    hours = Hours(start=start, length=length)
    # What was left of the budget then is not recorded.
    plan = replace(await _plan(store, campaign, Asked(), (agents,), hours), budget={})
    around = _Around(campaign=campaign, plan=plan, believed=believed, hours=hours, work=None)
    [team], _ = await asyncio.to_thread(_reckon, around, Asked())
    return team


async def records(
    store: Store, settings: Settings, campaign: Campaign, until: datetime
) -> tuple[Record, Mapping[str, Record]]:
    """Return what is recorded of `campaign` and of others of its kind in the weeks before `until`."""
    zone = ZoneInfo(await asyncio.to_thread(zone_of, settings))
    own = await _record(store, campaign.name, until, OWN_ATTEMPTS, zone)
    if len(own.attempts) >= OWN_ATTEMPTS:
        return own, {}
    others = [one for one in await store.campaigns() if one.kind is campaign.kind and one.name != campaign.name]
    others.sort(key=lambda one: one.created_at, reverse=True)
    return own, {
        one.name: await _record(store, one.name, until, OTHERS_ATTEMPTS, zone) for one in others[:OTHER_CAMPAIGNS]
    }


async def _record(store: Store, name: str, until: datetime, most: int, zone: ZoneInfo) -> Record:
    attempts = await store.attempts(name, until - HISTORY, until, most)
    over = [attempt for attempt in attempts if attempt.outcome is not None]
    last = max((one.ended_at for one in over if one.outcome is AttemptOutcome.CONNECTED and one.ended_at), default=None)
    wraps: list[float] = []
    if last is not None:
        talks = {one.call_id for one in over if one.connected_at is not None and one.call_id}
        wraps = wraps_after(await store.agent_changes(None, last - WRAPS, last + LATEST_WRAP), talks)
    return Record(attempts=over, wraps_s=wraps, day_of=lambda at: at.astimezone(zone).date())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """All that is known of a day."""

    campaign: Campaign
    plan: Plan
    believed: Beliefs
    hours: Hours
    work: WorkList | None


def _reckon(around: _Around, asked: Asked) -> tuple[tuple[Team, ...], Staffing]:
    """Play the pieces and reckon the day: seconds of CPU time."""
    asked_for = pieces(around.plan, around.believed)
    played: list[tuple[Piece, Seen]] = list(in_order(play_piece, asked_for, asked.processes or processors()))
    setting = Setting(
        campaign=around.campaign,
        plan=around.plan,
        believed=around.believed,
        levels=levels(around.plan, around.believed, played),
        hours=around.hours,
        work=around.work,
    )
    drawn, teams = draw(around.believed), around.plan.teams
    tried = teams if len(teams) > 1 else range(1, max(2 * DEFAULT_TEAM, 2 * teams[0]) + 1)
    shown = tuple(setting.team(agents, drawn, DAYS) for agents in thinned(teams, SHOWN))
    return shown, staffing(setting, drawn, tried)


def _full(campaign: Campaign, plan: Plan, believed: Beliefs, teams: tuple[Team, ...]) -> Iterator[str]:
    """Say from which team on the trunk is the bottleneck."""
    for team in teams:
        rings_h = (believed.setup_s + plan.ring_timeout_s * UNANSWERED_RINGS) / 3_600
        lines = team.calls_per_hour.mid * rings_h + team.agents * team.utilisation.mid
        if lines > NEARLY_FULL * plan.trunk.channels:
            channels = f"{plan.trunk.channels} channels of trunk {campaign.trunk}"
            yield f"{channels} hold back teams of {team.agents} and more"
            return


async def _teams(store: Store, campaign: Campaign, asked: Asked) -> tuple[tuple[int, ...], tuple[str, ...]]:
    if asked.teams:
        return asked.teams, ()
    needs = frozenset(campaign.skills)
    suit = [
        agent
        for agent in await store.agents()
        if agent.active and campaign.queue in agent.queues and needs <= agent.skills.keys()
    ]
    if not suit:
        return (DEFAULT_TEAM,), (f"no agent serves queue {campaign.queue}: forecast for {DEFAULT_TEAM}",)
    return (len(suit),), (f"all {len(suit)} agents who may take its calls" if len(suit) > 1 else "its only agent",)


async def _plan(store: Store, campaign: Campaign, asked: Asked, teams: tuple[int, ...], hours: Hours) -> Plan:
    window = await tightest(store, campaign, hours.start)
    budget = info_of(campaign, window, max(teams))["budget"]
    trunks = {trunk.name: trunk for trunk in await store.trunks()}
    trunk = trunks.get(campaign.trunk)
    limits = TrunkLimits(channels=trunk.channels, calls_per_second=trunk.calls_per_second) if trunk else AMPLE
    mode = asked.mode or campaign.mode
    make_pacer(mode)
    return Plan(
        mode=mode,
        teams=teams,
        hours=hours.length / timedelta(hours=1),
        cap=seen_cap(campaign.cap, campaign.unseen),
        max_wait_s=campaign.wait_left.total_seconds(),
        ring_timeout_s=campaign.ring.total_seconds(),
        amd=campaign.amd,
        trunk=limits,
        budget=cast(Mapping[str, int], budget),
        pieces=asked.pieces,
    )
