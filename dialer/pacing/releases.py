"""When agents will be free: hazards of talk and wrap-up by elapsed time, running talks counted as they run. Pure.

Talk and wrap-up each have a hazard that is constant within a bin of elapsed time: ends seen in the bin over agents'
seconds spent in it, running ones included (else long talks would be missed until they end), drawn towards the overall
rate as long as a bin has seen little. Two levels (dialer.pacing.levels) scale talk and wrap-up when handle times shift.
What is seen comes from the snapshots alone, which are exact: no lost event can bend it.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dialer.pacing.contract import Snapshot
from dialer.pacing.grid import Floats, Grid
from dialer.pacing.levels import Level

TALK_EDGES: Final = np.array(
    [0, 1, 2, 3, 4, 6, 8, 10, 13, 16, 20, 25, 30, 36, 43, 51, 60, 70, 82, 96, 112, 130, 152, 178, 208, 243, 285, 335,
     395, 465, 550, 650, 800, 1_000, 1_300, 1_800]
)  # fmt: skip
WRAP_EDGES: Final = np.array([0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 22, 27, 33, 40, 50, 65, 90, 130, 200, 400])
FOREVER_S: Final = 10_000.0
USUAL_TALK_S: Final = 90.0  # before anything is known; one end of weight
USUAL_WRAP_S: Final = 15.0
BIN_PRIOR: Final = 2.0  # ends of weight by which a bin is drawn towards the overall rate
MEMORY: Final = 1_500.0  # ends after which a count weighs 1/e: shapes change slowly, levels are for the rest
RETURN_MEMORY: Final = 150.0
STALE: Final = 0.05  # a level that moved so much makes tables old
LONGEST_GAP_S: Final = 5.0  # a longer silence between two snapshots teaches nothing about the time in between


class Stay:
    """How long agents stay in one activity."""

    def __init__(self, edges: NDArray[np.int_], usual_s: float) -> None:
        self.edges = edges.astype(float)
        self.bins = len(edges)
        self._knots = np.append(self.edges, FOREVER_S)
        self._usual = usual_s
        self._ends, self._spent = np.zeros(self.bins), np.zeros(self.bins)
        self.level = Level(prior=4.0)
        self._hazard = np.full(self.bins, 1.0 / usual_s)
        self._built = 1.0

    @property
    def stale(self) -> bool:
        """The level has moved since tables were worked out."""
        return abs(self.level.mean / self._built - 1.0) > STALE

    def count(self, t: float, since: Mapping[Any, float]) -> Floats:
        """Return how many agents are in each bin at `t`."""
        if not since:
            return np.zeros(self.bins)
        ages = t - np.fromiter(since.values(), float, len(since))
        where = self.edges.searchsorted(np.maximum(ages, 0.0), side="right")
        return np.bincount(where, minlength=self.bins + 1)[1:].astype(float)

    def spend(self, counts: Floats, seconds: float) -> None:
        """So many agents in each bin have spent the last `seconds` so."""
        spent = counts * seconds
        self._spent += spent
        self.level.take(0.0, float(spent @ self._hazard))
        self.level.settle()

    def end(self, age: float) -> None:
        self._ends[int(self.edges.searchsorted(max(0.0, age), side="right")) - 1] += 1.0
        self.level.take(1.0, 0.0)

    def refresh(self) -> None:
        """Work out the hazards anew: their shape, that is; how high they are is what the level is for."""
        total = self._ends.sum()
        overall = (total + 1.0) / (self._spent.sum() + self._usual)
        self._hazard = (self._ends + BIN_PRIOR) / (self._spent + BIN_PRIOR / overall) / (overall * self._usual)
        if total > MEMORY:
            self._ends *= MEMORY / total
            self._spent *= MEMORY / total

    def over_within(self, ahead: Floats) -> Floats:
        """Return P(over within each time of `ahead`), one row for each bin of elapsed time and a last one for 0 s."""
        self._built = self.level.mean
        ages = np.concatenate((0.5 * (self.edges[:-1] + self.edges[1:]), [1.3 * self.edges[-1], 0.0]))
        risen = np.concatenate(([0.0], np.cumsum(self._hazard * np.diff(self._knots)))) * self.level.mean
        later = np.interp(ages[:, None] + ahead[None, :], self._knots, risen)
        return np.asarray(-np.expm1(np.interp(ages, self._knots, risen)[:, None] - later))


class Releases:
    """Forecast of agents who become free. `wait_s`: how long a person waits for an agent at most.

    `rows`: for each bin of talk and then of wrap-up, P(free within each time ahead and the wait after it);
    `anew`: the same for a talk that begins now.
    """

    def __init__(self, grid: Grid, wait_s: float) -> None:
        self.talk, self.wrap = Stay(TALK_EDGES, USUAL_TALK_S), Stay(WRAP_EDGES, USUAL_WRAP_S)
        self._grid = grid
        self._offset = max(1, round(0.8 * wait_s / grid.step_s))  # some hang up before the longest wait is over
        self._wide = Grid(grid.step_s, grid.fine + self._offset)
        self._talking: dict[Any, float] = {}
        self._wrapping: dict[Any, float] = {}
        self._returned, self._left = 20.0, 0.1
        self.connected = 0  # talks begun since the first look
        self._looked_at: float | None = None
        self.refresh()

    @property
    def coming_back(self) -> float:
        """Share of agents who are ready after wrap-up, and do not pause or leave without saying so."""
        return self._returned / (self._returned + self._left)

    @property
    def doubt(self) -> float:
        """Variance of the number of releases as a share of its square, from what is not known of the rates."""
        return self.talk.level.variance + 0.2 * self.wrap.level.variance

    @property
    def stale(self) -> bool:
        return self.talk.stale or self.wrap.stale

    def look(self, snapshot: Snapshot, leaving: AbstractSet[Any]) -> Floats:
        """Learn from the agents of a snapshot; return how many of those who stay are in each bin."""
        talking, wrapping, t = snapshot.talking, snapshot.wrapping, snapshot.t
        counts = np.concatenate((self.talk.count(t, talking), self.wrap.count(t, wrapping)))
        if self._looked_at is not None:
            since = min(LONGEST_GAP_S, t - self._looked_at)
            if since > 0.0:
                self.talk.spend(counts[: self.talk.bins], since)
                self.wrap.spend(counts[self.talk.bins :], since)
                self._learn_changes(snapshot, since, leaving)
        self._looked_at = t
        self._talking, self._wrapping = dict(talking), dict(wrapping)
        if leaving:
            gone = [{a: s for a, s in agents.items() if a in leaving} for agents in (talking, wrapping)]
            counts -= np.concatenate((self.talk.count(t, gone[0]), self.wrap.count(t, gone[1])))
        return counts

    def _learn_changes(self, snapshot: Snapshot, since: float, leaving: AbstractSet[Any]) -> None:
        talking, wrapping, idle = snapshot.talking, snapshot.wrapping, snapshot.idle
        about = snapshot.t - 0.5 * since  # where the snapshot does not tell exactly when
        self.connected += len(talking.keys() - self._talking.keys())
        for agent in self._talking.keys() - talking.keys():
            self.talk.end(wrapping.get(agent, about) - self._talking[agent])
        for agent in self._wrapping.keys() - wrapping.keys():
            self.wrap.end(idle.get(agent, about) - self._wrapping[agent])
            if agent not in leaving:
                self._note_return(agent in idle or agent in talking)

    def _note_return(self, returned: bool) -> None:
        keep = 1.0 - 1.0 / RETURN_MEMORY
        self._returned = max(1.0, keep * self._returned + returned)
        self._left = keep * self._left + (not returned)

    def refresh(self) -> None:
        """Work out the tables anew; call it every some seconds."""
        self.talk.refresh()
        self.wrap.refresh()
        wide = self._wide
        wrapping, talking = self.wrap.over_within(wide.ahead), self.talk.over_within(wide.ahead)
        # A talk that ends within a step leaves half a step for wrapping up within it.
        free = wide.increments(talking) @ wide.begun_at(wide.halfway(wrapping[-1]))
        back, offset = self.coming_back, self._offset
        self.rows = back * self._grid.coarse(np.vstack((free[:-1], wrapping[:-1]))[:, offset:])
        self.anew = back * self._grid.coarse(free[-1:, offset:])[0]
