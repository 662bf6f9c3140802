"""Whose agents are whose: the campaign that may count on an agent to come back to it. Pure.

Campaigns that share agents must not foretell the same release twice. So each agent works for one running campaign at a
time: the one whose call they are on, the one they were dealt to when idle, and in between (wrap-up, a pause, an inbound
caller) the one they worked for last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping


class Belonging:
    """Remembers for whom each agent works."""

    def __init__(self) -> None:
        self._works_for: dict[str, str] = {}

    def note(self, on_calls: Mapping[str, str], dealt: Mapping[str, Collection[str]]) -> None:
        """Take note: agent → campaign whose call they are on; campaign → idle agents dealt to it."""
        for campaign, agents in dealt.items():
            self._works_for.update(dict.fromkeys(agents, campaign))
        self._works_for.update(on_calls)

    def keep(self, agents: Collection[str], campaigns: Collection[str]) -> None:
        """Forget who is not among the `agents` logged in, and campaigns that do not run."""
        self._works_for = {
            agent: campaign for agent, campaign in self._works_for.items() if agent in agents and campaign in campaigns
        }

    @property
    def works_for(self) -> Mapping[str, str]:
        """Agent → campaign; without those whose campaign does not run."""
        return self._works_for

    def at_work(self, idle: Collection[str]) -> Counter[str]:
        """Return how many agents each campaign has besides those who are `idle`."""
        return Counter(campaign for agent, campaign in self._works_for.items() if agent not in idle)
