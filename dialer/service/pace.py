"""The pacing loop: which campaigns run, what each pacer sees, how many calls it asks for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from callcenter.adapters.store import Store
from callcenter.compliance.limits import seen_cap
from callcenter.errors import ConfigError
from callcenter.outbound import MIN_RING, Campaign, CampaignKind, CampaignState
from callcenter.records import TrunkRecord
from dialer.belonging import Belonging
from dialer.crew import Crew
from dialer.flights import Flights, Paced, calls_now
from dialer.pacing import Pacer, PacingDecision, PacingEvent, PacingSnapshot, make_pacer
from dialer.pacing.cadence import Cadence
from dialer.pacing.picture import CallNow, Terms, take_snapshot
from dialer.service.budget import info_of, tightest
from dialer.service.callbacks import Callbacks
from dialer.service.diary import Diarist
from dialer.service.horizon import Horizon
from dialer.service.placing import Placer
from dialer.sharing import Claim, Turns, share
from dialer.trunks import TrunkLimits

log = logging.getLogger("dialer.pace")

SETTLED: Final = timedelta(seconds=6)  # longer than a picture counts as fresh
LEADS_AHEAD: Final = 10  # in the hopper beyond what is asked for,
LEADS_PER_AGENT: Final = 4  # and so many for each agent who may talk to them: a large team dials many at once


class Pace:
    """`once` looks at everything and places calls; `wait` returns when it is time: once a second, or a pacer wakes.

    `now` is a clock that is never set; what the law looks at is the store's.
    """

    def __init__(self, store: Store, placer: Placer, flights: Flights, crew: Crew, now: Callable[[], datetime]) -> None:
        self._store, self._placer = store, placer
        self._flights, self._crew, self._now = flights, crew, now
        self.legs_on: Callable[[str], int] = lambda trunk: 0  # channels of a trunk in Asterisk, both directions
        self.campaigns: dict[str, Campaign] = {}
        self.decisions: dict[str, PacingDecision] = {}
        self.troubles: dict[str, str] = {}  # campaign -> why it places no calls
        self.callbacks = Callbacks(store, placer, flights, crew)
        self.diarist = Diarist(store, cell=placer.cell)
        self._pacers: dict[str, Pacer] = {}
        self._belonging = Belonging()
        self._horizon = Horizon(store)
        self._turns = Turns()
        self._cadence = Cadence(wake=frozenset())
        self._woken = asyncio.Event()

    def observe(self, paced: Paced) -> None:
        pacer = self._pacers.get(paced.campaign)
        if pacer is not None:
            pacer.observe(paced.event)
            self._note(paced.event.kind)

    def observe_all(self, event: PacingEvent) -> None:
        """An agent's event concerns every campaign."""
        for pacer in self._pacers.values():
            pacer.observe(event)
        self._note(event.kind)

    async def wait(self) -> None:
        """Return when it is time for `once`."""
        while True:
            left = self._cadence.due_at - self._now().timestamp()
            if left <= 0:
                return
            self._woken.clear()
            try:
                async with asyncio.timeout(left):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def once(self, *, standing_still: bool) -> None:
        """Read the campaigns and, unless we stand still, let each pacer decide and do it. Raise StoreError."""
        now = self._now()
        self._cadence.decided(now.timestamp())
        lawful = await self._store.now()
        await self._read_campaigns(now, lawful)
        await self.callbacks.follow(lawful)
        if standing_still:
            return
        # First whom we have promised a call: the agents meant for them are nobody else's.
        held = await self.callbacks.call(self.campaigns, lambda campaign: self._room(campaign, now), now, lawful)
        lists = [c for c in self.campaigns.values() if c.kind is not CampaignKind.CALLBACK]
        running = [c for c in lists if c.state is CampaignState.RUNNING]
        for campaign in running:
            ahead = max(LEADS_AHEAD, LEADS_PER_AGENT * self._crew.suited(campaign))
            hopper = self._placer.hoppers[campaign.name]
            await hopper.fill(campaign, ahead, lawful)
            await self._horizon.look(campaign.name, hopper.questions(campaign), now, lawful)
        # Those that place none any more still need agents for the calls they have in flight.
        others = [c for c in lists if c not in running and self._flights.of(c.name)]
        idle = [agent for agent in self._crew.idle() if agent.id not in held]
        self._belonging.keep(self._crew.present(), {c.name for c in (*running, *others)})
        self._belonging.note(self._on_calls(), {})
        at_work = self._belonging.at_work({agent.id for agent in idle})
        claims = [self._claim(c, at_work[c.name]) for c in running]
        claims += [replace(self._claim(c, at_work[c.name]), most=0) for c in others]
        shares = share(idle, claims)
        self._belonging.note({}, shares)
        for campaign in sorted(running, key=lambda c: (self._turns.of(c.name), c.name)):
            await self._run_campaign(campaign, shares[campaign.name], now, lawful)
        await self._end_drained()

    async def _run_campaign(
        self, campaign: Campaign, counted: Collection[str], now: datetime, lawful: datetime
    ) -> None:
        try:
            snapshot = self._snapshot(campaign, counted, now)
        except ConfigError as error:
            self.troubles[campaign.name] = str(error)
            return
        self.troubles.pop(campaign.name, None)
        decision = self._pacers[campaign.name].decide(snapshot)
        self.decisions[campaign.name] = decision
        placed = 0
        try:
            for attempt in decision.cancel:
                await self._cancel(str(attempt), now)
            wanted = self._placer.allowed(campaign, decision.originate, now)
            if wanted:
                await self._placer.hoppers[campaign.name].fill(campaign, wanted, lawful)
                placed = await self._placer.place(
                    campaign, wanted, now, ready=len(counted) - len(self._unsettled(campaign, now))
                )
                self._turns.placed(self._claim(campaign), placed)
                self._horizon.placed(campaign.name, now, placed)
        finally:
            self.diarist.note(campaign.name, lawful, snapshot, decision, placed)

    async def _cancel(self, attempt: str, now: datetime) -> None:
        """End a call that no agent will be free for, once it has rung for as long as the law asks."""
        flight = self._flights.get(attempt)
        if flight is None or flight.ringing_at is None or flight.answered_at is not None:
            return
        if now - flight.ringing_at < MIN_RING:
            log.error("attempt %s: not cancelled: it has not rung %s yet", attempt, MIN_RING)
            return
        self._flights.cancel(attempt)
        await self._placer.hang_up(flight.gate_channel)

    def told(self, campaign: str) -> str:
        """Return what the pacer of a campaign decided last, or why it places no calls."""
        decision = self.decisions.get(campaign)
        trunk = self.campaigns[campaign].trunk
        if self._placer.carriers[trunk].is_open:
            return f"trunk {trunk} carries no call: one is tried now and then"
        if self.campaigns[campaign].kind is CampaignKind.CALLBACK:
            return self.callbacks.told.get(campaign, "nobody is due")
        return self.troubles.get(campaign) or ("; ".join(decision.reasons) if decision else "not asked yet")

    # ------------------------------------------------------------------------------------------------ campaigns

    async def _read_campaigns(self, now: datetime, lawful: datetime) -> None:
        trunks, campaigns = await self._store.look(_trunks_and_campaigns)
        self._placer.limits = {
            trunk.name: TrunkLimits(channels=trunk.channels, calls_per_second=trunk.calls_per_second)
            for trunk in trunks
        }
        found = {campaign.name: campaign for campaign in campaigns}
        for name, campaign in found.items():
            before = self.campaigns.get(name)
            if before is not None and before.state is not campaign.state:
                log.info("campaign %s: %s", name, campaign.state)
                self._placer.hoppers[name].clear()
                self._horizon.forget(name)
            paced = campaign.kind is not CampaignKind.CALLBACK and campaign.state is CampaignState.RUNNING
            if paced and (name not in self._pacers or _changed(before, campaign)):
                await self._start_pacer(campaign, now, lawful)
        self.campaigns = found
        for name in self._pacers.keys() - found.keys():
            del self._pacers[name]

    async def _start_pacer(self, campaign: Campaign, now: datetime, lawful: datetime) -> None:
        try:
            pacer = make_pacer(campaign.mode)
        except ConfigError as error:
            self.troubles[campaign.name] = str(error)
            return
        agents = self._crew.suited(campaign)
        pacer.start(info_of(campaign, await tightest(self._store, campaign, lawful), agents))
        self._pacers[campaign.name] = pacer
        self._cadence = Cadence(wake=frozenset().union(*(pacer.wake for pacer in self._pacers.values())))
        self._cadence.decided(now.timestamp())

    async def _end_drained(self) -> None:
        for campaign in self.campaigns.values():
            if campaign.state is CampaignState.DRAINING and not self._flights.of(campaign.name):
                open_ones = (await self._store.figures(campaign.name, await self._store.now())).open
                if not sum(open_ones.values()):
                    await self._store.set_campaign_state(campaign.name, CampaignState.ENDED)

    # ------------------------------------------------------------------------------------------------ what pacers see

    def _claim(self, campaign: Campaign, at_work: int = 0) -> Claim:
        return Claim(
            campaign=campaign.name,
            queue=campaign.queue,
            skills=frozenset(campaign.skills),
            in_flight=len(self._calls(campaign, self._now())),
            at_work=at_work,
            weight=campaign.weight,
            most=len(self._placer.hoppers[campaign.name]),
            turn=self._turns.of(campaign.name),
        )

    def _free(self, campaign: Campaign, now: datetime) -> tuple[int, int]:
        """Return how many channels of the campaign's trunk are free, and how many calls its rate allows.

        Raise ConfigError if there is no such trunk.
        """
        trunk = self._placer.trunk(campaign.trunk, now)
        names = {c.name for c in self.campaigns.values() if c.trunk == campaign.trunk}
        # Inbound calls take channels too; a call that was just placed has none yet.
        coming = sum(not flight.leg for name in names for flight in self._flights.of(name))
        return trunk.channels_free(self.legs_on(campaign.trunk) + coming), trunk.calls_free(now.timestamp())

    def _room(self, campaign: Campaign, now: datetime) -> int:
        return min(self._free(campaign, now))

    def _snapshot(self, campaign: Campaign, counted: Collection[str], now: datetime) -> PacingSnapshot:
        """Raise ConfigError if the campaign's trunk does not exist."""
        channels_free, calls_free = self._free(campaign, now)
        hopper = self._placer.hoppers[campaign.name]
        terms = Terms(
            cap=seen_cap(campaign.cap, campaign.unseen),
            day_end=self._horizon.end_of(campaign.name, now),
            max_wait=campaign.wait_left.total_seconds(),
            trunk_free=channels_free,
            cps_free=calls_free,
            peek=hopper.segments,
        )
        flights = self._flights.of(campaign.name)
        coming = self._placer.scoring.coming(flight.attempt for flight in flights if flight.picture is not None)
        hopper.arrange(len(counted) - coming)
        legs = {flight.leg for flight in flights if flight.leg}
        agents = self._crew.seen_by(campaign, counted, legs, self._belonging.works_for)
        return take_snapshot(now.timestamp(), agents, self._calls(campaign, now), terms)

    def _calls(self, campaign: Campaign, now: datetime) -> list[CallNow]:
        """Return the campaign's calls that need an agent.

        Asterisk's word that a person is connected may come before the acd's word that the agent is taken: until
        both are here the call is still counted, or its agent would be counted on twice.
        """
        return calls_now(self._flights.of(campaign.name)) + self._unsettled(campaign, now)

    def _unsettled(self, campaign: Campaign, now: datetime) -> list[CallNow]:
        return [
            CallNow(call=f.attempt, placed=f.placed_at.timestamp(), answered=f.connected_at.timestamp(), live=True)
            for f in self._flights.of(campaign.name)
            if f.connected_at is not None and now - f.connected_at < SETTLED and not self._crew.talks_on(f.leg)
        ]

    def _on_calls(self) -> dict[str, str]:
        """Return agent → campaign of those who are on a call of ours."""
        attempts = {agent: self._flights.attempt_of(leg) for agent, leg in self._crew.talking().items()}
        flights = {agent: self._flights.get(attempt) for agent, attempt in attempts.items() if attempt is not None}
        return {agent: flight.campaign for agent, flight in flights.items() if flight is not None}

    def _note(self, kind: str) -> None:
        self._cadence.note(kind)
        self._woken.set()


async def _trunks_and_campaigns(store: Store) -> tuple[list[TrunkRecord], list[Campaign]]:
    return await store.trunks(), await store.campaigns()


def _changed(before: Campaign | None, now: Campaign) -> bool:
    """Whether the campaign's pacer must begin anew."""
    named = ("mode", "cap", "max_wait", "ring", "amd", "amd_misses", "order")
    return before is not None and any(getattr(before, name) != getattr(now, name) for name in named)
