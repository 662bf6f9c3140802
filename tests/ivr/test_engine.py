"""The flow engine: turns, guards, and that nothing whatever makes it raise or leave a caller without a next thing."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.errors import StoreError
from ivr.commands import Collect, Enqueue, Fallback, Hangup, Play
from ivr.engine import MAX_STEPS_PER_TURN, MAX_TURNS_PER_CALL, Turn, resume, start
from ivr.flow import Flow, load, read
from ivr.happenings import (
    AgentConnected,
    AgentLeft,
    ConnectFailed,
    Digits,
    Happening,
    HungUp,
    NoInput,
    QueueFailed,
)
from ivr.nodes import KINDS
from ivr.session import ACCEPTS, CallInfo, EndKind, Session, Wait

MAIN = load((Path(__file__).parents[2] / "ivr/flows/main.json").read_text("utf-8"))
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=3)
CALL = CallInfo(call_id="1772463600.7", caller="+12025550143", did="+12025550100")


def played(flow: Flow, *happenings: Happening) -> Turn:
    """The last turn after `happenings`, a second apart."""
    turn = start(flow, CALL, NOW)
    for number, happening in enumerate(happenings, 1):
        turn = resume(flow, turn.session, happening, NOW + timedelta(seconds=number))
    return turn


def path(turn: Turn) -> list[str]:
    return [str(visit) for visit in turn.path]


def a_flow(nodes: dict[str, Any], **more: Any) -> Flow:
    return read({"name": "test", "start": "a", "nodes": nodes, **more})


def test_the_first_turn_runs_until_the_menu() -> None:
    turn = start(MAIN, CALL, NOW)
    assert path(turn) == [
        "welcome -> next",
        "opening-hours -> open (mon 00:00-24:00 America/New_York)",
        "choose",
    ]
    assert turn.commands == (
        Play(prompts=("welcome",)),
        Collect(prompts=("main-menu",), max_digits=1, timeout_s=6.0, inter_digit_s=6.0),
    )
    assert turn.waiting_for is Wait.KEYS
    assert turn.session.language == "en"


@pytest.mark.parametrize(
    ("key", "queue", "intent"),
    [("1", "sales", "sales"), ("2", "support", "support"), ("0", "support", "agent")],
)
def test_a_key_leads_to_a_queue_and_says_the_intent(key: str, queue: str, intent: str) -> None:
    turn = played(MAIN, Digits(keys=key))
    wait = turn.commands[-1]
    assert isinstance(wait, Enqueue)
    assert (wait.queue, wait.intent, wait.since) == (queue, intent, NOW + timedelta(seconds=1))
    assert turn.session.intent == intent
    assert turn.waiting_for is Wait.AGENT


def test_collections_asks_for_the_account_and_hands_it_over() -> None:
    turn = played(MAIN, Digits(keys="3"), Digits(keys="471108", terminated=True))
    wait = turn.commands[-1]
    assert isinstance(wait, Enqueue)
    assert (wait.queue, wait.intent, wait.data) == ("collections", "collections", {"account": "471108"})


@pytest.mark.parametrize(
    ("wrong", "why", "apology"),
    [(Digits(keys="9"), "invalid", "invalid-choice"), (NoInput(), "silence", "did-not-hear")],
)
def test_a_menu_apologises_twice_then_finds_somebody(wrong: Happening, why: str, apology: str) -> None:
    second = played(MAIN, wrong)
    assert path(second) == [f"choose ({why}, try 1 of 3)"]
    assert second.commands[0].prompts == (apology, "main-menu")  # type: ignore[union-attr]
    third = played(MAIN, wrong, wrong)
    assert path(third) == [f"choose ({why}, try 2 of 3)"]
    last = played(MAIN, wrong, wrong, wrong)
    assert path(last) == [f"choose -> failed ({why}, try 3 of 3)", "no-choice -> next", "general"]
    assert last.commands[0] == Play(prompts=("connect-anyway",))
    assert last.waiting_for is Wait.AGENT


def test_tries_are_counted_anew_at_the_next_question() -> None:
    assert played(MAIN, NoInput(), NoInput(), Digits(keys="3")).session.tries == 0


@pytest.mark.parametrize("given", [Digits(keys="12"), Digits(keys="", terminated=True), Digits(keys="12*4"), NoInput()])
def test_a_caller_without_an_account_number_is_still_served(given: Happening) -> None:
    turn = played(MAIN, Digits(keys="3"), given, given)
    wait = turn.commands[-1]
    assert isinstance(wait, Enqueue)
    assert (wait.queue, wait.data) == ("collections", {})


def test_after_the_agent_the_flow_goes_on() -> None:
    turn = played(MAIN, Digits(keys="1"), AgentConnected(), AgentLeft())
    assert path(turn) == ["sales -> done", "say-goodbye -> next", "end"]
    assert turn.commands == (Play(prompts=("goodbye",)), Hangup(cause=16))
    assert turn.session.end is not None
    assert (turn.session.end.kind, turn.session.end.outcome) == (EndKind.HANGUP, "self-service")
    # The ivr is not there while they talk: it hears only that the agent left.
    assert played(MAIN, Digits(keys="1"), AgentLeft()).commands == turn.commands


def test_a_failed_connect_costs_no_place_in_the_queue() -> None:
    waiting = played(MAIN, Digits(keys="1"))
    again = resume(MAIN, waiting.session, ConnectFailed(), LATER)
    wait = again.commands[-1]
    assert isinstance(wait, Enqueue)
    assert (wait.queue, wait.since, wait.prompts) == ("sales", NOW + timedelta(seconds=1), ())
    assert again.session.wait is Wait.AGENT
    assert (
        resume(MAIN, played(MAIN, Digits(keys="1"), AgentConnected()).session, ConnectFailed(), LATER).commands
        == again.commands
    )


@pytest.mark.parametrize("reason", [QueueFailed.TIMEOUT, QueueFailed.UNAVAILABLE])
def test_nobody_there_is_said(reason: str) -> None:
    turn = played(MAIN, Digits(keys="1"), QueueFailed(reason=reason))
    assert turn.commands == (Play(prompts=("all-busy",)), Hangup(cause=16))
    assert path(turn)[0].startswith(f"sales -> {reason}")


def test_closed_hours_end_the_call_as_closed() -> None:
    closed = json.loads(MAIN.to_text())
    closed["nodes"]["opening-hours"]["hours"]["weekly"] = {"tue": ["09:00-17:00"]}
    turn = start(read(closed), CALL, NOW)
    assert turn.commands[1:] == (Play(prompts=("closed", "goodbye")), Hangup(cause=16))
    assert turn.session.end is not None
    assert turn.session.end.outcome == "closed"


def test_an_optional_exit_is_taken_only_if_connected() -> None:
    hours = {"timezone": "UTC", "holidays": ["2026-03-02"]}
    node = {"kind": "hours", "hours": hours, "exits": {"open": "h", "closed": "h"}}
    end = {"kind": "hangup"}
    plain = start(a_flow({"a": node, "h": end}), CALL, NOW)
    assert path(plain) == ["a -> holiday (holiday 2026-03-02)", "h"]
    own = start(a_flow({"a": {**node, "exits": {**node["exits"], "holiday": "b"}}, "h": end, "b": end}), CALL, NOW)  # type: ignore[dict-item]
    assert path(own) == ["a -> holiday (holiday 2026-03-02)", "b"]


# ------------------------------------------------------------------------------------------------------- guards


def test_a_loop_without_wait_ends_in_the_fallback_and_says_nothing_for_ever() -> None:
    play = {"kind": "play", "prompts": ["welcome"], "exits": {"next": "a"}}
    turn = start(a_flow({"a": play}), CALL, NOW)
    reason = f"more than {MAX_STEPS_PER_TURN} nodes without a wait: a loop"
    assert turn.commands == (Fallback(reason=reason),)
    assert turn.session.end is not None
    assert (turn.session.end.kind, turn.session.end.reason) == (EndKind.FALLBACK, reason)


def test_a_dangling_exit_ends_in_the_fallback_after_what_was_to_be_said() -> None:
    turn = start(a_flow({"a": {"kind": "play", "prompts": ["welcome"], "exits": {"next": "gone"}}}), CALL, NOW)
    assert turn.commands == (Play(prompts=("welcome",)), Fallback(reason="exit 'next' of node 'a' leads nowhere"))


def test_a_start_that_does_not_exist_ends_in_the_fallback() -> None:
    turn = start(a_flow({"b": {"kind": "hangup"}}), CALL, NOW)
    assert turn.commands == (Fallback(reason="node 'a' is not in flow 'test'"),)


def test_a_caller_who_answers_for_ever_ends_in_the_fallback() -> None:
    menu = {
        "kind": "menu",
        "prompts": ["x"],
        "choices": {"again": {"keys": ["1"]}},
        "exits": {"again": "a", "failed": "a"},
    }
    flow = a_flow({"a": menu})
    turn = start(flow, CALL, NOW)
    for _ in range(MAX_TURNS_PER_CALL - 1):
        turn = resume(flow, turn.session, Digits(keys="1"), NOW)
    assert turn.waiting_for is Wait.KEYS
    turn = resume(flow, turn.session, Digits(keys="1"), NOW)
    assert turn.commands == (Fallback(reason=f"more than {MAX_TURNS_PER_CALL} turns in one call"),)


def test_a_session_that_does_not_fit_the_flow_ends_in_the_fallback() -> None:
    waiting = played(MAIN, Digits(keys="1")).session
    for session in (replace(waiting, node="gone"), replace(waiting, node="welcome"), replace(waiting, node="choose")):
        turn = resume(MAIN, session, AgentLeft(), NOW)
        assert turn.commands == (Fallback(reason=f"flow 'main' has no node {session.node!r} that waits for agent"),)


def test_what_is_not_waited_for_changes_nothing() -> None:
    menu = start(MAIN, CALL, NOW).session
    turn = resume(MAIN, menu, AgentLeft(), NOW)
    assert (turn.session, turn.commands, path(turn)) == (menu, (), ["choose (agent-left ignored)"])
    ended = played(MAIN, HungUp()).session
    assert ended.end is not None
    assert ended.end.kind is EndKind.CALLER
    assert resume(MAIN, ended, HungUp(), NOW).session == ended


# ------------------------------------------------------------------------------------- whatever happens, anywhere

HAPPENINGS = st.one_of(
    st.builds(Digits, keys=st.text("0123456789*#", max_size=12), terminated=st.booleans()),
    st.builds(Digits, keys=st.text(max_size=3)),
    st.builds(QueueFailed, reason=st.sampled_from([QueueFailed.TIMEOUT, QueueFailed.UNAVAILABLE, "?"])),
    *(st.builds(kind) for kind in (NoInput, AgentConnected, AgentLeft, ConnectFailed, HungUp)),
)
IDS = st.sampled_from(["a", "b", "c", "d", "e", "gone"])
EXITS = st.dictionaries(
    st.sampled_from(["next", "open", "closed", "holiday", "done", "failed", "unavailable", "timeout", "one"]), IDS
)
FIELDS: dict[str, dict[str, Any]] = {
    "play": {"prompts": ["x"]},
    "menu": {"prompts": ["x"], "choices": {"one": {"keys": ["1", "#"]}}},
    "collect": {"prompts": ["x"], "into": "number", "min_digits": 2, "max_digits": 4},
    "hours": {"hours": {"timezone": "Europe/Berlin", "weekly": {"mon": ["09:00-17:00"]}}},
    "queue": {"queue": "sales"},
    "hangup": {},
}
NODES = st.builds(lambda kind, exits: {"kind": kind, "exits": exits, **FIELDS[kind]}, st.sampled_from([*KINDS]), EXITS)
ANY_FLOW = st.dictionaries(st.sampled_from(["a", "b", "c", "d", "e"]), NODES, min_size=1).map(a_flow)
TIMES = st.integers(0, 10_000).map(lambda minutes: NOW + timedelta(minutes=minutes))


def next_thing(turn: Turn) -> bool:
    """Whether the caller has a next thing: a question, a wait, a talk, or an end that says how."""
    last = turn.commands[-1] if turn.commands else None
    match turn.waiting_for:
        case Wait.KEYS:
            return isinstance(last, Collect) and turn.session.end is None
        case Wait.AGENT:
            return isinstance(last, Enqueue) and turn.session.end is None
        case Wait.TALK:
            return turn.commands == () and turn.session.end is None
        case Wait.NOTHING:
            return turn.session.end is not None


@settings(max_examples=300)
@given(flow=ANY_FLOW | st.just(MAIN), happenings=st.lists(st.tuples(HAPPENINGS, TIMES), max_size=20))
def test_every_happening_in_every_state_of_every_flow_leads_on(
    flow: Flow, happenings: list[tuple[Happening, datetime]]
) -> None:
    turn = start(flow, CALL, NOW)
    assert next_thing(turn)
    for happening, at in happenings:
        stored = Session.from_json(json.loads(json.dumps(turn.session.to_json())))
        assert stored == turn.session
        accepted = type(happening) in ACCEPTS[stored.wait]
        turn = resume(flow, stored, happening, at)
        if accepted:
            assert next_thing(turn) or isinstance(happening, HungUp)
        else:
            assert (turn.session, turn.commands) == (stored, ())


@given(turned=st.lists(HAPPENINGS, max_size=6))
def test_a_turn_depends_on_its_arguments_alone(turned: list[Happening]) -> None:
    assert played(MAIN, *turned) == played(MAIN, *turned)


# ---------------------------------------------------------------------------------------------- stored sessions


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"format": 2}, "stored session has format 2, this program knows 1"),
        ({"wait": "tea"}, "stored session is damaged: wait: Input should be 'keys', 'agent', 'talk' or 'nothing'"),
        ({"variables": {"a": 1}}, "stored session is damaged: variables.a: Input should be a valid string"),
        ({"started_at": "yesterday"}, "stored session is damaged: started_at: Input should be a valid datetime"),
    ],
)
def test_a_damaged_session_is_refused_by_name(change: dict[str, Any], text: str) -> None:
    state = {**start(MAIN, CALL, NOW).session.to_json(), **change}
    with pytest.raises(StoreError) as refused:
        Session.from_json(state)
    assert str(refused.value).startswith(text)


def test_a_session_that_is_no_session_is_refused() -> None:
    with pytest.raises(StoreError, match="stored session has format None"):
        Session.from_json({})


def test_a_later_version_may_have_more_fields() -> None:
    session = start(MAIN, CALL, NOW).session
    assert Session.from_json({**session.to_json(), "mood": "fine"}) == session
