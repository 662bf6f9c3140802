"""The ordered writer: nothing is lost while SQL is away, nothing is written out of order, a burst is one commit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.adapters import writer as writer_module
from callcenter.adapters.writer import TOGETHER, OrderedWriter
from callcenter.errors import Conflict, NotFound, StoreError

LOG = logging.getLogger("test.writer")


class Book:
    """What was written, commit by commit: all of one or nothing. `faults` are raised first, one a commit."""

    def __init__(self, *faults: Exception, refused: Sequence[int] = ()) -> None:
        self.commits: list[list[int]] = []
        self.faults, self.refused = list(faults), refused
        self.open = asyncio.Event()
        self.open.set()

    async def write(self, records: Sequence[int]) -> None:
        await self.open.wait()
        if self.faults:
            raise self.faults.pop(0)
        if wrong := [record for record in records if record in self.refused]:
            raise NotFound(f"no {wrong[0]}")
        self.commits.append(list(records))

    @property
    def written(self) -> list[int]:
        return [record for commit in self.commits for record in commit]


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "RETRY_S", (0.0,))


def filled(book: Book, count: int) -> OrderedWriter[int]:
    writer = OrderedWriter(book.write, LOG)
    for number in range(count):
        writer.put(number)
    return writer


async def test_what_comes_within_a_moment_is_one_commit() -> None:
    book = Book()
    writer = OrderedWriter(book.write, LOG)
    running = asyncio.create_task(writer.run())
    for number in range(5):
        writer.put(number)
        await asyncio.sleep(0)
    assert writer.backlog == 5
    async with asyncio.timeout(5):
        while writer.backlog:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    writer.put(5)
    running.cancel()
    await asyncio.wait([running])
    await writer.flush(1.0)
    assert book.commits == [[0, 1, 2, 3, 4], [5]]


async def test_a_commit_has_its_limit() -> None:
    book = Book()
    await filled(book, TOGETHER + 1).flush(1.0)
    assert [len(commit) for commit in book.commits] == [TOGETHER, 1]


async def test_while_sql_is_away_nothing_later_is_written() -> None:
    book = Book(StoreError("away"), StoreError("still away"), StoreError("and still"))
    await filled(book, 3).flush(1.0)
    assert book.commits == [[0], [1], [2]]


@pytest.mark.parametrize("fault", [NotFound("no such call"), Conflict("somebody was first")])
async def test_one_that_can_never_be_written_is_dropped_alone(
    fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    book = Book(fault, refused=[1])
    await filled(book, 3).flush(1.0)
    assert book.written == [0, 2]
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        "int dropped: no 1"
    ]


async def test_what_was_interrupted_is_written_at_the_end() -> None:
    book = Book()
    book.open.clear()
    writer = filled(book, 3)
    interrupted = asyncio.create_task(writer.flush(1.0))
    await asyncio.sleep(0)
    interrupted.cancel()
    await asyncio.wait([interrupted])
    assert writer.backlog == 3
    book.open.set()
    await writer.flush(1.0)
    assert book.commits == [[0, 1, 2]]


async def test_who_must_end_does_not_wait_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    book = Book()
    book.open.clear()
    await filled(book, 2).flush(0.01)
    assert "2 records are not written" in caplog.text


@given(
    count=st.integers(0, 12),
    refused=st.sets(st.integers(0, 11)),
    faults=st.lists(st.sampled_from([StoreError("away"), NotFound("gone")]), max_size=3),
)
def test_whatever_fails_the_rest_is_written_once_and_in_order(
    count: int, refused: set[int], faults: list[Exception]
) -> None:
    async def written() -> list[int]:
        book = Book(*faults, refused=sorted(refused))
        await filled(book, count).flush(5.0)
        return book.written

    found = asyncio.run(written())
    assert found == sorted(set(found))
    lost = set(range(count)) - refused - set(found)
    assert len(lost) <= sum(isinstance(fault, NotFound) for fault in faults)
