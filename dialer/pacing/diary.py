"""Which decisions are worth keeping: all that did something, any that differs, and one a minute. Pure."""

from __future__ import annotations

from typing import Final

from dialer.pacing.contract import PacingDecision, Snapshot

EVERY_S: Final = 60.0
SAID_MOST: Final = 12  # lines of reasons


def floor_of(snapshot: Snapshot) -> dict[str, float]:
    """Return the counts of a snapshot by name, as they are kept with a decision."""
    names = ("n_idle", "n_talk", "n_wrap", "n_away", "n_dialing", "n_ringing", "n_amd", "n_waiting")
    counts = {name.removeprefix("n_"): float(getattr(snapshot, name)) for name in names}
    return {**counts, "trunk_free": float(snapshot.trunk_free), "rate_free": float(snapshot.cps_free)}


class Diary:
    """Says for each decision of a campaign whether to keep it."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[float, str]] = {}

    def keeps(self, campaign: str, t: float, decision: PacingDecision, placed: int) -> bool:
        """Return whether to keep a decision made at `t` (s), of which `placed` calls came."""
        mode = f"{bool(decision.originate)}{bool(placed)}{len(decision.reasons)}"
        at, before = self._last.get(campaign, (-EVERY_S, ""))
        if not (decision.originate or decision.cancel or mode != before or t - at >= EVERY_S or t < at):
            return False
        self._last[campaign] = (t, mode)
        return True
