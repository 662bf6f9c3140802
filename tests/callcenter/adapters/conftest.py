"""Real servers for the adapters' tests: a throw-away PostgreSQL per pytest process, a Redis per test."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from callcenter.adapters.store import Store
from callcenter.adapters.store.schema import metadata

# Faster than TRUNCATE, which makes new files.
PATIENCE_S = 60.0  # of what a test asks a server for; other tests look how long ours wait
EMPTY_ALL_TABLES = "; ".join(f"DELETE FROM {table}" for table in metadata.tables)  # noqa: S608


class Postgres:
    """A PostgreSQL server in a temporary folder, reached by a unix socket; it does not fsync."""

    def __init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        if not found:
            pytest.fail("these tests need PostgreSQL's server: apt-get install postgresql", pytrace=False)
        self._bin = found[-1]
        self.folder = Path(tempfile.mkdtemp(prefix="callcenter-pg-"))
        # PostgreSQL refuses to run as root; Debian's package brings the user.
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._user = {"user": "postgres", "group": "postgres", "extra_groups": []}
            shutil.chown(self.folder, "postgres", "postgres")
        self._command(
            "initdb", "--no-sync", "--auth=trust", "--username=callcenter", "--encoding=UTF8", "--locale=C.UTF-8"
        )
        self.start()
        self.execute("CREATE DATABASE callcenter", database="postgres")

    @property
    def socket(self) -> Path:
        return self.folder / ".s.PGSQL.5432"

    def url(self, database: str = "callcenter") -> str:
        return f"postgresql://callcenter@/{database}?host={self.folder}"

    def start(self) -> None:
        options = f"-F -h '' -k {self.folder} -c max_connections=60"
        self._command("pg_ctl", "--wait", "--silent", f"--log={self.folder}/log", f"--options={options}", "start")

    def stop(self, mode: str = "immediate") -> None:
        self._command("pg_ctl", "--wait", "--silent", f"--mode={mode}", "stop")

    def signal(self, number: signal.Signals, *, backends: bool = False) -> None:
        """Send a signal to the server, or to the processes that serve our connections."""
        if backends:
            query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'callcenter'"
            pids = [pid for (pid,) in self.execute(query)]
        else:
            pids = [int((self.folder / "data/postmaster.pid").read_text().split()[0])]
        for pid in pids:
            with suppress(ProcessLookupError):  # the server ends all when it sees one killed
                os.kill(pid, number)

    def execute(self, query: str, database: str = "callcenter") -> list[Any]:
        with psycopg.connect(host=str(self.folder), user="callcenter", dbname=database, autocommit=True) as db:
            cursor = db.execute(query)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def _command(self, name: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._bin / name), f"--pgdata={self.folder}/data", *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if name == "initdb" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            text=True,
            **self._user,
        )
        if done.returncode:
            pytest.fail(f"PostgreSQL's {name} failed: {done.stdout or self._log()}", pytrace=False)

    def _log(self) -> str:
        log = self.folder / "log"
        return log.read_text() if log.exists() else "(no log)"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL server with an empty database `callcenter`."""
    server = Postgres()
    try:
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema and nothing in it; to be copied."""
    path = tmp_path_factory.mktemp("store") / "migrated.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> Postgres:
    _migrate(postgres.url())
    return postgres


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_file: Path) -> str:
    """A SQLite store with the schema and nothing in it."""
    shutil.copy(migrated_file, tmp_path / "callcenter.db")
    return f"sqlite:///{tmp_path / 'callcenter.db'}"


@pytest.fixture
def postgres_url(migrated_postgres: Postgres) -> str:
    """A PostgreSQL store with the schema and nothing in it."""
    migrated_postgres.execute(EMPTY_ALL_TABLES)
    return migrated_postgres.url()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """Each database in turn."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """An empty store, on each database in turn."""
    async with await Store.open(url, limit_s=PATIENCE_S) as opened:
        yield opened


@pytest.fixture
async def other(url: str, store: Store) -> AsyncIterator[Store]:
    """A second process' store on the database of the first."""
    async with await Store.open(url, limit_s=PATIENCE_S) as opened:
        yield opened


def _migrate(url: str) -> None:
    async def migrate() -> None:
        async with await Store.open(url) as opened:
            await opened.migrate()

    asyncio.run(migrate())


class RedisServer:
    """A real redis-server on a unix socket; keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self, *options: str) -> None:
        binary = shutil.which("redis-server")
        if binary is None:
            pytest.fail("these tests need redis-server: apt-get install redis-server", pytrace=False)
        arguments = ["--port", "0", "--unixsocket", str(self.socket), "--save", "", "--dir", str(self.folder)]
        self._process = subprocess.Popen([binary, *arguments, *options], stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if b"eady to accept connections" in line:
                return
        pytest.fail("redis-server did not start", pytrace=False)

    def kill(self) -> None:
        """End it as a crash does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.communicate()
            self._process = None
        self.socket.unlink(missing_ok=True)

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A running redis-server of this test."""
    folder = Path(tempfile.mkdtemp(prefix="callcenter-redis-"))
    server = RedisServer(folder)
    try:
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)
