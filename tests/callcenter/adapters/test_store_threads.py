"""Threads that work for an event loop: what comes of work comes back, in any case."""

from __future__ import annotations

import asyncio
import threading
from threading import current_thread

import pytest

from callcenter.adapters.store.threads import Threads


async def test_work_is_done_elsewhere_and_its_outcome_comes_back() -> None:
    threads = Threads("apart", 2)
    assert (await threads.run(lambda: current_thread().name)).startswith("apart-")
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0)
    threads.join()


async def test_one_thread_keeps_the_order() -> None:
    threads, done = Threads("one", 1), list[int]()
    await asyncio.gather(*(threads.run(lambda n=n: done.append(n)) for n in range(50)))  # type: ignore[misc]
    assert done == list(range(50))
    threads.join()


async def test_several_work_beside_each_other() -> None:
    threads, meeting = Threads("some", 3), threading.Barrier(3, timeout=10)
    assert sorted(await asyncio.gather(*(threads.run(meeting.wait) for _ in range(3)))) == [0, 1, 2]
    threads.join()


async def test_what_nobody_waits_for_any_more_is_done_all_the_same() -> None:
    threads, go, done = Threads("one", 1), threading.Event(), list[int]()
    waiting = threads.run(lambda: go.wait(10))
    left = threads.run(lambda: done.append(1))
    left.cancel()
    go.set()
    assert await waiting
    threads.join()
    assert done == [1]


def test_a_loop_that_ended_meanwhile_is_no_error() -> None:
    threads, go = Threads("one", 1), threading.Event()

    async def leave() -> None:
        threads.run(lambda: go.wait(10)).cancel()

    asyncio.run(leave())
    go.set()
    threads.join()
