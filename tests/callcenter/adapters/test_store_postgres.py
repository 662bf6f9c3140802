"""PostgreSQL: commits whose answer is lost, servers that crash, freeze or refuse."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, cast

import pytest
from sqlalchemy import Connection, make_url, text

from callcenter.adapters.store import Store
from callcenter.adapters.store.postgres import Postgresql
from callcenter.errors import StoreError
from callcenter.outbound import Attempt, AttemptOutcome, DncEntry, LeadState, Refusal, Rule
from callcenter.records import AgentChange, BlockedCaller, CallRecord, Direction, Outcome, Publication, Waiting

from .conftest import Postgres
from .outbound_rows import CAMPAIGN, LEAD, NUMBER, closing, draft, wrong

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CALL = CallRecord(id="1", direction=Direction.INBOUND, started_at=NOW)
WAITING = Waiting(call_id="1", channel="PJSIP/trunk-00000001", queue="sales", since=NOW)


@dataclass
class Cutter:
    """Stands between us and PostgreSQL and cuts the connection at the next COMMIT, before or after it is done."""

    server: Path
    cut: Literal["before", "after"] | None = None
    cuts: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_unix_connection(str(self.server))
        answer_is_lost = False

        async def up() -> None:
            nonlocal answer_is_lost
            while data := await reader.read(65536):
                if self.cut and b"COMMIT" in data:
                    self.cuts += 1
                    cut, self.cut = self.cut, None
                    if cut == "before":
                        return
                    answer_is_lost = True
                to_server.write(data)

        async def down() -> None:
            while data := await from_server.read(65536):
                if answer_is_lost:
                    return
                writer.write(data)

        ways = [asyncio.create_task(up()), asyncio.create_task(down())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            writer.close()
            to_server.close()


@pytest.fixture(params=["before", "after"])
def cutter(request: pytest.FixtureRequest, migrated_postgres: Postgres) -> tuple[Cutter, str]:
    """A cutter, and when it shall cut."""
    return Cutter(server=migrated_postgres.socket), request.param


@pytest.fixture
async def cut_store(cutter: tuple[Cutter, Literal["before", "after"]], postgres_url: str) -> AsyncIterator[Store]:
    """A store behind the cutter."""
    between, _ = cutter
    listener = await asyncio.start_server(between.serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with listener, await Store.open(f"postgresql://callcenter@127.0.0.1:{port}/callcenter") as store:
        yield store


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[Store]:
    async with await Store.open(postgres_url) as opened:
        yield opened


async def test_work_whose_commit_got_lost_is_done_once(
    cut_store: Store, cutter: tuple[Cutter, Literal["before", "after"]]
) -> None:
    between, cut = cutter
    store = cut_store
    await store.block(BlockedCaller(number="+12025550199", reason="", since=NOW))
    await store.put_waiting(WAITING)

    async def done_once(result: object) -> object:
        between.cut = cut
        return await result  # type: ignore[misc]

    assert await done_once(store.open_call(CALL)) is True
    assert await done_once(store.close_call("1", NOW + SECOND, Outcome.ABANDONED, 16)) is True
    assert await store.close_call("1", NOW + SECOND, Outcome.ABANDONED, 16) is False
    assert await done_once(store.delete_waiting("1")) is True
    assert await done_once(store.unblock("+12025550199")) is True
    assert (await store.person_seen("+12025550143", NOW)).calls == 1
    await done_once(store.person_seen("+12025550143", NOW + SECOND))
    assert await done_once(store.publish_flow(Publication(name="main", body={"n": 1}, author="admin"), NOW)) == 1
    assert await done_once(store.acquire_lease("acd:main", "a", SECOND, NOW)) is True
    await done_once(store.log_agent_change(AgentChange(agent="101", state="ready", at=NOW)))
    await done_once(store.audit("admin", "closure", "", NOW))

    assert between.cuts == 9
    person = await store.person("+12025550143")
    assert person is not None
    assert person.calls == 2
    assert [flow.version for flow in await store.flows()] == [1]
    assert len(await store.agent_changes(None, NOW, NOW + SECOND)) == 1
    assert len(await store.audits()) == 2


async def test_steps_together_whose_commit_got_lost_are_done_once(
    cut_store: Store, cutter: tuple[Cutter, Literal["before", "after"]]
) -> None:
    between, cut = cutter

    async def steps(store: Store) -> None:
        await store.open_call(CALL)
        await store.person_seen("+12025550143", NOW)
        await store.log_agent_change(AgentChange(agent="101", state="ready", at=NOW), "once")

    between.cut = cut
    await cut_store.together(steps)
    assert between.cuts == 1
    assert await cut_store.open_calls() == [CALL]
    person = await cut_store.person("+12025550143")
    assert person is not None
    assert person.calls == 1
    assert len(await cut_store.agent_changes(None, NOW, NOW + SECOND)) == 1


async def test_a_step_of_the_ledger_whose_commit_got_lost_is_done_once(
    cut_store: Store, cutter: tuple[Cutter, Literal["before", "after"]]
) -> None:
    between, cut = cutter
    store = cut_store

    async def done_once(result: object) -> object:
        between.cut = cut
        return await result  # type: ignore[misc]

    assert await done_once(store.put_campaign(CAMPAIGN)) is True
    assert await done_once(store.add_leads([replace(LEAD, next_at=NOW)])) == [True]
    [lead] = await store.leads(CAMPAIGN.name)
    wanted = draft(lead)
    [attempt] = cast(list[Attempt], await done_once(store.reserve([wanted], NOW)))
    assert attempt == await store.attempt(wanted.id)
    assert await done_once(store.mark_sent([attempt.id], NOW)) == {attempt.id}
    passed = await done_once(store.pass_gate(attempt.id, NOW, SECOND))
    assert passed == await store.attempt(attempt.id)
    assert isinstance(passed, Attempt)
    assert await store.pass_gate(attempt.id, NOW, SECOND) == Refusal(draft=attempt.id, rule=Rule.NOT_SENT)
    assert await done_once(store.note_attempt(attempt.id, answered_at=NOW)) is True
    end = closing(attempt, AttemptOutcome.DROPPED, NOW)
    assert await done_once(store.close_attempt(end)) is True
    assert await store.close_attempt(end) is False
    assert await done_once(store.add_dnc([DncEntry(number=NUMBER, reason="", since=NOW)])) == 1
    assert await done_once(store.remove_dnc(NUMBER)) is True
    assert await done_once(store.finish_leads([lead.id])) == {lead.id}

    assert between.cuts == 10
    assert await store.lead(lead.id) == replace(
        lead, state=LeadState.DONE, tries=1, last_outcome=AttemptOutcome.REFUSED
    )
    assert await wrong(store) == []


async def test_a_server_that_crashes_in_the_middle_loses_no_call(store: Store, postgres: Postgres) -> None:
    crashed = asyncio.Event()
    done: list[str] = []

    async def call(number: int) -> None:
        call_id = f"call {number}"
        steps = (
            lambda: store.open_call(replace(CALL, id=call_id)),
            lambda: store.update_call(call_id, agent="101"),
            lambda: store.close_call(call_id, NOW + SECOND, Outcome.REACHED_AGENT, 16),
        )
        for step in steps:
            for _ in range(10):
                try:
                    await step()
                except StoreError:
                    continue
                break
        done.append(call_id)
        if len(done) == 20 and not crashed.is_set():
            crashed.set()
            # As the kernel does when memory runs out; PostgreSQL then ends all others and recovers.
            postgres.signal(signal.SIGKILL, backends=True)

    await asyncio.gather(*(call(number) for number in range(60)))
    assert crashed.is_set()
    calls = await store.calls(NOW, NOW + SECOND, 100)
    assert {call.id for call in calls} == {f"call {number}" for number in range(60)}
    assert {(call.agent, call.outcome) for call in calls} == {("101", Outcome.REACHED_AGENT)}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a server that is away less time to come back than in real life."""
    monkeypatch.setattr("callcenter.adapters.store.postgres.RETRY_AFTER_S", (0.0, 0.02))


@pytest.fixture
def stoppable(postgres: Postgres) -> Iterator[Postgres]:
    """The server, for tests that stop it: it runs again afterwards."""
    yield postgres
    if not (postgres.folder / "data/postmaster.pid").exists():
        postgres.start()


@pytest.mark.usefixtures("impatient")
async def test_a_server_that_is_away_is_one_line_and_found_again_when_it_is_back(
    store: Store, stoppable: Postgres
) -> None:
    await store.open_call(CALL)
    stoppable.stop()
    attempts = (store.call("1"), store.update_call("1", agent="101"), store.now(), store.check())
    for error in await asyncio.gather(*attempts, return_exceptions=True):
        assert isinstance(error, StoreError)
        assert str(error).startswith(f"PostgreSQL callcenter on {stoppable.folder}: connection")
        assert "\n" not in str(error)
    stoppable.start()
    await store.update_call("1", agent="101")
    assert await store.call("1") == replace(CALL, agent="101")


async def test_a_planned_restart_of_the_server_is_not_noticed(store: Store, stoppable: Postgres) -> None:
    await store.open_call(CALL)
    stoppable.stop("fast")
    stoppable.start()
    assert await store.call("1") == CALL
    await store.update_call("1", agent="101")


async def test_a_frozen_server_holds_nobody_up(postgres_url: str, postgres: Postgres) -> None:
    async with Store(Postgresql(make_url(postgres_url), limit_s=1.0)) as store:
        await store.open_call(CALL)
        postgres.signal(signal.SIGSTOP, backends=True)
        try:
            with pytest.raises(StoreError, match=r"no answer within 1 s; whether the change was made is unknown"):
                async with asyncio.timeout(4):
                    await store.update_call("1", agent="101")
        finally:
            postgres.signal(signal.SIGCONT, backends=True)
        await store.update_call("1", agent="102")
        assert await store.call("1") == replace(CALL, agent="102")


async def test_only_what_may_take_long_does(postgres_url: str) -> None:
    def slow(db: Connection) -> int:
        db.execute(text("SELECT pg_sleep(0.5)"))
        return 1

    access = Postgresql(make_url(postgres_url), limit_s=0.3)
    async with Store(access):
        for _ in range(2):
            assert await access.read(slow, limit_s=9.0) == 1
            with pytest.raises(StoreError, match=r"took too long|no answer within 0.3 s"):
                await access.read(slow)


async def test_a_write_whose_caller_left_is_made_all_the_same(store: Store) -> None:
    started = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(db: Connection) -> None:
        db.execute(text("INSERT INTO blocked VALUES ('1', '', now())"))
        loop.call_soon(started.set)
        db.execute(text("SELECT pg_sleep(0.1)"))

    write = asyncio.create_task(store._access.write(slow))
    await started.wait()
    write.cancel()
    with pytest.raises(asyncio.CancelledError):
        await write
    await store.close()
    async with await Store.open(str(store._access._engine.url)) as other:  # type: ignore[attr-defined]
        assert await other.blocked("1") is not None


async def test_work_that_deadlocks_is_run_again(store: Store) -> None:
    for call_id in "ab":
        await store.open_call(replace(CALL, id=call_id))
    begun: list[str] = []

    def work(db: Connection, first: str, second: str) -> None:
        change = text("UPDATE calls SET intent = coalesce(intent, '') || :mark WHERE id = :id")
        db.execute(text("SET LOCAL deadlock_timeout = '20ms'"))
        db.execute(change, {"id": first, "mark": "x"})
        begun.append(first)
        # Until the other one holds its first row too.
        while len(begun) < 2:
            db.execute(text("SELECT 1"))
        db.execute(change, {"id": second, "mark": "x"})

    await asyncio.gather(
        store._access.write(lambda db: work(db, "a", "b")), store._access.write(lambda db: work(db, "b", "a"))
    )
    assert len(begun) == 3
    assert [call.intent for call in await store.open_calls()] == ["xx", "xx"]


async def test_a_read_only_server_is_one_line(store: Store, postgres: Postgres) -> None:
    postgres.execute("ALTER DATABASE callcenter SET default_transaction_read_only = on")
    try:
        for attempt in (store.open_call(CALL), store.check()):
            with pytest.raises(StoreError, match="connect to the primary") as caught:
                await attempt
            assert "\n" not in str(caught.value)
    finally:
        postgres.execute("ALTER DATABASE callcenter RESET default_transaction_read_only", database="postgres")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("place", ["127.0.0.1:1/callcenter", "/nowhere?host="])
async def test_a_password_is_in_no_error(postgres: Postgres, place: str) -> None:
    url = f"postgresql://callcenter:hunter2@{place}" + (str(postgres.folder) if place.endswith("=") else "")
    async with await Store.open(url) as store:
        with pytest.raises(StoreError, match=r"^PostgreSQL") as caught:
            await store.check()
        assert "hunter2" not in str(caught.value)
        assert "\n" not in str(caught.value)
