"""The proved bound on drops: may one more call be placed, were all that can go wrong to go wrong? Pure.

Of one legal window let L be the people who answered, D those of them dropped, m the calls at risk: placed, not over,
and not known to be connected or dropped. The guard lets a call at risk be placed only if afterwards

    (1)  D + m ≤ cap × (L + m),

that is, if the share would be lawful even if all calls at risk were answered and dropped.

**Theorem.** Let L ≥ ACTIVE_FROM and let (1) hold at some instant of a window. Then D ≤ cap × L holds at each later
instant of the window, whatever the calls and the agents do.

Proof: (1) is kept by all that can happen. A call at risk that ends unanswered lowers the left side by 1 and the right
by cap ≤ 1. One that is answered and connected (L + 1, m - 1) lowers the left by 1 and leaves the right. One that is
answered and dropped (L + 1, D + 1, m - 1) leaves both. A new call is placed only if (1) holds with it. Finally (1)
gives D ≤ cap × L - (1 - cap) × m ≤ cap × L.

**Assumptions.** The counts are those of the ledger, read and changed in the transaction that reserves the call, so no
two originates are checked against the same room; a call whose fate is not known yet, or never will be, stays at risk,
so events that are late, doubled or lost make the guard too careful and never too bold; a fate once written is not
taken back; the window begins at a fixed time (answers do not drop out of it one by one).

**Cost.** Room for m calls means that about m drops of the budget are left unspent: cap × L - D ≥ (1 - cap) × m. At
10,000 answers and twenty agents (some 17 calls in flight) the share stays 0.17 points below the cap.

Below ACTIVE_FROM answers the promise is the pacer's, and statistical: were the guard active from the first call on, no
call could ever be placed. A call whose agent is reserved with it is not at risk and may always be placed; so a
campaign that comes to ACTIVE_FROM with too many drops goes on with such calls until (1) holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

ACTIVE_FROM: Final = 2_000  # people who answered in the window
CAP_PRECISION: Final = 100_000  # caps are decimal fractions: 0.03 means 3/100 and not the float beside it


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCount:
    """One legal window of a campaign: people who answered (`live`), those of them dropped, calls `at_risk`."""

    live: int
    drops: int
    at_risk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many more calls may be at risk; None: any number, the guard is not active. `reason`: the sum."""

    calls: int | None
    reason: str

    def allows(self, calls: int = 1) -> bool:
        return self.calls is None or calls <= self.calls


def room(window: WindowCount, cap: float, active_from: int = ACTIVE_FROM) -> Room:
    """Return how many more calls may be placed at risk; raise ValueError for a cap that is none.

    >>> room(WindowCount(live=10_000, drops=280, at_risk=15), 0.03).calls
    5
    >>> room(WindowCount(live=1_999, drops=500, at_risk=15), 0.03).calls is None
    True
    """
    if not 0.0 <= cap < 1.0:
        raise ValueError(f"a cap of {cap:g} is not a share below 1")
    if window.live < active_from:
        return Room(calls=None, reason=f"{window.live} answers in the window: the guard begins at {active_from}")
    share = Fraction(cap).limit_denominator(CAP_PRECISION)
    most = (share * window.live - window.drops) / (1 - share)
    calls = max(0, most.__floor__() - window.at_risk)
    return Room(
        calls=calls,
        reason=f"{window.drops} of {window.live} dropped, {window.at_risk} at risk: room for {calls} more calls",
    )
