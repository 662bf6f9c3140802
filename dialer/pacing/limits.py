"""What bounds every pacer alike: the trunk, the calls per second, the list and the end of the day. Pure."""

from __future__ import annotations

import math

from dialer.pacing.contract import PacingDecision, Snapshot


def within_limits(wanted: int, snapshot: Snapshot, reasons: tuple[str, ...]) -> PacingDecision:
    """Return the decision to place `wanted` calls or, if that is fewer, what trunk, rate and list allow.

    `reasons` say how `wanted` came about; the limit that bites is added to them.
    """
    if snapshot.t >= snapshot.day_end:
        return PacingDecision(originate=0, reasons=(*reasons, "the day is over"))
    count = max(0, wanted)
    if count:
        for name, free in (
            ("trunk channels free", snapshot.trunk_free),
            ("calls allowed by the trunk's calls per second", snapshot.cps_free),
            ("leads left in the hopper", len(snapshot.peek(count))),
        ):
            if free < count:
                count = max(0, math.floor(free))
                reasons = (*reasons, f"only {count} {name}")
    return PacingDecision(originate=count, reasons=reasons)
