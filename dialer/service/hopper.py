"""The hopper: leads that may be called now, read ahead from the store and judged before anybody reserves them."""

from __future__ import annotations

import logging
from collections import deque
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from callcenter.adapters.store import Store
from callcenter.compliance.verdict import Question, may_dial
from callcenter.outbound import AttemptOutcome, Campaign, CampaignKind, Lead
from dialer.callbacks import request_of

log = logging.getLogger("dialer.hopper")

READ_AHEAD: Final = 50
SAMPLE: Final = 40  # leads that tell until when today may be called
KEPT: Final = timedelta(seconds=30)  # then the list is read anew: a lead of higher priority may have come
EMPTY_S: Final = timedelta(seconds=1)  # an exhausted list is looked at again after this


class Hopper:
    """Leads of one campaign. `fill` before `take`; what is taken and not reserved comes again by the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._leads: deque[Lead] = deque()
        self._look_again_at: datetime | None = None
        self._read_at: datetime | None = None

    def __len__(self) -> int:
        return len(self._leads)

    def clear(self) -> None:
        self._leads.clear()
        self._look_again_at = None

    def take(self, count: int) -> list[Lead]:
        return [self._leads.popleft() for _ in range(min(count, len(self._leads)))]

    def questions(self, campaign: Campaign) -> set[Question]:
        """Return what compliance is asked about some of the leads that are here."""
        return {question_of(campaign, lead) for lead in islice(self._leads, SAMPLE)}

    def _looked_just_now(self, now: datetime) -> bool:
        """Whether the list was empty a moment ago; if the clock was set meanwhile, it is looked at again."""
        return self._look_again_at is not None and timedelta() < self._look_again_at - now <= EMPTY_S

    async def fill(self, campaign: Campaign, wanted: int, now: datetime) -> None:
        """Read on if fewer than `wanted` leads are here. Raise StoreError."""
        if self._read_at is not None and now - self._read_at >= KEPT:
            self._leads.clear()
        if len(self._leads) >= wanted or self._looked_just_now(now):
            return
        held = {lead.id for lead in self._leads}
        self._read_at = now if not held else self._read_at
        found = [
            lead
            for lead in await self._store.hopper(campaign.name, now, max(READ_AHEAD, wanted) + len(held))
            if lead.id not in held
        ]
        if not found:
            self._look_again_at = now + EMPTY_S
            return
        self._look_again_at = None
        forbidden = await self._store.dnc_numbers([lead.number for lead in found], campaign.name)
        later: list[tuple[int, datetime]] = []
        never: list[int] = []
        for lead in found:
            verdict = may_dial(question_of(campaign, lead, on_dnc=lead.number in forbidden), now)
            if verdict.allowed:
                self._leads.append(lead)
            elif verdict.until is not None:
                later.append((lead.id, verdict.until))
            else:
                log.info("campaign %s, lead %d: never called: %s", campaign.name, lead.id, verdict.why or verdict.rule)
                never.append(lead.id)
        await self._store.reschedule_leads(later)
        await self._store.finish_leads(never, AttemptOutcome.REFUSED)


def question_of(campaign: Campaign, lead: Lead, *, on_dnc: bool = False) -> Question:
    """Return what compliance is asked about calling `lead`."""
    return Question(
        number=lead.number,
        kind=campaign.kind,
        region=campaign.region,
        time_zone=lead.time_zone,
        on_dnc=on_dnc,
        consent=lead.consent,
        request=request_of(lead) if campaign.kind is CampaignKind.CALLBACK else None,
    )
