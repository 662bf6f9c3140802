"""Several campaigns, the same agents: which campaign may count on which idle agent. Pure.

A pacer thinks that the idle agents it sees are its own. So no idle agent is shown to two campaigns:

1. **Calls in flight keep their agents.** As many agents as possible are given to the calls already in flight, each to
   a campaign the agent suits (serves its queue, has its skills): a maximum matching, so an agent of two queues stands
   aside for one whom nobody else needs.
2. **The others are dealt out in turns,** each to the campaign with the fewest agents per weight, those for its calls
   in flight and those who talk to its people included, so an agent mostly comes back to the campaign that counted on
   them; among equals to the one whose turn is due (`Turns`), then by name. A campaign that cannot use
   another agent (no leads, no trunk: `most`) is passed over.

Every idle agent who suits a campaign that can use one is given to exactly one.

This says how many calls a campaign may have in flight, not who will talk to whom: the acd gives an answered call to
the suitable agent who is idle longest. Where queues overlap in part, that may be one whom a call of another campaign
was counting on, and the two campaigns together may then be an agent short: a drop for want of foresight that no share
can prevent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleAgent:
    """An agent who is ready; `idle_since` in s."""

    id: str
    queues: frozenset[str]
    skills: frozenset[str] = frozenset()
    idle_since: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A running campaign that wants agents.

    - `in_flight`: its calls that are placed and may need an agent, those waiting for one included.
    - `weight`: of two campaigns with weights 2 and 1 the first has twice the calls in flight. Above 0.
    - `at_work`: its agents who are on calls, wrap up or are away for a moment.
    - `most`: calls it could place now (leads, trunk), None: any number. Agents beyond that are of no use to it.
    - `turn`: smaller goes first among equals, see `Turns`.
    """

    campaign: str
    queue: str
    skills: frozenset[str] = frozenset()
    in_flight: int = 0
    at_work: int = 0
    weight: float = 1.0
    most: int | None = None
    turn: float = 0.0

    def __post_init__(self) -> None:
        if self.weight <= 0:
            raise ValueError(f"campaign {self.campaign}: the weight must be above 0, it is {self.weight:g}")

    def suits(self, agent: IdleAgent) -> bool:
        return self.queue in agent.queues and self.skills <= agent.skills


def share(agents: Iterable[IdleAgent], claims: Iterable[Claim]) -> dict[str, frozenset[str]]:
    """Return for each campaign the ids of the idle agents it may count on; no agent is in two of them.

    Cost: agents × (groups of agents who suit the same campaigns) × campaigns at worst; mostly agents × campaigns.
    """
    deal = _Deal(agents, sorted(claims, key=lambda claim: claim.campaign))
    deal.cover_calls()
    deal.deal_out()
    return deal.result()


@dataclass(slots=True)
class Turns:
    """Whose turn it is, over time: start-time fair queueing of the calls placed.

    Each call moves its campaign back by 1 / weight. A campaign that comes or comes back does not catch up on what it
    missed: it starts where the others are. Empty after a restart, which does no harm.
    """

    _now: float = 0.0
    _next: dict[str, float] = field(default_factory=dict)

    def of(self, campaign: str) -> float:
        """Return `Claim.turn`."""
        return max(self._now, self._next.get(campaign, 0.0))

    def placed(self, claim: Claim, calls: int) -> None:
        """Note that the campaign placed so many calls."""
        if calls > 0:
            self._now = self.of(claim.campaign)
            self._next[claim.campaign] = self._now + calls / claim.weight


@dataclass(slots=True)
class _Group:
    """Agents who suit the same campaigns: to tell them apart means nothing."""

    agents: list[str]
    given: dict[str, int]  # to each of these campaigns, how many
    spare: int = 0


class _Deal:
    def __init__(self, agents: Iterable[IdleAgent], claims: Sequence[Claim]) -> None:
        self._claims = claims
        self._counts = {claim.campaign: 0 for claim in claims}
        groups: dict[tuple[str, ...], _Group] = {}
        for agent in sorted(agents, key=lambda agent: (agent.idle_since, agent.id)):
            suited = tuple(claim.campaign for claim in claims if claim.suits(agent))
            group = groups.setdefault(suited, _Group(agents=[], given=dict.fromkeys(suited, 0)))
            group.agents.append(agent.id)
            group.spare += 1
        self._groups = [groups[suited] for suited in sorted(groups) if suited]

    def cover_calls(self) -> None:
        """Give agents to calls in flight."""
        self._give({claim.campaign: claim.in_flight for claim in self._claims})

    def deal_out(self) -> None:
        """Give the others, as far as they are of use."""
        self._give(
            {claim.campaign: None if claim.most is None else claim.in_flight + claim.most for claim in self._claims}
        )

    def result(self) -> dict[str, frozenset[str]]:
        chosen: dict[str, list[str]] = {claim.campaign: [] for claim in self._claims}
        for group in self._groups:
            agents = iter(group.agents)
            for campaign, count in group.given.items():
                chosen[campaign].extend(islice(agents, count))
        return {campaign: frozenset(agents) for campaign, agents in chosen.items()}

    def _give(self, most: Mapping[str, int | None]) -> None:
        """Give agents one by one, to whom has the fewest per weight, until nobody may or can have another."""
        claims = list(self._claims)
        while claims:
            claim = min(claims, key=self._rank)
            limit = most[claim.campaign]
            full = limit is not None and self._counts[claim.campaign] >= limit
            if full or not self._give_one(claim.campaign):
                claims.remove(claim)  # who cannot have one now, cannot later: nobody gives agents back

    def _rank(self, claim: Claim) -> tuple[float, float, str]:
        return (claim.at_work + self._counts[claim.campaign]) / claim.weight, claim.turn, claim.campaign

    def _give_one(self, campaign: str) -> bool:
        """Give `campaign` one agent more; others may have to swap theirs for a spare one. False: impossible.

        A search for an augmenting path, breadth first, over campaigns that could pass on an agent.
        """
        passes: dict[str, tuple[_Group, str] | None] = {campaign: None}  # from which group, to whom
        ahead = deque([campaign])
        while ahead:
            taker = ahead.popleft()
            for group in self._groups:
                if taker not in group.given:
                    continue
                if group.spare:
                    group.spare -= 1
                    group.given[taker] += 1
                    self._swap(taker, passes)
                    self._counts[campaign] += 1
                    return True
                for holder, count in group.given.items():
                    if count and holder not in passes:
                        passes[holder] = (group, taker)
                        ahead.append(holder)
        return False

    @staticmethod
    def _swap(taker: str, passes: Mapping[str, tuple[_Group, str] | None]) -> None:
        """Pass an agent on from each campaign of the path to the next."""
        while step := passes[taker]:
            group, receiver = step
            group.given[taker] -= 1
            group.given[receiver] += 1
            taker = receiver
