"""What the dialer has learnt of whom people answer, and how it judges the next leads: read from the store, as text."""

from __future__ import annotations

from callcenter.adapters.store import Store
from callcenter.outbound import Campaign, Lead
from dialer.scores import Scorer
from dialer.scores.scorer import report
from dialer.scores.traits import traits_of


async def lines(store: Store, campaign: Campaign, most: int) -> list[str]:
    """Return how far scores can be trusted and why `most` leads that are due have theirs. Raise StoreError."""
    scorer = Scorer()
    kept = await store.scorer(campaign.name)
    if kept is None or not scorer.load(kept):
        return ["nothing is learnt yet: the dialer learns from each call of a list"]
    now = await store.now()
    told = [f"order: {campaign.order}", *report(scorer.reliability)]
    for lead in await store.hopper(campaign.name, now, most):
        told.append(_line(lead, scorer.why(traits_of(lead, now, campaign.interval))))
    return told


def _line(lead: Lead, why: tuple[str, ...]) -> str:
    return f"{lead.number}: {'; '.join(why)}"
