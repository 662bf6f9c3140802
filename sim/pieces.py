"""Pieces of a campaign's day, played by the very pacer, and what they agree on. Pure.

A whole day of the predictive pacer takes too long to simulate several times within seconds. So *pieces* of the day are
played, each with people drawn from what is believed of them; the pacer is told of the whole day. What a piece tells is
the odds of idle to busy time of the agents, once the pacer has learnt (its first minutes are kept apart). Odds follow
the answer rate, the handle time and the team's size by powers (`SLOPES`), so each piece can be brought to the same
people, and the level they agree on to any other.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Final

from dialer.forecast import Beliefs
from dialer.trunks import TrunkLimits
from sim.compare import fresh
from sim.outbound import play
from sim.people import People
from sim.roster import Doing
from sim.scenario import Scenario

HOUR_S: Final = 3_600.0
LEARNING_S: Final = 600.0  # the first minutes of a piece, in which the pacer knows nothing yet
SHORTEST_S: Final = 1_200.0
GOOD_S: Final = 2_400.0  # rather fewer pieces of this length than many in which the pacer only begins to learn
FEWEST: Final = 2
USUAL_NOISE: Final = 0.12  # of the odds of a piece, where few pieces say little of it
USUAL_WEIGHT: Final = 3
LONGEST_S: Final = 7_200.0
BUDGET_S: Final = 8.0  # CPU seconds for all pieces of a forecast, two processors of a small machine
SEED: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Slopes:
    """Powers of the odds of idle to busy time: of the team's size, the handle time and the answer rate.

    `pooled`: what the logarithm of the team's size adds to the last two: in a large one it matters less what a call is.
    `unspent`: drops by which a day ends below its cap; None for a pacer that does not spend a budget.
    """

    agents: float
    handle: float
    answer: float
    pooled: tuple[float, float] = (0.0, 0.0)
    unspent: float | None = None

    def handle_at(self, agents: int) -> float:
        return min(0.0, self.handle + self.pooled[0] * math.log(agents))

    def answer_at(self, agents: int) -> float:
        return min(0.0, self.answer + self.pooled[1] * math.log(agents))


# `unspent`: days of 1 to 8 h and 3 to 100 agents (docs/pacing.md) ended 1.3 to 5 drops below their cap. The powers are
# fitted to tables of 3 to 300 agents, 45 to 300 s and answer rates of 0.1 to 0.5: within 7 % for predictive. One call
# per agent: an agent waits for the same calls whatever the team's size, and talks so long.
SLOPES: Final[Mapping[str, Slopes]] = {
    "progressive": Slopes(agents=0.0, handle=-1.0, answer=-1.0),
    "ratio": Slopes(agents=-0.15, handle=-0.9, answer=-0.8),
    "predictive": Slopes(agents=-0.55, handle=-1.0, answer=-0.53, pooled=(0.2, 0.08), unspent=3.0),
}
# CPU seconds for an hour of a team, measured: a constant, and per agent to the power of the third.
COST: Final[Mapping[str, tuple[float, float, float]]] = {
    "progressive": (0.05, 0.02, 1.0),
    "ratio": (0.05, 0.025, 1.0),
    "predictive": (2.0, 0.85, 0.55),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How it is to be called. `budget`: people who answered and drops in the legal window so far."""

    mode: str
    teams: tuple[int, ...]
    hours: float
    cap: float
    max_wait_s: float
    ring_timeout_s: float
    amd: bool
    trunk: TrunkLimits
    budget: Mapping[str, int] = field(default_factory=dict)
    pieces: int = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a day to be played, and the people who were drawn for it."""

    mode: str
    scenario: Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a piece told after the pacer had learnt; `early`: the odds of idle to busy before. Times of all agents."""

    agents: int
    people: People
    early: float
    idle_s: float
    busy_s: float
    placed: int
    connected: int
    live: int
    drops: int

    @property
    def odds(self) -> float:
        return max(self.idle_s, 1.0) / max(self.busy_s, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What all pieces of a team agree on, for the middle of what is believed of its people.

    `odds` of idle to busy after learning, `early` before; `noise`: relative standard deviation of the odds of a piece
    of `piece_s`; `pieces` of them. `busy_per_talk`: busy time per talk ÷ handle time; `calls_per_talk`: calls per talk
    × answer rate. `drop_rate` and its standard deviation from piece to piece, `live` people in each.
    """

    agents: int
    odds: float
    early: float
    noise: float
    pieces: int
    piece_s: float
    busy_per_talk: float
    calls_per_talk: float
    drop_rate: float
    drop_noise: float
    live: float


def pieces(plan: Plan, believed: Beliefs) -> list[Piece]:
    """Return the pieces that fit into `BUDGET_S`, for one to three of the team sizes."""
    anchors = _anchors(plan.teams)
    found = []
    for agents in anchors:
        count, length_s = _cut(plan, agents, len(anchors))
        for number in range(count):
            # The answer rate and the handle time in opposite corners, so that a few pieces see all of the square.
            z, other = middle(number, count), middle((number * 2 + 1) % count, count)
            people = people_of(believed, answer_z=z, handle_z=other)
            found.append(
                Piece(
                    mode=plan.mode,
                    scenario=Scenario(
                        agents=agents,
                        hours=plan.hours,
                        seed=SEED + number,
                        people=people,
                        cap=plan.cap,
                        max_wait_s=plan.max_wait_s,
                        ring_timeout_s=plan.ring_timeout_s,
                        amd=plan.amd,
                        trunk=plan.trunk,
                        budget=plan.budget,
                        stop_s=length_s,
                        marks_s=(min(LEARNING_S, length_s / 2),),
                    ),
                )
            )
    return found


def people_of(believed: Beliefs, answer_z: float = 0.0, handle_z: float = 0.0) -> People:
    """Return people as they are believed to be, `z` standard deviations from the middle."""
    answer = min(0.95, believed.answer_rate.at(answer_z))
    others = max(1e-9, sum(believed.ends.values()))
    rest = (1.0 - answer) / others  # whoever answers more often is not busy, out or a machine
    return People(
        p_person=answer,
        p_busy=believed.busy_rate * rest,
        p_machine=believed.machine_rate * rest,
        setup_s=believed.setup_s,
        rings_s=believed.rings_s,
        handle_s=max(1.0, believed.handle_s.at(handle_z)),
        wrap_share=believed.wrap_share,
        amd_misses_person=0.0,  # the rates are of what AMD said
        amd_misses_machine=0.0,
    )


def play_piece(piece: Piece) -> Seen:
    """Play one piece."""
    scenario = piece.scenario
    day = play(scenario, fresh(piece.mode))
    [mark] = day.marks
    idle, busy = _times(day.spent_s)
    early_idle, early_busy = _times(mark.spent_s)
    return Seen(
        agents=scenario.agents,
        people=scenario.people,
        early=max(early_idle, 1.0) / max(early_busy, 1.0),
        idle_s=idle - early_idle,
        busy_s=busy - early_busy,
        placed=day.placed - mark.placed,
        connected=day.connected - mark.connected,
        live=day.live - mark.live,
        drops=day.drops - mark.drops,
    )


def levels(plan: Plan, believed: Beliefs, played: Sequence[tuple[Piece, Seen]]) -> list[Level]:
    """Return what the pieces of each team say, by size."""
    slopes, mean = SLOPES[plan.mode], people_of(believed)
    found = []
    for agents in sorted({seen.agents for _, seen in played}):
        mine = [seen for _, seen in played if seen.agents == agents]
        [piece_s] = {piece.scenario.played_s for piece, seen in played if seen.agents == agents}
        there = [math.log(seen.odds) - shift(slopes, agents, mean, seen.people) for seen in mine]
        talks = max(1, sum(seen.connected for seen in mine))
        live = max(1, sum(seen.live for seen in mine))
        rates = [seen.drops / max(1, seen.live) for seen in mine]
        handled = sum(seen.connected * seen.people.handle_s for seen in mine)
        found.append(
            Level(
                agents=agents,
                odds=math.exp(statistics.fmean(there)),
                early=statistics.median(seen.early for seen in mine),
                noise=_noise(there),
                pieces=len(mine),
                piece_s=piece_s - min(LEARNING_S, piece_s / 2),
                busy_per_talk=sum(seen.busy_s for seen in mine) / max(1.0, handled),
                calls_per_talk=sum(seen.placed * seen.people.p_person for seen in mine) / talks,
                drop_rate=sum(seen.drops for seen in mine) / live,
                drop_noise=statistics.stdev(rates) if len(rates) > 1 else 0.0,
                live=live / len(mine),
            )
        )
    return found


def middle(number: int, of: int) -> float:
    """The middle of the `number`th of equally likely parts of the normal distribution."""
    return NormalDist().inv_cdf((number + 0.5) / of)


def shift(slopes: Slopes, agents: int, mean: People, people: People) -> float:
    """By how much the logarithm of the odds differs for `people` from that for `mean`."""
    answer = slopes.answer_at(agents) * math.log(people.p_person / mean.p_person)
    return answer + slopes.handle_at(agents) * math.log(people.handle_s / mean.handle_s)


def _anchors(teams: Sequence[int]) -> list[int]:
    low, high = min(teams), max(teams)
    if high <= 1.5 * low:
        return [round(math.sqrt(low * high))]
    return [low, high] if high <= 4 * low else [low, round(math.sqrt(low * high)), high]


def _cut(plan: Plan, agents: int, anchors: int) -> tuple[int, float]:
    """Return how many pieces of which length (s) fit into the time."""
    constant, factor, power = COST[plan.mode]
    total_s = HOUR_S * BUDGET_S / (anchors * float(constant + factor * agents**power))
    count = min(plan.pieces, max(FEWEST, int(total_s / GOOD_S)))
    return count, min(max(total_s / count, SHORTEST_S), LONGEST_S, plan.hours * HOUR_S)


def _noise(there: Sequence[float]) -> float:
    """Standard deviation of logarithms, held to what is usual where they are few."""
    own = statistics.variance(there) * (len(there) - 1) if len(there) > 1 else 0.0
    return math.sqrt((own + USUAL_WEIGHT * USUAL_NOISE**2) / (len(there) - 1 + USUAL_WEIGHT))


def _times(spent_s: Mapping[Doing, float]) -> tuple[float, float]:
    return spent_s[Doing.IDLE], spent_s[Doing.TALK] + spent_s[Doing.WRAP]
