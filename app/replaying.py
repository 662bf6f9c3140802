"""A recorded day of a campaign, read from the store and played again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.campaign_status import BEGINNING, zone_of
from app.forecasting import AMPLE, before
from app.simulating import in_order, processors
from callcenter.adapters.store import Store
from callcenter.errors import ConfigError
from callcenter.outbound import Campaign
from callcenter.settings import Settings
from dialer.outlook import Team
from dialer.shifts import spans
from dialer.trunks import TrunkLimits
from sim.compare import fresh
from sim.outbound import play
from sim.recorded import Figures, Record, figures_of, happened, record_of, scenario_of

MOST_ATTEMPTS: Final = 200_000
SHIFT: Final = timedelta(hours=16)  # before the day: whoever logged in then is known to be there


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`pacers`: to play the day with; `agents`: instead of those who were there, None: these."""

    day: date
    pacers: tuple[str, ...]
    agents: int | None = None
    seeds: int = 3
    processes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """The day played with one pacer, once for each seed. `agents` None: those who were there."""

    pacer: str
    agents: int | None
    days: tuple[Figures, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """`again`: first with the campaign's own mode and the agents who were there, which tells how far the simulator can
    be believed. `forecast`: what would have been said the evening before; None without agents."""

    campaign: Campaign
    start: datetime
    hours: float
    happened: Figures
    again: tuple[Again, ...]
    forecast: Team | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    record: Record
    trunk: TrunkLimits
    pacer: str
    agents: int | None
    seed: int


async def replay(
    store: Store, settings: Settings, campaign: Campaign, asked: Asked, tell: Callable[[int, int], None]
) -> Replay:
    """Return the day; raise ConfigError if there is none. `tell` is called with days played and days there are."""
    zone = ZoneInfo(await asyncio.to_thread(zone_of, settings))
    since = datetime.combine(asked.day, time(), zone).astimezone(UTC)
    until = datetime.combine(asked.day + timedelta(days=1), time(), zone).astimezone(UTC)
    record = await _record(store, campaign, since, until)
    if record is None:
        raise ConfigError(await _no_calls(store, campaign, asked.day, until, zone))
    trunk = await _trunk(store, campaign)
    was = happened(record)
    asked_for = [(campaign.mode, None), *((pacer, asked.agents) for pacer in asked.pacers)]
    if asked.agents is not None and not asked.pacers:
        asked_for.append((campaign.mode, asked.agents))
    chosen = list(dict.fromkeys(asked_for))
    jobs = [
        _Job(record=record, trunk=trunk, pacer=pacer, agents=agents, seed=seed)
        for pacer, agents in chosen
        for seed in range(1, asked.seeds + 1)
    ]
    played = await asyncio.to_thread(_play_all, jobs, asked.processes or processors(), tell)
    team = round(was.agents)
    hours = timedelta(hours=record.hours)
    return Replay(
        campaign=campaign,
        start=record.start,
        hours=record.hours,
        happened=was,
        again=tuple(
            Again(pacer=pacer, agents=agents, days=tuple(played[place : place + asked.seeds]))
            for place, (pacer, agents) in zip(range(0, len(jobs), asked.seeds), chosen, strict=True)
        ),
        forecast=await before(store, settings, campaign, record.start, hours, team) if team else None,
    )


def day_in(written: str, today: date) -> date:
    """Read a day: `2026-11-20`, `today`, `yesterday`.

    >>> day_in("yesterday", date(2026, 3, 1))
    datetime.date(2026, 2, 28)
    """
    if written in {"today", "yesterday"}:
        return today - timedelta(days=written == "yesterday")
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise ConfigError(f'"{written}" is no day: write 2026-11-20, today or yesterday') from None


def _play_all(jobs: Sequence[_Job], processes: int, tell: Callable[[int, int], None]) -> list[Figures]:
    found = []
    for _, figures in in_order(_play, jobs, processes):
        found.append(figures)
        tell(len(found), len(jobs))
    return found


def _play(job: _Job) -> Figures:
    scenario = scenario_of(job.record, job.seed, job.trunk, job.agents)
    return figures_of(play(scenario, fresh(job.pacer)), job.record.hours)


async def _record(store: Store, campaign: Campaign, since: datetime, until: datetime) -> Record | None:
    attempts = await store.attempts(campaign.name, since, until, MOST_ATTEMPTS)
    changes = await store.agent_changes(None, since - SHIFT, until)
    needs = frozenset(campaign.skills)
    suits = {
        agent.id for agent in await store.agents() if campaign.queue in agent.queues and needs <= agent.skills.keys()
    }
    return record_of(campaign, attempts, spans(changes, since, until), suits)


async def _no_calls(store: Store, campaign: Campaign, day: date, until: datetime, zone: ZoneInfo) -> str:
    last = await store.attempts(campaign.name, BEGINNING, until, 1)
    hint = f"; the last before was on {last[0].reserved_at.astimezone(zone):%Y-%m-%d}" if last else ""
    return f"campaign {campaign.name} placed no call on {day}{hint}"


async def _trunk(store: Store, campaign: Campaign) -> TrunkLimits:
    found = next((trunk for trunk in await store.trunks() if trunk.name == campaign.trunk), None)
    return TrunkLimits(channels=found.channels, calls_per_second=found.calls_per_second) if found else AMPLE
