"""The ordered writer: nothing is lost while SQL is away, nothing is written twice or out of order."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from acd.effects import CloseCall, DropWaiting, OpenCall
from acd.service.writer import Writer
from callcenter.adapters import writer as writer_module
from callcenter.errors import NotFound, StoreError
from callcenter.records import CallRecord, Direction, Outcome

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


class FakeStore:
    """Keeps the names of what was written; `faults` are raised first, one a write."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.written: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    def __getattr__(self, name: str) -> Any:
        async def write(*_: object, **__: object) -> None:
            await self.gate.wait()
            if self.faults:
                raise self.faults.pop(0)
            self.written.append(name)

        return write


def effects(count: int) -> list[DropWaiting]:
    return [DropWaiting(call=str(number)) for number in range(count)]


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "RETRY_S", (0.0,))


async def test_what_fails_is_written_again_before_anything_later() -> None:
    store = FakeStore(StoreError("away"), StoreError("still away"))
    writer = Writer(store)  # type: ignore[arg-type]
    writer.put(OpenCall(record=CallRecord(id="c", direction=Direction.INBOUND, started_at=NOW)))
    writer.put(CloseCall(call="c", at=NOW, outcome=Outcome.ABANDONED, cause=16))
    await writer.flush(1.0)
    assert store.written == ["open_call", "close_call", "end_session"]


async def test_what_can_never_be_written_is_dropped_and_the_rest_goes_on() -> None:
    store = FakeStore(NotFound("no such call"))
    writer = Writer(store)  # type: ignore[arg-type]
    for effect in effects(2):
        writer.put(effect)
    await writer.flush(1.0)
    assert store.written == ["delete_waiting"]


async def test_a_write_that_was_interrupted_is_done_at_the_end() -> None:
    store = FakeStore()
    store.gate.clear()
    writer = Writer(store)  # type: ignore[arg-type]
    for effect in effects(3):
        writer.put(effect)
    running = asyncio.create_task(writer.run())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])
    store.gate.set()
    await writer.flush(1.0)
    assert store.written == ["delete_waiting"] * 3
