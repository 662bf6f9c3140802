"""Scores of the running campaigns: judged when leads come in sight, learnt when calls end, kept in the store."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from callcenter.adapters.store import Store
from callcenter.outbound import AttemptOutcome, CallingOrder, Campaign, CampaignKind, Lead
from dialer.scores import Score, Scorer
from dialer.scores.calibration import bin_of
from dialer.scores.scorer import ANSWERED
from dialer.scores.traits import traits_of

log = logging.getLogger("dialer.scoring")

MOST_UNDER_WAY: Final = 20_000  # calls whose end is waited for; those whose end was never told are forgotten first


@dataclass(frozen=True, slots=True, kw_only=True)
class _UnderWay:
    campaign: str
    traits: tuple[str, ...]
    chance: float


class Scoring:
    """One scorer for each campaign that calls a list. It learns whatever the order, so that it can be trusted later."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._scorers: dict[str, Scorer] = {}
        self._under_way: dict[str, _UnderWay] = {}
        self._changed: set[str] = set()

    async def open(self, campaign: Campaign) -> None:
        """Take up what was learnt before. Raise StoreError."""
        if campaign.name in self._scorers or campaign.kind is CampaignKind.CALLBACK:
            return
        kept = await self._store.scorer(campaign.name)
        scorer = self._scorers.setdefault(campaign.name, Scorer())
        if kept is not None and not scorer.load(kept):
            log.warning("campaign %s: what was learnt of its leads cannot be read; it begins anew", campaign.name)

    def judge(self, campaign: Campaign, lead: Lead, now: datetime) -> Score:
        """Return the score of a lead if it is called now."""
        return self._scorer(campaign.name).judge(traits_of(lead, now, campaign.interval))

    def placed(self, attempt: str, campaign: Campaign, lead: Lead, now: datetime) -> int:
        """A call to `lead` was reserved; return its segment for the pacer."""
        if campaign.kind is CampaignKind.CALLBACK:
            return 0
        traits = traits_of(lead, now, campaign.interval)
        score = self._scorer(campaign.name).judge(traits)
        self._under_way[attempt] = _UnderWay(campaign=campaign.name, traits=traits, chance=score.chance)
        if len(self._under_way) > MOST_UNDER_WAY:
            del self._under_way[next(iter(self._under_way))]
        return score.segment if campaign.order is CallingOrder.SCORE else 0

    def segment_of(self, attempt: str, campaign: Campaign) -> int:
        """Return the segment of a call that is taken over; of one placed before our start, that of the plain rate."""
        if campaign.order is not CallingOrder.SCORE:
            return 0
        known = self._under_way.get(attempt)
        return bin_of(self._scorer(campaign.name).reliability.plain_rate if known is None else known.chance)

    def ended(self, attempt: str, outcome: AttemptOutcome) -> None:
        """Learn from the end of a call, if it says anything of the person."""
        known = self._under_way.pop(attempt, None)
        if known is not None and outcome in ANSWERED:
            self._scorer(known.campaign).learn(known.traits, ANSWERED[outcome])
            self._changed.add(known.campaign)

    def coming(self, attempts: Iterable[str]) -> float:
        """Return how many people are expected to answer these calls."""
        return sum(self._under_way[attempt].chance for attempt in attempts if attempt in self._under_way)

    async def keep(self) -> None:
        """Store what was learnt since the last time. Raise StoreError."""
        changed, self._changed = self._changed, set()
        try:
            for name in sorted(changed):
                await self._store.keep_scorer(name, self._scorer(name).dump(), await self._store.now())
        except BaseException:
            self._changed |= changed
            raise

    def _scorer(self, campaign: str) -> Scorer:
        return self._scorers.setdefault(campaign, Scorer())
