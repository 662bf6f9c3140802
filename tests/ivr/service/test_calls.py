"""Calls through the IVR: flows on a made-up channel, from the first ring to the last word."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from callcenter.dialplan import VAR_BRIDGE_RESULT, VAR_DID, VAR_NEXT, VAR_QUEUE
from callcenter.records import BlockedCaller, Entrance, Waiting
from ivr.session import Session
from tests.doubles import START, Act, Clock, FakeChannel, Gone, Missing
from tests.ivr.made_up import say
from tests.ivr.service.office import CALL, DID, MAIN, Office, changed


@pytest.fixture
def centre() -> Office:
    return Office()


async def test_a_caller_is_handed_over_only_when_everything_is_committed(centre: Office) -> None:
    channel = await centre.call({"main-menu": ["1"], "please-wait": [Gone()]})
    assert centre.journal == [
        "answer",
        "say welcome",
        "say main-menu",
        "CC_QUEUE=sales CC_NEXT=fallback",
        "session wait:music",
        "row sales",
        "event CallWaiting Queue=sales",
        "say please-wait",
    ]
    assert channel.variables.get(VAR_NEXT, "fallback") == "fallback"
    row = centre.store.rows[CALL]
    assert (row.queue, row.intent, row.channel) == ("sales", "sales", "PJSIP/trunk-00000007")
    assert START < row.since <= centre.clock()
    assert centre.store.sessions[CALL].ended_at is None


async def test_after_the_agent_the_caller_hears_goodbye_and_the_session_ends(centre: Office) -> None:
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


async def test_a_failed_connect_goes_back_to_the_same_place(centre: Office) -> None:
    await centre.call({"main-menu": ["1"], "wait": ["", "", Gone()]})
    since = centre.store.rows[CALL].since
    del centre.store.rows[CALL]  # the acd may have taken it
    centre.clock.advance(30)
    centre.journal.clear()
    channel = await centre.back("BUSY", {"wait": ["", Gone()]})
    assert centre.journal == [
        "CC_QUEUE=sales CC_NEXT=fallback",
        "session wait:music",
        "row sales",
        "event CallWaiting Queue=sales",
        "music callcenter",
    ]
    assert centre.store.rows[CALL].since == since
    assert channel.variables.get(VAR_NEXT, "fallback") == "fallback"


async def test_a_caller_whose_agent_vanished_waits_again_in_the_same_place(centre: Office) -> None:
    await centre.call({"main-menu": ["1"], "please-wait": [Gone()]})
    since = centre.store.rows[CALL].since
    del centre.store.rows[CALL]  # the acd has, when they met
    centre.clock.advance(40)
    channel = await centre.back("SUCCESS", {"please-wait": [Gone()], "wait": [Gone()]}, lost=True)
    assert "goodbye" not in channel.heard
    assert centre.store.rows[CALL].since == since


async def test_a_call_stays_on_the_version_it_began_with(centre: Office) -> None:
    await centre.call({"main-menu": ["1"], "please-wait": [Gone()]})
    centre.publish(changed(MAIN, **{"say-goodbye": say("closed", then="end")}))
    centre.journal.clear()
    channel = await centre.back("SUCCESS")
    assert channel.heard == ["goodbye"]
    assert centre.store.sessions[CALL].version == 1
    again = await centre.call({"main-menu": [Gone()]}, agi_uniqueid="2.1")
    assert again.heard[-1] == "main-menu"
    assert centre.store.sessions["2.1"].version == 2


async def test_the_account_number_travels_with_the_caller(centre: Office) -> None:
    await centre.call({"main-menu": ["3"], "enter-account": ["4"], "wait": ["", "7", "1", "1", "#", Gone()]})
    row = centre.store.rows[CALL]
    assert (row.queue, row.intent, row.data) == ("collections", "collections", {"account": "4711"})


async def test_a_key_during_the_welcome_is_the_answer_to_the_menu(centre: Office) -> None:
    channel = await centre.call({"welcome": ["2"], "please-wait": [Gone()]})
    assert channel.heard == ["welcome", "please-wait"]
    assert centre.store.rows[CALL].queue == "support"


async def test_the_pound_key_after_a_full_number_reaches_no_menu(centre: Office) -> None:
    asking = MAIN["nodes"]["ask-account"]
    centre.publish(changed(MAIN, **{"ask-account": {**asking, "exits": {**asking["exits"], "done": "choose"}}}))
    keys: list[Act] = [*"123456789", "#"]
    channel = await centre.call({"main-menu": ["3", Gone()], "enter-account": ["0"], "wait": ["", *keys]})
    assert channel.heard == ["welcome", "main-menu", "enter-account", "main-menu"]


async def test_silence_and_wrong_keys_end_with_somebody(centre: Office) -> None:
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
    centre: Office, acts: Mapping[str, list[Act]]
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
        centre = Office()
        whole = FakeChannel(centre.clock, {"wait": ["", *keys, "", "", Gone()]}, journal=centre.journal)
        whole.variables[VAR_DID] = DID
        whole.gone_after = gone_after
        await centre.ivr.call(whole)
        assert whole.variables.get(VAR_NEXT, "fallback") == "fallback"
        stored = centre.store.sessions.get(CALL)
        if stored is None:
            assert whole.heard == []  # the flow had not begun
        else:
            assert stored.ended_at is not None or stored.state["since"] is not None
        assert len(asyncio.all_tasks()) == 1
    assert any(entry.startswith("event CallWaiting") for entry in whole.journal)


async def test_a_hang_up_while_the_database_is_away_is_no_fault(
    centre: Office, caplog: pytest.LogCaptureFixture
) -> None:
    centre.store.broken = {"save_session"}
    channel = await centre.call({"main-menu": [Gone()]})
    assert channel.variables.get(VAR_NEXT, "fallback") == "fallback"
    assert "the session is not stored" in caplog.text


# ---------------------------------------------------------------------------------------------- faults of ours


@pytest.mark.parametrize("method", ["entrance", "flow", "queue", "put_waiting", "save_session"])
async def test_a_database_that_is_away_means_the_fallback_queue(centre: Office, method: str) -> None:
    centre.store.broken = {method}
    channel = await centre.call({"main-menu": ["1"]})
    assert channel.variables[VAR_NEXT] == "fallback"
    assert not any(entry.startswith("event CallWaiting") for entry in centre.journal)
    if method in {"queue", "put_waiting", "save_session"}:
        assert channel.variables[VAR_QUEUE] == "sales"  # what they asked for is not asked again


async def test_a_known_flow_is_played_while_the_database_is_away(centre: Office) -> None:
    await centre.call({"main-menu": [Gone()]})
    centre.store.broken = {"entrance", "flow", "blocked", "queue", "save_session", "put_waiting"}
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
async def test_a_broken_flow_means_the_fallback_queue(centre: Office, body: Mapping[str, Any]) -> None:
    centre.publish(body, "main")
    channel = await centre.call()
    assert channel.variables[VAR_NEXT] == "fallback"


async def test_a_number_nobody_set_up_means_the_fallback_queue(
    centre: Office, caplog: pytest.LogCaptureFixture
) -> None:
    centre.store.numbers.clear()
    channel = await centre.call()
    assert channel.variables[VAR_NEXT] == "fallback"
    assert f"number '{DID}' leads to no flow; add it: callcenter number add" in caplog.text
    assert "answer" not in centre.journal


async def test_a_fault_of_our_own_means_the_fallback_queue(
    centre: Office, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stumble(caller: Waiting) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(centre.store, "put_waiting", stumble)
    channel = await centre.call({"main-menu": ["1"]})
    assert channel.variables[VAR_NEXT] == "fallback"
    assert "a fault of ours" in caplog.text


async def test_a_missing_prompt_is_passed_over(centre: Office) -> None:
    channel = await centre.call({"welcome": [Missing()], "main-menu": ["1"], "please-wait": [Gone()]})
    assert channel.heard == ["welcome", "main-menu", "please-wait"]


async def test_a_question_without_any_prompt_is_no_question(centre: Office) -> None:
    channel = await centre.call({"main-menu": [Missing()]})
    assert channel.variables[VAR_NEXT] == "fallback"


async def test_the_store_has_four_seconds_for_a_new_call(centre: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(did: str, e164: str | None = None) -> Entrance | None:
        await asyncio.Event().wait()
        return None

    monkeypatch.setattr("ivr.service.ivr.LOOK_UP_S", 0.01)
    monkeypatch.setattr(centre.store, "entrance", never)
    channel = await centre.call()
    assert channel.variables[VAR_NEXT] == "fallback"


# ------------------------------------------------------------------------------------------------ who calls


@pytest.mark.parametrize("shown", ["+12025550143", "12025550143"])
async def test_a_blocked_caller_is_rejected_before_answering(centre: Office, shown: str) -> None:
    centre.store.blocked_numbers["+12025550143"] = BlockedCaller(number="+12025550143", reason="threats", since=START)
    channel = await centre.call(agi_callerid=shown)
    assert centre.journal == ["event CallDone Outcome=blocked", "CC_NEXT=hangup", "hangup 21"]
    assert channel.gone


async def test_a_caller_who_withholds_the_number_is_let_in(centre: Office) -> None:
    channel = await centre.call({"main-menu": [Gone()]}, agi_callerid="unknown")
    assert channel.heard == ["welcome", "main-menu"]
    assert centre.store.sessions[CALL].state["caller"] == ""


async def test_an_unread_block_list_lets_callers_in(centre: Office) -> None:
    centre.store.broken = {"blocked"}
    channel = await centre.call({"main-menu": [Gone()]})
    assert channel.heard == ["welcome", "main-menu"]


async def test_a_number_as_dialled_at_home_is_found_in_its_country() -> None:
    centre = Office()
    centre.ivr = centre.made(region="US")
    channel = FakeChannel(centre.clock, {"main-menu": [Gone()]})
    channel.variables[VAR_DID] = "2025550100"
    await centre.ivr.call(channel)
    assert channel.heard == ["welcome", "main-menu"]


# ------------------------------------------------------------------------------------------------ coming back


@pytest.mark.parametrize(("result", "word"), [("SUCCESS", "hangup"), ("BUSY", "fallback")])
@pytest.mark.parametrize("fault", ["no session", "damaged", "database away"])
async def test_who_was_served_is_not_queued_again_and_who_was_not_is(
    centre: Office, fault: str, result: str, word: str
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


async def test_a_caller_who_hangs_up_on_the_way_back_is_gone(centre: Office) -> None:
    channel = FakeChannel(centre.clock)
    channel.gone = True
    await centre.ivr.resume(channel)
    assert centre.journal == []


@pytest.mark.parametrize(("result", "word"), [("SUCCESS", "hangup"), ("BUSY", "fallback")])
async def test_an_agent_who_came_after_the_flow_had_ended(centre: Office, result: str, word: str) -> None:
    await centre.call({"main-menu": [Gone()]})
    channel = await centre.back(result)
    assert channel.variables[VAR_NEXT] == word


# ---------------------------------------------------------------------------------------------------- the log


async def test_the_log_names_the_call_but_neither_caller_nor_keys(
    centre: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await centre.call({"main-menu": ["3"], "enter-account": ["4"], "wait": ["", *"711", "#", Gone()]})
    assert "call 1772463600.7: from +1202•••0143 to +12025550100" in caplog.text
    assert "call 1772463600.7: choose -> collections; ask-account" in caplog.text
    assert "4711" not in caplog.text
    assert "+12025550143" not in caplog.text


async def test_each_prompt_may_take_its_own_length_and_no_longer(centre: Office) -> None:
    channel = await centre.call({"main-menu": [Gone()]})
    assert channel.longest_s == {"welcome": 2.4, "main-menu": 30.0}  # of the menu nothing is known here
