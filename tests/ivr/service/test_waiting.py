"""Callers who wait for an agent: the wait flow runs, and at any instant an agent may come."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.dialplan import VAR_NEXT, VAR_QUEUE
from callcenter.errors import ActionRefused
from callcenter.messages import AgentReserved
from callcenter.records import Lease
from tests.doubles import START, Act, FakeChannel, Gone
from tests.ivr.service.office import CALL, Office


@pytest.fixture
def centre() -> Office:
    return Office()


async def test_the_wait_flow_runs_with_music_between(centre: Office) -> None:
    channel = await centre.call({"main-menu": ["1"], "wait": ["", *[""] * 22, Gone()]})
    said = centre.journal[centre.journal.index("event CallWaiting Queue=sales") + 1 :]
    assert said == [
        "say please-wait",
        "music callcenter",
        "say still-waiting",
        "music callcenter",
        "say still-waiting",
        "music callcenter",
        "session wait:music",
    ]
    assert channel.music


async def test_nothing_is_said_once_an_agent_is_reserved(centre: Office) -> None:
    waits: list[Act] = [
        "",
        *[""] * 5,
        lambda: centre.bus.tell(AgentReserved(call_id=CALL, agent="7")),
        *[""] * 3,
        Gone(),
    ]
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(centre.ivr.run())
        await asyncio.sleep(0)
        channel = await centre.call({"main-menu": ["1"], "wait": waits})
        running.cancel()
    assert channel.heard[-1] == "please-wait"


async def test_a_wait_longer_than_the_queue_allows_ends_with_a_word(centre: Office) -> None:
    centre.store.queues["sales"] = replace(centre.store.queues["sales"], max_wait=timedelta(seconds=30))
    channel = await centre.call({"main-menu": ["1"]})
    assert centre.clock() - START >= timedelta(seconds=30)
    assert centre.journal[-6:] == [
        "no row",
        "event CallWithdrawn",
        "say all-busy",
        "event CallDone Outcome=self-service",
        "CC_NEXT=hangup",
        "session ended",
    ]
    assert not channel.music


@pytest.mark.parametrize("state", ["missing", "switched off"])
async def test_a_queue_that_does_not_exist_or_is_off_is_said(centre: Office, state: str) -> None:
    if state == "missing":
        del centre.store.queues["sales"]
    else:
        centre.store.queues["sales"] = replace(centre.store.queues["sales"], active=False)
    channel = await centre.call({"main-menu": ["1"]})
    assert channel.heard[-1] == "all-busy"
    assert centre.store.rows == {}


async def test_without_an_acd_callers_go_to_the_fallback_queue_after_its_grace(centre: Office) -> None:
    centre.store.leases["acd:main"] = Lease(name="acd:main", holder="x", until=START + timedelta(seconds=5))
    channel = await centre.call({"main-menu": ["1"]})
    assert channel.variables[VAR_NEXT] == "fallback"
    assert channel.variables[VAR_QUEUE] == "sales"
    assert timedelta(seconds=15) < centre.clock() - START <= timedelta(seconds=20)
    assert centre.store.rows == {}
    assert centre.journal[-3:] == ["no row", "session ended", "CC_NEXT=fallback"]
    assert centre.store.sessions[CALL].state["end"]["reason"] == "no acd is active"


async def test_a_caller_who_could_not_be_announced_leaves_no_row(
    centre: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(channel: FakeChannel, name: str, headers: Mapping[str, object]) -> None:
        raise ActionRefused("no such application")

    monkeypatch.setattr(FakeChannel, "user_event", refuse)
    channel = await centre.call({"main-menu": ["1"]})
    assert channel.variables[VAR_NEXT] == "fallback"
    assert centre.store.rows == {}


async def test_many_callers_look_at_the_lease_together(centre: Office) -> None:
    async with asyncio.TaskGroup() as tasks:
        for number in range(20):
            acts: dict[str, list[Act]] = {"main-menu": ["1"], "wait": ["", "", "", Gone()]}
            tasks.create_task(centre.call(acts, agi_uniqueid=f"9.{number}"))
    seconds = (centre.clock() - START).total_seconds()
    assert 1 < centre.store.reads.count("lease") <= seconds / 2 + 1
