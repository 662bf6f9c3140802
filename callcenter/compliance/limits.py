"""What the law asks for besides hours: calls per number, drops, ringing, waiting after a drop or a talk."""

from __future__ import annotations

from datetime import datetime, timedelta

from callcenter.compliance.law import RULES
from callcenter.compliance.rules import DropRule, Rulebook, binding
from callcenter.outbound import AttemptOutcome, CallLimit, Campaign, CampaignKind, DropLimit, Rule

INTERVAL = Rule.INTERVAL.value


def limits_for(campaign: Campaign, now: datetime, rules: Rulebook = RULES) -> tuple[CallLimit, ...]:
    """Return how often one number may be called at `now`: the campaign's own interval, the law's limits, its waits.

    A wait binds the number: whoever talked with that person or let them down, and whichever list they stand on. A call
    back waits for no interval: its person has asked, and its own tries are spaced by `dialer.retry`.
    """
    on = now.date()
    limits = binding(rules.limits, campaign.region, campaign.kind, on)
    waits = binding(rules.waits, campaign.region, campaign.kind, on)
    interval = CallLimit(rule=INTERVAL, calls=1, window=campaign.interval)
    return (
        *(() if campaign.kind is CampaignKind.CALLBACK else (interval,)),
        *(CallLimit(rule=rule.id, calls=rule.calls, window=rule.window) for rule in limits),
        *(CallLimit(rule=rule.id, calls=1, window=rule.least, outcome=rule.after) for rule in waits),
    )


def drop_rules(campaign: Campaign, now: datetime, rules: Rulebook = RULES) -> tuple[DropRule, ...]:
    """Return every limit on drops that binds the campaign at `now`; all of them must be kept."""
    return binding(rules.drops, campaign.region, campaign.kind, now.date())


def seen_cap(cap: float, unseen: float) -> float:
    """Return the share of drops that may be seen if of all people who answer the share `unseen` is taken for machines.

    Each of those is a drop by law and seen by nobody: of n people seen, unseen × n ÷ (1 - unseen) more were hung up on.

    >>> round(seen_cap(0.03, 0.005), 5), seen_cap(0.03, 0.03), seen_cap(0.03, 0.0)
    (0.02513, 0.0, 0.03)
    """
    return max(0.0, (cap - unseen) / (1.0 - unseen))


def drop_limits(campaign: Campaign, now: datetime, rules: Rulebook = RULES) -> tuple[DropLimit, ...]:
    """Return what bounds the drops that are seen in each legal window, those that AMD hides reserved for."""
    return tuple(
        DropLimit(rule=rule.id, cap=seen_cap(min(rule.cap, campaign.cap), campaign.unseen), since=now - rule.window)
        for rule in drop_rules(campaign, now, rules)
    )


def least_ring(campaign: Campaign, now: datetime, rules: Rulebook = RULES) -> timedelta:
    """Return how long an unanswered call must ring before we may give it up."""
    return max(rule.least for rule in binding(rules.rings, campaign.region, campaign.kind, now.date()))


def least_wait(campaign: Campaign, outcome: AttemptOutcome, now: datetime, rules: Rulebook = RULES) -> timedelta:
    """Return how long a number is left alone after an attempt that ended as `outcome`; never under the interval."""
    bound = binding(rules.waits, campaign.region, campaign.kind, now.date())
    return max(campaign.interval, *(rule.least for rule in bound if rule.after is outcome), timedelta())
