"""The hopper: leads that may be called now, read ahead from the store and judged before anybody reserves them."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from callcenter.adapters.store import Store
from callcenter.compliance.verdict import Question, may_dial
from callcenter.outbound import AttemptOutcome, CallingOrder, Campaign, CampaignKind, Lead
from dialer.callbacks import request_of
from dialer.scores import View
from dialer.service.scoring import Scoring

log = logging.getLogger("dialer.hopper")

READ_AHEAD: Final = 50
IN_SIGHT: Final = 300  # leads to choose from where their scores say who is next; half of them are enough
SAMPLE: Final = 40  # leads that tell until when today may be called
KEPT: Final = timedelta(seconds=30)  # then the list is read anew: a lead of higher priority may have come
EMPTY_S: Final = timedelta(seconds=1)  # an exhausted list is looked at again after this


class Hopper:
    """Leads of one campaign. `fill` before `take`; what is taken and not reserved comes again by the store."""

    def __init__(self, store: Store, scoring: Scoring) -> None:
        self._store, self._scoring = store, scoring
        self._leads: deque[Lead] = deque()  # in the order of the list,
        self._view: View[Lead] = View()  # or by score: one of the two is empty
        self._filled_s = 0.0  # when it was looked at last
        self._look_again_at: datetime | None = None
        self._read_at: datetime | None = None

    def __len__(self) -> int:
        return len(self._leads) + len(self._view)

    def __iter__(self) -> Iterator[Lead]:
        yield from self._leads
        yield from self._view

    def clear(self) -> None:
        self._empty(None)
        self._look_again_at = None

    def arrange(self, room: float) -> None:
        """Before each decision: say how many agents stand ready beyond the people who are about to answer."""
        self._view.arrange(room, self._filled_s)

    def segments(self, count: int) -> Sequence[int]:
        """Return the segments of the next leads, at most `count`."""
        return [*[0] * min(count, len(self._leads)), *self._view.peek(count)]

    def take(self, count: int) -> list[Lead]:
        first = [self._leads.popleft() for _ in range(min(count, len(self._leads)))]
        return [*first, *(lead for lead, _ in self._view.take(count - len(first)))]

    def questions(self, campaign: Campaign) -> set[Question]:
        """Return what compliance is asked about some of the leads that are here."""
        return {question_of(campaign, lead) for lead in islice(self, SAMPLE)}

    def _looked_just_now(self, now: datetime) -> bool:
        """Whether the list was empty a moment ago; if the clock was set meanwhile, it is looked at again."""
        return self._look_again_at is not None and timedelta() < self._look_again_at - now <= EMPTY_S

    async def fill(self, campaign: Campaign, wanted: int, now: datetime) -> None:
        """Read on if fewer than `wanted` leads are here. Raise StoreError."""
        self._filled_s = now.timestamp()
        by_score = campaign.order is CallingOrder.SCORE
        if self._read_at is not None and (now - self._read_at >= KEPT or (self._leads if by_score else self._view)):
            self._empty(now)
        least, ahead = (IN_SIGHT // 2, IN_SIGHT) if by_score else (0, READ_AHEAD)
        if len(self) >= max(wanted, least) or self._looked_just_now(now):
            return
        await self._scoring.open(campaign)
        held = {lead.id for lead in self}
        self._read_at = now if not held else self._read_at
        found = [
            lead
            for lead in await self._store.hopper(campaign.name, now, max(ahead, wanted) + len(held))
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
            if verdict.allowed and by_score:
                score = self._scoring.judge(campaign, lead, now)
                self._view.add(lead.id, lead, score, now.timestamp(), lead.priority)
            elif verdict.allowed:
                self._leads.append(lead)
            elif verdict.until is not None:
                later.append((lead.id, verdict.until))
            else:
                log.info("campaign %s, lead %d: never called: %s", campaign.name, lead.id, verdict.why or verdict.rule)
                never.append(lead.id)
        await self._store.reschedule_leads(later)
        await self._store.finish_leads(never, AttemptOutcome.REFUSED)

    def _empty(self, now: datetime | None) -> None:
        self._leads.clear()
        self._view.clear(None if now is None else now.timestamp())


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
