"""Migrations: they make what schema.py says, on both databases, once, whoever else does the same."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.types import TypeEngine

from callcenter.adapters.store import Store, migrating, upgrade
from callcenter.adapters.store.columns import Choice, canonical, clean
from callcenter.adapters.store.schema import metadata
from callcenter.errors import StoreError
from callcenter.records import (
    CallRecord,
    Direction,
    FlowAlias,
    IvrSession,
    Number,
    Person,
    Publication,
)

from .conftest import Postgres
from .outbound_rows import CAMPAIGN

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CALL = CallRecord(id="1", direction=Direction.INBOUND, started_at=NOW)


@pytest.fixture
def empty_postgres(postgres: Postgres) -> Iterator[str]:
    postgres.execute("CREATE DATABASE empty", database="postgres")
    yield postgres.url("empty")
    postgres.execute("DROP DATABASE empty WITH (FORCE)", database="postgres")


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without anything in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return str(request.getfixturevalue("empty_postgres"))


def _differences(url: str) -> list[Any]:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    try:
        with engine.connect() as db:

            def other_type(_: object, __: object, ___: object, found: TypeEngine[Any], said: TypeEngine[Any]) -> bool:
                return found.compile(db.dialect) != said.compile(db.dialect)

            options = {"compare_type": other_type, "compare_server_default": True}
            context = MigrationContext.configure(db, opts=options)
            return list(compare_metadata(context, metadata))
    finally:
        engine.dispose()


def test_the_schemas_are_known_by_the_names_of_their_files() -> None:
    scripts = ScriptDirectory.from_config(migrating.config()).walk_revisions()
    assert upgrade.revisions() == tuple(script.revision for script in scripts)


async def test_migrations_make_what_the_schema_says(empty_url: str) -> None:
    async with await Store.open(empty_url) as store:
        assert _differences(empty_url) != []
        assert await store.migrate() == "0007"
        assert _differences(empty_url) == []


async def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    async with await Store.open(empty_url) as store:
        await store.migrate()
        await store.open_call(CALL)
        assert await store.migrate() == "0007"
        assert await store.call("1") == CALL


async def test_processes_that_migrate_at_once_make_one_schema(empty_url: str) -> None:
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(await Store.open(empty_url)) for _ in range(4)]
        assert await asyncio.gather(*(store.migrate() for store in stores)) == ["0007"] * 4
        assert _differences(empty_url) == []


async def test_a_migration_that_fails_leaves_nothing_behind(empty_url: str) -> None:
    async with await Store.open(empty_url) as store:

        def in_the_way(db: Connection) -> None:
            db.execute(text("CREATE TABLE leases (name TEXT)"))

        await store._access.write(in_the_way)
        with pytest.raises(StoreError, match="leases"):
            await store.migrate()
        await store._access.write(lambda db: db.execute(text("DROP TABLE leases")).rowcount)
        assert await store.migrate() == "0007"


def _up_to(revision: str) -> Callable[[Connection], None]:
    return partial(migrating.to, revision)


WRITTEN_LIKE_0002 = (
    "INSERT INTO numbers (did, flow, fallback_queue, active) VALUES (:mark, 'main', 'sales', true)",
    "INSERT INTO flows (name, version, body, author, message, created_at) "
    "VALUES (:mark, 1, '{}', 'admin', 'first', :at), (:mark, 2, '[2]', 'editor', 'second', :at)",
    "INSERT INTO persons (number, name, language, first_seen, last_seen, calls) VALUES (:mark, '', NULL, :at, :at, 1)",
    "INSERT INTO sessions (call_id, flow, version, state, updated_at, ended_at) "
    "VALUES (:mark, 'main', 1, '{}', :at, NULL) ON CONFLICT (call_id) DO UPDATE SET ended_at = :at",
)


def _write_like_0002(mark: str) -> Callable[[Connection], None]:
    """What the program made for 0002 writes; `mark` tells its rows from others."""

    def write(db: Connection) -> None:
        for statement in WRITTEN_LIKE_0002:
            db.execute(text(statement), {"mark": mark, "at": "2026-01-01T00:00:00.000000Z"})

    return write


async def test_a_store_made_for_inbound_calls_keeps_them_and_learns_outbound(empty_url: str) -> None:
    async with await Store.open(empty_url) as store:
        await store._access.write(_up_to("0001"))
        await store.open_call(CALL)
        with pytest.raises(StoreError, match="migrate it"):
            await store.check()
        with pytest.raises(StoreError, match="migrate it"):
            await store.put_campaign(CAMPAIGN)
        assert await store.migrate() == "0007"
        assert await store.call("1") == CALL
        assert await store.put_campaign(CAMPAIGN)
        assert _differences(empty_url) == []


async def test_a_store_made_for_outbound_keeps_its_flows_and_callers_hear_the_newest(empty_url: str) -> None:
    async with await Store.open(empty_url) as store:
        await store._access.write(_up_to("0002"))
        await store._access.write(_write_like_0002("a"))
        with pytest.raises(StoreError, match="migrate it"):
            await store.person("a")
        assert await store.migrate() == "0007"
        assert _differences(empty_url) == []
        assert await store.number("a") == Number(did="a", flow="main", fallback_queue="sales")
        person = await store.person("a")
        assert person is not None
        assert person == Person(id=person.id, number="a", first_seen=NOW, last_seen=NOW, calls=1)
        assert await store.session("a") == IvrSession(call_id="a", flow="main", version=1, state={}, updated_at=NOW)
        assert await store.aliases() == [FlowAlias(flow="a", alias="live", version=2, by="editor", at=NOW)]
        newest = await store.flow("a", 2)
        assert newest is not None
        assert (newest.author, newest.layout, newest.tests) == ("editor", {}, ())
        assert await store.flow("a") == newest


async def test_the_program_before_works_on_the_schema_of_this_one(store: Store) -> None:
    """Both run at once while an installation is upgraded."""
    session = IvrSession(
        call_id="a", flow="main", version=1, state={}, updated_at=NOW, versions={"main": 1}, inputs=({"keys": "1"},)
    )
    await store.save_session(session)
    await store._access.write(_write_like_0002("a"))
    assert await store.session("a") == replace(session, ended_at=NOW)
    assert [version.version for version in await store.versions("a")] == [2, 1]
    # Callers of this program hear it once it is published here: the one before knows no aliases.
    assert await store.flow("a") is None
    newest = await store.flow("a", 2)
    assert newest is not None
    assert await store.publish_flow(Publication(name="a", body=newest.body, author="admin"), NOW) == 2
    assert await store.flow("a") == newest


async def test_without_a_schema_one_line_says_what_to_do(empty_url: str) -> None:
    async with await Store.open(empty_url) as store:
        for attempt in (store.check(), store.open_calls(), store.open_call(CALL)):
            with pytest.raises(StoreError, match="migrate it") as caught:
                await attempt
            assert "\n" not in str(caught.value)


async def test_a_schema_newer_than_the_program_is_used_and_left_alone(url: str) -> None:
    """Two versions of the program run at once while an installation is upgraded."""
    async with await Store.open(url) as store:

        def newer(db: Connection) -> None:
            db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
            db.execute(text("ALTER TABLE calls ADD COLUMN of_the_future TEXT DEFAULT 'x'"))

        def as_before(db: Connection) -> None:
            db.execute(text("UPDATE alembic_version SET version_num = '0004'"))
            db.execute(text("ALTER TABLE calls DROP COLUMN of_the_future"))

        await store._access.write(newer)
        try:
            assert await store.migrate() == "9999"
            assert "schema 9999" in await store.check()
            assert await store.open_call(CALL)
            await store.update_call("1", agent="101")
            assert (await store.open_calls())[0].agent == "101"
        finally:
            await store._access.write(as_before)


async def test_an_outcome_of_a_newer_program_is_named(store: Store) -> None:
    await store.open_call(CALL)
    await store._access.write(lambda db: db.execute(text("UPDATE calls SET outcome = 'called-back'")).rowcount)
    with pytest.raises(StoreError, match="outcome 'called-back'"):
        await store.call("1")


async def test_an_empty_sqlite_file_is_migrated_within_a_second(tmp_path: Path) -> None:
    began = time.process_time()  # on a machine that does nothing else
    async with await Store.open(f"sqlite:///{tmp_path / 'new.db'}") as store:
        await store.migrate()
    assert time.process_time() - began < 1.0


def test_a_choice_keeps_only_its_members() -> None:
    with pytest.raises(ValueError, match="sideways"):
        Choice(Direction).process_bind_param("sideways", None)  # type: ignore[arg-type]


def test_equal_values_are_equal_texts() -> None:
    assert canonical({"b": 1, "a": (1, "é")}) == canonical({"a": [1, "é"], "b": 1}) == '{"a":[1,"é"],"b":1}'


def test_clean_text_stays_as_it_is() -> None:
    assert clean("Grüße 😀 \t") == "Grüße 😀 \t"
