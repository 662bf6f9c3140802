"""The bus: within a process and over a real Redis that crashes, forgets, freezes and comes back."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from callcenter.adapters import redis_bus, redis_link, redis_reader
from callcenter.adapters.bus import Bus, LocalBus, open_bus
from callcenter.adapters.redis_bus import RedisBus
from callcenter.adapters.redis_reader import stream_of
from callcenter.errors import ConfigError
from callcenter.messages import AgentChanged, AgentCommand, AgentReserved, CentreChanged, Message, WaitChanged

from .conftest import RedisServer

WAIT = WaitChanged(call_id="1", position=2, p50_s=30.0)
RESERVED = AgentReserved(call_id="1", agent="101")
STREAM = stream_of(CentreChanged.kind)


def number(n: int) -> CentreChanged:
    return CentreChanged(what=str(n))


async def receive(messages: AsyncIterator[Message], count: int) -> list[Message]:
    """The next `count` messages."""
    async with asyncio.timeout(15):
        return [await anext(messages) for _ in range(count)]


async def receive_until(messages: AsyncIterator[Message], last: Message) -> list[Message]:
    """The next messages up to `last`."""
    found: list[Message] = []
    async with asyncio.timeout(15):
        while not found or found[-1] != last:
            found.append(await anext(messages))
    return found


@pytest.fixture(params=["local", "redis"])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    """Each bus in turn."""
    url = "" if request.param == "local" else request.getfixturevalue("redis_server").url
    async with open_bus(url) as opened:
        yield opened


@pytest.fixture
async def redis(redis_server: RedisServer) -> AsyncIterator[Any]:
    """A client beside the bus."""
    client: Any = Redis.from_url(redis_server.url, decode_responses=True)
    yield client
    await client.aclose()


async def test_messages_of_a_kind_arrive_in_order_as_they_were(bus: Bus) -> None:
    sent: list[Message] = [
        WAIT,
        RESERVED,
        AgentChanged(agent="101", state="on call", at=1.5, call_id="1"),
        *map(number, range(100)),
    ]
    async with bus.subscribe() as messages:
        for message in sent:
            bus.publish(message)
        received = await receive(messages, len(sent))
    for kind in (WaitChanged, AgentReserved, AgentChanged, CentreChanged):
        assert [m for m in received if isinstance(m, kind)] == [m for m in sent if isinstance(m, kind)]
    assert (bus.counts.published, bus.counts.received, bus.counts.dropped) == (103, 103, 0)


async def test_a_subscriber_gets_the_kinds_it_asked_for(bus: Bus) -> None:
    async with bus.subscribe(AgentReserved, CentreChanged) as messages:
        for message in (WAIT, RESERVED, WAIT, number(1)):
            bus.publish(message)
        assert await receive(messages, 2) == [RESERVED, number(1)]


async def test_all_subscribers_get_all_messages(bus: Bus) -> None:
    async with bus.subscribe() as one, bus.subscribe() as other:
        bus.publish(WAIT)
        assert await receive(one, 1) == await receive(other, 1) == [WAIT]


async def test_what_was_published_before_is_not_received(bus: Bus) -> None:
    async with bus.subscribe() as before:
        bus.publish(WAIT)
        await receive(before, 1)
        async with bus.subscribe() as messages:
            bus.publish(RESERVED)
            assert await receive(messages, 1) == [RESERVED]


async def test_a_subscription_ends_with_the_bus(bus: Bus) -> None:
    async with bus.subscribe() as messages:
        bus.publish(WAIT)
        await receive(messages, 1)
        await bus.close()
        assert [message async for message in messages] == []


async def test_a_slow_subscriber_loses_the_oldest_messages() -> None:
    bus = LocalBus(behind=3)
    async with bus.subscribe() as messages:
        for n in range(5):
            bus.publish(number(n))
        assert await receive(messages, 3) == [number(2), number(3), number(4)]
    assert bus.counts.missed == 2


async def test_a_picture_is_kept_until_the_next(bus: Bus) -> None:
    assert await bus.picture("floor:main") is None
    await bus.put_picture("floor:main", {"agents": {"101": "ready"}}, 60)
    await bus.put_picture("floor:main", {"agents": {"101": "on call"}, "at": 1.5}, 60)
    await bus.put_picture("floor:other", {}, 60)
    for _ in range(2):
        assert await bus.picture("floor:main") == {"agents": {"101": "on call"}, "at": 1.5}
    await bus.put_picture("floor:main", {"agents": {}}, 60)
    assert await bus.picture("floor:main") == {"agents": {}}
    assert await bus.picture("floor:other") == {}


async def test_a_picture_grows_old(bus: Bus) -> None:
    await bus.put_picture("floor:main", {"agents": 1}, 0.001)
    await asyncio.sleep(0.005)
    assert await bus.picture("floor:main") is None


async def test_a_picture_that_is_not_json_is_our_own_fault(bus: Bus) -> None:
    with pytest.raises(TypeError):
        await bus.put_picture("floor:main", {"at": object()}, 1)


async def test_check_describes_a_bus_that_works(bus: Bus) -> None:
    line = await bus.check()
    assert line
    assert "\n" not in line


async def test_processes_hear_each_other(redis_server: RedisServer) -> None:
    async with RedisBus(redis_server.url) as ours, RedisBus(redis_server.url) as theirs:
        async with ours.subscribe() as messages:
            theirs.publish(WAIT)
            assert await receive(messages, 1) == [WAIT]
        await theirs.put_picture("floor:main", {"n": 1}, 60)
        assert await ours.picture("floor:main") == {"n": 1}


async def test_a_command_is_sent_even_if_its_process_ends_at_once(redis_server: RedisServer, redis: Any) -> None:
    command = AgentCommand(agent="101", action="pause", reason="lunch")
    async with RedisBus(redis_server.url) as bus:
        bus.publish(command)
    [(_, fields)] = await redis.xrange(stream_of(command.kind))
    assert json.loads(fields["m"]) == {"kind": "agent-command", "agent": "101", "action": "pause", "reason": "lunch"}


async def test_strange_entries_are_passed_over(redis_server: RedisServer, redis: Any) -> None:
    async with RedisBus(redis_server.url) as bus, bus.subscribe() as messages:
        for fields in (
            {"m": "no json"},
            {"m": '{"kind":"of-the-future"}'},
            {"other": "field"},
            {"m": b"\xff\xfe"},
            {"m": ""},
        ):
            await redis.xadd(STREAM, fields)
        await redis.xadd(STREAM, {"m": '{"kind":"centre-changed","what":"closure","of_the_future":1}'})
        assert await receive(messages, 1) == [CentreChanged(what="closure")]


async def test_messages_published_together_are_one_entry_for_each_kind(redis_server: RedisServer, redis: Any) -> None:
    async with RedisBus(redis_server.url) as bus, bus.subscribe(CentreChanged) as messages:
        for n in range(3):
            bus.publish(number(n))
            bus.publish(RESERVED)
        assert await receive(messages, 3) == [number(0), number(1), number(2)]
        assert [await redis.xlen(stream_of(kind)) for kind in ("centre-changed", "agent-reserved")] == [1, 1]


async def test_nobody_is_woken_by_what_they_did_not_ask_for(
    redis_server: RedisServer, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_reader, "BLOCK_S", 60.0)
    async with RedisBus(redis_server.url) as bus, bus.subscribe(CentreChanged) as messages:
        await redis.config_resetstat()
        for _ in range(20):
            bus.publish(RESERVED)
            await bus._sent.wait()
        bus.publish(number(1))
        assert await receive(messages, 1) == [number(1)]
        reads = (await redis.info("commandstats")).get("cmdstat_xread", {}).get("calls", 0)
        assert reads <= 2
        assert await redis.xlen(stream_of(RESERVED.kind)) == 20


async def test_a_kind_asked_for_while_another_is_waited_for_is_heard_at_once(redis_server: RedisServer) -> None:
    async with RedisBus(redis_server.url) as bus, bus.subscribe(WaitChanged) as waits:
        async with bus.subscribe(AgentReserved) as reserved:
            began = time.monotonic()
            bus.publish(RESERVED)
            assert await receive(reserved, 1) == [RESERVED]
            assert time.monotonic() - began < redis_reader.BLOCK_S / 2
        bus.publish(WAIT)
        assert await receive(waits, 1) == [WAIT]


async def test_a_stream_does_not_grow_for_ever(
    redis_server: RedisServer, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_bus, "KEPT", 100)
    monkeypatch.setattr(redis_bus, "GATHER_S", 0.0)
    async with RedisBus(redis_server.url) as bus, bus.subscribe() as messages:
        for n in range(500):  # an entry each
            bus.publish(number(n))
            assert await receive(messages, 1) == [number(n)]
        # "About": Redis cuts whole nodes, of 100 entries by default.
        assert await redis.xlen(STREAM) <= 200


async def test_flushall_costs_no_later_message(redis_server: RedisServer, redis: Any) -> None:
    async with RedisBus(redis_server.url) as bus, bus.subscribe() as messages:
        bus.publish(number(1))
        await receive(messages, 1)
        await redis.flushall()
        bus.publish(number(2))
        assert await receive(messages, 1) == [number(2)]
        assert await bus.picture("floor:main") is None


async def test_a_stream_made_anew_behind_our_place_is_read(
    redis_server: RedisServer, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a loss of the stream with a clock that stepped back."""
    monkeypatch.setattr(redis_reader, "BLOCK_S", 0.05)
    async with RedisBus(redis_server.url) as bus, bus.subscribe() as messages:
        ahead = (await redis.time())[0] * 1000 + 3_600_000
        await redis.xadd(STREAM, {"m": '{"kind":"centre-changed","what":"before"}'}, id=f"{ahead}-0")
        assert await receive(messages, 1) == [CentreChanged(what="before")]
        await redis.flushall()
        bus.publish(number(1))
        assert await receive(messages, 1) == [number(1)]


async def test_a_redis_that_crashes_is_found_again(redis_server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "callcenter.adapters")
    async with RedisBus(redis_server.url) as bus, bus.subscribe() as messages:
        bus.publish(number(1))
        await receive(messages, 1)
        async with asyncio.timeout(15):
            await bus._sent.wait()  # else it is sent once more: Redis may have died before it was told
        redis_server.kill()
        for n in range(2, 52):
            bus.publish(number(n))
            await bus.put_picture("floor:main", {"n": n}, 60)
            assert await bus.picture("floor:main") is None
        redis_server.start()
        bus.publish(number(99))
        assert await receive_until(messages, number(99)) == [*map(number, range(2, 52)), number(99)]
        await bus.put_picture("floor:main", {"n": 99}, 60)
        assert await bus.picture("floor:main") == {"n": 99}
    told = Counter(record.getMessage().split(":")[1] for record in caplog.records)
    assert told[" Redis cannot keep pictures"] == told[" Redis keeps pictures again"] == 1
    assert set(told.values()) == {1}


async def test_messages_for_a_redis_that_stays_away_are_dropped_and_counted(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with RedisBus(redis_server.url, behind=10) as bus, bus.subscribe() as messages:
        redis_server.kill()
        for n in range(30):
            bus.publish(number(n))
        assert bus.counts.dropped == 20
        monkeypatch.setattr(redis_bus, "FRESH_S", 0.0)  # all of them have become too old
        redis_server.start()
        async with asyncio.timeout(15):
            await bus._sent.wait()
        assert bus.counts.dropped == 30
        monkeypatch.setattr(redis_bus, "FRESH_S", 10.0)
        bus.publish(number(99))
        assert await receive(messages, 1) == [number(99)]


async def test_a_cancelled_caller_ends_even_if_redis_swallows_the_cancellation(redis_server: RedisServer) -> None:
    async with RedisBus(redis_server.url) as bus:
        for steps in range(30):
            task = asyncio.create_task(bus.put_picture("floor:main", {}, 60))
            for _ in range(steps):
                await asyncio.sleep(0)
            cancelled = task.cancel()
            await asyncio.wait({task})
            assert task.cancelled() == cancelled


async def test_without_redis_everything_goes_on_and_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_link, "ANSWER_S", 0.1)
    async with open_bus(f"unix://{tmp_path}/nobody.sock") as bus, bus.subscribe() as messages:
        bus.publish(WAIT)
        await bus.put_picture("floor:main", {}, 1)
        assert await bus.picture("floor:main") is None
        with pytest.raises(ConfigError, match=r"nobody\.sock: .*start it, or mend CALLCENTER_REDIS_URL"):
            await bus.check()
    assert [message async for message in messages] == []


async def test_a_frozen_redis_holds_nobody_up(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_link, "ANSWER_S", 0.2)
    monkeypatch.setattr(redis_reader, "BLOCK_S", 0.2)
    async with RedisBus(redis_server.url) as bus, bus.subscribe() as messages:
        redis_server.signal(signal.SIGSTOP)
        async with asyncio.timeout(5):
            bus.publish(number(1))
            await bus.put_picture("floor:main", {}, 60)
            assert await bus.picture("floor:main") is None
        redis_server.signal(signal.SIGCONT)
        assert number(1) in await receive_until(messages, number(1))


async def test_a_redis_that_is_full_or_evicts_is_told_by_check(redis_server: RedisServer, redis: Any) -> None:
    await redis.config_set("maxmemory", "100mb")
    await redis.config_set("maxmemory-policy", "allkeys-lru")
    async with RedisBus(redis_server.url) as bus:
        with pytest.raises(ConfigError, match="set it to noeviction"):
            await bus.check()
        await redis.config_set("maxmemory-policy", "noeviction")
        assert "in use" in await bus.check()


async def test_a_redis_without_memory_left_is_as_one_that_is_away(redis_server: RedisServer, redis: Any) -> None:
    async with RedisBus(redis_server.url) as bus, bus.subscribe() as messages:
        await redis.config_set("maxmemory", "1")
        await bus.put_picture("floor:main", {}, 60)
        bus.publish(number(1))
        await redis.config_set("maxmemory", "0")
        assert await receive(messages, 1) == [number(1)]


async def test_a_password_is_in_no_error() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        async with open_bus(f"redis://user:hunter2@127.0.0.1:{port}/0") as bus:
            with pytest.raises(ConfigError, match=f"Redis 127.0.0.1:{port}") as caught:
                await bus.check()
            assert "hunter2" not in str(caught.value)


async def test_a_url_that_names_no_redis_is_refused() -> None:
    with pytest.raises(ConfigError, match="write redis://host:6379/0"):
        open_bus("http://localhost")
