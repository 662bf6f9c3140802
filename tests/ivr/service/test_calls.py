"""Calls through the IVR: flow main on a made-up channel, from the first ring to the last word."""

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from callcenter.dialplan import VAR_AGENT_LOST, VAR_BRIDGE_RESULT, VAR_DID, VAR_NEXT, VAR_QUEUE
from callcenter.errors import ActionRefused
from callcenter.messages import AgentReserved, WaitChanged
from callcenter.records import BlockedCaller, Lease, Number, Queue, StoredFlow, Waiting
from ivr.service import Ivr
from ivr.service.line import Sounds
from ivr.session import Session
from tests.doubles import START, Act, Clock, FakeBus, FakeChannel, FakeStore, Gone, Missing

MAIN = json.loads((Path(__file__).parents[3] / "ivr/flows/main.json").read_text("utf-8"))
CALL = "1772463600.7"
DID = "+12025550100"


class Centre:
    """An IVR with a store that knows flow main, an acd that holds its lease, and one caller after the other."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.journal: list[str] = []
        self.store = FakeStore(self.clock, self.journal)
        self.store.numbers[DID] = Number(did=DID, flow="main", fallback_queue="support")
        self.publish(MAIN)
        for name in ("sales", "support", "collections"):
            self.store.queues[name] = Queue(name=name, title=name.title(), max_wait=timedelta(minutes=15))
        self.store.leases["acd:main"] = Lease(name="acd:main", holder="test", until=START + timedelta(days=1))
        self.bus = FakeBus()
        self.ivr = Ivr(
            self.store,
            self.bus,
            cell="main",
            sounds=Sounds(folder="/sounds", lengths_s={"en/welcome": 1.4}),
            now=self.clock,
        )

    def publish(self, body: Mapping[str, Any]) -> None:
        version = 1 + max((number for _, number in self.store.flows), default=0)
        stored = StoredFlow(name="main", version=version, body=body, author="test", message="", created_at=START)
        self.store.flows["main", version] = stored

    async def call(self, acts: Mapping[str, list[Act]] | None = None, **env: str) -> FakeChannel:
        """A call that comes in; returns its channel when the IVR has no more to do with it."""
        channel = FakeChannel(self.clock, acts, journal=self.journal, **env)
        channel.variables[VAR_DID] = DID
        await self.ivr.routes["call"](channel)
        return channel

    async def back(
        self, result: str, acts: Mapping[str, list[Act]] | None = None, *, lost: bool = False
    ) -> FakeChannel:
        """The caller comes back from `connect`; BRIDGERESULT is `result`; `lost`: the agent vanished."""
        channel = FakeChannel(self.clock, acts, journal=self.journal)
        channel.variables[VAR_BRIDGE_RESULT] = result
        if lost:
            channel.variables[VAR_AGENT_LOST] = "1"
        await self.ivr.routes["resume"](channel)
        return channel


@pytest.fixture
def centre() -> Centre:
    return Centre()


async def test_a_caller_is_handed_over_only_when_everything_is_committed(centre: Centre) -> None:
    channel = await centre.call({"main-menu": ["1"], "please-wait": [Gone()]})
    assert centre.journal == [
        "answer",
        "say welcome",
        "say main-menu",
        "CC_QUEUE=sales",
        "CC_NEXT=fallback",
        "session sales",
        "row sales",
        "event CallWaiting Queue=sales",
        "say please-wait",
    ]
    assert channel.variables.get(VAR_NEXT, "fallback") == "fallback"
    row = centre.store.rows[CALL]
    assert (row.queue, row.intent, row.channel) == ("sales", "sales", "PJSIP/trunk-00000007")
    assert START < row.since <= centre.clock()
    assert centre.store.sessions[CALL].ended_at is None


async def test_after_the_agent_the_caller_hears_goodbye_and_the_session_ends(centre: Centre) -> None:
    await centre.call({"main-menu": ["1"], "wait": ["", Gone()]})
    centre.journal.clear()
    channel = await centre.back("SUCCESS")
    assert centre.journal == [
        "say goodbye",
        "event CallDone Outcome=self-service",
        "CC_NEXT=hangup",
        "session ended",
    ]
    assert channel.variables[VAR_NEXT] == "hangup"


async def test_a_failed_connect_goes_back_to_the_same_place(centre: Centre) -> None:
    await centre.call({"main-menu": ["1"], "wait": ["", "", Gone()]})
    since = centre.store.rows[CALL].since
    del centre.store.rows[CALL]  # the acd may have taken it
    centre.clock.advance(30)
    centre.journal.clear()
    channel = await centre.back("BUSY", {"wait": ["", Gone()]})
    assert centre.journal == [
        "CC_QUEUE=sales",
        "CC_NEXT=fallback",
        "session sales",
        "row sales",
        "event CallWaiting Queue=sales",
        "say still-waiting",
        "music callcenter",
    ]
    assert centre.store.rows[CALL].since == since
    assert channel.variables.get(VAR_NEXT, "fallback") == "fallback"


async def test_a_caller_whose_agent_vanished_waits_again_in_the_same_place(centre: Centre) -> None:
    await centre.call({"main-menu": ["1"], "please-wait": [Gone()]})
    since = centre.store.rows[CALL].since
    del centre.store.rows[CALL]  # the acd has, when they met
    centre.clock.advance(40)
    channel = await centre.back("SUCCESS", {"please-wait": [Gone()], "wait": [Gone()]}, lost=True)
    assert "goodbye" not in channel.heard
    assert centre.store.rows[CALL].since == since


async def test_a_call_stays_on_the_version_it_began_with(centre: Centre) -> None:
    await centre.call({"main-menu": ["1"], "please-wait": [Gone()]})
    changed = json.loads(json.dumps(MAIN))
    changed["nodes"]["say-goodbye"]["prompts"] = ["closed"]
    centre.publish(changed)
    centre.journal.clear()
    channel = await centre.back("SUCCESS")
    assert channel.heard == ["goodbye"]
    assert centre.store.sessions[CALL].version == 1
    again = await centre.call({"main-menu": [Gone()]}, agi_uniqueid="2.1")
    assert again.heard[-1] == "main-menu"
    assert centre.store.sessions["2.1"].version == 2


async def test_the_account_number_travels_with_the_caller(centre: Centre) -> None:
    await centre.call({"main-menu": ["3"], "enter-account": ["4"], "wait": ["", "7", "1", "1", "#", Gone()]})
    row = centre.store.rows[CALL]
    assert (row.queue, row.intent, row.data) == ("collections", "collections", {"account": "4711"})


async def test_a_key_during_the_welcome_is_the_answer_to_the_menu(centre: Centre) -> None:
    channel = await centre.call({"welcome": ["2"], "please-wait": [Gone()]})
    assert channel.heard == ["welcome", "please-wait"]
    assert centre.store.rows[CALL].queue == "support"


async def test_the_pound_key_after_a_full_number_reaches_no_menu(centre: Centre) -> None:
    flow = json.loads(json.dumps(MAIN))
    flow["nodes"]["ask-account"]["exits"]["done"] = "choose"
    centre.publish(flow)
    keys: list[Act] = [*"123456789", "#"]
    channel = await centre.call({"main-menu": ["3", Gone()], "enter-account": ["0"], "wait": ["", *keys]})
    assert channel.heard == ["welcome", "main-menu", "enter-account", "main-menu"]


async def test_silence_and_wrong_keys_end_with_somebody(centre: Centre) -> None:
    channel = await centre.call({"wait": ["", "", "9", "", Gone()]})
    assert channel.heard == [
        "welcome",
        "main-menu",
        "did-not-hear",
        "main-menu",
        "invalid-choice",
        "main-menu",
        "connect-anyway",
        "please-wait",
    ]
    assert centre.store.rows[CALL].queue == "support"


# ------------------------------------------------------------------------------------------------ hanging up


@pytest.mark.parametrize(
    "acts",
    [
        {"welcome": [Gone()]},
        {"main-menu": [Gone()]},
        {"wait": [Gone()]},
        {"wait": ["", Gone()]},
        {"main-menu": ["3"], "enter-account": [Gone()]},
    ],
    ids=["welcome", "menu", "just answered", "after the menu", "account"],
)
async def test_a_caller_may_hang_up_anywhere_and_leaves_one_ended_session(
    centre: Centre, acts: Mapping[str, list[Act]]
) -> None:
    channel = await centre.call(acts)
    assert channel.variables.get(VAR_NEXT, "fallback") == "fallback"
    stored = centre.store.sessions.get(CALL)
    if acts.get("wait") != [Gone()]:  # before the flow began there is nothing to store
        assert stored is not None
        assert stored.ended_at is not None
        assert Session.from_json(stored.state).end is not None
    assert centre.store.rows == {}


@pytest.mark.parametrize("keys", [["1"], ["9", "2"], ["3", "4", "7", "1", "1", "#"], ["", "", ""]], ids=" ".join)
async def test_a_caller_may_hang_up_at_every_single_command(keys: list[Act]) -> None:
    whole = FakeChannel(Clock())
    for gone_after in range(40):
        centre = Centre()
        whole = FakeChannel(centre.clock, {"wait": ["", *keys, "", "", Gone()]}, journal=centre.journal)
        whole.variables[VAR_DID] = DID
        whole.gone_after = gone_after
        await centre.ivr.call(whole)
        assert whole.variables.get(VAR_NEXT, "fallback") == "fallback"
        stored = centre.store.sessions.get(CALL)
        if stored is None:
            assert whole.heard == []  # the flow had not begun
        else:
            assert stored.ended_at is not None or stored.state["wait"] == "agent"
        assert len(asyncio.all_tasks()) == 1
    assert any(entry.startswith("event CallWaiting") for entry in whole.journal)


async def test_a_hang_up_while_the_database_is_away_is_no_fault(
    centre: Centre, caplog: pytest.LogCaptureFixture
) -> None:
    centre.store.broken = {"save_session"}
    channel = await centre.call({"main-menu": [Gone()]})
    assert channel.variables.get(VAR_NEXT, "fallback") == "fallback"
    assert "the end of the session is not stored" in caplog.text


# ------------------------------------------------------------------------------------------------ waiting


async def test_music_plays_and_the_place_is_told(centre: Centre) -> None:
    def tell(position: int) -> Act:
        return lambda: centre.bus.tell(WaitChanged(call_id=CALL, position=position, p90_s=100))

    waits: list[Act] = ["", tell(3), *[""] * 16, tell(2), *[""] * 9, Gone()]
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(centre.ivr.run())
        await asyncio.sleep(0)
        channel = await centre.call({"main-menu": ["1"], "wait": waits})
        running.cancel()
    said = centre.journal[centre.journal.index("event CallWaiting Queue=sales") + 1 :]
    assert said == [
        "say please-wait",
        "music callcenter",
        "say ahead-2",
        "say wait-within-2",
        "music callcenter",
        "say ahead-1",
        "music callcenter",
    ]
    assert channel.music


async def test_nothing_is_said_once_an_agent_is_reserved(centre: Centre) -> None:
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


async def test_a_wait_longer_than_the_queue_allows_ends_with_a_word(centre: Centre) -> None:
    centre.store.queues["sales"] = replace(centre.store.queues["sales"], max_wait=timedelta(seconds=30))
    channel = await centre.call({"main-menu": ["1"]})
    assert centre.clock() - START >= timedelta(seconds=30)
    assert centre.journal[-7:] == [
        "no row",
        "event CallWithdrawn",
        "music off",
        "say all-busy",
        "event CallDone Outcome=self-service",
        "CC_NEXT=hangup",
        "session ended",
    ]
    assert not channel.music


@pytest.mark.parametrize("state", ["missing", "switched off"])
async def test_a_queue_that_does_not_exist_or_is_off_is_said(centre: Centre, state: str) -> None:
    if state == "missing":
        del centre.store.queues["sales"]
    else:
        centre.store.queues["sales"] = replace(centre.store.queues["sales"], active=False)
    channel = await centre.call({"main-menu": ["1"]})
    assert channel.heard[-1] == "all-busy"
    assert centre.store.rows == {}


async def test_without_an_acd_callers_go_to_the_fallback_queue_after_its_grace(centre: Centre) -> None:
    centre.store.leases["acd:main"] = Lease(name="acd:main", holder="x", until=START + timedelta(seconds=5))
    channel = await centre.call({"main-menu": ["1"]})
    assert channel.variables[VAR_NEXT] == "fallback"
    assert channel.variables[VAR_QUEUE] == "sales"
    assert timedelta(seconds=15) < centre.clock() - START <= timedelta(seconds=20)
    assert centre.store.rows == {}
    assert centre.journal[-3:] == ["no row", "session ended", "CC_NEXT=fallback"]
    assert centre.store.sessions[CALL].state["end"]["reason"] == "no acd is active"


async def test_a_caller_who_could_not_be_announced_leaves_no_row(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(channel: FakeChannel, name: str, headers: Mapping[str, object]) -> None:
        raise ActionRefused("no such application")

    monkeypatch.setattr(FakeChannel, "user_event", refuse)
    channel = await centre.call({"main-menu": ["1"]})
    assert channel.variables[VAR_NEXT] == "fallback"
    assert centre.store.rows == {}


async def test_many_callers_look_at_the_lease_together(centre: Centre) -> None:
    async with asyncio.TaskGroup() as tasks:
        for number in range(20):
            acts: dict[str, list[Act]] = {"main-menu": ["1"], "wait": ["", "", "", Gone()]}
            tasks.create_task(centre.call(acts, agi_uniqueid=f"9.{number}"))
    seconds = (centre.clock() - START).total_seconds()
    assert centre.store.reads.count("lease") <= seconds / 2 + 1
    assert centre.store.reads.count("lease") < 60


# ---------------------------------------------------------------------------------------------- faults of ours


@pytest.mark.parametrize("method", ["number", "flow", "queue", "put_waiting", "save_session"])
async def test_a_database_that_is_away_means_the_fallback_queue(centre: Centre, method: str) -> None:
    centre.store.broken = {method}
    channel = await centre.call({"main-menu": ["1"]})
    assert channel.variables[VAR_NEXT] == "fallback"
    assert not any(entry.startswith("event CallWaiting") for entry in centre.journal)
    if method in {"queue", "put_waiting", "save_session"}:
        assert channel.variables[VAR_QUEUE] == "sales"  # what they asked for is not asked again


async def test_a_known_flow_is_played_while_the_database_is_away(centre: Centre) -> None:
    await centre.call({"main-menu": [Gone()]})
    centre.store.broken = {"number", "flow", "blocked", "queue", "save_session", "put_waiting"}
    centre.journal.clear()
    channel = await centre.call({"main-menu": ["2"]})
    assert channel.heard == ["welcome", "main-menu"]
    assert (channel.variables[VAR_NEXT], channel.variables[VAR_QUEUE]) == ("fallback", "support")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "main"},
        {**MAIN, "start": "nowhere"},
        {**MAIN, "nodes": {"welcome": {"kind": "play", "prompts": ["x"], "exits": {"next": "welcome"}}}},
    ],
    ids=["empty", "no nodes", "start missing", "loop"],
)
async def test_a_broken_flow_means_the_fallback_queue(centre: Centre, body: Mapping[str, Any]) -> None:
    centre.publish(body)
    channel = await centre.call()
    assert channel.variables[VAR_NEXT] == "fallback"


async def test_a_number_nobody_set_up_means_the_fallback_queue(
    centre: Centre, caplog: pytest.LogCaptureFixture
) -> None:
    centre.store.numbers.clear()
    channel = await centre.call()
    assert channel.variables[VAR_NEXT] == "fallback"
    assert f"number '{DID}' leads to no flow; add it: callcenter number add" in caplog.text
    assert "answer" not in centre.journal


async def test_a_fault_of_our_own_means_the_fallback_queue(
    centre: Centre, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stumble(caller: Waiting) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(centre.store, "put_waiting", stumble)
    channel = await centre.call({"main-menu": ["1"]})
    assert channel.variables[VAR_NEXT] == "fallback"
    assert "a fault of ours" in caplog.text


async def test_a_missing_prompt_is_passed_over(centre: Centre) -> None:
    channel = await centre.call({"welcome": [Missing()], "main-menu": ["1"], "please-wait": [Gone()]})
    assert channel.heard == ["welcome", "main-menu", "please-wait"]


async def test_a_question_without_any_prompt_is_no_question(centre: Centre) -> None:
    channel = await centre.call({"main-menu": [Missing()]})
    assert channel.variables[VAR_NEXT] == "fallback"


async def test_the_store_has_four_seconds_for_a_new_call(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(did: str) -> Number | None:
        await asyncio.Event().wait()
        return None

    monkeypatch.setattr("ivr.service.ivr.LOOK_UP_S", 0.01)
    monkeypatch.setattr(centre.store, "number", never)
    channel = await centre.call()
    assert channel.variables[VAR_NEXT] == "fallback"


# ------------------------------------------------------------------------------------------------ who calls


@pytest.mark.parametrize("shown", ["+12025550143", "12025550143"])
async def test_a_blocked_caller_is_rejected_before_answering(centre: Centre, shown: str) -> None:
    centre.store.blocked_numbers["+12025550143"] = BlockedCaller(number="+12025550143", reason="threats", since=START)
    channel = await centre.call(agi_callerid=shown)
    assert centre.journal == ["event CallDone Outcome=blocked", "CC_NEXT=hangup", "hangup 21"]
    assert channel.gone


async def test_a_caller_who_withholds_the_number_is_let_in(centre: Centre) -> None:
    channel = await centre.call({"main-menu": [Gone()]}, agi_callerid="unknown")
    assert channel.heard == ["welcome", "main-menu"]
    assert centre.store.sessions[CALL].state["caller"] == ""


async def test_an_unread_block_list_lets_callers_in(centre: Centre) -> None:
    centre.store.broken = {"blocked"}
    channel = await centre.call({"main-menu": [Gone()]})
    assert channel.heard == ["welcome", "main-menu"]


async def test_a_number_as_dialled_at_home_is_found_in_its_country() -> None:
    centre = Centre()
    centre.ivr = Ivr(
        centre.store,
        centre.bus,
        cell="main",
        sounds=Sounds(folder="/sounds", lengths_s={"en/welcome": 1.4}),
        region="US",
        now=centre.clock,
    )
    channel = FakeChannel(centre.clock, {"main-menu": [Gone()]})
    channel.variables[VAR_DID] = "2025550100"
    await centre.ivr.call(channel)
    assert channel.heard == ["welcome", "main-menu"]


# ------------------------------------------------------------------------------------------------ coming back


@pytest.mark.parametrize(("result", "word"), [("SUCCESS", "hangup"), ("BUSY", "fallback")])
@pytest.mark.parametrize("fault", ["no session", "damaged", "database away"])
async def test_who_was_served_is_not_queued_again_and_who_was_not_is(
    centre: Centre, fault: str, result: str, word: str
) -> None:
    await centre.call({"main-menu": ["1"], "please-wait": [Gone()]})
    match fault:
        case "no session":
            del centre.store.sessions[CALL]
        case "damaged":
            centre.store.sessions[CALL] = replace(centre.store.sessions[CALL], state={"format": 99})
        case _:
            centre.store.broken = {"session"}
    channel = await centre.back(result)
    assert channel.variables[VAR_NEXT] == word
    assert channel.variables.get(VAR_BRIDGE_RESULT) == result


async def test_a_caller_who_hangs_up_on_the_way_back_is_gone(centre: Centre) -> None:
    channel = FakeChannel(centre.clock)
    channel.gone = True
    await centre.ivr.resume(channel)
    assert centre.journal == []


@pytest.mark.parametrize(("result", "word"), [("SUCCESS", "hangup"), ("BUSY", "fallback")])
async def test_an_agent_who_came_after_the_flow_had_ended(centre: Centre, result: str, word: str) -> None:
    await centre.call({"main-menu": [Gone()]})
    channel = await centre.back(result)
    assert channel.variables[VAR_NEXT] == word


async def test_news_reach_a_caller_who_waits_again_before_the_first_wait_is_over(centre: Centre) -> None:
    """The two AGI sessions of a failed connect may overlap by an instant."""

    def again() -> None:
        second = FakeChannel(centre.clock, {"wait": ["", tell, "", "", Gone()]}, journal=[])
        second.variables[VAR_BRIDGE_RESULT] = "BUSY"
        sessions.append((second, tasks.create_task(centre.ivr.resume(second))))

    def tell() -> None:
        centre.ivr._lobby.deliver(WaitChanged(call_id=CALL, position=4))

    sessions: list[tuple[FakeChannel, asyncio.Task[None]]] = []
    async with asyncio.TaskGroup() as tasks:
        await centre.call({"main-menu": ["1"], "wait": ["", "", again, "", Gone()]})
        centre.clock.advance(60)
    assert sessions[0][0].heard[-1] == "ahead-3"


# ---------------------------------------------------------------------------------------------------- the log


async def test_the_log_names_the_call_but_neither_caller_nor_keys(
    centre: Centre, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await centre.call({"main-menu": ["3"], "enter-account": ["4"], "wait": ["", *"711", "#", Gone()]})
    assert "call 1772463600.7: from +1202•••0143 to +12025550100" in caplog.text
    assert "call 1772463600.7: choose -> collections; ask-account" in caplog.text
    assert "4711" not in caplog.text
    assert "+12025550143" not in caplog.text


async def test_each_prompt_may_take_its_own_length_and_no_longer(centre: Centre) -> None:
    channel = await centre.call({"main-menu": [Gone()]})
    assert channel.longest_s == {"welcome": 2.4, "main-menu": 30.0}  # of the menu nothing is known here
