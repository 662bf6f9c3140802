"""Campaigns for end-to-end tests: leads, the people behind their numbers, and what became of them."""

from __future__ import annotations

import asyncio
import operator
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from app.demo import centre as demo_centre
from callcenter import dialplan
from callcenter.adapters.ami import AmiAddress
from callcenter.messages import AgentCommand
from callcenter.outbound import (
    NOT_DIALLED,
    Attempt,
    AttemptState,
    Campaign,
    CampaignKind,
    CampaignState,
    Lead,
    LeadState,
)
from callcenter.records import CallRecord
from sim.phones import carrier_log
from sim.phones.demand import lead_number
from sim.phones.people import Outcome, PersonPlan
from sim.phones.phone import Leg
from sim.phones.plans import PhoneCall
from tests.e2e.conftest import TestCentre, eventually

MESSAGE = "/usr/share/callcenter/prompts/en/goodbye"  # any sound will do
CONSENT = "agreed to be called at any time, so that tests pass at any time"
SOON = PersonPlan(number="", outcome=Outcome.ANSWERS, ring_s=0.3, talk_s=1.0)
RINGS = PersonPlan(number="", outcome=Outcome.NO_ANSWER)  # until the test makes them answer
SLACK = timedelta(seconds=1)  # on top of a time that is promised: the machine may be busy
NEW_CALL_S = 10.0  # a campaign is read once a second, and a trunk takes five calls a second


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
        return cls(centre, campaign)

    async def lead(self, plan: PersonPlan = SOON, number: str = "", **changes: object) -> str:
        """Add a lead with a number of its own and the person behind it; return the number. `changes`: of Lead."""
        number = number or self.number()
        self.centre.people[number] = plan
        now = datetime.now(UTC)
        fields: dict[str, object] = {
            "campaign": self.campaign.name,
            "number": number,
            "consent": CONSENT,
            "next_at": now,
            "created_at": now,
        }
        lead = Lead(**{**fields, **changes})  # type: ignore[arg-type]
        assert await self.centre.store.add_leads([lead]) == [True]
        return number

    def number(self) -> str:
        """A number no other test has used, from the range kept for examples in each area code."""
        self.centre.numbers += 1
        return lead_number(self.centre.numbers)

    async def start(self) -> None:
        await self.centre.store.set_campaign_state(self.campaign.name, CampaignState.RUNNING)

    async def pause(self) -> None:
        await self.centre.store.set_campaign_state(self.campaign.name, CampaignState.PAUSED)

    async def drain(self) -> None:
        await self.centre.store.set_campaign_state(self.campaign.name, CampaignState.DRAINING)

    async def state(self) -> CampaignState:
        found = await self.centre.store.campaign(self.campaign.name)
        assert found is not None
        return found.state

    # ---------------------------------------------------------------------------------------------- the ledger's word

    async def attempts(self, number: str = "") -> list[Attempt]:
        """Return the campaign's attempts, oldest first."""
        now = datetime.now(UTC)
        found = await self.centre.store.attempts(self.campaign.name, now - timedelta(hours=1), now + timedelta(1), 1000)
        return [attempt for attempt in reversed(found) if not number or attempt.number == number]

    async def ended(self, number: str, timeout_s: float = 30.0) -> Attempt:
        """Return the one attempt on `number`, closed."""

        async def closed() -> Attempt | None:
            found = await self.attempts(number)
            return found[0] if found and found[0].state is AttemptState.ENDED else None

        attempt = await eventually(closed, timeout_s, f"an attempt on {number} that has ended")
        assert len(await self.attempts(number)) == 1
        return attempt

    async def record(self, attempt: Attempt) -> CallRecord:
        """Return the acd's record of the attempt's call, closed."""

        async def closed() -> CallRecord | None:
            found = await self.centre.store.call(attempt.call_id or "")
            return found if found is not None and found.ended_at is not None else None

        return await eventually(closed, 5, f"a record of the call to {attempt.number}")

    async def row(self, number: str) -> Lead:
        """Return the lead as it is now."""
        (found,) = [lead for lead in await self.centre.store.leads(self.campaign.name) if lead.number == number]
        return found

    async def until_row(self, number: str, condition: Callable[[Lead], object], what: str) -> Lead:
        async def holds() -> Lead | None:
            lead = await self.row(number)
            return lead if condition(lead) else None

        return await eventually(holds, NEW_CALL_S, f"the lead {number} {what}")

    # --------------------------------------------------------------------------------------------- the carrier's word

    def calls(self, *numbers: str) -> list[PhoneCall]:
        """Return the calls to `numbers` that the carrier saw."""
        return [call for call in self.centre.carrier.calls if call.number in numbers]

    async def rings(self, number: str, timeout_s: float = NEW_CALL_S) -> Leg:
        """Return the person's end of the last call to `number`, once it rings."""
        async with asyncio.timeout(timeout_s):
            await self.centre.carrier.until(lambda _: any(c.ringing_at and not c.ended_at for c in self.calls(number)))
        return self.centre.carrier.leg(self.calls(number)[-1])

    async def hears_agent(self, number: str, timeout_s: float = NEW_CALL_S) -> Leg:
        """Return the person's end of the last call to `number`, once they hear an agent."""
        leg = await self.rings(number, timeout_s)
        async with asyncio.timeout(timeout_s):
            await leg.agent_heard()
        return leg


async def staff(centre: TestCentre, *agents: str, leave: Collection[str] = ()) -> None:
    """Make these agents ready and no others, but for those to `leave` as they are; quicker than logging in and out."""
    there = centre.agents.logged_in()
    await asyncio.gather(*(centre.agents.log_in(agent) for agent in agents if agent not in there))
    await pause(centre, *(agent for agent in there if agent not in {*agents, *leave}))
    for agent in agents:
        await centre.until_state(agent, "ready", "wrap-up", "paused")
        if await centre.state(agent) != "ready":
            centre.bus.publish(AgentCommand(agent=agent, action="ready"))
            await centre.until_state(agent, "ready")


async def pause(centre: TestCentre, *agents: str) -> None:
    """Have these agents paused, after their call if they have one."""
    for agent in agents:
        centre.bus.publish(AgentCommand(agent=agent, action="pause"))
    for agent in agents:
        await centre.until_state(agent, "paused")


def ami_address(centre: TestCentre) -> AmiAddress:
    """The manager interface, as the dialer logs in to it."""
    found = centre.box.settings
    return AmiAddress(
        host=found.ami_host, port=found.ami_port, user=dialplan.AMI_DIALER, secret=found.ami_dialer_secret
    )


async def clear_up(centre: TestCentre, *kept: Calling) -> None:
    """End all campaigns but those `kept`, and the calls they have left; a test that failed spoils no other."""
    names = {calling.campaign.name for calling in kept}
    numbers = {lead.number for name in names for lead in await centre.store.leads(name)}
    for campaign in await centre.store.campaigns():
        if campaign.name not in names and campaign.state is not CampaignState.ENDED:
            await centre.store.set_campaign_state(campaign.name, CampaignState.ENDED)
    for call in centre.carrier.calls:
        if call.ended_at is None and call.number not in numbers:
            await centre.carrier.leg(call).hang_up()
    await centre.callers.phone.hang_up_all()


async def dialer_says(centre: TestCentre, words: str, since: datetime) -> None:
    """Return once the dialer has said after `since` that it does what `words` say."""

    async def said() -> bool:
        state = await centre.store.service_state("dialer:main")
        return state is not None and state.seen_at > since and words in state.text

    await eventually(said, 20, f'a dialer that says "{words}"')


async def dialer_session(centre: TestCentre) -> tuple[str, str]:
    """Return when the dialer logged in to Asterisk (epoch seconds), and the file descriptor of that login."""
    shown = await asyncio.to_thread(centre.box.asterisk.exec_cli, "manager show connected")
    pattern = rf"^\s*{dialplan.AMI_DIALER}\s+\S+\s+(\d+)\s+\d+\s+(\d+)\s"
    found = re.search(pattern, shown, re.MULTILINE)
    return (found[1], found[2]) if found else ("", "")


async def give_up_lease(centre: TestCentre, service: str) -> None:
    """Let the lease of a killed service run out at once: a successor need not wait for that."""
    held = await centre.store.lease(f"{service}:main")
    if held is not None:
        await centre.store.release_lease(held.name, held.holder)


def silence_s(leg: Leg) -> float | None:
    """Return how long a person heard nothing after answering, in seconds; None: to the end."""
    assert leg.port is not None
    assert leg.call.answered_at is not None
    if leg.port.first_heard_at is None:
        return None
    return leg.port.first_heard_at - leg.call.answered_at.timestamp()


async def settled(centre: TestCentre) -> None:
    """Return once no attempt is open; fail if a lead is left behind by its attempt."""

    async def nothing_open() -> bool:
        return not await centre.store.open_attempts()

    await eventually(nothing_open, 40, "an end of all attempts")
    for campaign in await centre.store.campaigns():
        assert await centre.store.leads(campaign.name, LeadState.DIALING) == []


async def judge(centre: TestCentre) -> None:
    """Hold everything that campaigns may have sent to the carrier against the ledger and the law.

    Whoever called us while we rang them had their ringing ended at once, and that was ours to do.
    """
    emergency = centre.centre.emergency_numbers  # agents call those, and only their own test lets them
    calls = [call for call in centre.carrier.calls if call.number not in emergency]
    attempts = await every_attempt(centre)
    assert {call.number for call in calls} <= {attempt.number for attempt in attempts}
    assert carrier_log.twice_at_once(calls) == []
    callers = centre.callers.calls
    assert [call for call in carrier_log.gave_up_early(calls) if not _called_us_meanwhile(call, callers)] == []
    campaigns = {campaign.name: campaign for campaign in await centre.store.campaigns()}
    for number, to_one in _by_number(calls):
        ours = [attempt for attempt in attempts if attempt.number == number]
        interval = max(campaigns[attempt.campaign].interval for attempt in ours)
        assert carrier_log.too_soon(to_one, interval) == []
        gates = sorted(attempt.gate_at for attempt in ours if attempt.gate_at is not None)
        assert len(to_one) <= len(gates), f"a call to {number} that passed no gate"
        for call, gate_at in zip(to_one, gates, strict=False):
            assert call.invited_at is not None
            assert gate_at <= call.invited_at, f"{number} was called before the gate let it through"
    counted = [attempt for attempt in attempts if attempt.counted]
    assert len(counted) >= len(calls)
    assert all(attempt.gate_at is None for attempt in attempts if attempt.outcome in NOT_DIALLED)


def _called_us_meanwhile(rung: PhoneCall, callers: Iterable[PhoneCall]) -> bool:
    assert rung.invited_at is not None
    assert rung.cancelled_at is not None
    return any(
        call.caller == rung.number
        and call.invited_at is not None
        and rung.invited_at <= call.invited_at <= rung.cancelled_at
        for call in callers
    )


async def every_attempt(centre: TestCentre) -> list[Attempt]:
    now = datetime.now(UTC)
    found: list[Attempt] = []
    for campaign in await centre.store.campaigns():
        found += await centre.store.attempts(campaign.name, now - timedelta(hours=12), now + timedelta(1), 10_000)
    return found


def _by_number(calls: Sequence[PhoneCall]) -> list[tuple[str, list[PhoneCall]]]:
    number = operator.attrgetter("number")
    return [(key, list(group)) for key, group in groupby(sorted(calls, key=number), key=number)]
