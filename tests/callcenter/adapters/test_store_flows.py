"""Versions of flows and the aliases callers enter by: the same on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from callcenter.adapters.store import Store
from callcenter.audit import AuditEntry
from callcenter.errors import Conflict, NotFound
from callcenter.records import (
    LIVE,
    STAGING,
    AliasMove,
    CentreRecords,
    Entrance,
    FlowAlias,
    FlowVersion,
    Number,
    Publication,
    StoredFlow,
)

from .outbound_rows import Slow, Twice, meanwhile

T0 = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BODY = {"name": "main", "nodes": [{"id": "menu", "keys": {"1": "sales"}, "text": "Grüß Gott"}]}
MAIN = Publication(name="main", body=BODY, author="admin", message="first")
NUMBER = Number(did="+12025550100", flow="main", fallback_queue="sales")


async def publish(store: Store, *bodies: int, name: str = "main", alias: str | None = LIVE) -> None:
    """Publish a version for each of `bodies`."""
    for body in bodies:
        await store.publish_flow(Publication(name=name, body={"n": body}, author="admin", alias=alias), T0)


def move(version: int, alias: str = LIVE, expected: int | None = None) -> AliasMove:
    return AliasMove(flow="main", alias=alias, version=version, by="editor", expected=expected)


async def pointed(store: Store) -> dict[str, int]:
    return {alias.alias: alias.version for alias in await store.aliases("main")}


async def test_versions_of_a_flow_count_from_one_and_stay(store: Store) -> None:
    second = replace(MAIN, body={}, message="second", layout={"menu": [1, 2.5]}, tests=({"name": "sales"},))
    assert await store.publish_flow(MAIN, T0) == 1
    assert await store.publish_flow(second, T0 + SECOND) == 2
    first = StoredFlow(name="main", version=1, body=BODY, author="admin", message="first", created_at=T0)
    assert await store.flow("main", 1) == first
    assert await store.flow("main") == StoredFlow(
        name="main",
        version=2,
        body={},
        author="admin",
        message="second",
        created_at=T0 + SECOND,
        layout={"menu": [1, 2.5]},
        tests=({"name": "sales"},),
    )
    assert await store.flow("main", 3) is None
    assert await store.flow("other") is None
    assert await store.flow("main", alias=STAGING) is None


async def test_a_body_like_the_newest_is_not_published_again(store: Store) -> None:
    await store.publish_flow(MAIN, T0)
    shuffled = MappingProxyType(dict(reversed(BODY.items())))
    assert await store.publish_flow(replace(MAIN, body=shuffled, message="same"), T0 + SECOND) == 1
    assert len(await store.audits()) == 1
    assert await store.publish_flow(replace(MAIN, alias=STAGING), T0 + SECOND) == 1
    assert await pointed(store) == {LIVE: 1, STAGING: 1}


async def test_where_nodes_stand_and_how_they_are_tested_may_change_without_a_new_version(store: Store) -> None:
    await store.publish_flow(replace(MAIN, layout={"menu": [0, 0]}, tests=({"name": "a"},)), T0)
    assert await store.publish_flow(replace(MAIN, layout={"menu": [9, 9]}), T0) == 1
    stored = await store.flow("main", 1)
    assert stored is not None
    assert (stored.layout, stored.tests) == ({"menu": [9, 9]}, ({"name": "a"},))
    # A new version has them from the one before, unless it says otherwise.
    assert await store.publish_flow(replace(MAIN, body={}, tests=()), T0) == 2
    stored = await store.flow("main", 2)
    assert stored is not None
    assert (stored.layout, stored.tests) == ({"menu": [9, 9]}, ())


async def test_going_back_to_an_older_body_by_publishing_it_is_a_new_version(store: Store) -> None:
    await publish(store, 1, 2, 1)
    assert [version.version for version in await store.versions("main")] == [3, 2, 1]


async def test_of_each_flow_the_newest_version_is_listed(store: Store) -> None:
    await publish(store, 1, 2)
    await publish(store, 1, name="after-hours")
    await store.move_alias(move(1), T0)
    assert [(flow.name, flow.version) for flow in await store.flows()] == [("after-hours", 1), ("main", 2)]


async def test_versions_are_listed_newest_first_with_the_aliases_that_point_to_them(store: Store) -> None:
    await publish(store, 1, 2)
    await publish(store, 3, alias=STAGING)
    await publish(store, 4, alias=None)
    await store.move_alias(move(2, "friday"), T0)
    said = [(version.version, version.aliases) for version in await store.versions("main")]
    assert said == [(4, ()), (3, (STAGING,)), (2, ("friday", LIVE)), (1, ())]
    newest = FlowVersion(name="main", version=4, author="admin", message="", created_at=T0)
    assert (await store.versions("main"))[0] == newest
    assert await store.versions("other") == []


async def test_callers_hear_what_the_alias_points_to(store: Store) -> None:
    await publish(store, 1, 2)
    await publish(store, 3, alias=STAGING)
    for alias, version in ((LIVE, 2), (STAGING, 3)):
        found = await store.flow("main", alias=alias)
        assert found is not None
        assert found.version == version
    assert await store.aliases() == [
        FlowAlias(flow="main", alias=LIVE, version=2, by="admin", at=T0),
        FlowAlias(flow="main", alias=STAGING, version=3, by="admin", at=T0),
    ]


async def test_publishing_and_going_back_are_noted_with_what_they_change(store: Store) -> None:
    await publish(store, 1, 2)
    assert await store.move_alias(move(1, expected=2), T0 + SECOND)
    assert await store.aliases("main") == [FlowAlias(flow="main", alias=LIVE, version=1, by="editor", at=T0 + SECOND)]
    assert await store.audits() == [
        AuditEntry(who="editor", what="flow", at=T0 + SECOND, detail="main: live 2 -> 1"),
        AuditEntry(who="admin", what="flow", at=T0, detail="main version 2: ; main: live 1 -> 2"),
        AuditEntry(who="admin", what="flow", at=T0, detail="main version 1: ; main: live none -> 1"),
    ]


async def test_an_alias_that_is_there_already_is_not_moved(store: Store) -> None:
    await publish(store, 1)
    assert not await store.move_alias(move(1), T0 + SECOND)
    # Not even if somebody else got it there.
    assert not await store.move_alias(move(1, expected=7), T0 + SECOND)
    assert [alias.at for alias in await store.aliases("main")] == [T0]
    assert len(await store.audits()) == 1


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (move(2, expected=1), r"live of flow 'main' was pointed to version 3 by admin at 2026-03-29 00:59:59 UTC"),
        (move(2, expected=0), "was pointed to version 3"),
        (move(2, STAGING, expected=1), "staging of flow 'main' points to no version, not to 1"),
    ],
)
async def test_an_alias_somebody_else_moved_is_left_alone(store: Store, wanted: AliasMove, text: str) -> None:
    await publish(store, 1, 2, 3)
    with pytest.raises(Conflict, match=text):
        await store.move_alias(wanted, T0)
    assert await pointed(store) == {LIVE: 3}
    assert len(await store.audits()) == 3


async def test_an_alias_expected_to_point_nowhere_is_made(store: Store) -> None:
    await publish(store, 1)
    assert await store.move_alias(move(1, STAGING, expected=0), T0)
    assert await pointed(store) == {LIVE: 1, STAGING: 1}


async def test_an_alias_points_to_no_version_that_is_not_there(store: Store) -> None:
    await publish(store, 1)
    with pytest.raises(NotFound, match="flow 'main' has no version 2"):
        await store.move_alias(move(2), T0)
    with pytest.raises(NotFound, match="'other'"):
        await store.move_alias(replace(move(1), flow="other"), T0)


async def test_what_is_published_on_another_version_than_expected_is_not_there(store: Store) -> None:
    await publish(store, 1, 2)
    with pytest.raises(Conflict, match="version 2"):
        await store.publish_flow(replace(MAIN, expected=1), T0)
    assert [version.version for version in await store.versions("main")] == [2, 1]
    assert len(await store.audits()) == 2
    assert await store.publish_flow(replace(MAIN, expected=2), T0) == 3


async def test_authors_who_publish_at_once_get_different_versions_and_the_last_is_heard(
    store: Store, other: Store
) -> None:
    publications = [
        process.publish_flow(replace(MAIN, body={"n": n}), T0) for n in range(4) for process in (store, other)
    ]
    versions = await asyncio.gather(*publications)
    assert sorted(set(versions)) == list(range(1, max(versions) + 1))
    assert await pointed(store) == {LIVE: max(versions)}


async def test_of_two_who_move_an_alias_from_the_same_version_one_does(store: Store, other: Store) -> None:
    await publish(store, 1, 2, 3)
    slow = Store(Slow(other._access))
    with pytest.raises(Conflict, match="pointed to version 1 by editor"):
        await meanwhile(slow, slow.move_alias(move(1, expected=3), T0), store.move_alias(move(2, expected=3), T0))
    assert await pointed(store) == {LIVE: 1}


async def test_a_move_whose_commits_answer_was_lost_is_told_and_noted_once(store: Store) -> None:
    twice = Store(Twice(store._access))
    assert await twice.publish_flow(MAIN, T0) == 1
    assert await twice.publish_flow(replace(MAIN, body={}, expected=1), T0) == 2
    assert await twice.move_alias(move(1, expected=2), T0)
    assert await pointed(store) == {LIVE: 1}
    assert len(await store.versions("main")) == 2
    assert len(await store.audits()) == 3


async def test_a_number_leads_to_the_versions_its_calls_stay_on(store: Store) -> None:
    staged = Number(did="+12025550101", flow="main", fallback_queue="sales", alias=STAGING)
    numbers = [NUMBER, staged, replace(NUMBER, did="+12025550102", flow="missing")]
    await store.apply_centre(CentreRecords(agents=[], queues=[], numbers=numbers))
    await publish(store, 1)
    await publish(store, 2, alias=STAGING)
    await publish(store, 1, name="after-hours")
    await publish(store, 1, name="tried", alias=STAGING)
    live = {"main": 1, "after-hours": 1}
    assert await store.entrance(NUMBER.did) == Entrance(number=NUMBER, versions=live)
    assert await store.entrance(staged.did) == Entrance(
        number=staged, versions={"main": 2, "after-hours": 1, "tried": 1}
    )
    nowhere = await store.entrance("+12025550102")
    assert nowhere is not None
    assert nowhere.version is None
    assert await store.entrance("+12025550199") is None
    assert await store.flow_versions() == live
    assert await store.flow_versions(STAGING) == {"main": 2, "after-hours": 1, "tried": 1}


async def test_a_number_is_found_as_it_came_or_as_it_may_be_written(store: Store) -> None:
    short = replace(NUMBER, did="100")
    await store.apply_centre(CentreRecords(agents=[], queues=[], numbers=[NUMBER, short]))
    for did, e164, found in (("100", None, short), ("12025550100", NUMBER.did, NUMBER), ("100", NUMBER.did, short)):
        entrance = await store.entrance(did, e164)
        assert entrance == Entrance(number=found, versions={})
    await store.apply_centre(CentreRecords(agents=[], queues=[], numbers=[short]))
    assert await store.entrance(NUMBER.did) is None


async def test_several_flows_are_published_together_or_not_at_all(store: Store) -> None:
    inner = Publication(name="inner", body={"n": 1}, author="admin", message="both")
    assert await store.publish_flows([inner, MAIN], T0) == [1, 1]
    next_inner, stale = replace(inner, body={"n": 2}), replace(MAIN, body={"n": 2}, expected=7)
    with pytest.raises(Conflict, match="live of flow 'main' was pointed to version 1 by admin"):
        await store.publish_flows([next_inner, stale], T0)
    assert [len(await store.versions(name)) for name in ("inner", "main")] == [1, 1]
    assert len([entry for entry in await store.audits() if entry.what == "flow"]) == 2
