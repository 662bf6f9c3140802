"""Placing calls: reserve in the ledger, commit SENT, tell Asterisk once; so no call is without a row."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from callcenter import dialplan
from callcenter.adapters.ami import Ami, Origination
from callcenter.adapters.store import Store
from callcenter.breaker import Breaker
from callcenter.compliance.limits import drop_limits, limits_for
from callcenter.compliance.verdict import may_dial
from callcenter.errors import AsteriskError, ConfigError
from callcenter.outbound import Attempt, AttemptOutcome, Campaign, Draft, DropLimit, Lead, Refusal, Rule
from dialer.flights import GATE_LEG, Effect, Flights
from dialer.service.hopper import Hopper, question_of
from dialer.service.scoring import Scoring
from dialer.trunks import Trunk, TrunkLimits

log = logging.getLogger("dialer.placing")

# How long Asterisk keeps a call whose gate or trunk says nothing; Dial() and the gate have limits of their own.
ORIGINATE_S: Final = 240.0
NUMBER_IN_USE: Final = timedelta(minutes=1)


class Placer:
    """Places calls of all campaigns. `limits`: of each trunk, by name, as centre.toml has them."""

    def __init__(self, ami: Ami, store: Store, flights: Flights, *, cell: str) -> None:
        self._ami, self._store, self._flights, self.cell = ami, store, flights, cell
        self.limits: Mapping[str, TrunkLimits] = {}
        self._trunks: dict[str, Trunk] = {}
        self.scoring = Scoring(store)
        self.hoppers: defaultdict[str, Hopper] = defaultdict(lambda: Hopper(store, self.scoring))
        self.perform: Callable[[Sequence[Effect]], None] = lambda effects: None
        # A gate that Asterisk does not reach, a trunk that carries no call: only a probe is sent, or they would burn
        # the list.
        self.gate = Breaker(failures=3, probe_every_s=10.0)
        self.carriers: defaultdict[str, Breaker] = defaultdict(lambda: Breaker(failures=5, probe_every_s=30.0))

    def trunk(self, name: str, now: datetime) -> Trunk:
        """Return a trunk with its limits as they are now; raise ConfigError if centre.toml has none of this name."""
        limits = self.limits.get(name)
        if limits is None:
            raise ConfigError(f'there is no trunk "{name}": `callcenter trunk add {name} …`')
        trunk = self._trunks.setdefault(name, Trunk(limits=limits, since=now.timestamp()))
        if trunk.limits != limits:
            trunk.change(now.timestamp(), limits)
        return trunk

    def allowed(self, campaign: Campaign, wanted: int, now: datetime) -> int:
        """Return how many of `wanted` calls may go out now: all, or one probe of what does not work."""
        at = now.timestamp()
        return self.gate.allowed(self.carriers[campaign.trunk].allowed(wanted, at), at)

    def ended(self, trunk: str, outcome: AttemptOutcome, *, reached: bool) -> None:
        """Take note of what a trunk did with a call; `reached`: a phone rang or somebody answered."""
        if reached or outcome is not AttemptOutcome.FAILED:
            self.carriers[trunk].worked()
        else:
            self.carriers[trunk].failed()

    async def hang_up(self, gate_channel: str) -> None:
        """End a call that rings. Its Local channel is gone from the answer on, so nobody who answers is cut off."""
        try:
            await self._ami.hangup(gate_channel)
        except AsteriskError as error:
            log.debug("%s: %s", gate_channel, error)

    async def place(self, campaign: Campaign, wanted: int, now: datetime, *, ready: int) -> int:
        """Place up to `wanted` calls and return how many went out; `ready`: agents who wait for calls of the campaign.

        Raise StoreError if SQL fails on the way: what is reserved or sent by then is closed by the sweep.
        """
        chosen = {uuid4().hex: lead for lead in self.hoppers[campaign.name].take(wanted)}
        return await self.place_leads(campaign, chosen, now, drops=drop_limits(campaign, now), ready=ready)

    async def place_leads(
        self,
        campaign: Campaign,
        chosen: Mapping[str, Lead],
        now: datetime,
        *,
        drops: tuple[DropLimit, ...] = (),
        ready: int = 0,
    ) -> int:
        """Do `place` for the leads `chosen`, each by the id its attempt is to have, bounded by `drops`."""
        lawful = await self._lawful(campaign, chosen)
        if not lawful:
            return 0
        limits = limits_for(campaign, now)
        drafts = [
            Draft(
                id=attempt,
                lead=lead.id,
                campaign=campaign.name,
                number=lead.number,
                cell=self.cell,
                limits=limits,
                drops=drops,
                ready=ready,
            )
            for attempt, lead in lawful.items()
        ]
        leads = list(lawful.values())
        answers = await self._store.reserve(drafts, await self._store.now())
        reserved = [answer for answer in answers if isinstance(answer, Attempt)]
        by_lead = {lead.id: lead for lead in leads}
        for attempt in reserved:
            lead = by_lead[attempt.lead]
            segment = self.scoring.placed(attempt.id, campaign, lead, attempt.reserved_at)
            self.perform(self._flights.begin(attempt, campaign, lead.tries + 1, segment))
        await self._put_back([(lead, a) for lead, a in zip(leads, answers, strict=True) if isinstance(a, Refusal)], now)
        return await self._send(campaign, reserved, now)

    async def _lawful(self, campaign: Campaign, chosen: Mapping[str, Lead]) -> dict[str, Lead]:
        """Return those that may be called now; of most others the hours ended while they were in the hopper."""
        now = await self._store.now()
        verdicts = {attempt: may_dial(question_of(campaign, lead), now) for attempt, lead in chosen.items()}
        refused = [(chosen[attempt], verdict) for attempt, verdict in verdicts.items() if not verdict.allowed]
        for lead, verdict in refused:
            log.info("campaign %s, lead %d: not called: %s", campaign.name, lead.id, verdict.why or verdict.rule)
        await self._store.reschedule_leads([(lead.id, v.until) for lead, v in refused if v.until is not None])
        never = [lead.id for lead, verdict in refused if verdict.until is None]
        await self._store.finish_leads(never, AttemptOutcome.REFUSED)
        return {attempt: lead for attempt, lead in chosen.items() if verdicts[attempt].allowed}

    async def _send(self, campaign: Campaign, reserved: Sequence[Attempt], now: datetime) -> int:
        # Without its flight (the link was lost meanwhile) nobody would follow a call: left to the sweep.
        followed = [attempt.id for attempt in reserved if attempt.id in self._flights]
        if not followed:
            return 0
        sent = await self._store.mark_sent(followed, await self._store.now())
        self.trunk(campaign.trunk, now).take(now.timestamp(), len(sent))
        for attempt in followed:
            if attempt not in sent:
                self._flights.forget(attempt)  # somebody else has closed it
            elif attempt in self._flights:
                await self._originate(attempt)
        return len(sent)

    async def _originate(self, attempt: str) -> None:
        """Tell Asterisk, once: whether it came through is seen by what happens next, and asked for never again."""
        call = Origination(
            channel=f"Local/{attempt}@{dialplan.CONTEXT_GATE}/n",
            context=dialplan.CONTEXT_DIALED,
            exten="s",
            ring_s=ORIGINATE_S,
            channel_id=attempt,
            other_channel_id=attempt + GATE_LEG,
        )
        try:
            await self._ami.originate(call)
        except AsteriskError as error:
            log.warning("attempt %s: Asterisk may not have been told: %s", attempt, error)

    async def _put_back(self, refused: Sequence[tuple[Lead, Refusal]], now: datetime) -> None:
        """What was refused comes again when it may, or never."""
        later: list[tuple[int, datetime]] = []
        never: list[int] = []
        bounded = [lead for lead, refusal in refused if refusal.rule == Rule.DROPS]
        if bounded:
            log.info("campaign %s: %d calls not placed: the bound on drops", bounded[0].campaign, len(bounded))
        for lead, refusal in refused:
            if refusal.rule == Rule.DROPS:
                continue
            log.info("campaign %s, lead %d: not reserved: %s", lead.campaign, lead.id, refusal.rule)
            if refusal.until is not None:
                later.append((lead.id, refusal.until))
            elif refusal.rule == Rule.DNC:
                never.append(lead.id)
            elif refusal.rule == Rule.OPEN_ATTEMPT:
                later.append((lead.id, now + NUMBER_IN_USE))
        await self._store.reschedule_leads(later)
        await self._store.finish_leads(never, AttemptOutcome.REFUSED)
