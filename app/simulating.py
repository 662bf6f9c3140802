"""Simulated days on several processors: jobs go out, what came of them comes back in the order they were given."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Final, TypeVar

J = TypeVar("J")
R = TypeVar("R")

# The products of the predictive pacer are small: more threads of the library only get in each other's way.
THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))


def in_order(work: Callable[[J], R], jobs: Iterable[J], processes: int) -> Iterator[tuple[J, R]]:
    """Yield each job with what `work` made of it; both must be picklable. With one process nothing is started."""
    waiting = list(jobs)
    if processes <= 1 or len(waiting) <= 1:
        yield from ((job, work(job)) for job in waiting)
        return
    for name in THREADS:
        os.environ.setdefault(name, "1")
    # Whoever asks may have threads (the desk has): what is forked off a process with threads may never come to life.
    with ProcessPoolExecutor(min(processes, len(waiting)), mp_context=get_context("spawn")) as pool:
        done = [pool.submit(work, job) for job in waiting]
        try:
            yield from ((job, future.result()) for job, future in zip(waiting, done, strict=True))
        finally:
            _forget(done)


def all_of(work: Callable[[J], R], jobs: Sequence[J], processes: int) -> list[R]:
    """Return what `work` made of each job."""
    return [result for _, result in in_order(work, jobs, processes)]


def timed(work: Callable[[J, Callable[[], float]], R], clock: Callable[[], float]) -> Callable[[J], R]:
    """Return `work` with the clock it measures by, as other processes can take it."""
    return partial(_with_clock, work, clock)


def _with_clock(work: Callable[[J, Callable[[], float]], R], clock: Callable[[], float], job: J) -> R:
    return work(job, clock)


def _forget(futures: Sequence[Future[R]]) -> None:
    """Let nothing begin any more."""
    for future in futures:
        future.cancel()
