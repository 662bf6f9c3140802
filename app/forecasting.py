"""A campaign's forecast: what the store knows of its list and of earlier calls, and the simulator's word on it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.campaign_status import zone_of
from app.simulating import in_order, processors
from callcenter.adapters.store import Store
from callcenter.compliance.limits import drop_rules
from callcenter.errors import ConfigError
from callcenter.outbound import Attempt, AttemptOutcome, Campaign, CampaignKind
from callcenter.settings import Settings
from dialer.forecast import Beliefs, Given, Record, beliefs
from dialer.outlook import Outlook, Staffing, Stock
from dialer.trunks import TrunkLimits
from dialer.worklist import STEP, Hours, WorkList, first_open, work_list
from dialer.wraps import wraps_after
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
DAYS_AHEAD: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked. `teams`: sizes, empty: the agents who serve the campaign; `start`: not before then, None: now.

    `history` False: as for a campaign that nobody has called for yet. `processes` 0: one per processor.
    """

    teams: tuple[int, ...] = ()
    hours: float = 8.0
    given: Given = Given()
    mode: str = ""
    pieces: int = 6
    history: bool = True
    start: datetime | None = None
    processes: int = 0


async def forecast(store: Store, settings: Settings, campaign: Campaign, asked: Asked) -> Outlook:
    """Return what comes of a day of `campaign`; raise ConfigError, StoreError."""
    if campaign.kind is CampaignKind.CALLBACK:
        raise ConfigError(f"{campaign.name}: calls back are made when somebody asked for one; there is no list to forecast")
    now = await store.now()
    own, others = await records(store, settings, campaign, now) if asked.history else (Record(attempts=()), {})
    believed = beliefs(own, others, asked.given, amd=campaign.amd)
    total, leads = await store.sample_leads(campaign.name, LEADS_SEEN)
    forbidden = await store.dnc_numbers([lead.number for lead in leads], campaign.name)
    start = max(now, asked.start or now)
    opens = await asyncio.to_thread(first_open, campaign, leads, start)
    hours = Hours(start=opens or start, length=timedelta(hours=asked.hours))
    work = await asyncio.to_thread(work_list, campaign, leads, forbidden, total=total, hours=hours)
    hours = Hours(start=hours.start, length=lawful(work, hours) if leads else hours.length)
    teams, notes = await _teams(store, campaign, asked)
    plan = Plan(
        mode=asked.mode or campaign.mode,
        teams=teams,
        hours=hours.length / timedelta(hours=1),
        cap=campaign.cap,
        max_wait_s=campaign.max_wait.total_seconds(),
        ring_timeout_s=campaign.ring.total_seconds(),
        amd=campaign.amd,
        trunk=await _trunk(store, campaign),
        budget=await _budget(store, campaign, start),
        pieces=asked.pieces,
    )
    around = _Around(campaign=campaign, plan=plan, believed=believed, hours=hours, work=work if leads else None)
    ahead, best = await asyncio.to_thread(_reckon, around, asked)
    stock = Stock(ready=total, today=today(work), never=work.never, sampled=len(leads)) if leads else None
    if not leads:
        notes = (*notes, "no lead is ready: forecast as if there were always leads")
    elif opens is None:
        notes = (*notes, "no lead may be called at any time in sight")
    return Outlook(
        campaign=campaign.name,
        mode=plan.mode,
        cap=plan.cap,
        start=hours.start,
        hours=plan.hours,
        believed=believed,
        stock=stock,
        teams=ahead,
        staffing=best,
        notes=notes,
    )
