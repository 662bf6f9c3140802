"""Shipped flows come in with the program, and never over the head of whoever runs the centre."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.shipped import AUTHOR, publish_shipped_flows, shipped_files
from callcenter.adapters.store import Store
from callcenter.records import LIVE, AliasMove, Publication

T0 = datetime(2026, 3, 29, tzinfo=UTC)
OLDER = Publication(name="main", body={"an": "older release"}, author=AUTHOR)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite:///{tmp_path / 'callcenter.db'}") as opened:
        await opened.migrate()
        yield opened


async def heard(store: Store) -> int:
    """Publish as at each start of the program, twice, and return the version callers hear."""
    for _ in range(2):
        await publish_shipped_flows(store, T0)
    live = await store.flow("main")
    assert live is not None
    return live.version


async def go_to(store: Store, version: int) -> None:
    await store.move_alias(AliasMove(flow="main", alias=LIVE, version=version, by="admin"), T0)


async def test_an_empty_store_gets_every_shipped_flow(store: Store) -> None:
    assert await heard(store) == 1
    assert {flow.author for flow in await store.flows()} == {AUTHOR}
    assert {alias.alias for alias in await store.aliases()} == {LIVE}


async def test_a_newer_release_is_heard_in_place_of_an_older_one(store: Store) -> None:
    await store.publish_flow(OLDER, T0)
    assert await heard(store) == 2


async def test_what_an_admin_published_stays(store: Store) -> None:
    await store.publish_flow(OLDER, T0)
    await store.publish_flow(Publication(name="main", body={"our": "own"}, author="admin"), T0)
    assert await heard(store) == 2
    assert len(await store.versions("main")) == 2


async def test_who_went_back_to_an_older_release_stays_there(store: Store) -> None:
    await store.publish_flow(OLDER, T0)
    assert await heard(store) == 2
    await go_to(store, 1)
    assert await heard(store) == 1


async def test_who_tries_their_own_before_it_is_live_still_gets_the_next_release(store: Store) -> None:
    await store.publish_flow(OLDER, T0)
    await store.publish_flow(Publication(name="main", body={"our": "own"}, author="admin", alias="staging"), T0)
    assert await heard(store) == 3


async def test_a_shipped_flow_no_alias_points_to_is_heard(store: Store, tmp_path: Path) -> None:
    """One that a program without aliases published while the installation was upgraded."""
    await publish_shipped_flows(store, T0)
    shipped = await store.flow("main")
    assert shipped is not None
    async with await Store.open(f"sqlite:///{tmp_path / 'upgraded.db'}") as upgraded:
        await upgraded.migrate()
        await upgraded.publish_flow(Publication(name="main", body=shipped.body, author=AUTHOR, alias=None), T0)
        assert await upgraded.flow("main") is None
        assert await heard(upgraded) == 1


async def test_shipped_flows_come_with_their_test_cases(store: Store) -> None:
    await publish_shipped_flows(store, T0)
    shipped = await store.flow("main")
    assert shipped is not None
    assert any(case["name"] for case in shipped.tests)


async def test_test_cases_come_to_what_an_earlier_release_published_without(store: Store) -> None:
    await publish_shipped_flows(store, T0)
    body = {**shipped_files()["main"].flow.canonical()}
    without = Publication(name="main", body=body, author=AUTHOR, tests=())
    await store.publish_flow(without, T0)
    assert await heard(store) == 1
    shipped = await store.flow("main")
    assert shipped is not None
    assert shipped.tests
    # But an admin's own stay.
    await store.publish_flow(replace(without, author="admin", tests=({"name": "ours", "steps": []},)), T0)
    assert await heard(store) == 1
    ours = await store.flow("main")
    assert ours is not None
    assert ours.tests == ({"name": "ours", "steps": []},)
