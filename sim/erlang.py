"""Erlang B, C and A: what a queue of callers and agents does in the long run. Pure.

Notation: λ calls per second arrive (Poisson), a call is served for 1/μ seconds on average (exponential), n agents,
a waiting caller gives up after 1/θ seconds on average (exponential; Erlang A only). Offered load a = λ/μ in erlangs.
Times are seconds, probabilities and shares 0..1.

Sources: A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic telephone
exchanges", 1917 (B and C); the recursion of B as in V. B. Iversen, "Teletraffic engineering and network planning",
chapter 4; A: C. Palm, "Research on telephone traffic carried by full availability groups", 1957, as told in
A. Mandelbaum and S. Zeltyn, "Service engineering in action: the Palm/Erlang-A queue, with applications to call
centers", 2007.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

# The chain of Erlang A is cut where its terms no longer add to the sums.
NEGLIGIBLE: Final = 1e-15


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What callers meet in the long run.

    - `p_wait`: share of callers who find no free agent.
    - `p_abandon`: share of callers who give up.
    - `mean_wait_s`: mean over all callers, those who do not wait and those who give up included (ASA if nobody does).
    - `mean_queue`: mean number of callers waiting (Little: λ × mean wait).
    - `occupancy`: share of their time that agents talk.
    """

    p_wait: float
    p_abandon: float
    mean_wait_s: float
    mean_queue: float
    occupancy: float


def erlang_b(agents: int, load: float) -> float:
    """Return the probability that all `agents` are busy where nobody may wait; `load` in erlangs.

    >>> round(erlang_b(10, 7.0), 4)
    0.0787
    """
    blocked = 1.0
    for n in range(1, agents + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(agents: int, load: float) -> float:
    """Return the probability that a caller has to wait where everybody waits; 1 if the load is too much for ever.

    >>> round(erlang_c(10, 7.0), 4)
    0.2217
    """
    if load >= agents:
        return 1.0
    blocked = erlang_b(agents, load)
    return agents * blocked / (agents - load * (1 - blocked))


def queue_c(agents: int, calls_per_s: float, mean_talk_s: float) -> Waiting:
    """Return what callers of unlimited patience meet (M/M/n, Erlang C); raise ValueError if the queue only grows.

    >>> round(queue_c(10, 7 / 180, 180).mean_wait_s, 2)
    13.3
    """
    load = calls_per_s * mean_talk_s
    if load >= agents:
        raise ValueError(f"{load:g} erlangs are too much for {agents} agents: the queue grows for ever")
    p_wait = erlang_c(agents, load)
    mean_wait = p_wait * mean_talk_s / (agents - load)
    return Waiting(
        p_wait=p_wait,
        p_abandon=0.0,
        mean_wait_s=mean_wait,
        mean_queue=calls_per_s * mean_wait,
        occupancy=load / agents,
    )


def service_level_c(agents: int, calls_per_s: float, mean_talk_s: float, within_s: float) -> float:
    """Return the share of callers answered within `within_s` seconds (Erlang C).

    >>> round(service_level_c(10, 7 / 180, 180, 20), 3)
    0.841
    """
    load = calls_per_s * mean_talk_s
    if load >= agents:
        return 0.0
    return 1 - erlang_c(agents, load) * math.exp(-(agents - load) * within_s / mean_talk_s)


def queue_a(agents: int, calls_per_s: float, mean_talk_s: float, mean_patience_s: float) -> Waiting:
    """Return what callers of exponential patience meet (M/M/n+M, Erlang A); any load is possible.

    Sums the stationary distribution of the number of callers in the system: births λ, deaths min(k, n) μ + (k - n)⁺ θ.

    >>> round(queue_a(10, 10 / 180, 180, 180).p_abandon, 4)
    0.1251
    """
    load = calls_per_s * mean_talk_s
    total, busy, waiting = _stationary(agents, load, mean_patience_s / mean_talk_s)
    mean_queue = waiting / total
    p_abandon = mean_queue / (mean_patience_s * calls_per_s)  # abandonments per second θ Q over arrivals λ
    return Waiting(
        p_wait=busy / total,
        p_abandon=p_abandon,
        mean_wait_s=mean_queue / calls_per_s,
        mean_queue=mean_queue,
        occupancy=load * (1 - p_abandon) / agents,
    )


def _stationary(agents: int, load: float, patience: float) -> tuple[float, float, float]:
    """Return sums over the chain of Erlang A: of all terms, of those with no agent free, of those times who waits.

    Terms are relative to that of the likeliest state, so none of them overflows. `patience` in units of talk time.
    """

    def leaving(k: int) -> float:
        return min(k, agents) + max(0, k - agents) / patience

    peak = math.floor(load if load <= agents else agents + (load - agents) * patience)
    total = busy = waiting = 0.0
    term, k = 1.0, peak
    while term > 0 and (k <= agents or term * (k - agents) > NEGLIGIBLE * waiting or term > NEGLIGIBLE * total):
        total += term
        if k >= agents:
            busy += term
            waiting += (k - agents) * term
        k += 1
        term *= load / leaving(k)
    term, k = 1.0, peak
    while k > 0 and term > NEGLIGIBLE * total:
        term *= leaving(k) / load
        k -= 1
        total += term
        if k >= agents:
            busy += term
            waiting += (k - agents) * term
    return total, busy, waiting


def agents_needed(calls_per_s: float, mean_talk_s: float, *, within_s: float, share: float) -> int:
    """Return how few agents answer `share` of callers within `within_s` seconds (Erlang C).

    >>> agents_needed(100 / 1800, 180, within_s=20, share=0.8)
    14
    """
    agents = math.floor(calls_per_s * mean_talk_s) + 1
    while service_level_c(agents, calls_per_s, mean_talk_s, within_s) < share:
        agents += 1
    return agents
