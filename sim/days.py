"""Days on which things do not stay as they are: what a pacer has to live with. Pure; chance comes from the seed.

Each function returns the scenario of one day for a seed. The shapes are plausible, not measured.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from dialer.trunks import TrunkLimits
from sim.people import People
from sim.scenario import Absence, Change, Scenario

SEGMENTS: Final = (1.0, 1.25, 0.63)  # live rates of three classes of leads, relative
USUAL: Final = People(segments=SEGMENTS)
STEP_S: Final = 300.0  # how finely a drift is cut


def steady(agents: int, hours: float, seed: int, people: People = USUAL) -> Scenario:
    """A day that stays the same."""
    return Scenario(agents=agents, hours=hours, seed=seed, amd=True, people=people)


def drift(seed: int, hours: float = 4.0) -> Scenario:
    """Answers swing slowly between a fifth and half more than usual."""
    day = steady(30, hours, seed)
    times = [STEP_S * i for i in range(int(day.end_s / STEP_S))]
    share = [0.2 * (1.0 + 0.5 * math.sin(2 * math.pi * t / 7_200.0 + seed)) for t in times]
    changes = [Change(at_s=t, people=replace(USUAL, p_person=p)) for t, p in zip(times, share, strict=True)]
    return replace(day, changes=changes)


def bad_list(seed: int, hours: float = 4.0) -> Scenario:
    """A part of the list is dead for half an hour: few live there, many numbers do not exist."""
    day, at = steady(30, hours, seed), 0.4 * hours * 3_600.0
    dead = replace(USUAL, p_person=0.07, p_busy=0.35)
    return replace(day, changes=(Change(at_s=at, people=dead), Change(at_s=at + 1_800.0, people=USUAL)))


def lunch(seed: int, hours: float = 4.0) -> Scenario:
    """Forty agents, two thirds of whom go to lunch for half an hour within the same hour; half of them say so."""
    rng = random.Random(f"{seed}/lunch")
    absences = []
    for agent in range(26):
        start = 0.35 * hours * 3_600.0 + rng.uniform(0.0, 2_400.0)
        absences.append(Absence(agent=agent, from_s=start, until_s=start + 1_800.0, announced=agent % 2 == 0))
    return replace(steady(40, hours, seed), absences=absences)


def join_leave(seed: int, hours: float = 4.0) -> Scenario:
    """Fifty agents come and go: thirty are there at first, the others come later, some go early."""
    rng, end = random.Random(f"{seed}/join"), hours * 3_600.0
    late = [Absence(agent=a, from_s=0.0, until_s=rng.uniform(0.05, 0.6) * end) for a in range(30, 50)]
    early = [Absence(agent=a, from_s=rng.uniform(0.4, 0.95) * end, until_s=end + 600.0) for a in range(15)]
    return replace(steady(50, hours, seed), absences=(*late, *early))


def handle_shift(seed: int, hours: float = 4.0) -> Scenario:
    """Talks are twice as long from the middle of the day on."""
    day = steady(25, hours, seed, replace(USUAL, handle_s=80.0))
    return replace(day, changes=(Change(at_s=0.5 * day.end_s, people=replace(USUAL, handle_s=160.0)),))


def flash(seed: int, hours: float = 4.0) -> Scenario:
    """Few answer, but for a quarter of an hour three times as many do (the end of a match on television)."""
    low = replace(USUAL, p_person=0.14)
    day, at = steady(40, hours, seed, low), 0.5 * hours * 3_600.0
    crowd = replace(low, p_person=0.45)
    return replace(day, changes=(Change(at_s=at, people=crowd), Change(at_s=at + 900.0, people=low)))


def bursts(seed: int, hours: float = 4.0) -> Scenario:
    """Answers come in bursts: each minute they are few or many, by chance."""
    rng, day = random.Random(f"{seed}/bursts"), steady(20, hours, seed)
    shares = [rng.choice((0.1, 0.2, 0.4)) for _ in range(int(day.end_s / 60.0))]
    changes = [Change(at_s=60.0 * i, people=replace(USUAL, p_person=share)) for i, share in enumerate(shares)]
    return replace(day, changes=changes)


def chaos(seed: int, hours: float = 4.0) -> Scenario:
    """Twenty agents, all of it at once, and a trunk that is tight."""
    rng, day = random.Random(f"{seed}/chaos"), steady(20, hours, seed)
    changes = []
    for i in range(int(day.end_s / 1_200.0)):
        people = replace(USUAL, p_person=rng.uniform(0.12, 0.35), handle_s=rng.uniform(80.0, 180.0))
        changes.append(Change(at_s=1_200.0 * i, people=people))
    absences = []
    for agent in range(14):
        start = rng.uniform(0.1, 0.9) * day.end_s
        absences.append(Absence(agent=agent, from_s=start, until_s=start + rng.uniform(300.0, 2_400.0)))
    trunk = TrunkLimits(channels=45, calls_per_second=3.0)
    return replace(day, changes=changes, absences=absences, trunk=trunk)


DAYS: Final[Mapping[str, Callable[[int, float], Scenario]]] = {
    "drift": drift,
    "bad-list": bad_list,
    "lunch": lunch,
    "join-leave": join_leave,
    "handle-shift": handle_shift,
    "flash": flash,
    "bursts": bursts,
    "chaos": chaos,
}
