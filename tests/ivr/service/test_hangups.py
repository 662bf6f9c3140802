"""Callers who do anything and hang up anywhere, in every flow that is shipped: one record each, and nothing is left."""

import asyncio
import gc
import logging
import random
from collections.abc import Mapping
from datetime import timedelta
from importlib import resources

import pytest

from callcenter.dialplan import EVENT_WAITING, VAR_NEXT
from callcenter.errors import ChannelGone
from callcenter.records import Lease, Number
from ivr.engine import MAX_TURNS_PER_CALL
from tests.doubles import START, FakeChannel
from tests.ivr.service.office import DID, Office

SHIPPED = sorted(
    entry.name.removesuffix(".json")
    for entry in resources.files("ivr").joinpath("flows").iterdir()
    if entry.name.endswith(".json")
)
ROUNDS = 20
LONGEST = 150  # verbs of one caller


class AnybodyChannel(FakeChannel):
    """A caller who presses this and that at random, and whose agent comes, or not."""

    rng = random.Random(0)
    announced = False

    async def user_event(self, name: str, headers: Mapping[str, object]) -> None:
        await super().user_event(name, headers)
        self.announced = self.announced or name == EVENT_WAITING

    async def _act(self, label: str) -> str:
        await asyncio.sleep(0)
        if self.verbs > LONGEST:
            self.gone = True
            raise ChannelGone("tired")
        if label == "record":
            return self.rng.choice(("#", ""))
        return self.rng.choice(("", "", "1", "2", "3", "4", "5", "0", "#", *"0123456789")) if label == "wait" else ""


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


def office() -> Office:
    made = Office({"name": "none", "start": "end", "nodes": {"end": {"kind": "hangup"}}})
    made.store.leases["acd:main"] = Lease(name="acd:main", holder="test", until=START + timedelta(days=10_000))
    for place, name in enumerate(SHIPPED):
        did = f"+1202555{place:04}"
        made.store.numbers[did] = Number(did=did, flow=name, fallback_queue="support")
    return made


async def one(made: Office, flow: str, seed: int, gone_after: int | None) -> AnybodyChannel:
    """One call into `flow`; whoever waits for an agent may be sent to one, and comes back."""
    rng = random.Random(seed)
    call_id = f"{flow}.{seed}.{gone_after}"
    channel = AnybodyChannel(made.clock, journal=made.journal, agi_uniqueid=call_id)
    channel.rng, channel.gone_after = rng, gone_after
    channel.variables["CC_DID"] = f"+1202555{SHIPPED.index(flow):04}"
    await made.ivr.call(channel)
    if channel.announced:
        made.store.rows.pop(call_id, None)  # as the acd does, when the caller is connected or gone
    if channel.variables.get(VAR_NEXT) == "transfer" or (channel.gone and rng.random() < 0.5):
        back = AnybodyChannel(made.clock, journal=made.journal, agi_uniqueid=call_id)
        back.rng = rng
        if channel.variables.get(VAR_NEXT) == "transfer":
            back.variables["CC_TRANSFERRED"] = rng.choice(("ANSWER", "BUSY"))
        else:
            back.variables |= {"BRIDGERESULT": rng.choice(("SUCCESS", "BUSY")), "CC_AGENT": "7"}
        await made.ivr.resume(back)
        if back.announced:
            made.store.rows.pop(call_id, None)
    if call_id in made.store.sessions and made.store.sessions[call_id].ended_at is None:
        await made.store.end_session(call_id, made.clock())  # as the acd does at the end of each call
    return channel


@pytest.mark.parametrize("flow", SHIPPED)
async def test_hanging_up_at_any_command_leaves_one_ended_session_and_nothing_else(flow: str) -> None:
    made = office()
    for seed in range(ROUNDS):
        whole = await one(made, flow, seed, None)
        for gone_after in range(0, min(whole.verbs, LONGEST), 1 + whole.verbs // 15):
            await one(made, flow, seed, gone_after)
    made.journal.clear()
    assert made.store.rows == {}
    assert len(made.ivr._lobby) == 0
    assert made.ivr._running == {}
    assert len(asyncio.all_tasks()) == 1
    sessions = made.store.sessions
    assert len(sessions) > ROUNDS
    assert all(session.ended_at is not None for session in sessions.values())
    for call_id, visits in made.store.visits.items():
        assert sorted(visits) == list(range(len(visits))), call_id
    assert all(session.state["turns"] <= MAX_TURNS_PER_CALL for session in sessions.values())


async def test_hundreds_of_calls_leave_no_objects_behind() -> None:
    made = office()

    async def calls(first: int, count: int) -> int:
        for seed in range(first, first + count):
            await one(made, SHIPPED[seed % len(SHIPPED)], seed, None if seed % 3 else seed % 50)
        for store in (made.store.sessions, made.store.visits, made.store.rows, made.store.callbacks):
            store.clear()
        for kept in (made.journal, made.store.reads, made.store.answers, made.store.consents, made.http.asked):
            kept.clear()
        made.store.voicemails.clear()
        made.store.payments.clear()
        made.tapes.made.clear()
        made.tapes.removed.clear()
        made.provider.asked.clear()
        made.provider.taken.clear()
        await made.ivr._writer.flush(5.0)
        made.store.answers.clear()
        made.store.consents.clear()
        made.journal.clear()
        made.store.reads.clear()
        gc.collect()
        return len(gc.get_objects())

    await calls(0, 100)  # flows are parsed, caches filled
    before = await calls(100, 50)
    after = await calls(150, 350)
    assert after - before < 500
    assert DID in made.store.numbers
