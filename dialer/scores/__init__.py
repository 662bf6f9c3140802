"""How likely a person answers, lead by lead: learnt from each call, calibrated, told with its reasons. Pure.

traits       what the store knows of a lead and the hour, in words             dialer/scores/traits.py
model        a weight for each word, learnt call by call, with its doubt       dialer/scores/model.py
calibration  what the model's chances are worth; the plain rate if nothing     dialer/scores/calibration.py
scorer       the three together: `judge` before a call, `learn` after it       dialer/scores/scorer.py
order        which lead next, as agents stand ready                            dialer/scores/order.py, view.py
"""

from __future__ import annotations

from dialer.scores.scorer import SEGMENTS, Score, Scorer
from dialer.scores.view import View

__all__ = ["SEGMENTS", "Score", "Scorer", "View"]
