"""`python -m bench.pacing`: utilisation and drops of pacers in simulated days, pooled over seeds, with intervals.

    python -m bench.pacing                                     # teams of 3 to 100, predictive, five days of eight hours
    python -m bench.pacing --agents 20 --hours 1 --cap 0.01    # short days, another cap
    python -m bench.pacing --days --hours 4                    # days on which things change
    python -m bench.pacing --pacers predictive,textbook,hard+  # rivals: textbook, hard, average, tapered; + ready only
    python -m bench.pacing --guard                             # with the proved bound in front of each call
    python -m bench.pacing --scores room --agents 5,20         # leads with scores, in the order of the dialer

One process, unless `--processes` says otherwise. An interval is 1.96 standard errors of the mean over the days.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from bisect import bisect
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # small products: more threads only get in each other's way
    os.environ.setdefault(threads, "1")

from callcenter.compliance.guard import WindowCount, room  # noqa: E402
from dialer.pacing import Kind, Pacer, PacingDecision, make_pacer  # noqa: E402
from dialer.pacing.contract import DROPS, Event, Snapshot, calls_in_flight  # noqa: E402
from sim.days import DAYS, USUAL, steady  # noqa: E402
from sim.outbound import Day, play  # noqa: E402
from sim.rivals import Adaptive, Textbook  # noqa: E402
from sim.scenario import Calling, Scenario, Scored  # noqa: E402

RIVALS: Mapping[str, Callable[[], Pacer]] = {
    "textbook": Textbook,
    **{f"{mode}{'+' * plus}": lambda mode=mode, plus=plus: Adaptive(mode, ready_only=plus)  # type: ignore[misc]
       for mode in ("hard", "average", "tapered") for plus in (False, True)},
}  # fmt: skip
HOUR_S = 3_600.0


@dataclass(frozen=True)
class Job:
    """One day: `day` names one of sim.days.DAYS, or "" for a steady one."""

    pacer: str
    day: str
    agents: int
    seed: int
    options: argparse.Namespace

    def scenario(self) -> Scenario:
        o = self.options
        if self.day:
            return replace(DAYS[self.day](self.seed, o.hours), cap=o.cap)
        people = replace(USUAL, p_person=o.p, handle_s=o.handle)
        day = replace(steady(self.agents, o.hours, self.seed, people), cap=o.cap, max_wait_s=o.wait, amd=not o.no_amd)
        return scored(day, o) if o.scores else day


def scored(day: Scenario, options: argparse.Namespace) -> Scenario:
    """Return the day with leads of whom a score is known."""
    known = Scored(
        alike=options.alike,
        noise=options.noise,
        lessons=options.lessons,
        in_sight=options.in_sight,
        calling=Calling.LIST if options.scores == "hidden" else Calling(options.scores),
        hidden=options.scores == "hidden",
    )
    leads = options.in_sight if options.scores == Calling.BEST else day.leads  # the whole list is in sight
    return replace(day, people=replace(day.people, segments=(1.0,)), leads=leads, scored=known)


class Guarded:
    """A pacer behind the guard: calls beyond one per ready agent are placed only where there is room for them."""

    def __init__(self, pacer: Pacer) -> None:
        self.pacer, self.wake, self.live, self.drops = pacer, pacer.wake, 0, 0

    def start(self, info: Mapping[str, Any], /) -> None:
        self.pacer.start(info)

    def observe(self, event: Event, /) -> None:
        self.live += event.kind == Kind.LIVE
        self.drops += event.kind in DROPS
        self.pacer.observe(event)

    def decide(self, snapshot: Snapshot, /) -> PacingDecision:
        decision = self.pacer.decide(snapshot)
        flying = calls_in_flight(snapshot)
        count = WindowCount(live=self.live, drops=self.drops, unresolved=flying, ready=snapshot.n_idle)
        free = room(count, snapshot.cap).calls
        return decision if free is None else replace(decision, originate=min(decision.originate, free))


class Timed:
    """A pacer, and the CPU time of its decisions."""

    def __init__(self, pacer: Pacer) -> None:
        self.pacer, self.wake, self.start = pacer, pacer.wake, pacer.start
        self.observe = pacer.observe
        self.decisions_s: list[float] = []

    def decide(self, snapshot: Snapshot, /) -> PacingDecision:
        snapshot.peek(200)  # the simulator makes up its leads here; that is not the pacer's time
        began = time.thread_time()
        decision = self.pacer.decide(snapshot)
        self.decisions_s.append(time.thread_time() - began)
        return decision


@dataclass(frozen=True)
class Result:
    utilisation: float
    live: int
    drops: int
    worst_hour: float
    decision_ms: float
    slow_ms: float  # 99th percentile


def run(job: Job) -> Result:
    pacer = RIVALS[job.pacer]() if job.pacer in RIVALS else make_pacer(job.pacer)
    timed = Timed(Guarded(pacer) if job.options.guard else pacer)
    scenario = job.scenario()
    day = play(scenario, timed)
    spent = sorted(timed.decisions_s)
    return Result(
        utilisation=day.utilisation,
        live=day.live,
        drops=day.drops,
        worst_hour=worst_hour(day, scenario.end_s),
        decision_ms=1_000 * statistics.mean(spent),
        slow_ms=1_000 * spent[int(0.99 * len(spent))],
    )


def worst_hour(day: Day, end_s: float) -> float:
    """Return the largest share of drops in any hour, by steps of five minutes."""
    worst, start = 0.0, 0.0
    while start + HOUR_S <= end_s + 1.0:
        live, drops = (bisect(at, start + HOUR_S) - bisect(at, start) for at in (day.live_times, day.drop_times))
        worst, start = max(worst, drops / max(1, live)), start + 300.0
    return worst


def tell(name: str, results: list[Result]) -> str:
    """Return the line of a cell of the table."""
    utilisation = [100 * r.utilisation for r in results]
    live, drops = sum(r.live for r in results), sum(r.drops for r in results)
    error = 1.96 * statistics.stdev(utilisation) / len(results) ** 0.5 if len(results) > 1 else 0.0
    worst = max(r.drops / max(1, r.live) for r in results)
    return (
        f"{name:32} {statistics.mean(utilisation):6.2f} ± {error:4.2f} %   drops {100 * drops / max(1, live):5.2f} %"
        f"   worst day {100 * worst:5.2f} %   worst hour {100 * max(r.worst_hour for r in results):5.2f} %"
        f"   {statistics.mean(r.decision_ms for r in results):5.3f} ms, 99 %: {max(r.slow_ms for r in results):5.2f} ms"
    )


def jobs(options: argparse.Namespace) -> Iterable[tuple[str, list[Job]]]:
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    for pacer in options.pacers.split(","):
        if options.days:
            for day in DAYS:
                yield f"{pacer}, {day}", [Job(pacer, day, 0, seed, options) for seed in seeds]
        else:
            for agents in map(int, options.agents.split(",")):
                yield f"{pacer}, {agents} agents", [Job(pacer, "", agents, seed, options) for seed in seeds]


def main() -> None:
    parser = argparse.ArgumentParser(description="Utilisation and drops of pacers in simulated days")
    parser.add_argument("--pacers", default="predictive")
    parser.add_argument("--agents", default="3,5,10,20,50,100")
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--cap", type=float, default=0.03)
    parser.add_argument("--p", type=float, default=0.25, help="share of leads where a person answers")
    parser.add_argument("--handle", type=float, default=120.0, help="talk and wrap-up, s")
    parser.add_argument("--wait", type=float, default=2.0, help="longest wait of a person for an agent, s")
    parser.add_argument("--no-amd", action="store_true")
    parser.add_argument("--days", action="store_true", help="days on which things change")
    parser.add_argument("--guard", action="store_true", help="with the proved bound in front of each call")
    parser.add_argument("--scores", choices=["hidden", *Calling], help="leads differ and show a score; how it is used")
    parser.add_argument("--alike", type=float, default=4.0, help="a + b of the Beta distribution of their chances")
    parser.add_argument("--noise", type=float, default=0.5, help="of the score, standard deviation in log odds")
    parser.add_argument("--lessons", type=int, default=0, help="calls learnt from on earlier days")
    parser.add_argument("--in-sight", type=int, default=300, help="leads to choose from; with best the whole list")
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    with ProcessPoolExecutor(options.processes) as pool:
        for name, cell in jobs(options):
            print(tell(name, list(pool.map(run, cell))), flush=True)


if __name__ == "__main__":
    main()
