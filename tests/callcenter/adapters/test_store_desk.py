"""What the desk asks the store about flows, calls and the audit log. The same on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from callcenter.adapters.store import Store
from callcenter.audit import AuditsOf
from callcenter.care import PassedBy, TrafficOf
from callcenter.records import (
    AliasMove,
    CallRecord,
    Direction,
    DraftHead,
    FlowDraft,
    FlowVersion,
    IvrSession,
    Publication,
    Visit,
)

T0 = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MAIN = Publication(name="main", body={"start": "a"}, author="ann", message="first")
DRAFT = FlowDraft(name="main", body={}, author="ann", updated_at=T0, based_on=7)


async def test_live_flows_are_those_callers_hear(store: Store) -> None:
    await store.publish_flow(MAIN, T0)
    await store.publish_flow(replace(MAIN, body={"start": "b"}, alias="staging"), T0)
    await store.publish_flow(replace(MAIN, name="other", alias=None), T0)
    assert [(one.name, one.version, one.body) for one in await store.live_flows()] == [("main", 1, {"start": "a"})]
    await store.publish_flow(replace(MAIN, name="night"), T0)
    assert [(one.name, one.version) for one in await store.live_flows("staging")] == [("main", 2), ("night", 1)]


async def test_newest_versions_come_with_the_aliases_that_stand_for_them(store: Store) -> None:
    await store.publish_flow(MAIN, T0)
    await store.publish_flow(replace(MAIN, body={"start": "b"}, message="second", alias="staging"), T0 + MINUTE)
    await store.publish_flow(replace(MAIN, name="other", alias=None), T0)
    newest = FlowVersion(name="main", version=2, author="ann", message="second", created_at=T0 + MINUTE)
    other = FlowVersion(name="other", version=1, author="ann", message="first", created_at=T0)
    assert await store.newest_versions() == [replace(newest, aliases=("staging",)), other]
    await store.move_alias(AliasMove(flow="main", alias="live", version=2, by="ann"), T0)
    assert (await store.newest_versions())[0].aliases == ("live", "staging")


async def test_draft_heads_tell_who_saved_and_drafts_what_they_began_with(store: Store) -> None:
    await store.save_draft(DRAFT)
    await store.save_draft(replace(DRAFT, name="other"))
    assert (await store.draft("main")) == replace(DRAFT, lock=1)
    await store.delete_draft("other")
    assert await store.draft_heads() == [DraftHead(name="main", lock=1, author="ann", updated_at=T0)]


async def visited(store: Store, call_id: str, at: datetime, *nodes: tuple[str, str]) -> None:
    session = IvrSession(call_id=call_id, flow="main", version=1, state={}, updated_at=at, started_at=at)
    visits = [
        Visit(call_id=call_id, seq=seq, flow="main", version=1, node=node, exit=way, at=at + timedelta(seconds=seq))
        for seq, (node, way) in enumerate(nodes)
    ]
    await store.save_session(session, visits)


async def test_calls_through_a_node_come_newest_first_each_once(store: Store) -> None:
    for number in range(5):
        await visited(store, f"{number}.1", T0 + number * MINUTE, ("menu", "again"), ("menu", "sales"), ("end", ""))
    await visited(store, "9.1", T0, ("menu", "agent"))
    await visited(store, "8.1", T0 - timedelta(days=2), ("menu", "sales"))
    record = CallRecord(id="3.1", direction=Direction.INBOUND, started_at=T0, caller="+12025550143")
    await store.open_call(record)
    within = TrafficOf(flow="main", since=T0 - MINUTE, until=T0 + timedelta(days=1))
    found = await store.calls_through(PassedBy(calls=within, node="menu", limit=3))
    assert [one.call_id for one in found] == ["4.1", "3.1", "2.1"]
    assert [one.call for one in found] == [None, record, None]
    assert found[0].at == T0 + 4 * MINUTE
    rest = await store.calls_through(PassedBy(calls=within, node="menu", before=(found[-1].at, found[-1].call_id)))
    assert [one.call_id for one in rest] == ["1.1", "9.1", "0.1"]
    by_exit = await store.calls_through(PassedBy(calls=within, node="menu", exit="agent"))
    assert [one.call_id for one in by_exit] == ["9.1"]
    assert len(await store.calls_through(PassedBy(calls=within))) == 6
    assert await store.calls_through(PassedBy(calls=replace(within, version=2))) == []


async def test_the_audit_log_is_looked_through(store: Store) -> None:
    for number in range(6):
        await store.audit(
            "ann" if number % 2 else "ben", "flow" if number < 4 else "people", str(number), T0 + number * MINUTE
        )

    async def details(**of: object) -> list[str]:
        return [entry.detail for _, entry in await store.audit_page(AuditsOf(**of))]  # type: ignore[arg-type]

    assert await details() == ["5", "4", "3", "2", "1", "0"]
    assert await details(who="ann", what="flow") == ["3", "1"]
    assert await details(since=T0 + 4 * MINUTE) == ["5", "4"]
    [(number, _)] = await store.audit_page(AuditsOf(limit=1))
    assert await details(before=number, limit=2) == ["4", "3"]
