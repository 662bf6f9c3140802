"""Calls back: what became of those under way, and whom to call now. `dialer.callbacks` decides.

A callback is claimed and its lead made READY in one transaction; from there on it is a lead like any other, called
through the ledger and the gate. What becomes of it is the ledger's to say: the callback follows its lead. So whoever
dies in between leaves nothing behind that the next look does not put right.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from callcenter.adapters.store import Store
from callcenter.care import Callback, CallbackResult, CallbackState, Notice
from callcenter.errors import ConfigError
from callcenter.outbound import Campaign, CampaignState, Lead
from callcenter.records import TrunkRecord
from dialer.callbacks import (
    Choice,
    Heads,
    Line,
    Place,
    campaign_name,
    campaign_of,
    choose,
    lead_of,
    result_of,
    trunk_for,
)
from dialer.crew import Crew
from dialer.flights import Flight, Flights
from dialer.service.placing import Placer

log = logging.getLogger("dialer.callbacks")

NoticesOf = Callable[[Callback, str, datetime], Sequence[Notice]]

LOOKED_AT: Final = 200  # of those due, the first ones: more than there are agents
SETTLED: Final = timedelta(seconds=6)  # Asterisk's word that they talk may be that much older than the acd's
TIDY_EVERY: Final = timedelta(seconds=10)
NO_TRUNK: Final = "no trunk has a caller_id to show that is a number of a country: `callcenter trunk add`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the store says, at one time: callbacks due and being called, with the leads of these, by callback."""

    due: Sequence[Callback] = ()
    dialing: Sequence[Callback] = ()
    leads: Mapping[str, Lead]
    queues: Collection[str] = ()
    trunks: Sequence[TrunkRecord] = ()


class Callbacks:
    """`follow` what became of calls, then `call` who is next. `room`: how many calls a campaign's trunk takes now."""

    def __init__(self, store: Store, placer: Placer, flights: Flights, crew: Crew) -> None:
        self._store, self._placer, self._flights, self._crew = store, placer, flights, crew
        self._heads = Heads()
        self._seen = Seen(leads={})
        self._tidied_at: datetime | None = None
        self.notices: NoticesOf = lambda callback, reason, at: ()  # of one that is given up
        self.told: dict[str, str] = {}  # campaign -> what was decided, or why nobody is called

    async def follow(self, now: datetime) -> None:
        """Look at the store, at `now` by its own clock, and bring callbacks in line with their leads.

        Raise StoreError.
        """
        self._seen = seen = await self._store.look(lambda store: _look(store, now))
        results = [result_of(callback, seen.leads.get(callback.id), now) for callback in seen.dialing]
        for callback, result in zip(seen.dialing, results, strict=True):
            if result is not None:
                await self._finish(callback, result)
        await self._silence({callback.attempt for callback in seen.dialing})
        if self._tidied_at is None or not timedelta() <= now - self._tidied_at < TIDY_EVERY:
            self._tidied_at = now
            await self._store.end_left_leads()

    async def call(
        self,
        campaigns: Mapping[str, Campaign],
        room: Callable[[Campaign], int],
        now: datetime,
        lawful: datetime,
    ) -> frozenset[str]:
        """Call who is next at `now` (of a clock that is never set); return the ready agents who are counted on for it.

        Raise StoreError.
        """
        self.told = {}
        due = [callback for callback in self._seen.due if await self._can_be_called(callback, campaigns, lawful)]
        choice = self._choose(due, now)
        by_id = {callback.id: callback for callback in due}
        for name in {campaign_name(callback.queue) for callback in due}:
            chosen = [by_id[one] for one in choice.call if campaign_name(by_id[one].queue) == name]
            try:
                # Asked even if nobody is chosen: a trunk that is first asked has no call to give yet.
                wanted = min(room(campaigns[name]), len(chosen))
            except ConfigError as error:
                self.told[name] = str(error)
                continue
            await self._place(campaigns[name], chosen[: self._placer.allowed(campaigns[name], wanted, now)], now)
        return choice.held

    # ----------------------------------------------------------------------------------------------- what became of it

    async def _finish(self, callback: Callback, result: CallbackResult) -> None:
        """Write what came of a claim, and all that follows from it, or nothing."""
        failed = result.state is CallbackState.FAILED
        notices = self.notices(callback, result.reason, result.at) if failed else ()

        async def steps(store: Store) -> bool:
            if not await store.finish_callback(result):
                return False
            if result.state is CallbackState.DONE:
                await store.cancel_callbacks([callback.number], callback.queue, "was called for another", result.at)
            await store.put_notices(notices)
            return True

        if await self._store.together(steps):
            level = logging.WARNING if failed else logging.INFO
            log.log(level, "callback %s, queue %s: %s: %s", callback.id, callback.queue, result.state, result.reason)

    async def _silence(self, claimed: Collection[str | None]) -> None:
        """End calls that ring for a callback that is not wanted any more."""
        for flight in self._flights:
            if flight.requested and flight.answered_at is None and flight.leg and flight.attempt not in claimed:
                log.info("attempt %s: ended while it rang: not wanted any more", flight.attempt)
                self._flights.cancel(flight.attempt)
                await self._placer.hang_up(flight.gate_channel)

    # ----------------------------------------------------------------------------------------------- whom to call

    async def _can_be_called(self, callback: Callback, campaigns: Mapping[str, Campaign], lawful: datetime) -> bool:
        if callback.queue not in self._seen.queues:
            await self._give_up(callback, f'there is no queue "{callback.queue}" any more', lawful)
            return False
        campaign = campaigns.get(campaign_name(callback.queue))
        if campaign is None:
            await self._begin(callback.queue, lawful)
            return False  # from the next look on
        return campaign.state is CampaignState.RUNNING

    async def _begin(self, queue: str, now: datetime) -> None:
        trunk = trunk_for(self._seen.trunks)
        if trunk is None:
            log.error("nobody who asked for it in queue %s is called back: %s", queue, NO_TRUNK)
            return
        if await self._store.put_campaign(campaign_of(queue, trunk, now)):
            log.info("calls back of queue %s go over trunk %s and show %s", queue, trunk.name, trunk.caller_id)

    async def _give_up(self, callback: Callback, reason: str, now: datetime) -> None:
        attempt = uuid4().hex  # of no call: a claim is what may say how it ended
        claimed = await self._store.claim_callback(callback.id, attempt, now)
        if claimed is not None:
            failed = CallbackResult(
                callback=callback.id, attempt=attempt, state=CallbackState.FAILED, at=now, reason=reason
            )
            await self._finish(claimed, failed)

    def _choose(self, due: Sequence[Callback], now: datetime) -> Choice:
        flying = [flight for flight in self._flights if flight.requested and self._is_flying(flight, now)]
        by_attempt = {callback.attempt: callback for callback in self._seen.dialing}
        legs = {flight.leg for flight in flying}
        line = Line(
            hands=self._crew.hands(now),
            waiting=[place for place in self._crew.waiting if place.id not in legs],
            flying=[self._place_of(flight, by_attempt.get(flight.attempt)) for flight in flying],
            due=[_place(callback) for callback in due],
            at_work=self._crew.at_work(),
        )
        choice = choose(line, self._heads, now)
        ready = sum(hand.ready for hand in line.hands)
        for queue in {callback.queue for callback in due}:
            mine = [callback.id for callback in due if callback.queue == queue]
            ahead = sum(place.queue == queue for place in line.waiting)
            self.told[campaign_name(queue)] = (
                f"{len(mine)} due; {sum(p.queue == queue for p in line.flying)} on their way; {ahead} callers wait; "
                f"{ready} agents ready, {len(line.hands) - ready} soon; {len(set(mine) & set(choice.call))} called"
            )
        return choice

    def _is_flying(self, flight: Flight, now: datetime) -> bool:
        """Whether it still needs an agent: Asterisk's word may come before the acd's that the agent is taken."""
        if flight.connected_at is None:
            return True
        return now - flight.connected_at < SETTLED and not self._crew.talks_on(flight.leg)

    def _place_of(self, flight: Flight, callback: Callback | None) -> Place:
        if callback is not None:
            return _place(callback)
        return Place(id=flight.attempt, queue=flight.campaign.partition(":")[2], since=flight.placed_at)

    async def _place(self, campaign: Campaign, chosen: Sequence[Callback], now: datetime) -> None:
        leads: dict[str, Lead] = {}
        for callback in chosen:
            attempt = uuid4().hex
            lead = await self._claim(callback, attempt)
            if lead is not None:
                leads[attempt] = lead
        if leads:
            log.info("campaign %s: %d are called back", campaign.name, len(leads))
            await self._placer.place_leads(campaign, leads, now)

    async def _claim(self, callback: Callback, attempt: str) -> Lead | None:
        """Claim a callback and make its lead READY, both or neither; None if somebody else was first.

        One that its number is being called for already, by another callback, is left alone until that is over.
        """
        now = await self._store.now()

        async def steps(store: Store) -> Lead | None:
            others = await store.callbacks(frozenset({CallbackState.DIALING}), queue=callback.queue)
            if any(other.number == callback.number and other.id != callback.id for other in others):
                return None
            claimed = await store.claim_callback(callback.id, attempt, now)
            if claimed is None:
                return None
            known = await store.leads_of_numbers(campaign_name(callback.queue), [callback.number])
            lead = await store.renew_lead(lead_of(claimed, known[0] if known else None, now))
            if lead is None:
                raise _BeingCalled
            return lead

        try:
            return await self._store.together(steps)
        except _BeingCalled:
            log.warning("callback %s: its number is being called already", callback.id)
            return None


class _BeingCalled(Exception):
    """Takes back the claim."""


async def _look(store: Store, now: datetime) -> Seen:
    due = await store.due_callbacks(now, LOOKED_AT)
    dialing = await store.callbacks(frozenset({CallbackState.DIALING}))
    leads: dict[str, Lead] = {}
    for queue in {callback.queue for callback in dialing}:
        mine = {callback.number: callback.id for callback in dialing if callback.queue == queue}
        found = await store.leads_of_numbers(campaign_name(queue), list(mine))
        leads |= {mine[lead.number]: lead for lead in found}
    if not due:
        return Seen(dialing=dialing, leads=leads)
    queues = {queue.name for queue in await store.queues()}
    return Seen(due=due, dialing=dialing, leads=leads, queues=queues, trunks=await store.trunks())


def _place(callback: Callback) -> Place:
    return Place(
        id=callback.id,
        queue=callback.queue,
        since=callback.since,
        priority=callback.priority,
        skills=frozenset(callback.skills),
    )
