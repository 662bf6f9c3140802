"""What a campaign may still drop: the legal window that leaves least, as a pacer is told it at its start."""

from __future__ import annotations

import math
from datetime import datetime

from callcenter.adapters.store import Store
from callcenter.compliance.guard import WindowCount, kept_back
from callcenter.compliance.limits import drop_limits, seen_cap
from callcenter.outbound import CallingOrder, Campaign
from dialer.scores import SEGMENTS


async def tightest(store: Store, campaign: Campaign, lawful: datetime) -> WindowCount:
    """Return the counts of the legal window that leaves the fewest drops. Raise StoreError."""
    found = [(limit, await store.window(campaign.name, limit.since)) for limit in drop_limits(campaign, lawful)]
    return min(found, key=lambda pair: pair[0].cap * pair[1].live - pair[1].drops)[1]


def info_of(campaign: Campaign, window: WindowCount, agents: int) -> dict[str, object]:
    """Return what `Pacer.start` is told.

    Where the bound on drops is active, some drops are kept back for the calls that `agents` have at risk at a time.
    """
    return {
        "cap": seen_cap(campaign.cap, campaign.unseen),
        "max_wait": campaign.wait_left.total_seconds(),
        "ring_timeout": campaign.ring.total_seconds(),
        "amd": campaign.amd,
        "day_end": math.inf,
        "segments": SEGMENTS if campaign.order is CallingOrder.SCORE else 1,
        "budget": {"live": window.live, "drops": window.drops + kept_back(window.live, agents)},
    }
