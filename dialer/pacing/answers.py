"""Which calls in flight will be answered by a person, and when: survival by age and stage. Pure.

A call dials until it rings or is over (busy, no such number), rings until somebody or something answers or it is over,
and, with AMD, is listened to until it is live or a machine. Each stage has hazards by the time spent in it, estimated
from calls that left it over all calls that were in it so long, those in flight included: so a call that has not been
answered yet tells what it has to tell, and a change of the rate of answers does not bend the estimate. All segments
share the shapes; each has levels of its own (dialer.pacing.levels) for its answers and its bad numbers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Mapping, Sequence
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dialer.pacing.contract import Kind
from dialer.pacing.flights import Flight, FlightLog
from dialer.pacing.grid import Floats, Grid
from dialer.pacing.levels import Level
from dialer.pacing.releases import STALE
from dialer.pacing.stages import MEMORY, PRIOR_BAD, PRIOR_LIVE, gone_by, left_over, usual_course

PRIOR_DOUBT: Final = 1.6  # answers of weight that each segment's level is worth at first
MOST_SEGMENTS: Final = 24
OLD_S: Final = 16.0  # calls that have rung about so long may be ended
SHAPE_DOUBT: Final = 0.5  # variance of the rate as a share of its square while no call is over yet
FEW_CALLS: Final = 60  # up to here a loop is faster than arrays
Calls = Mapping[Any, tuple[float, float, float, int]]


class Answers:
    """Forecast of people who answer. `rows[g]`: for a new call of segment g, then for each bin of dialing and of
    ringing, P(live within each time ahead)."""

    def __init__(self, grid: Grid, ring_s: float, segments: int) -> None:
        self.segments = max(1, min(MOST_SEGMENTS, segments))
        self._grid, self._step = grid, grid.step_s
        self._course = usual_course(grid.step_s, ring_s)
        self._dials, self._rings = self._course.dial.bins, self._course.ring.bins
        self.width = 1 + self._dials + self._rings  # rows of a segment
        self.old_row = 1 + self._dials + int(OLD_S / grid.step_s)
        self.log = FlightLog()
        self._live = [Level(prior=PRIOR_DOUBT) for _ in range(self.segments)]
        self._bad = [Level(prior=4.0) for _ in range(self.segments)]
        self._kinds = np.zeros((2, self._rings))  # machines, and people, who answered after ringing so long
        self._over, self.shape_doubt = 0.0, SHAPE_DOUBT  # calls that are over
        self._expected: deque[tuple[float, list[float]]] = deque()  # people by segment, and when they are due
        self._looked_at: float | None = None
        self.counts = np.zeros(self.segments * self.width)
        self._heard: list[tuple[int, int, int]] = []  # in AMD: bins of the ringing and the listening, segment
        self._spans = _Spans(grid, self._dials, self._rings)
        self.refresh()

    # What is seen

    def _segment(self, seg: int) -> int:
        return seg if 0 <= seg < self.segments else 0

    def look(self, t: float, calls: Calls) -> None:
        """Learn from the calls of a snapshot at `t` and from the events before it; count the calls."""
        if len(calls) <= FEW_CALLS:
            self._sort_few(t, calls)
        else:
            self._sort_many(t, calls)
        since = 0.0 if self._looked_at is None else max(0.0, min(5.0, t - self._looked_at))
        self._looked_at = t
        seen = [0.0] * self.segments
        for flight in self.log.fresh_lives:
            seen[self._segment(flight.seg)] += 1.0
        self.log.fresh_lives.clear()
        ringing = self.counts.reshape(self.segments, self.width)[:, 1 + self._dials :]
        flying = float(self.counts.sum())
        # How many answer by now is told by the calls, how many will answer later only by the shape that is believed:
        # where people take longer than was thought, few early answers look like few answers.
        ripe = self._over / (self._over + flying + 1e-9)
        self.shape_doubt = SHAPE_DOUBT * (1.0 - ripe) ** 2
        # Whoever answers is told as a person only after AMD has listened: what is expected now is due then.
        self._expected.append((t + self._listen_s, (ringing @ self._live_hazard * (since / self._step)).tolist()))
        due = [0.0] * self.segments
        while self._expected and self._expected[0][0] <= t:
            for g, expected in enumerate(self._expected.popleft()[1]):
                due[g] += expected
        for g in range(self.segments):
            if seen[g] or due[g]:
                self._live[g].take(ripe * seen[g], ripe * due[g])
                self._live[g].settle()
        self.learn(t)

    def learn(self, t: float) -> None:
        """Learn from the calls about which all has been heard at `t`."""
        for flight in self.log.settled(t):
            self._over += 1.0
            self._learn(flight)

    def _sort_few(self, t: float, calls: Calls) -> None:
        """Count the calls by segment, stage and age; keep those in AMD one by one."""
        counts = [0.0] * len(self.counts)
        self._heard = []
        step, dials, rings = self._step, self._dials, self._rings
        for call, (placed, ringing, answered, seg) in calls.items():
            first = (seg if 0 <= seg < self.segments else 0) * self.width
            if answered >= 0.0:
                self._hear(t, call, (placed, ringing, answered, seg))
            elif ringing >= 0.0:
                counts[first + 1 + dials + min(rings - 1, max(0, int((t - ringing) / step)))] += 1.0
            else:
                counts[first + 1 + min(dials - 1, max(0, int((t - placed) / step)))] += 1.0
        self.counts = np.array(counts)

    def _sort_many(self, t: float, calls: Calls) -> None:
        table = np.fromiter(chain.from_iterable(calls.values()), float, 4 * len(calls)).reshape(-1, 4)
        placed, ringing, answered = table[:, 0], table[:, 1], table[:, 2]
        seg = table[:, 3].astype(int)
        seg[(seg < 0) | (seg >= self.segments)] = 0
        rings = ringing >= 0.0
        ages = (np.maximum(t - np.where(rings, ringing, placed), 0.0) / self._step).astype(int)
        bins = np.where(
            rings, 1 + self._dials + np.minimum(ages, self._rings - 1), 1 + np.minimum(ages, self._dials - 1)
        )
        waiting = answered < 0.0
        flat = (seg * self.width + bins)[waiting]
        self.counts = np.bincount(flat, minlength=len(self.counts)).astype(float)
        self._heard = []
        if len(flat) < len(calls):
            names: Sequence[Hashable] = list(calls)
            for i in np.flatnonzero(~waiting).tolist():
                self._hear(t, names[i], calls[names[i]])

    def _hear(self, t: float, call: Hashable, times: tuple[float, float, float, int]) -> None:
        """Keep a call in AMD; not one that is known to be live and waits."""
        placed, ringing, answered, seg = times
        if not self.log.is_person(call):
            rang = int((answered - (ringing if ringing >= 0.0 else placed)) / self._step)
            listened = int((t - answered) / self._step)
            last = self._course.listen.bins - 1
            where = (min(self._rings - 1, max(0, rang)), min(last, max(0, listened)))
            self._heard.append((*where, self._segment(seg)))

    def _learn(self, flight: Flight) -> None:
        """Count by which ways and when a call went through its stages."""
        step, g, course = self._step, self._segment(flight.seg), self._course
        placed, ringing, answered, over = flight.placed, flight.ringing, flight.answered, flight.over
        if ringing is None:
            if flight.fate == Kind.BUSY and placed is not None and over is not None:
                course.dial.leave(course.dial.bad, (over - placed) / step)
                self._bad[g].take(1.0, PRIOR_BAD)
            return
        if placed is not None:
            course.dial.leave(course.dial.good, (ringing - placed) / step)
            self._bad[g].take(0.0, PRIOR_BAD)
        if answered is None:
            if flight.fate != Kind.LIVE and over is not None:
                way = course.ring.cut if flight.cancelled else course.ring.bad
                course.ring.leave(way, (over - ringing) / step)
            return
        live, rang = flight.fate == Kind.LIVE, (answered - ringing) / step
        course.ring.leave(course.ring.good if live else course.ring.bad, rang)
        self._kinds[int(live), min(self._rings - 1, max(0, int(rang)))] += 1.0
        if over is not None:
            course.listen.leave(course.listen.good if live else course.listen.bad, (over - answered) / step)

    # What is foretold

    @property
    def stale(self) -> bool:
        """Levels have moved since the tables were worked out."""
        return any(abs(level.mean / built - 1.0) > STALE for level, built in zip(self._live, self._built, strict=True))

    def refresh(self) -> None:
        """Work out hazards and tables anew; call it every some seconds."""
        flying = self.counts.reshape(self.segments, self.width).sum(axis=0)
        course = self._course
        for stage in (course.dial, course.ring, course.listen):
            stage.forget()
        rings, bad = course.dial.hazards(flying[1 : 1 + self._dials])
        live, dead = course.ring.hazards(flying[1 + self._dials :])
        # Shapes only: how many answer is what the levels are for, and they must not count it twice.
        answered = float(left_over(live + dead)[:-1] @ live)
        self._live_hazard, self._usual_level = live * PRIOR_LIVE / answered, answered / PRIOR_LIVE
        bad = bad * PRIOR_BAD / float(left_over(rings + bad)[:-1] @ bad)
        for level in self._bad:
            level.settle()
        self._lean()
        self._listen()
        self._built = [level.mean for level in self._live]
        self.rows = np.stack([self._table(g, (rings, bad), dead) for g in range(self.segments)])

    def _lean(self) -> None:
        """Let each segment's level lean towards that of all, as long as it has seen little itself."""
        if self.segments > 1:
            mean = sum(level.mean for level in self._live) / self.segments
            for level in self._live:
                level.lean(mean)

    def _listen(self) -> None:
        """From the hazards in AMD: when a person is told, and how surely it is one by how long it has taken."""
        persons, machines = self._course.listen.ways()
        n, ahead = self._course.listen.bins, self._grid.fine
        self._listen_s = float(persons @ (np.arange(n) + 0.5)) / float(persons.sum()) * self._step
        told, dismissed = np.cumsum(persons) / persons.sum(), np.cumsum(machines) / machines.sum()
        before, machine_before = np.append(0.0, told)[:n], np.append(0.0, dismissed)[:n]
        self._listen_odds = (1.0 - before + 1e-4) / (1.0 - machine_before + 1e-4)
        later = np.append(told, np.ones(ahead + 1))[np.arange(n)[:, None] + np.arange(ahead)[None, :]]
        within = (later - before[:, None]) / (1.0 - before[:, None] + 1e-9)
        self._told_within = self._grid.coarse(np.minimum(within, 1.0))
        pmf = np.zeros(ahead)
        pmf[: min(n, ahead)] = (persons / persons.sum())[:ahead]
        self._told = self._grid.begun_at(self._grid.halfway(pmf))
        if self._kinds.sum() > MEMORY:
            self._kinds *= 0.5
        machine, people = self._kinds
        share = (people.sum() + 2.0) / (people.sum() + machine.sum() + 4.0)
        self._kind_odds = (_smooth(people) + 2.0 * share) / (_smooth(machine) + 2.0 * (1.0 - share))

    def _will_be_live(self, rang: int, listened: int, g: int) -> float:
        """Return how surely a call in AMD is a person's."""
        level = self._live[g].mean / self._usual_level
        odds = float(self._kind_odds[rang] * self._listen_odds[listened]) * level
        return odds / (1.0 + odds)

    def _table(self, g: int, dialing: tuple[Floats, Floats], dead: Floats) -> Floats:
        grid, spans = self._grid, self._spans
        live = np.minimum(0.95, self._live[g].mean * self._live_hazard)
        left = left_over(live + np.minimum(dead, 1.0 - live))
        answered = gone_by(left, live)
        ringing = spans.ring(_between(answered), _between(left)) @ self._told
        start = spans.ring(answered, left, only_new=True) @ self._told
        rings = dialing[0]
        bad = np.minimum(dialing[1] * self._bad[g].mean, 0.99 - rings)
        left = left_over(rings + bad)
        rung = gone_by(left, rings)
        response = grid.begun_at(grid.halfway(start[0]))
        ages = spans.dial(_between(rung), _between(left))
        new = spans.dial(rung, left, only_new=True)
        dials = grid.increments(np.vstack((new, ages))) @ response
        return np.minimum(grid.coarse(np.vstack((dials, ringing))), 1.0)

    def listening(self) -> Floats:
        """Return P(live within each time ahead) for each call in AMD."""
        chances = np.array([self._will_be_live(*heard) for heard in self._heard])
        return np.asarray(chances[:, None] * self._told_within[[listened for _, listened, _ in self._heard]])

    @property
    def is_listening(self) -> bool:
        return bool(self._heard)

    @property
    def doubts(self) -> list[float]:
        """Variance of each segment's rate of answers as a share of its square."""
        return [level.variance for level in self._live]


class _Spans:
    """From cumulative shares by age to P(gone within each time ahead | still there), for dialing and for ringing."""

    def __init__(self, grid: Grid, dials: int, rings: int) -> None:
        steps = np.arange(1, grid.fine + 1)[None, :]
        self._dial, self._ring = np.arange(dials)[:, None] + steps, np.arange(rings)[:, None] + steps

    def dial(self, gone: Floats, left: Floats, *, only_new: bool = False) -> Floats:
        return self._ahead(self._dial, gone, left, only_new)

    def ring(self, gone: Floats, left: Floats, *, only_new: bool = False) -> Floats:
        return self._ahead(self._ring, gone, left, only_new)

    @staticmethod
    def _ahead(index: NDArray[np.int_], gone: Floats, left: Floats, only_new: bool) -> Floats:
        rows = index[:1] if only_new else index
        later = gone[np.minimum(rows, len(gone) - 1)]
        return (later - gone[: len(rows), None]) / np.maximum(left[: len(rows), None], 1e-9)


def _between(edges: Floats) -> Floats:
    return np.asarray(0.5 * (edges[:-1] + edges[1:]))


def _smooth(counts: Floats) -> Floats:
    """Spread each count over its neighbours, three bins wide."""
    padded = np.concatenate((counts[:1], counts, counts[-1:]))
    return np.asarray((padded[:-2] + padded[1:-1] + padded[2:]) / 3.0)
