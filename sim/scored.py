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
from typing import Final

from dialer.scores import Scorer, View
from sim.people import Fate, People
from sim.scenario import Calling, Scenario, Scored

SCORE_STEP: Final = 0.5  # scores are told apart by so much of the log odds
SURE: Final = 1e-3
JUDGED_ANEW_S: Final = 60.0


class ScoredLeads:
    """As sim.leads.LeadList. `in_sight` leads may be chosen from; who is called makes room for the next of the list."""

    def __init__(self, scenario: Scenario, scored: Scored) -> None:
        self._scenario, self._scored = scenario, scored
        self.scorer = Scorer()
        self._view: View[int] = View()
        self._in_sight: dict[int, tuple[str, ...]] = {}  # number of a lead -> what is known of it
        self._drawn = self._placed = 0
        self._chances: dict[int, float] = {}  # of calls in flight, as they were judged
        self._traits: dict[int, tuple[str, ...]] = {}  # and of their leads
        self._judged_at = 0.0
        for lesson in range(1, scored.lessons + 1):
            answered = random.Random(f"{scenario.seed}/{lesson}/lesson").random() < self._chance(-lesson)
            self.scorer.learn(self._traits_of(-lesson), answered)

    @property
    def left(self) -> int:
        return self._scenario.leads - self._placed

    def arrange(self, now: float, idle: int, /) -> None:
        """Before each decision."""
        anew: list[int] = []
        if now >= self._judged_at + JUDGED_ANEW_S:
            self._judged_at, anew = now, list(self._in_sight)
        while len(self._in_sight) < self._scored.in_sight and self._drawn < self._scenario.leads:
            self._in_sight[self._drawn] = self._traits_of(self._drawn)
            anew.append(self._drawn)
            self._drawn += 1
        for number in anew:
            self._show(number, now)
        self._view.arrange(idle - sum(self._chances.values()), now)

    def peek(self, count: int, /) -> Sequence[int]:
        segments = self._view.peek(min(count, self.left))
        return [0] * len(segments) if self._scored.hidden else segments

    def take(self, now: float, /) -> Fate:
        [(number, score)] = self._view.take(1)
        self._chances[self._placed], self._traits[self._placed] = score.chance, self._in_sight.pop(number)
        self._placed += 1
        fate = self._people(self._scenario.people_at(now), number).fate(self._scenario.seed, number)
        return replace(fate, segment=0 if self._scored.hidden else score.segment)

    def ended(self, call: int, *, answered: bool) -> None:
        if self._chances.pop(call, None) is not None:
            self.scorer.learn(self._traits.pop(call), answered)

    def _show(self, number: int, now: float) -> None:
        """Judge a lead and put it in sight."""
        score = self.scorer.judge(self._in_sight[number])
        priority = {Calling.LIST: -number, Calling.BEST: round(1_000 * score.chance)}.get(self._scored.calling, 0)
        self._view.add(number, number, score, now, priority)

    # A lead, from its number alone

    def _chance(self, number: int) -> float:
        mean, alike = self._scenario.people.p_person, self._scored.alike
        rng = random.Random(f"{self._scenario.seed}/{number}/chance")
        return min(1.0 - SURE, max(SURE, rng.betavariate(mean * alike, (1.0 - mean) * alike)))

    def _traits_of(self, number: int) -> tuple[str, ...]:
        chance = self._chance(number)
        error = random.Random(f"{self._scenario.seed}/{number}/score").gauss(0.0, self._scored.noise)
        return (f"score {round((math.log(chance / (1.0 - chance)) + error) / SCORE_STEP)}",)

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
