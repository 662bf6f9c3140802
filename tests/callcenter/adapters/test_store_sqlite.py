"""SQLite: who waits for whom, what survives, and what an operator reads when it fails."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from callcenter.adapters.store import Store
from callcenter.adapters.store.sqlite import READERS, TOGETHER, Sqlite, _raw
from callcenter.errors import Conflict, NotFound, StoreError
from callcenter.records import CallRecord, Direction, Outcome

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CALL = CallRecord(id="1", direction=Direction.INBOUND, started_at=NOW)

ROOT = Path(__file__).parents[3]

# Makes the schema, then opens calls in eight lanes and says so once each is committed.
OPENS_CALLS = """
import asyncio, sys
from datetime import UTC, datetime
from callcenter.adapters.store import Store
from callcenter.records import CallRecord, Direction

async def main(url, name):
    store = await Store.open(url)
    await store.migrate()
    async def open_calls(lane):
        for n in range(int(sys.argv[3])):
            call = CallRecord(id=f"{name}-{lane}-{n}", direction=Direction.INBOUND, started_at=datetime.now(UTC))
            await store.open_call(call)
            print(call.id, flush=True)
    await asyncio.gather(*(open_calls(lane) for lane in range(8)))
    await store.close()

asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


@pytest.fixture
def path(tmp_path: Path, migrated_file: Path) -> Path:
    return Path(shutil.copy(migrated_file, tmp_path / "callcenter.db"))


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    """A store whose patience with other processes is short."""
    async with Store(Sqlite(path, busy_s=0.2)) as opened:
        yield opened


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process in the middle of a write."""
    other = sqlite3.connect(path, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
    finally:
        other.close()


def _pragma(name: str) -> Callable[[Connection], object]:
    return lambda db: db.exec_driver_sql(f"PRAGMA {name}").scalar_one()


async def test_a_commit_survives_a_loss_of_power_and_readers_do_not_wait_for_it(store: Store) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 200}
    for name, value in wanted.items():
        assert await store._access.write(_pragma(name)) == value
        assert await store._access.read(_pragma(name)) == value


async def test_readers_and_the_event_loop_go_on_while_a_write_waits(path: Path) -> None:
    async with Store(Sqlite(path, busy_s=20)) as store:
        await store.open_call(CALL)
        with locked(path):
            write = asyncio.create_task(store.update_call("1", agent="101"))
            for _ in range(50):
                assert await store.call("1") == CALL
            assert not write.done()
        await write
        assert await store.call("1") == replace(CALL, agent="101")


async def test_a_reader_sees_one_state_from_its_first_look_to_its_last(store: Store) -> None:
    loop = asyncio.get_running_loop()

    def look_twice(db: Connection) -> tuple[object, object]:
        count = text("SELECT count(*) FROM calls")
        first = db.execute(count).scalar_one()
        asyncio.run_coroutine_threadsafe(store.open_call(CALL), loop).result(10)
        return first, db.execute(count).scalar_one()

    assert await store._access.read(look_twice) == (0, 0)
    assert len(await store.open_calls()) == 1


async def test_writes_that_wait_share_a_commit(store: Store) -> None:
    await store._access.write(lambda db: None)
    [db] = store._access._opened  # type: ignore[attr-defined]
    statements: list[str] = []
    _raw(db).set_trace_callback(statements.append)
    calls = [replace(CALL, id=str(n)) for n in range(TOGETHER)]
    assert all(await asyncio.gather(*(store.open_call(call) for call in calls)))
    assert statements.count("COMMIT") == 1
    assert len(await store.open_calls()) == TOGETHER


async def test_a_thread_keeps_its_connection_whatever_fails_on_it(store: Store) -> None:
    def wrong(db: Connection) -> None:
        db.execute(text("SELECT * FROM nowhere"))

    def interrupted(db: Connection) -> None:
        db.execute(text("UPDATE calls SET agent = 'half'"))
        raise KeyError("in the middle")

    await store.open_call(CALL)
    for _ in range(READERS * 2):
        with pytest.raises(StoreError, match="nowhere"):
            await store._access.read(wrong)
        with pytest.raises(KeyError):
            await store._access.write(interrupted)
    assert await store.open_calls() == [CALL]
    assert len(store._access._opened) <= READERS + 1  # type: ignore[attr-defined]


async def test_a_write_that_fails_takes_no_other_with_it(store: Store) -> None:
    def half(db: Connection) -> None:
        db.execute(text("UPDATE calls SET agent = 'half'"))
        raise Conflict("in the middle")

    def wrong(db: Connection) -> None:
        db.execute(text("SELECT * FROM nowhere"))

    await store.open_call(CALL)
    results = await asyncio.gather(
        store.open_call(replace(CALL, id="2")),
        store._access.write(half),
        store.close_call("nobody", NOW, Outcome.ABANDONED, None),
        store._access.write(wrong),
        store.update_call("1", queue="sales"),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [bool, Conflict, NotFound, StoreError, type(None)]
    assert await store.open_calls() == [replace(CALL, queue="sales"), replace(CALL, id="2")]


async def test_a_write_whose_caller_left_is_made_all_the_same(path: Path) -> None:
    async with Store(Sqlite(path)) as store:
        with locked(path):
            write = asyncio.create_task(store.open_call(CALL))
            await store.call("1")
            write.cancel()
            with pytest.raises(asyncio.CancelledError):
                await write
        await store.open_call(replace(CALL, id="2"))
        assert await store.call("1") == CALL


async def test_closing_finishes_what_was_handed_in(path: Path) -> None:
    store = Store(Sqlite(path))
    writes = [asyncio.create_task(store.open_call(replace(CALL, id=str(n)))) for n in range(250)]
    await asyncio.sleep(0)
    await store.close()
    assert all(await asyncio.gather(*writes))
    with pytest.raises(StoreError, match="already closed"):
        await store.call("1")
    with pytest.raises(StoreError, match="already closed"):
        await store.open_call(CALL)
    assert not path.with_name(path.name + "-wal").exists()


async def test_a_file_locked_by_another_process_is_one_line_and_then_goes_on(store: Store, path: Path) -> None:
    with locked(path):
        results = await asyncio.gather(
            *(store.open_call(replace(CALL, id=str(n))) for n in range(3)), return_exceptions=True
        )
        assert [str(result) for result in results] == [
            f"SQLite {path}: another process has locked it for too long: find it with `fuser` on the file"
            " (database is locked)"
        ] * 3
    assert await store.open_call(CALL)


async def test_a_full_disk_is_one_line_and_loses_nothing_committed(store: Store) -> None:
    await store.open_call(CALL)
    pages = await store._access.write(_pragma("page_count"))
    await store._access.write(_pragma(f"max_page_count={pages}"))
    bulk = replace(CALL, caller="x" * 50_000)
    results = await asyncio.gather(
        *(store.open_call(replace(bulk, id=f"bulk {n}")) for n in range(4)), return_exceptions=True
    )
    for result in results:
        assert isinstance(result, StoreError)
        assert "the disk is full: make room" in str(result)
        assert "\n" not in str(result)
    assert await store.open_calls() == [CALL]
    await store._access.write(_pragma("max_page_count=1000000"))
    assert await store.open_call(replace(CALL, id="2"))


async def test_check_says_when_little_room_is_left(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callcenter.adapters.store.store.LOW_ROOM", 2**62)
    with pytest.raises(StoreError, match=r"MB free on its disk: make room$"):
        await store.check()


@pytest.fixture
def not_root() -> Iterator[Path]:
    """Act as a user who may do only what the permissions say; a folder that user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="callcenter-store-"))
    folder.chmod(0o755)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def _take_write_permission(folder: Path, file: Path | None = None) -> Path:
    """Within `not_root`, as whoever runs the tests: put a copy of `file` into `folder` and let nobody write there."""
    path = folder / "callcenter.db"
    user = os.geteuid()
    os.seteuid(os.getuid())
    try:
        if file is not None:
            shutil.copy(file, path)
            path.chmod(0o444)
        folder.chmod(0o555)
    finally:
        os.seteuid(user)
    return path


async def test_a_read_only_file_is_one_line(not_root: Path, migrated_file: Path) -> None:
    path = _take_write_permission(not_root, migrated_file)
    async with Store(Sqlite(path, busy_s=0.2)) as store:
        for attempt in (store.open_call(CALL), store.check()):
            with pytest.raises(StoreError, match="read-only for this user: give it write permission") as caught:
                await attempt
            assert "\n" not in str(caught.value)


async def test_a_folder_that_cannot_be_written_is_one_line(not_root: Path) -> None:
    path = _take_write_permission(not_root)
    async with Store(Sqlite(path, busy_s=0.2)) as store:
        with pytest.raises(StoreError, match="its folder is missing or not accessible"):
            await store.migrate()


async def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    async with await Store.open(f"sqlite:///{tmp_path}/missing/callcenter.db") as store:
        with pytest.raises(StoreError, match="its folder is missing"):
            await store.migrate()


async def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "callcenter.db").write_text("[centre]\nname = 'not a database'\n" * 100)
    async with await Store.open(f"sqlite:///{tmp_path}/callcenter.db") as store:
        with pytest.raises(StoreError, match="is no SQLite database: move it away"):
            await store.migrate()


async def _start(path: Path, name: str, calls: int) -> asyncio.subprocess.Process:
    arguments = [sys.executable, "-c", OPENS_CALLS, f"sqlite:///{path}", name, str(calls)]
    return await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE, cwd=ROOT)


async def test_processes_make_and_share_a_file_and_one_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    lasting, killed = await _start(path, "lasting", 40), await _start(path, "killed", 1_000_000)
    assert lasting.stdout is not None
    assert killed.stdout is not None
    said = [await killed.stdout.readline() for _ in range(300)]
    killed.send_signal(signal.SIGKILL)
    said += (await killed.stdout.read()).splitlines(keepends=True)
    await killed.wait()
    said += (await lasting.stdout.read()).splitlines(keepends=True)
    assert await lasting.wait() == 0

    committed = {line.decode().strip() for line in said if line.endswith(b"\n")}
    async with await Store.open(f"sqlite:///{path}") as store:
        kept = {call.id for call in await store.open_calls()}
    assert committed <= kept
    assert len(committed) >= 300 + 8 * 40
    assert {f"lasting-{lane}-{n}" for lane in range(8) for n in range(40)} <= kept
