"""Agents who become free against people who answer: one table for all that is on the floor. Pure.

A row for each bin of talk and of wrap-up and for each segment, stage and age of a call. Its columns are, for each time
ahead: what one such agent or call adds to mean, variance and third cumulant of X = agents free - people who answered,
to the mean of agents free alone, and to that of people alone. So a forecast is one product of counts and table.

People who are talked to make their agent free again within the times ahead if talks are short: a call's row has that in
it too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dialer.pacing.answers import Answers
from dialer.pacing.grid import Floats, Grid
from dialer.pacing.releases import Releases
from dialer.pacing.risk import short_of_agents


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is foretold at one instant. `sums`: the five parts (see above), one row each, those who are idle now in the
    first alone, for they are no matter of doubt; `doubt_free`, `doubt_lives`:
    what is not known of them, as variance over mean square; `fresh`: the five rows for one new call of each segment,
    `when`: how its answer spreads over the times ahead, if there is one."""

    sums: Floats
    doubt_free: float
    doubt_lives: float
    fresh: Floats
    when: Floats

    @property
    def lives_coming(self) -> float:
        """People who will answer calls that are in flight."""
        return float(self.sums[4, -1])

    def shortage(self, more: Floats | None = None) -> Floats:
        """Return P(X ≤ 0) by time ahead if `more` calls of each segment were placed now."""
        sums = self.sums
        if more is not None:
            sums = sums + (more @ self.fresh.reshape(len(more), -1)).reshape(sums.shape)
        mean, variance, third, free, lives = sums
        unknown = self.doubt_free * free * free + self.doubt_lives * lives * lives
        return short_of_agents(mean, variance + unknown, third)


class Forecast:
    """Builds the table and multiplies. Tables of agents and of calls are renewed apart."""

    def __init__(self, grid: Grid, releases: Releases, answers: Answers) -> None:
        self._grid, self._releases, self._answers = grid, releases, answers
        self._agents = len(releases.rows)
        self._table = np.zeros((self._agents + answers.segments * answers.width, 5 * grid.count))
        self._last = np.zeros(answers.segments * answers.width)
        self.renew_agents()
        self.renew_calls()

    def renew_agents(self) -> None:
        rows, n = self._releases.rows, self._grid.count
        spread = rows * (1.0 - rows)
        self._table[: self._agents] = np.hstack((rows, spread, spread * (1 - 2 * rows), rows, np.zeros_like(rows)))
        # Talks begun ahead, as cumulative means, into agents free again: increments times response.
        response = np.append(self._releases.anew, 0.0)
        lag = np.arange(n)[None, :] - np.arange(n)[:, None]
        self._again = response[np.where(lag >= 0, lag, n)] - response[np.where(lag >= 1, lag - 1, n)]

    def renew_calls(self) -> None:
        rows = self._answers.rows.reshape(-1, self._grid.count)
        self._table[self._agents :] = self._call_rows(rows)
        self._last = rows[:, -1]
        self.fresh = self._table[self._agents :: self._answers.width].reshape(self._answers.segments, 5, -1)
        steps = Grid.increments(self.fresh[:, 4, :])
        self.when = steps / (steps.sum(axis=1, keepdims=True) + 1e-9)
        old = Grid.increments(self._answers.rows[:, self._answers.old_row, :].sum(axis=0))
        self.when_old = old / (old.sum() + 1e-9)

    def _call_rows(self, rows: Floats) -> Floats:
        spread, again = rows * (1.0 - rows), rows @ self._again
        return np.hstack((again - rows, spread + again, again - spread * (1.0 - 2.0 * rows), again, rows))

    def look_ahead(self, agents: Floats, ready: float, waiting: float, surprise: float) -> Outlook:
        """Return the outlook from agents by bin, those ready, people waiting for one, and the calls counted last.

        `surprise`: drops seen beyond those foretold, as a share of these. There were more than foretold because
        answers come in bursts, so it is added to what is not known of them.
        """
        answers = self._answers
        sums = np.concatenate((agents, answers.counts)) @ self._table
        if answers.is_listening:
            sums += self._call_rows(answers.listening()).sum(axis=0)
        sums = sums.reshape(5, -1)
        # Who waits takes the next agent, or is gone within the longest wait.
        extra = ready - min(waiting, ready + float(sums[3, 0]))
        sums[0] += extra
        doubt = self._doubt_lives() + answers.shape_doubt + surprise
        return Outlook(sums, self._releases.doubt, doubt, self.fresh, self.when)

    def _doubt_lives(self) -> float:
        doubts = self._answers.doubts
        if len(doubts) == 1:
            return doubts[0]
        lives = (self._answers.counts * self._last).reshape(len(doubts), -1).sum(axis=1) + 1e-3
        shares = lives / lives.sum()
        return float((shares * shares) @ np.array(doubts))
