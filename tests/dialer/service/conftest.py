"""A store on SQLite with a clock that tests set, a running campaign, and an Asterisk that notes what it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callcenter.adapters.store import Store
from callcenter.outbound import Campaign, CampaignKind, CampaignState, Lead
from tests.doubles_ami import FakeAmi

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # in New York
CAMPAIGN = Campaign(
    name="spring",
    title="Spring offer",
    kind=CampaignKind.SALES,
    queue="sales",
    trunk="main",
    caller_id="+12025550100",
    region="US",
    company="Example Ltd",
    callback="+12025550100",
    message="/messages/spring",
    state=CampaignState.RUNNING,
    created_at=NOON,
)
NEW_YORK = "+12125550143"


class ClockedStore(Store):
    """A store whose time is `at`."""

    at: datetime = NOON

    async def now(self) -> datetime:
        return self.at


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ClockedStore]:
    async with await ClockedStore.open(f"sqlite:///{tmp_path}/callcenter.db") as opened:
        await opened.migrate()
        await opened.put_campaign(CAMPAIGN)
        assert isinstance(opened, ClockedStore)
        yield opened


@pytest.fixture
async def asterisk() -> AsyncIterator[FakeAmi]:
    async with FakeAmi() as fake:
        yield fake


async def lead_of(store: Store, number: str = NEW_YORK, **changes: object) -> Lead:
    """Add a lead of the campaign and return it as stored."""
    new = replace(
        Lead(campaign=CAMPAIGN.name, number=number, next_at=NOON, created_at=NOON),
        **changes,  # type: ignore[arg-type]
    )
    assert await store.add_leads([new]) == [True]
    return next(lead for lead in await store.leads(CAMPAIGN.name) if lead.number == number)
