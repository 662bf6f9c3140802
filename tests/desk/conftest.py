"""A desk per test, on a store of its own."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callcenter.adapters.store import Store
from tests.desk.house import House, close, open_house


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema and nothing in it; to be copied."""
    path = tmp_path_factory.mktemp("store") / "migrated.db"

    async def migrate() -> None:
        async with await Store.open(f"sqlite:///{path}") as store:
            await store.migrate()

    asyncio.run(migrate())
    return path


@pytest.fixture
async def house(tmp_path: Path, migrated_file: Path) -> AsyncIterator[House]:
    """A desk that runs."""
    shutil.copy(migrated_file, tmp_path / "callcenter.db")
    opened = await open_house(f"sqlite:///{tmp_path / 'callcenter.db'}", tmp_path)
    yield opened
    await close(opened)
