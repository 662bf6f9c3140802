"""Campaigns for end-to-end tests: leads, the people behind their numbers, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.demo import centre as demo_centre
from callcenter.outbound import Attempt, AttemptState, Campaign, CampaignKind, CampaignState, Lead
from sim.phones.people import Outcome, PersonPlan
from tests.e2e.conftest import TestCentre, eventually

MESSAGE = "/usr/share/callcenter/prompts/en/goodbye"  # any sound will do
CONSENT = "agreed to be called at any time, so that tests pass at any time"
SOON = PersonPlan(number="", outcome=Outcome.ANSWERS, ring_s=0.3, talk_s=1.0)


@dataclass(slots=True)
class Calling:
    """One campaign under test. Its leads are called as soon as `start` is."""

    centre: TestCentre
    campaign: Campaign

    @classmethod
    async def prepare(cls, centre: TestCentre, **changes: object) -> Calling:
        """A paused campaign for queue sales; `changes`: fields of Campaign."""
        centre.numbers += 1
        fields: dict[str, object] = {
            "name": f"test-{centre.numbers}",
            "title": "Test",
            "kind": CampaignKind.SALES,
            "queue": "sales",
            "trunk": "demo",
            "caller_id": demo_centre.DID,
            "region": "US",
            "company": "Example Ltd",
            "callback": demo_centre.DID,
            "message": MESSAGE,
            "created_at": datetime.now(UTC),
        }
        campaign = Campaign(**{**fields, **changes})  # type: ignore[arg-type]
        await centre.store.put_campaign(campaign)
        await centre.dialer_up()
        return cls(centre, campaign)

    async def lead(self, plan: PersonPlan = SOON, *, consent: str = CONSENT, number: str = "", zone: str = "") -> str:
        """Add a lead with a number of its own and the person behind it; return the number."""
        number = number or self.number()
        self.centre.people[number] = plan
        now = datetime.now(UTC)
        lead = Lead(
            campaign=self.campaign.name, number=number, consent=consent, time_zone=zone, next_at=now, created_at=now
        )
        assert await self.centre.store.add_leads([lead]) == [True]
        return number

    def number(self) -> str:
        """A number no other test has used, from the range kept for examples in each area code."""
        self.centre.numbers += 1
        area = demo_centre.LEAD_AREAS[self.centre.numbers // 100 % len(demo_centre.LEAD_AREAS)]
        return f"+1{area}55501{self.centre.numbers % 100:02}"

    async def start(self) -> None:
        await self.centre.store.set_campaign_state(self.campaign.name, CampaignState.RUNNING)

    async def stop(self) -> None:
        await self.centre.store.set_campaign_state(self.campaign.name, CampaignState.ENDED)

    async def attempts(self, number: str = "") -> list[Attempt]:
        now = datetime.now(UTC)
        found = await self.centre.store.attempts(self.campaign.name, now - timedelta(hours=1), now + timedelta(1), 1000)
        return [attempt for attempt in found if not number or attempt.number == number]

    async def ended(self, number: str, timeout_s: float = 30.0) -> Attempt:
        """Return the one attempt on `number`, closed."""

        async def closed() -> Attempt | None:
            found = await self.attempts(number)
            return found[0] if found and found[0].state is AttemptState.ENDED else None

        return await eventually(closed, timeout_s, f"an attempt on {number} that has ended")
