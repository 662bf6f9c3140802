"""The ordered stream between Asterisk and one consumer: what is kept, what is shed, what ends it."""

from __future__ import annotations

import asyncio
import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.adapters.ami_stream import EventStream, Item, LinkDown, LinkUp
from callcenter.adapters.ami_wire import Counts, Event
from callcenter.errors import Unreachable

steadily = settings(deadline=None, derandomize=True)  # the same examples each time, on a machine however busy

UP = LinkUp(uptime_s=1)
DOWN = LinkDown(reason="test")


def happened(name: str, number: int = 0) -> Event:
    return Event(Event=name, Number=str(number))


async def drain(stream: EventStream) -> list[Item]:
    return [await stream.get() for _ in range(len(stream))]


async def test_items_come_in_the_order_they_were_put() -> None:
    stream = EventStream(10, Counts())
    stream.mark(UP)
    stream.put(happened("Hangup"))
    stream.mark(DOWN)
    assert await drain(stream) == [UP, happened("Hangup"), DOWN]


async def test_a_waiting_consumer_gets_what_comes() -> None:
    stream = EventStream(10, Counts())
    waiting = asyncio.create_task(stream.get())
    await asyncio.sleep(0)
    stream.put(happened("Hangup", 1))
    stream.put(happened("Hangup", 2))
    assert (await waiting, await stream.get()) == (happened("Hangup", 1), happened("Hangup", 2))


async def test_a_consumer_that_stopped_waiting_loses_nothing() -> None:
    stream = EventStream(10, Counts())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(stream.get(), 0.001)
    stream.put(happened("Hangup"))
    assert await stream.get() == happened("Hangup")


async def test_past_the_high_water_mark_variables_go_first_and_one_line_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    counts = Counts()
    stream = EventStream(3, counts)
    with caplog.at_level(logging.WARNING):
        for number in range(2):
            for name in ("VarSet", "Newexten", "Hangup"):
                assert stream.put(happened(name, number))
    assert await drain(stream) == [happened("VarSet"), happened("Newexten"), happened("Hangup"), happened("Hangup", 1)]
    assert counts.shed == 2
    assert len(caplog.records) == 1


async def test_at_twice_the_mark_everything_waiting_goes_and_the_link_is_to_be_given_up() -> None:
    counts = Counts()
    stream = EventStream(2, counts)
    assert [stream.put(happened("Hangup", number)) for number in range(5)] == [True, True, True, True, False]
    assert (len(stream), counts.shed) == (0, 5)
    stream.mark(DOWN)
    stream.mark(UP)
    assert await drain(stream) == [DOWN, UP]


@steadily
@given(
    names=st.lists(st.sampled_from(["VarSet", "Newexten", "Hangup", "get"]), max_size=60), high_water=st.integers(1, 8)
)
def test_the_stream_is_bounded_and_counts_what_it_drops(names: list[str], high_water: int) -> None:
    async def play() -> None:
        counts = Counts()
        stream = EventStream(high_water, counts)
        put = got = 0
        for number, name in enumerate(names):
            if name != "get":
                put += 1
                stream.put(happened(name, number))
            elif len(stream):
                got += 1
                await stream.get()
            assert len(stream) <= 2 * high_water
            assert put == got + len(stream) + counts.shed

    asyncio.run(play())


async def test_the_end_comes_after_what_was_waiting() -> None:
    stream = EventStream(10, Counts())
    stream.put(happened("Hangup"))
    stream.finish(Unreachable("closed"))
    stream.finish(Unreachable("again"))
    assert await stream.get() == happened("Hangup")
    for _ in range(2):
        with pytest.raises(Unreachable, match="closed"):
            await stream.get()


async def test_the_end_wakes_a_waiting_consumer() -> None:
    stream = EventStream(10, Counts())
    waiting = asyncio.create_task(stream.get())
    await asyncio.sleep(0)
    stream.finish(Unreachable("closed"))
    with pytest.raises(Unreachable):
        await waiting


@pytest.mark.parametrize(("turn_s", "turns"), [(0.0, 100), (60.0, 1)])
async def test_a_consumer_that_never_waits_lets_others_run_once_a_turn(turn_s: float, turns: int) -> None:
    stream = EventStream(100, Counts(), turn_s)
    for number in range(100):
        stream.put(happened("Newstate", number))
    seen = 0

    async def other() -> None:
        nonlocal seen
        while True:
            seen += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    assert len(await drain(stream)) == 100
    task.cancel()
    assert seen == turns
