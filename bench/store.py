"""The store on SQLite with synchronous=FULL: calls recorded per second, and what the event loop feels of it.

A call is what the acd writes for each: opened, changed twice, closed; every write returns only when it will survive
a loss of power. "At once" is how many calls write side by side; writes that wait share a commit. The database lies
beside this file, because a temporary folder may be memory.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

from bench.figures import Figure, least, most, plain, told
from callcenter.adapters.store import Store
from callcenter.records import CallRecord, Direction, Outcome

FOR_S: Final = 4.0
AT_ONCE: Final = 50
COMMITS_PER_CALL: Final = 4
TARGET_CALLS_PER_S: Final = 300.0
TARGET_ALONE_PER_S: Final = 100.0
TARGET_CPU_MS: Final = 2.2
TARGET_LAG_P99_MS: Final = 20.0
# Between two looks at the event loop.
LOOK_S: Final = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    calls_per_s: float
    cpu_ms_per_call: float
    lag_p99_ms: float


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="store-", dir=Path(__file__).parent) as folder:
        sync_ms = _sync_ms(Path(folder))
        many = asyncio.run(_measure(Path(folder) / "many.db", AT_ONCE))
        alone = asyncio.run(_measure(Path(folder) / "alone.db", 1))
    return [
        least(f"store: calls recorded, {AT_ONCE} at once", many.calls_per_s, "calls/s", TARGET_CALLS_PER_S),
        least(
            f"store: durable writes, {AT_ONCE} at once",
            many.calls_per_s * COMMITS_PER_CALL,
            "writes/s",
            TARGET_CALLS_PER_S * COMMITS_PER_CALL,
        ),
        most(f"store: CPU per call, {AT_ONCE} at once", many.cpu_ms_per_call, "ms", TARGET_CPU_MS),
        most(f"store: event loop lag p99, {AT_ONCE} at once", many.lag_p99_ms, "ms", TARGET_LAG_P99_MS),
        least("store: calls recorded, one after the other", alone.calls_per_s, "calls/s", TARGET_ALONE_PER_S),
        most("store: event loop lag p99, one after the other", alone.lag_p99_ms, "ms", TARGET_LAG_P99_MS),
        plain("store: fsync of this disk, median", sync_ms, "ms"),
    ]


async def _measure(path: Path, at_once: int) -> Measured:
    """Record calls for FOR_S seconds, `at_once` side by side."""
    lags: list[float] = []
    done = 0
    async with await Store.open(f"sqlite:///{path}") as store:
        await store.migrate()
        watching = asyncio.create_task(_watch_loop(lags))
        began, cpu = time.perf_counter(), time.process_time()
        until = began + FOR_S

        async def lane(number: int) -> None:
            nonlocal done
            for call_id in _ids(number):
                await _record(store, call_id)
                done += 1
                if time.perf_counter() > until:
                    return

        await asyncio.gather(*(lane(number) for number in range(at_once)))
        spent, cpu = time.perf_counter() - began, time.process_time() - cpu
        watching.cancel()
    lags.sort()
    return Measured(
        calls_per_s=done / spent,
        cpu_ms_per_call=cpu / done * 1000,
        lag_p99_ms=lags[int(len(lags) * 0.99)] * 1000,
    )


async def _record(store: Store, call_id: str) -> None:
    now = datetime.now(UTC)
    call = CallRecord(
        id=call_id, direction=Direction.INBOUND, started_at=now, did="+12025550100", caller="+12025550143"
    )
    await store.open_call(call)
    await store.update_call(call_id, queue="sales", intent="buy", queued_at=now)
    await store.update_call(call_id, agent="101", connected_at=now)
    if not await store.close_call(call_id, now, Outcome.REACHED_AGENT, 16):
        raise RuntimeError(f"call {call_id} was closed by somebody else")


def _ids(lane: int) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"1774746000.{lane}.{number}"


async def _watch_loop(lags: list[float]) -> None:
    """Note how much later than asked the event loop comes back."""
    while True:
        asked = time.perf_counter()
        await asyncio.sleep(LOOK_S)
        lags.append(time.perf_counter() - asked - LOOK_S)


def _sync_ms(folder: Path) -> float:
    """Return the median time this disk takes to make 4 KiB durable, ms."""
    times: list[float] = []
    with open(folder / "sync", "wb", buffering=0) as file:
        for _ in range(100):
            file.write(b"x" * 4096)
            began = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - began)
    return median(times) * 1000


if __name__ == "__main__":
    sys.exit(told(run()))
