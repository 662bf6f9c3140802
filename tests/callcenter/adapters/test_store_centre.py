"""Centre, flows, callers, logs, closure and leases: the same on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from callcenter.adapters.store import Store
from callcenter.audit import AuditEntry
from callcenter.records import (
    Agent,
    AgentChange,
    BlockedCaller,
    CentreRecords,
    Closure,
    Lease,
    Number,
    Person,
    Queue,
    ServiceState,
)

T0 = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
AGENT_101 = Agent(
    id="101", name="Agent 101", phone="101", pin_hash="x", queues=("sales", "support"), skills={"german": 8}
)
AGENT_102 = Agent(id="102", name="Agent 102", phone="102")
SALES = Queue(name="sales", title="Sales", wrap_up=timedelta(seconds=7.5), max_wait=timedelta(minutes=3))
SUPPORT = Queue(name="support", title="Support")
MAIN = Number(did="+12025550100", flow="main", fallback_queue="sales")
CENTRE = CentreRecords(agents=[AGENT_101, AGENT_102], queues=[SALES, SUPPORT], numbers=[MAIN])


async def test_the_centre_is_taken_over(store: Store) -> None:
    assert await store.apply_centre(CENTRE) == 5
    assert await store.agents() == [AGENT_101, AGENT_102]
    assert await store.queues() == [SALES, SUPPORT]
    assert await store.numbers() == [MAIN]
    assert await store.agent("101") == AGENT_101
    assert await store.queue("sales") == SALES
    assert await store.number("+12025550100") == MAIN


async def test_what_is_not_configured_is_none(store: Store) -> None:
    assert await store.agent("101") is None
    assert await store.queue("sales") is None
    assert await store.number("+12025550100") is None


async def test_only_what_changed_in_the_centre_is_written(store: Store) -> None:
    await store.apply_centre(CENTRE)
    assert await store.apply_centre(CENTRE) == 0
    changed = replace(AGENT_101, queues=("sales",), skills={"german": 9, "english": 1})
    assert await store.apply_centre(replace(CENTRE, agents=[changed, AGENT_102])) == 1
    assert await store.agents() == [changed, AGENT_102]


async def test_whoever_leaves_the_centre_stays_known_but_not_active(store: Store) -> None:
    await store.apply_centre(CENTRE)
    assert await store.apply_centre(CentreRecords(agents=[AGENT_102], queues=[SUPPORT], numbers=[])) == 3
    assert await store.agents() == [AGENT_102]
    assert await store.agents(active_only=False) == [replace(AGENT_101, active=False), AGENT_102]
    assert await store.agent("101") == replace(AGENT_101, active=False)
    assert await store.queues() == [SUPPORT]
    assert await store.queue("sales") == replace(SALES, active=False)
    assert await store.numbers() == []
    assert await store.number(MAIN.did) == replace(MAIN, active=False)


async def test_whoever_comes_back_is_active_again(store: Store) -> None:
    await store.apply_centre(CENTRE)
    await store.apply_centre(CentreRecords(agents=[], queues=[], numbers=[]))
    assert await store.apply_centre(CENTRE) == 5
    assert await store.agents() == [AGENT_101, AGENT_102]


async def test_a_pin_hash_does_not_show_in_a_log(store: Store) -> None:
    await store.apply_centre(replace(CENTRE, agents=[replace(AGENT_101, pin_hash="do-not-show")]))
    assert "do-not-show" not in repr(await store.agents())


async def test_a_person_is_made_at_the_first_call_and_counted_at_each(store: Store) -> None:
    assert await store.person("+12025550143") is None
    first = await store.person_seen("+12025550143", T0)
    assert first == Person(id=first.id, number="+12025550143", first_seen=T0, last_seen=T0, calls=1)
    again = await store.person_seen("+12025550143", T0 + SECOND, "de")
    assert again == replace(first, last_seen=T0 + SECOND, language="de", calls=2)
    assert await store.person_seen("+12025550143", T0 + 2 * SECOND) == replace(
        again, last_seen=T0 + 2 * SECOND, calls=3
    )
    assert (await store.person_seen("+12025550144", T0)).id != first.id
    assert await store.person("+12025550143") == replace(again, last_seen=T0 + 2 * SECOND, calls=3)


async def test_the_same_call_of_a_person_counts_once(store: Store) -> None:
    await store.person_seen("+12025550143", T0)
    assert (await store.person_seen("+12025550143", T0)).calls == 1


async def test_calls_of_a_person_at_once_are_all_counted(store: Store) -> None:
    await asyncio.gather(*(store.person_seen("+12025550143", T0 + n * SECOND) for n in range(20)))
    person = await store.person("+12025550143")
    assert person is not None
    assert (person.calls, person.last_seen) == (20, T0 + 19 * SECOND)


async def test_a_blocked_caller_stays_blocked_since_the_first_time(store: Store) -> None:
    nuisance = BlockedCaller(number="+12025550199", reason="nuisance", since=T0)
    await store.block(nuisance)
    await store.block(BlockedCaller(number="+12025550199", reason="threat", since=T0 + SECOND))
    other = BlockedCaller(number="+12025550100", reason="", since=T0)
    await store.block(other)
    assert await store.blocked("+12025550199") == replace(nuisance, reason="threat")
    assert await store.blocked_callers() == [other, replace(nuisance, reason="threat")]


async def test_an_unblocked_caller_is_not_blocked(store: Store) -> None:
    await store.block(BlockedCaller(number="+12025550199", reason="", since=T0))
    assert await store.unblock("+12025550199")
    assert not await store.unblock("+12025550199")
    assert await store.blocked("+12025550199") is None


async def test_agents_states_are_logged_in_order_even_at_one_instant(store: Store) -> None:
    changes = [
        AgentChange(agent="101", state=state, at=T0, call_id=call)
        for state, call in (("ready", None), ("reserved", "c1"), ("ready", None))
    ]
    paused = AgentChange(agent="102", state="paused", at=T0 + SECOND, reason="lunch")
    for change in (*changes, paused):
        await store.log_agent_change(change)
    assert await store.agent_changes(None, T0, T0 + 2 * SECOND) == [*changes, paused]
    assert await store.agent_changes("101", T0, T0 + 2 * SECOND) == changes
    assert await store.agent_changes(None, T0, T0 + SECOND) == changes
    assert await store.agent_changes("102", T0, T0 + SECOND) == []
    assert await store.last_agent_changes() == [changes[2], paused]


async def test_the_last_recorded_state_counts_even_if_the_clock_stepped_back(store: Store) -> None:
    await store.log_agent_change(AgentChange(agent="101", state="ready", at=T0))
    back = AgentChange(agent="101", state="paused", at=T0 - 3600 * SECOND)
    await store.log_agent_change(back)
    assert await store.last_agent_changes() == [back]


async def test_audit_entries_are_listed_newest_first(store: Store) -> None:
    await store.audit("admin", "closure", "closed", T0)
    await store.audit("phone 101", "closure", "open", T0)
    entries = [
        AuditEntry(who="phone 101", what="closure", at=T0, detail="open"),
        AuditEntry(who="admin", what="closure", at=T0, detail="closed"),
    ]
    assert await store.audits() == entries
    assert await store.audits(limit=1) == entries[:1]


async def test_one_closure_at_most_is_in_force(store: Store) -> None:
    assert await store.closure() is None
    await store.set_closure(Closure(prompt="storm", by="admin", since=T0))
    await store.set_closure(Closure(prompt="fire", by="phone 101", since=T0 + SECOND))
    assert await store.closure() == Closure(prompt="fire", by="phone 101", since=T0 + SECOND)
    await store.set_closure(None)
    await store.set_closure(None)
    assert await store.closure() is None


async def test_a_lease_is_one_holders_until_it_ends(store: Store) -> None:
    ttl = 10 * SECOND
    assert await store.acquire_lease("acd:main", "a", ttl, T0)
    assert not await store.acquire_lease("acd:main", "b", ttl, T0 + 9 * SECOND)
    assert await store.acquire_lease("acd:main", "a", ttl, T0 + 9 * SECOND)
    assert await store.lease("acd:main") == Lease(name="acd:main", holder="a", until=T0 + 19 * SECOND)
    assert not await store.acquire_lease("acd:main", "b", ttl, T0 + 19 * SECOND - SECOND / 1_000_000)
    assert await store.acquire_lease("acd:main", "b", ttl, T0 + 19 * SECOND)
    assert not await store.acquire_lease("acd:main", "a", ttl, T0 + 19 * SECOND)
    assert await store.acquire_lease("acd:other", "a", ttl, T0)


async def test_only_its_holder_gives_a_lease_back(store: Store) -> None:
    await store.acquire_lease("acd:main", "a", SECOND, T0)
    await store.release_lease("acd:main", "b")
    assert not await store.acquire_lease("acd:main", "b", SECOND, T0)
    await store.release_lease("acd:main", "a")
    assert await store.lease("acd:main") is None
    assert await store.acquire_lease("acd:main", "b", SECOND, T0)


async def test_of_many_who_want_a_lease_at_once_one_gets_it(store: Store) -> None:
    wanted = [store.acquire_lease("acd:main", f"holder {n}", SECOND, T0) for n in range(12)]
    assert sum(await asyncio.gather(*wanted)) == 1


async def test_the_stores_time_is_utc_and_goes_on(store: Store) -> None:
    first = await store.now()
    assert first.utcoffset() == timedelta(0)
    assert first <= await store.now()


async def test_a_service_says_what_it_does(store: Store) -> None:
    state = ServiceState(name="dialer:main", text="dialing", since=T0, seen_at=T0)
    for said in (state, replace(state, text="standing still: no gate", since=T0 + SECOND, seen_at=T0 + SECOND)):
        await store.put_service_state(said)
        assert await store.service_state("dialer:main") == said
        assert await store.service_states() == [said]
    other = replace(state, name="dialer:east")
    await store.put_service_state(other)
    assert await store.service_states() == [other, said]
    assert await store.service_state("dialer:west") is None
