"""The times ahead at which a forecast is made: fine where tables are worked out, coarse where they are used. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PER_COARSE: Final = 2  # fine steps in a coarse one


class Grid:
    """Times `step_s`, 2 × `step_s`, … : `fine` of them, every second one also in the `times` that are used."""

    def __init__(self, step_s: float, fine: int) -> None:
        self.step_s, self.fine = step_s, fine
        self.ahead: Floats = np.asarray(step_s * np.arange(1, fine + 1), dtype=np.float64)
        self.times: Floats = self.ahead[PER_COARSE - 1 :: PER_COARSE]
        self.count = len(self.times)
        lag = np.arange(fine)[None, :] - np.arange(fine)[:, None]
        self._lag = np.where(lag >= 0, lag, fine)

    def coarse(self, rows: Floats) -> Floats:
        """Return the columns of the times that are used."""
        return rows[:, PER_COARSE - 1 :: PER_COARSE]

    def begun_at(self, response: Floats) -> Floats:
        """Return the matrix that turns increments (rows) into a sum of `response`, begun at each of them."""
        return np.append(response, 0.0)[self._lag]

    @staticmethod
    def increments(rows: Floats) -> Floats:
        """Return what each step adds to cumulative rows."""
        steps = rows.copy()
        steps[..., 1:] -= rows[..., :-1]
        return steps

    @staticmethod
    def halfway(response: Floats) -> Floats:
        """Return a response that begins in the middle of the step before."""
        late = 0.5 * response
        late[1:] += 0.5 * response[:-1]
        return late
