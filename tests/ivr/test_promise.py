"""A call back, from the answer to the agent: what its flow knows, and that it waits where it was promised."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from callcenter.care import Callback
from ivr.bundle import Bundle
from ivr.commands import Enqueue, Hangup
from ivr.engine import Turn
from ivr.happenings import AgentLeft, ConnectFailed, Digits, Happening, HungUp, NoInput
from ivr.promise import FLOW, Promise, call_of, call_without, promise_of
from ivr.service.flows import shipped
from ivr.session import CallInfo
from tests.ivr.made_up import NOW, WAIT, a_flow, played, said

ASKED = Callback(
    id="a",
    number="+12025550143",
    queue="collections",
    since=NOW - timedelta(minutes=20),
    due_at=NOW,
    intent="pay",
    language="es",
    skills=("spanish", "cards"),
    priority=3,
    data={"account": "4711"},
    call_id="1.1",
    updated_at=NOW,
)
CALL = call_of(ASKED, call_id="2.2", did="+12025550100")
TAKES_IT = Digits(keys="1")


def called_back(*happenings: Happening, call: CallInfo = CALL) -> Turn:
    flow = shipped(FLOW)
    assert flow is not None
    return played(Bundle.of(flow, WAIT), *happenings, call=call)


def enqueued(turn: Turn) -> Enqueue:
    (found,) = [command for command in turn.commands if isinstance(command, Enqueue)]
    return found


def test_they_are_told_why_we_call_in_their_language_and_asked_for_a_key() -> None:
    turn = called_back()
    assert said(turn) == ("callback-greeting", "callback-not-now")
    assert turn.session.language == "es"


def test_who_takes_it_waits_in_the_queue_and_the_place_they_were_promised() -> None:
    found = enqueued(called_back(TAKES_IT))
    assert (found.queue, found.priority, found.skills) == ("collections", 3, ("spanish", "cards"))
    assert (found.since, found.intent, found.language) == (ASKED.since, "pay", "es")
    assert found.entered == NOW + timedelta(seconds=1)  # the longest wait counts from here
    assert found.data["account"] == "4711"


def test_sent_to_an_agent_in_vain_they_wait_on_in_their_place() -> None:
    found = enqueued(called_back(TAKES_IT, ConnectFailed()))
    assert (found.queue, found.since, found.skills) == ("collections", ASKED.since, ("spanish", "cards"))


def test_after_the_agent_it_is_over() -> None:
    turn = called_back(TAKES_IT, AgentLeft(agent="11"))
    assert said(turn) == ("goodbye",)
    assert turn.commands[-1] == Hangup()


@pytest.mark.parametrize("answer", [[Digits(keys="2")], [NoInput(), NoInput()], [Digits(keys="7"), NoInput()]])
def test_nobody_is_queued_who_does_not_press_the_key(answer: list[Happening]) -> None:
    turn = called_back(*answer)
    assert said(turn) == ("callback-later",)
    assert isinstance(turn.commands[-1], Hangup)


def test_who_hangs_up_is_gone() -> None:
    assert called_back(HungUp()).session.end is not None


def test_a_callback_that_is_not_known_any_more_still_leads_to_an_agent_of_its_queue() -> None:
    call = call_without("sales", call_id="2.2", caller="+12025550143", did="+12025550100")
    found = enqueued(called_back(TAKES_IT, call=call))
    assert (found.queue, found.priority, found.skills) == ("sales", 0, ())
    assert found.since == found.entered


QUEUE = {"kind": "queue", "queue": "support", "priority": 1, "exits": {"done": "end", "unavailable": "end"}}


@pytest.mark.parametrize(("node", "queue"), [({}, "support"), ({"called_back": True}, "collections")])
def test_other_queues_of_the_flow_are_what_they_say(node: dict[str, Any], queue: str) -> None:
    flow = a_flow({"a": {**QUEUE, **node}, "end": {"kind": "hangup"}})
    assert enqueued(played(Bundle.of(flow, WAIT), call=CALL)).queue == queue


def test_without_a_promise_a_queue_is_what_it_says() -> None:
    flow = a_flow({"a": {**QUEUE, "called_back": True}, "end": {"kind": "hangup"}})
    stranger = replace(CALL, variables={})
    found = enqueued(played(Bundle.of(flow, WAIT), call=stranger))
    assert (found.queue, found.priority) == ("support", 1)


def test_a_promise_is_read_back_from_the_session() -> None:
    turn = called_back()
    assert promise_of(turn.session) == Promise(queue="collections", priority=3, skills=("spanish", "cards"))
    assert promise_of(replace(turn.session, variables={})) is None
