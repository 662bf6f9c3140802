"""The proved bound on drops: may one more call be placed, were all that can go wrong to go wrong? Pure.

Of one legal window let L be the people who answered, D those of them dropped, U the calls whose fate is not known
(reserved, not over, not connected) and A the agents who are ready for them. At risk are m = max(0, U - A) calls: were
all U answered at this instant, A of them would find an agent. The guard lets a call be placed only if afterwards m = 0,
or

    (1)  D + m ≤ cap × (L + m),

that is, if the share would be lawful even if all calls at risk were answered and dropped.

**Theorem.** Let L ≥ ACTIVE_FROM and let (1) hold at some instant of a window. Let V count how often after it a ready
agent failed a call: went away without taking one of these calls (paused, logged out, taken by another call), or was
ready and not connected yet when the person hung up. Then at each later instant of the window D ≤ cap × L + V,
whatever the calls do; with V = 0, D ≤ cap × L.

Proof, for V = 0: (1) is kept by all that can happen. A call that ends unanswered leaves m or lowers it by 1, which
lowers the left side by 1 and the right by cap ≤ 1. One that is connected takes a call and an agent, so m stays, and L
grows: the right side grows. One that is dropped found no agent ready, so A = 0 and m falls by 1: D + m stays, and L +
m stays. An agent who becomes ready lowers m or leaves it. A call that is placed leaves (1) true, or has m = 0 after
it, where (1) says D ≤ cap × L as it did before. Finally (1) gives D ≤ cap × L - (1 - cap) × m. Each failure of V
raises D + m by 1 at most.

**Assumptions.** L, D and U are those of the ledger, read and changed in the transaction that reserves the call, one
at a time for each campaign, so no two originates are checked against the same room. A call whose fate is not known
yet, or never will be, stays in U, so events that are late, doubled or lost make the guard too careful and never too
bold; a fate once written is not taken back; the window begins at a fixed time (answers do not drop out of it one by
one). A comes from the dialer's picture of the agents and may be a moment old: an agent who has just gone away counts
into V.

**Cost.** Room for m calls means that about m drops of the budget are left unspent: cap × L - D ≥ (1 - cap) × m. At
10,000 answers and twenty agents (some 17 calls in flight) the share stays 0.17 points below the cap.

Below ACTIVE_FROM answers the promise is the pacer's, and statistical: were the guard active from the first call on, no
call beyond one for each ready agent could ever be placed. A campaign that comes to ACTIVE_FROM with too many drops goes
on with one call for each ready agent (m = 0) until (1) holds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

ACTIVE_FROM: Final = 2_000  # people who answered in the window
KEPT_BACK: Final = 1.5  # drops for each agent: calls at risk at a time, where a quarter of all calls are answered
CAP_PRECISION: Final = 100_000  # caps are decimal fractions: 0.03 means 3/100 and not the float beside it


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCount:
    """One legal window of a campaign: people who answered (`live`), those of them dropped, calls whose fate is not
    known (`unresolved`), agents `ready` for them."""

    live: int
    drops: int
    unresolved: int
    ready: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many more calls may be placed; None: any number, the guard is not active. `reason`: the sum."""

    calls: int | None
    reason: str

    def allows(self, calls: int = 1) -> bool:
        return self.calls is None or calls <= self.calls


def room(window: WindowCount, cap: float, active_from: int = ACTIVE_FROM) -> Room:
    """Return how many more calls may be placed; raise ValueError for a cap that is none.

    >>> room(WindowCount(live=10_000, drops=280, unresolved=15), 0.03).calls
    5
    >>> room(WindowCount(live=10_000, drops=300, unresolved=15, ready=17), 0.03).calls
    2
    >>> room(WindowCount(live=1_999, drops=500, unresolved=15), 0.03).calls is None
    True
    """
    if not 0.0 <= cap < 1.0:
        raise ValueError(f"a cap of {cap:g} is not a share below 1")
    if window.live < active_from:
        return Room(calls=None, reason=f"{window.live} answers in the window: the guard begins at {active_from}")
    share = Fraction(cap).limit_denominator(CAP_PRECISION)
    most_at_risk = max(0, ((share * window.live - window.drops) / (1 - share)).__floor__())
    calls = max(0, most_at_risk + window.ready - window.unresolved)
    return Room(
        calls=calls,
        reason=f"{window.drops} of {window.live} dropped, {window.unresolved} calls for {window.ready} ready agents: "
        f"room for {calls} more",
    )


def kept_back(live: int, agents: int) -> int:
    """Return how many drops a pacer of `agents` keeps back in a window of `live` answers, so that the guard has room.

    Once they are saved, at the cost of so many drops and once a window, the guard seldom stands in the pacer's way.

    >>> kept_back(1_999, 20), kept_back(10_000, 20)
    (0, 30)
    """
    return math.ceil(KEPT_BACK * agents) if live >= ACTIVE_FROM else 0
