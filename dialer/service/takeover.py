"""What is open in the ledger against what Asterisk has: after each log-in, and every few seconds.

After a restart, calls that are up are taken over; what nobody will bring to an end any more is closed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from callcenter import dialplan
from callcenter.adapters.ami import Ami, Origination
from callcenter.adapters.store import Store
from callcenter.errors import ActionRefused
from callcenter.outbound import Attempt, AttemptFacts, AttemptOutcome, Campaign, CampaignKind, Closing, LeadState
from callcenter.records import CallRecord
from callcenter.tracker import PERSON_CONTEXTS, AmiEvent, Leg, leg_of_snapshot
from dialer.flights import Effect, Flights, Note
from dialer.retry import after
from dialer.service.gate import Gate
from dialer.sweep import DIALED, Leftover, View, sweep

log = logging.getLogger("dialer.takeover")

GATE_HALF: Final = "Local/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The channels of one attempt: of the person and of the gate, "" if there is none."""

    leg: str = ""
    gate_channel: str = ""
    answered: bool = False
    partner: bool = False


class TakeOver:
    """`legs` and `adopt` after a log-in, `sweep` every few seconds."""

    def __init__(self, ami: Ami, store: Store, flights: Flights, gate: Gate, cell: str) -> None:
        self._ami, self._store, self._flights = ami, store, flights
        self._gate, self._cell = gate, cell
        self.segment_of: Callable[[str, Campaign], int] = lambda attempt, campaign: 0  # of its lead, for the pacer
        self._missing: frozenset[str] = frozenset()

    async def snapshot(self) -> tuple[list[Leg], dict[str, Lines]]:
        """Return Asterisk's legs, and the channels of each attempt by its id."""
        holding = await self._ami.holding_bridges()
        rows = await self._ami.channels()
        legs = [leg_of_snapshot(row, holding) for row in rows]
        return legs, lines_of(rows, legs)

    async def adopt(self, lines: dict[str, Lines], now: datetime) -> list[Effect]:
        """Take over the open attempts that have a channel. Raise StoreError."""
        effects: list[Effect] = []
        for attempt in await self._store.open_attempts(self._cell):
            found = lines.get(attempt.id)
            campaign = await self._store.campaign(attempt.campaign)
            lead = await self._store.lead(attempt.lead)
            if found is None or campaign is None or lead is None:
                continue
            known = replace(
                attempt,
                answered_at=attempt.answered_at or (now if found.answered else None),
                connected_at=attempt.connected_at or (now if found.partner else None),
            )
            self._flights.begin(known, campaign, lead.tries, self.segment_of(attempt.id, campaign))
            taken = campaign.kind is CampaignKind.CALLBACK and found.leg and await self._is_taken(found.leg)
            self._flights.adopt(attempt.id, found.leg, found.gate_channel, taken_at=now if taken else None)
            log.info("attempt %s: taken over", attempt.id)
            facts: AttemptFacts = {
                "answered_at": known.answered_at,
                "connected_at": known.connected_at,
                "call_id": found.leg or None,
            }
            effects.append(Note(attempt=attempt.id, facts=facts))
        return effects

    async def _is_taken(self, leg: str) -> bool:
        """Whether somebody who is called back has come to the queue."""
        if await self._store.waiting(leg) is not None:
            return True
        call = await self._store.call(leg)
        return call is not None and call.queued_at is not None

    async def opt_outs(self) -> None:
        """Store what Asterisk noted while the gate was away. Raise StoreError, AsteriskError."""
        try:
            rows = await self._ami.action_list("DBGetTree", {"Family": dialplan.DB_OPT_OUT})
        except ActionRefused:
            return  # no such family: nobody ever opted out while we were away
        for row in rows:
            attempt = row.text("Key").rpartition("/")[2]
            if not await self._gate.opted_out(attempt):
                continue  # kept: somebody has to look whose number it was
            forget = f"Local/opted-{attempt}@{dialplan.CONTEXT_ASTDB_SET}/n"
            await self._ami.originate(Origination(channel=forget, context=dialplan.CONTEXT_DIALED, exten="s", ring_s=2))

    async def sweep(self, now: datetime) -> list[tuple[Attempt, bool]]:
        """Close what is left over; return each with whether it was still open. Raise StoreError, AsteriskError.

        `now`: the store's time. What is missing in Asterisk is closed when two looks in a row miss it: a snapshot is
        some milliseconds older or newer than the events.
        """
        open_attempts = await self._store.open_attempts(self._cell)
        view = await self._view(open_attempts, now)
        found = sweep(open_attempts, now, view)
        missing = frozenset(left.attempt.id for left in found if left.attempt.state in DIALED)
        confirmed, self._missing = missing & self._missing, missing
        due = [left for left in found if left.attempt.state not in DIALED or left.attempt.id in confirmed]
        closings = [await self._closing(left, now) for left in due]
        for closing in closings:
            if closing.outcome is AttemptOutcome.CONNECTED:
                await note_agent(self._store, closing.attempt)
        closed = await self._store.close_attempts(closings) if closings else []
        for closing, done in zip(closings, closed, strict=True):
            if done:
                log.warning("attempt %s: closed as %s: nobody brought it to an end", closing.attempt, closing.outcome)
        return [(left.attempt, done) for left, done in zip(due, closed, strict=True)]

    async def _view(self, open_attempts: Iterable[Attempt], now: datetime) -> View | None:
        if not any(attempt.state in DIALED for attempt in open_attempts) or not self._ami.ready:
            return None
        rows = await self._ami.channels()
        return View(at=now, attempts={_attempt_of(row) for row in rows} - {""})

    async def _closing(self, left: Leftover, now: datetime) -> Closing:
        attempt, outcome = left.attempt, left.outcome
        campaign = await self._store.campaign(attempt.campaign)
        requested = campaign is not None and campaign.kind is CampaignKind.CALLBACK
        if attempt.call_id is not None and outcome in {AttemptOutcome.DROPPED, AttemptOutcome.LOST}:
            call = await self._store.call(attempt.call_id)  # the acd may have seen what we did not
            if call is not None:  # only of a person who answered
                outcome = _seen_by_acd(call, requested=requested)
                facts: AttemptFacts = {"answered_at": call.started_at, "connected_at": call.connected_at}
                await self._store.note_attempt(attempt.id, **facts)
        if requested and outcome is AttemptOutcome.DROPPED:
            outcome = AttemptOutcome.ABANDONED  # in doubt a person answered, who was not let down by a rule of law
        lead = await self._store.lead(attempt.lead)
        state, next_at = LeadState.DONE, None
        if campaign is not None and lead is not None:
            state, next_at = after(campaign, lead.tries, outcome, now)
        return Closing(
            attempt=attempt.id, outcome=outcome, at=now, only_from=left.only_from, lead_state=state, next_at=next_at
        )


def _seen_by_acd(call: CallRecord, *, requested: bool) -> AttemptOutcome:
    """How an attempt ended, by the acd's record of its call: there is one of everybody who answered."""
    if call.connected_at is not None:
        return AttemptOutcome.CONNECTED
    if not requested:
        return AttemptOutcome.DROPPED
    return AttemptOutcome.MACHINE if call.queued_at is None else AttemptOutcome.ABANDONED


async def note_agent(store: Store, attempt: str) -> None:
    """Note who talked in an attempt, if the acd's message about it was lost or came while we were away.

    The acd's record of the call has it. Raise StoreError.
    """
    found = await store.attempt(attempt)
    if found is None or found.agent is not None or found.call_id is None:
        return
    call = await store.call(found.call_id)
    if call is not None and call.agent is not None:
        await store.note_attempt(attempt, agent=call.agent)


def lines_of(rows: Sequence[AmiEvent], legs: Sequence[Leg]) -> dict[str, Lines]:
    """Return the channels of each attempt."""
    bridges: dict[str, int] = {}
    for leg in legs:
        if leg.bridge:
            bridges[leg.bridge] = bridges.get(leg.bridge, 0) + 1
    found: dict[str, Lines] = {}
    for row, leg in zip(rows, legs, strict=True):
        attempt = _attempt_of(row)
        if not attempt:
            continue
        lines = found.get(attempt, Lines())
        if leg.channel.startswith(GATE_HALF):
            found[attempt] = replace(lines, gate_channel=leg.channel)
        else:
            found[attempt] = replace(
                lines,
                leg=leg.id,
                answered=leg.context in PERSON_CONTEXTS,
                partner=leg.bridge is not None and bridges[leg.bridge] > 1,
            )
    return found


def _attempt_of(row: AmiEvent) -> str:
    """Return the attempt a channel belongs to: its account code.

    Asterisk gives that of the person to an agent's leg without one, where it stays for as long as they talk.
    """
    return "" if row.get("Context") == dialplan.CONTEXT_PARK else str(row.get("AccountCode", ""))
