"""A campaign's day before it is played, from pieces of it that were (`sim.pieces`), and its list. Pure.

On the level that the pieces agree on come the doubt about the people, the chance of one day, and that of the pieces
themselves; the list says how long there are leads to be called (`dialer.worklist`). All of it is drawn `DRAWS` times,
spread evenly, and the same for all teams; what is told are the 10th, 50th and 90th of a hundred.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import numpy as np

from callcenter.outbound import AttemptOutcome, Campaign
from dialer.forecast import PEOPLE, Beliefs
from dialer.outlook import Range, Staffing, Team
from dialer.worklist import Demand, Floats, Flow, Hours, WorkList, flow
from sim.pieces import HOUR_S, LEARNING_S, SEED, SLOPES, Level, Plan, Slopes, middle, people_of

DRAWS: Final = 60
LOW: Final = 0.1
HIGH: Final = 0.9
SURE: Final = 0.8  # share of the draws from which on something is likely enough to plan by
LEFT: Final = 0.01  # share of the list still due at the end of the day: no more, and the team has kept up with it
NEARLY: Final = 0.99  # of the most talks per agent-hour is as good as the most
MOST_TRIED: Final = 40  # team sizes that are reckoned for the best staffing


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is to be forecast, and what the pieces told. `work` None: as if there were always leads."""

    campaign: Campaign
    plan: Plan
    believed: Beliefs
    levels: Sequence[Level]
    hours: Hours
    work: WorkList | None

    def team(self, agents: int, drawn: Drawn, days: int) -> Team:
        """Return the day of a team; the list is followed for so many days."""
        ahead = course(self.plan, self.believed, self.levels, drawn, agents)
        becomes = None if self.work is None else flow(self.campaign, self.work, ahead.demand, self.hours, days)
        return team_of(ahead, becomes, self.hours.length / timedelta(hours=1))


def staffing(setting: Setting, drawn: Drawn, teams: Sequence[int]) -> Staffing:
    """Return the best of `teams`."""
    tried = [setting.team(agents, drawn, days=1) for agents in thinned(teams, MOST_TRIED)]
    most = max(team.connects_per_agent_hour.mid for team in tried)
    enough = (team.agents for team in tried if team.keeps_up >= SURE)
    return Staffing(
        keeps_up=next(enough, None) if setting.work is not None else None,
        most_connects=next(team.agents for team in tried if team.connects_per_agent_hour.mid >= NEARLY * most),
    )


def thinned(teams: Sequence[int], most: int) -> list[int]:
    """Return at most `most` of the sizes, smallest and largest among them, by equal ratios.

    >>> thinned(range(1, 101), 5)
    [1, 3, 10, 32, 100]
    """
    low, high = min(teams), max(teams)
    if len(teams) <= most:
        return sorted(set(teams))
    return sorted({round(low * (high / low) ** (step / (most - 1))) for step in range(most)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What is not known, drawn `DRAWS` times: people, and how lucky day and estimate are. The same for all teams."""

    answer: Floats
    handle_s: Floats
    day: Floats
    estimate: Floats
    drops: Floats


def draw(believed: Beliefs) -> Drawn:
    """Return the draws, spread evenly over what is likely."""
    rng = random.Random(f"forecast/{SEED}")
    columns = []
    for _ in range(5):
        column = [middle(number, DRAWS) for number in range(DRAWS)]
        rng.shuffle(column)
        columns.append(column)
    return Drawn(
        answer=np.array([min(0.95, believed.answer_rate.at(z)) for z in columns[0]]),
        handle_s=np.array([max(1.0, believed.handle_s.at(z)) for z in columns[1]]),
        day=np.array(columns[2]),
        estimate=np.array(columns[3]),
        drops=np.array(columns[4]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A team's day with as many leads as it needs, one value per draw."""

    agents: int
    utilisation: Floats
    drop_rate: Floats
    talks_per_hour: Floats
    calls_per_hour: Floats
    ends: Mapping[AttemptOutcome, Floats]

    @property
    def demand(self) -> Demand:
        return Demand(calls_per_hour=self.calls_per_hour, ends=self.ends)


def course(plan: Plan, believed: Beliefs, found: Sequence[Level], drawn: Drawn, agents: int) -> Course:
    """Return the day of a team of `agents`, from the levels of the teams that were simulated."""
    slopes, mean = SLOPES[plan.mode], people_of(believed)
    near = _at(found, slopes, agents)
    day_s = plan.hours * HOUR_S
    shift = slopes.answer_at(agents) * np.log(drawn.answer / mean.p_person)
    shift = shift + slopes.handle_at(agents) * np.log(drawn.handle_s / mean.handle_s)
    chance = near.noise * math.sqrt(min(1.0, near.piece_s / day_s)) * drawn.day
    doubt = near.noise / math.sqrt(near.pieces) * drawn.estimate
    later = 1.0 / (1.0 + near.odds * np.exp(shift + chance + doubt))
    early = 1.0 / (1.0 + near.early * np.exp(shift))
    learning = min(1.0, LEARNING_S / day_s)
    used = learning * early + (1.0 - learning) * later
    talks = agents * HOUR_S * used / (near.busy_per_talk * drawn.handle_s)
    calls = talks * near.calls_per_talk / drawn.answer
    drops = _drops(plan, near, np.maximum(1.0, talks * plan.hours), drawn.drops)
    return Course(
        agents=agents,
        utilisation=used,
        drop_rate=drops,
        talks_per_hour=talks,
        calls_per_hour=calls,
        ends=_ends(plan, believed, drawn.answer, drops),
    )


def team_of(course_: Course, flow: Flow | None, hours: float) -> Team:
    """Return a team's day in ranges; `flow`: what becomes of the list, None if it never ends."""
    fed = np.ones(DRAWS) if flow is None else flow.fed
    talks = course_.talks_per_hour * fed
    return Team(
        agents=course_.agents,
        utilisation=range_of(course_.utilisation * fed),
        drop_rate=range_of(course_.drop_rate),
        calls_per_hour=range_of(course_.calls_per_hour * fed),
        connects_per_hour=range_of(talks),
        connects=range_of(talks * hours),
        connects_per_agent_hour=range_of(talks / course_.agents),
        dry_after_h=None if flow is None else _some(flow.dry_h),
        runs_dry=0.0 if flow is None else float(np.mean(~np.isnan(flow.dry_h))),
        keeps_up=0.0 if flow is None else float(np.mean(flow.left_due <= LEFT)),
        used_up_days=None if flow is None else _some(flow.used_up_days),
    )


def range_of(values: Floats) -> Range:
    """Return the 10th, 50th and 90th of a hundred."""
    low, mid, high = np.quantile(values, (LOW, 0.5, HIGH))
    return Range(low=float(low), mid=float(mid), high=float(high))


def _some(values: Floats) -> Range | None:
    """The range of what may lie beyond the horizon (nan): None if it most often does, its high end `inf` if it may."""
    filled = np.where(np.isnan(values), math.inf, values)
    low, mid, high = np.quantile(filled, (LOW, 0.5, HIGH), method="nearest")
    return None if math.isinf(mid) else Range(low=float(low), mid=float(mid), high=float(high))


def _at(found: Sequence[Level], slopes: Slopes, agents: int) -> Level:
    """The level for a team between (or beyond) those that were simulated: straight lines over the logarithms."""
    below = max((level for level in found if level.agents <= agents), key=lambda one: one.agents, default=None)
    above = min((level for level in found if level.agents >= agents), key=lambda one: one.agents, default=None)
    if below is None or above is None:
        near = below or above
        assert near is not None
        factor = (agents / near.agents) ** slopes.agents
        return replace(near, agents=agents, odds=near.odds * factor, live=near.live * agents / near.agents)
    if below.agents == above.agents:
        return below
    share = math.log(agents / below.agents) / math.log(above.agents / below.agents)

    def between(value: Callable[[Level], float]) -> float:
        return value(below) + share * (value(above) - value(below))

    return replace(
        below,
        agents=agents,
        odds=math.exp(between(lambda one: math.log(one.odds))),
        early=math.exp(between(lambda one: math.log(one.early))),
        noise=between(lambda one: one.noise),
        piece_s=between(lambda one: one.piece_s),
        busy_per_talk=between(lambda one: one.busy_per_talk),
        calls_per_talk=between(lambda one: one.calls_per_talk),
        drop_rate=between(lambda one: one.drop_rate),
        drop_noise=between(lambda one: one.drop_noise),
        live=between(lambda one: one.live),
    )


def _drops(plan: Plan, near: Level, live_a_day: Floats, chance: Floats) -> Floats:
    """The share of drops of the day. What a pacer steers is met within one over the people, not within their root."""
    unspent = SLOPES[plan.mode].unspent
    if unspent is None:
        steered = near.drop_noise * np.minimum(1.0, near.live / live_a_day) * chance
        return np.clip(near.drop_rate + steered, 0.0, 1.0)
    # A piece is too short to spend what it may: that takes the day.
    return np.clip(plan.cap - unspent * (1.0 - 0.5 * chance) / live_a_day, 0.0, 1.0)


def _ends(plan: Plan, believed: Beliefs, answer: Floats, drops: Floats) -> Mapping[AttemptOutcome, Floats]:
    rest = (1.0 - answer) / max(1e-9, sum(believed.ends.values()))
    others = {outcome: share * rest for outcome, share in believed.ends.items() if outcome not in PEOPLE}
    # Without AMD a machine gets an agent, as a person does.
    taken = answer if plan.amd else answer + others.pop(AttemptOutcome.MACHINE, 0.0)
    return {
        **others,
        AttemptOutcome.CONNECTED: taken * (1.0 - drops),
        AttemptOutcome.DROPPED: taken * drops,
    }
