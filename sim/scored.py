"""A list whose leads differ, and a scorer that learns from it: what per-lead scores are worth to a pacer. Pure.

Each lead has a chance of its own that a person answers, drawn from a Beta distribution, and shows a score: the log
odds of that chance with a normal error. The dialer's scorer (dialer.scores) sees scores and how calls ended, nothing
else, and the dialer's rule (dialer.scores.order) says who is next.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from dialer.scores import Order, Score, Scorer, Waiting
from sim.people import Fate, People
from sim.scenario import Calling, Scenario, Scored

SCORE_STEP: Final = 0.5  # scores are told apart by so much of the log odds
SURE: Final = 1e-3
JUDGED_ANEW_S: Final = 60.0

Known = tuple[int, tuple[str, ...], Score]  # number of the lead, its traits, its score


class ScoredLeads:
    """As sim.leads.LeadList. `in_sight` leads may be chosen from; who is called makes room for the next of the list."""

    def __init__(self, scenario: Scenario, scored: Scored) -> None:
        self._scenario, self._scored = scenario, scored
        self._scorer, self._order = Scorer(), Order()
        self._drawn = self._placed = 0
        self._room = 0.0
        self._in_sight: list[Waiting[Known]] = []
        self._turns: list[tuple[Waiting[Known], float]] | None = None
        self._flying: dict[int, Known] = {}
        self._judged_at = self._now = 0.0
        for lesson in range(1, scored.lessons + 1):
            answered = random.Random(f"{scenario.seed}/{lesson}/lesson").random() < self._chance(-lesson)
            self._scorer.learn(self._traits(-lesson), answered)

    @property
    def left(self) -> int:
        return self._scenario.leads - self._placed

    def arrange(self, now: float, idle: int, /) -> None:
        """Before each decision."""
        self._now, self._turns = now, None
        while len(self._in_sight) < self._scored.in_sight and self._drawn < self._scenario.leads:
            self._in_sight.append(self._judge(self._drawn, self._traits(self._drawn), now))
            self._drawn += 1
        if now >= self._judged_at + JUDGED_ANEW_S:
            self._judged_at = now
            self._in_sight = [self._judge(*one.lead[:2], one.since) for one in self._in_sight]
        self._room = idle - sum(score.chance for _, _, score in self._flying.values())

    def peek(self, count: int, /) -> Sequence[int]:
        return [0 if self._scored.hidden else one.lead[2].segment for one, _ in self._next(min(count, self.left))]

    def take(self, now: float, /) -> Fate:
        one, room = self._next(1)[0]
        self._turns = self._turns[1:] if self._turns else None
        self._in_sight.remove(one)
        self._order.placed(room)
        number, _, score = one.lead
        self._flying[self._placed] = one.lead
        self._placed += 1
        fate = self._people(self._scenario.people_at(now), number).fate(self._scenario.seed, number)
        return replace(fate, segment=0 if self._scored.hidden else score.segment)

    def ended(self, call: int, *, answered: bool) -> None:
        if (known := self._flying.pop(call, None)) is not None:
            self._scorer.learn(known[1], answered)

    def _next(self, count: int) -> list[tuple[Waiting[Known], float]]:
        if self._turns is None or len(self._turns) < count:
            self._turns = self._ahead(max(8, count))
        return self._turns[:count]

    def _ahead(self, count: int) -> list[tuple[Waiting[Known], float]]:
        match self._scored.calling:
            case Calling.LIST:
                return [(one, self._room) for one in self._in_sight[:count]]
            case Calling.BEST:
                best = sorted(self._in_sight, key=lambda one: -one.chance)
                return [(one, self._room) for one in best[:count]]
            case Calling.ROOM:
                return list(islice(self._order.turns(self._in_sight, self._room, self._now), count))

    # A lead, from its number alone

    def _chance(self, number: int) -> float:
        mean, alike = self._scenario.people.p_person, self._scored.alike
        rng = random.Random(f"{self._scenario.seed}/{number}/chance")
        return min(1.0 - SURE, max(SURE, rng.betavariate(mean * alike, (1.0 - mean) * alike)))

    def _traits(self, number: int) -> tuple[str, ...]:
        chance = self._chance(number)
        error = random.Random(f"{self._scenario.seed}/{number}/score").gauss(0.0, self._scored.noise)
        return (f"score {round((math.log(chance / (1.0 - chance)) + error) / SCORE_STEP)}",)

    def _judge(self, number: int, traits: tuple[str, ...], since: float) -> Waiting[Known]:
        score = self._scorer.judge(traits)
        return Waiting(lead=(number, traits, score), chance=score.chance, since=since)

    def _people(self, usual: People, number: int) -> People:
        """Return people as usual, but who answer with this lead's chance; what else may be shares the rest alike.

        Where answers change (Scenario.changes) the chances of all leads change in proportion.
        """
        chance = self._chance(number) * usual.p_person / self._scenario.people.p_person
        chance = min(1.0 - SURE, chance)
        rest = (1.0 - chance) / (1.0 - usual.p_person)
        return replace(
            usual, segments=(1.0,), p_person=chance, p_machine=usual.p_machine * rest, p_busy=usual.p_busy * rest
        )
