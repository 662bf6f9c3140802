"""`python -m bench.scores`: what per-lead scores are worth to the predictive pacer, in simulated days (sim.scored).

python -m bench.scores hidden --agents 5,20            # leads differ, nobody knows how
python -m bench.scores list                            # the pacer is told the scores; the order is that of the list
python -m bench.scores room                            # and the dialer's order
python -m bench.scores room --lessons 5000             # the scorer has learnt on earlier days
python -m bench.scores best --in-sight 8000            # a list of 8,000, the likeliest first
"""

from __future__ import annotations

import argparse
import os
import statistics
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # small products: more threads only get in each other's way
    os.environ.setdefault(threads, "1")

from dialer.pacing import make_pacer  # noqa: E402
from sim.days import USUAL, steady  # noqa: E402
from sim.outbound import Day, play  # noqa: E402
from sim.scenario import Calling, Scenario, Scored  # noqa: E402


@dataclass(frozen=True)
class Job:
    agents: int
    seed: int
    options: argparse.Namespace

    def scenario(self) -> Scenario:
        o = self.options
        hidden = o.calling == "hidden"
        known = Scored(
            alike=o.alike,
            noise=o.noise,
            lessons=o.lessons,
            in_sight=o.in_sight,
            calling=Calling.LIST if hidden else Calling(o.calling),
            hidden=hidden,
        )
        day = steady(self.agents, o.hours, self.seed, replace(USUAL, segments=(1.0,)))
        # With the best first the whole list is in sight, and it is no longer than that.
        return replace(day, leads=o.in_sight if o.calling == Calling.BEST else day.leads, scored=known)


def run(job: Job) -> Day:
    return play(job.scenario(), make_pacer("predictive"))


def tell(agents: int, days: list[Day]) -> str:
    """Return the line of a team; an interval is 1.96 standard errors of the mean over the days."""
    utilisation = [100 * day.utilisation for day in days]
    error = 1.96 * statistics.stdev(utilisation) / len(days) ** 0.5 if len(days) > 1 else 0.0
    live, drops, placed = (sum(getattr(day, what) for day in days) for what in ("live", "drops", "placed"))
    return (
        f"{agents:3} agents {statistics.mean(utilisation):6.2f} ± {error:4.2f} %   drops {100 * drops / live:5.2f} %"
        f"   worst day {100 * max(day.drop_rate for day in days):5.2f} %"
        f"   {placed / len(days):.0f} calls a day, {100 * live / placed:.1f} % answered"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="What per-lead scores are worth, in simulated days")
    parser.add_argument("calling", choices=["hidden", *Calling], help="how scores are used")
    parser.add_argument("--agents", default="5,20")
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--alike", type=float, default=2.0, help="a + b of the Beta distribution of the leads' chances")
    parser.add_argument("--noise", type=float, default=0.3, help="of the score, standard deviation in log odds")
    parser.add_argument("--lessons", type=int, default=0, help="calls the scorer has learnt from on earlier days")
    parser.add_argument("--in-sight", type=int, default=300, help="leads to choose from; with best the whole list")
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    with ProcessPoolExecutor(options.processes) as pool:
        for agents in map(int, options.agents.split(",")):
            jobs = [Job(agents, seed, options) for seed in seeds]
            print(tell(agents, list(pool.map(run, jobs))), flush=True)


if __name__ == "__main__":
    main()
