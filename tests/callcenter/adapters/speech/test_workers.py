"""Recognition workers that answer, are slow, die and hang; and who waits for them."""

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from callcenter.adapters.speech import workers as module
from callcenter.adapters.speech.worker import Plan
from callcenter.adapters.speech.workers import Menu, Workers

MENU = Menu(language="en", phrases={"pay": ("pay my bill",)}, others=("it rains",))
SECONDS = 10.0


def command(plan: Plan) -> list[str]:
    return [sys.executable, str(Path(__file__).with_name("fake_worker.py")), json.dumps(asdict(plan))]


def crew(engine: str, count: int = 1, *, intents: bool = False, marks: Path | None = None) -> Workers:
    plan = Plan(engine=engine, model_dir=str(marks or ""), intents=intents)
    return Workers(plan, count, command)


async def until(condition: Callable[[], object]) -> None:
    loop = asyncio.get_running_loop()
    give_up = loop.time() + SECONDS
    while not condition():
        assert loop.time() < give_up
        await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def text(workers: Workers, sound: bytes, deadline_s: float = SECONDS) -> str | None:
    readings = await workers.recognise(sound, MENU, deadline_s)
    return readings[0].text if readings else None


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN_S", (0.01,))


async def test_an_utterance_is_read() -> None:
    async with crew("echo") as workers:
        ready = await workers.up(SECONDS)
        assert ready is not None
        assert (ready.engine, ready.languages) == ("echo", ("en",))
        assert await text(workers, b"hello") == "hello"
        assert workers.counts["done"] == 1
        assert list(workers.cpu_s) == [0.01]
        (pid,) = workers.pids
    assert not alive(pid)


async def test_before_a_worker_is_there_and_in_a_language_it_lacks_nothing_is_understood() -> None:
    async with crew("echo") as workers:
        assert workers.languages == ()
        assert await text(workers, b"hello") is None
        await workers.up(SECONDS)
        assert workers.languages == ("en",)
        assert await workers.recognise(b"hola", Menu(language="es", phrases={}), SECONDS) is None


async def test_two_workers_share_the_work() -> None:
    async with crew("slow", 2) as workers:
        await until(lambda: len(workers.pids) == 2)
        said = await asyncio.gather(*(text(workers, word) for word in (b"one", b"two", b"three", b"four")))
        assert said == ["one", "two", "three", "four"]


async def test_nobody_waits_longer_than_the_deadline_and_the_late_answer_is_nobodys() -> None:
    async with crew("slow") as workers:
        await workers.up(SECONDS)
        assert await text(workers, b"late", deadline_s=0.05) is None
        assert await text(workers, b"next") == "next"
        assert workers.counts == {"done": 1, "late": 1, "failed": 0, "died": 0}


async def test_what_waits_behind_others_is_given_up_and_not_done() -> None:
    async with crew("slow") as workers:
        await workers.up(SECONDS)
        first = asyncio.create_task(text(workers, b"first"))
        await asyncio.sleep(0)
        assert await text(workers, b"second", deadline_s=0.05) is None
        assert await first == "first"
        assert await text(workers, b"third") == "third"


async def test_a_worker_that_dies_is_replaced_and_its_caller_is_told_at_once(tmp_path: Path) -> None:
    async with crew("late", marks=tmp_path / "died") as workers:
        await workers.up(SECONDS)
        (first,) = workers.pids
        assert await text(workers, b"hello") is None
        assert workers.counts["failed"] == 1
        await until(lambda: workers.pids and workers.pids != (first,))
        assert await text(workers, b"again") == "again"
        assert workers.counts["died"] == 1


async def test_a_killed_worker_is_replaced() -> None:
    async with crew("echo") as workers:
        await workers.up(SECONDS)
        (first,) = workers.pids
        os.kill(first, signal.SIGKILL)
        await until(lambda: workers.languages == ())  # callers are asked for keys
        await until(lambda: workers.pids)
        assert workers.pids != (first,)
        assert await text(workers, b"hello") == "hello"


async def test_a_hung_worker_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HUNG_S", 0.2)
    async with crew("hangs") as workers:
        await workers.up(SECONDS)
        (first,) = workers.pids
        assert await text(workers, b"hello", deadline_s=0.05) is None
        await until(lambda: workers.pids and workers.pids != (first,))
        assert not alive(first)
        assert workers.counts["late"] == 1


async def test_a_stopped_worker_keeps_nobody_waiting() -> None:
    async with crew("echo") as workers:
        await workers.up(SECONDS)
        (pid,) = workers.pids
        os.kill(pid, signal.SIGSTOP)
        assert await text(workers, b"hello", deadline_s=0.1) is None
        os.kill(pid, signal.SIGCONT)
        assert await text(workers, b"again") == "again"


async def test_a_worker_that_cannot_begin_says_why(caplog: pytest.LogCaptureFixture) -> None:
    async with crew("broken") as workers:
        await until(lambda: workers.counts["died"] >= 2)  # it is tried again
        assert workers.ready is None
        assert workers.failed == "no model"
    assert any("no model" in record.message for record in caplog.records if record.levelno == logging.ERROR)


async def test_what_is_no_worker_is_no_danger() -> None:
    async with crew("garbage") as workers:
        await until(lambda: workers.counts["died"] >= 1)
        assert workers.ready is None


async def test_whoever_cannot_wait_is_told_when_the_first_one_fails() -> None:
    async with crew("garbage") as workers:
        assert await workers.up(SECONDS, patient=False) is None
        assert workers.failed


async def test_a_request_that_fails_ends_no_worker() -> None:
    async with crew("wrong") as workers:
        await workers.up(SECONDS)
        before = workers.pids
        assert await text(workers, b"hello") is None
        assert await text(workers, b"hello") is None
        assert workers.pids == before
        assert workers.counts["failed"] == 2


async def test_a_new_menu_is_taught_between_utterances_and_to_those_who_come_later() -> None:
    async with crew("echo", intents=True) as workers:
        await workers.up(SECONDS)
        assert await text(workers, b"hello") == "hello"  # the first utterance in a menu does not wait for its lesson
        assert await workers.taught(SECONDS)
        assert await text(workers, b"hello") == "hello taught 1"
        (first,) = workers.pids
        os.kill(first, signal.SIGKILL)
        await text(workers, b"into the void")
        await until(lambda: workers.pids and workers.pids != (first,))
        assert await workers.taught(SECONDS)
        await until_taught(workers)


async def until_taught(workers: Workers) -> None:
    loop = asyncio.get_running_loop()
    give_up = loop.time() + SECONDS
    while await text(workers, b"hello") != "hello taught 1":
        assert loop.time() < give_up
        await asyncio.sleep(0.01)


async def test_many_menus_are_forgotten_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MENUS_MAX", 3)
    async with crew("echo", intents=True) as workers:
        await workers.up(SECONDS)
        for number in range(8):
            workers.learn(Menu(language="en", phrases={"pay": (f"pay bill {number}",)}))
        assert await workers.taught(SECONDS)
        assert await text(workers, b"hello") is not None


async def test_workers_that_are_left_end_with_those_who_wait_for_them() -> None:
    async with crew("hangs") as workers:
        await workers.up(SECONDS)
        waiting = asyncio.create_task(text(workers, b"hello"))
        await asyncio.sleep(0.05)
        (pid,) = workers.pids
    assert not alive(pid)
    assert await waiting is None
