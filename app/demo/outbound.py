"""The demo's campaigns: set up, shown, brought to an end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from app.demo import centre
from app.messages import put_message
from callcenter.adapters.store import Store
from callcenter.outbound import Attempt, CampaignState
from dialer.pacing.picture import Stage
from dialer.service import Dialer
from sim.phones.people import Habits, PlanOf, Spread, people

ATTEMPTS_READ: Final = 100_000
# People answer and talk as quickly as the demo's callers do, so that a minute shows something.
HABITS: Final = Habits(ring=Spread(median_s=5.0, sigma=0.4), talk=Spread(median_s=12.0, sigma=0.4), opt_out=0.1)


def who_answers(seed: int) -> PlanOf:
    numbers = [lead.number for name in ("sales", "collections") for lead in centre.leads(name, datetime.now(UTC))]
    return people(numbers, seed, HABITS)


async def start(store: Store, rendered: Path) -> None:
    """Put the campaigns with their leads and messages, and let them run."""
    now = datetime.now(UTC)
    for campaign in centre.campaigns(now):
        message = await asyncio.to_thread(put_message, rendered, campaign)
        await store.put_campaign(replace(campaign, message=message))
        await store.add_leads(centre.leads(campaign.name, now))
        await store.set_campaign_state(campaign.name, CampaignState.RUNNING)


async def stop(store: Store) -> None:
    """No new calls."""
    for campaign in await store.campaigns():
        await store.set_campaign_state(campaign.name, CampaignState.ENDED)


async def attempts(store: Store) -> list[Attempt]:
    """Return all attempts of the demo."""
    now = datetime.now(UTC)
    found: list[Attempt] = []
    for campaign in await store.campaigns():
        found += await store.attempts(
            campaign.name, campaign.created_at - timedelta(minutes=1), now + timedelta(days=1), ATTEMPTS_READ
        )
    return found


def lines(dialer: Dialer | None) -> Sequence[str]:
    """What the campaigns do now, a line each."""
    if dialer is None:
        return ()
    told = []
    for name in sorted(dialer.pace.campaigns):
        flights = dialer.flights.of(name)
        stages = [flight.picture.stage for flight in flights if flight.picture is not None]
        talking = sum(flight.connected_at is not None for flight in flights)
        counts = ", ".join(f"{stages.count(stage)} {stage}" for stage in Stage)
        told.append(f"campaign {name}: {counts}, {talking} talking")
    return told
