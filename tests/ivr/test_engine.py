"""The flow engine: turns, flows within flows, the wait in a queue, guards, stored sessions."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from callcenter.errors import StoreError
from ivr.bundle import Bundle
from ivr.commands import Collect, Enqueue, Fallback, Hangup, Music, Play, Withdraw
from ivr.engine import MAX_DEPTH, MAX_SPINS, MAX_STEPS_PER_TURN, MAX_TURNS_PER_CALL, Turn, resume, start
from ivr.flow import read
from ivr.happenings import AgentConnected, AgentLeft, ConnectFailed, Digits, Happening, HungUp, NoInput, QueueFailed
from ivr.session import EndKind, Session, Wait
from tests.ivr.made_up import CALL, END, NOW, OFFICE, WAIT, a_flow, last, path, played, said

CENTRE = Bundle.of(OFFICE, WAIT)
LATER = NOW + timedelta(minutes=3)
SECOND = NOW + timedelta(seconds=1)


def enqueued(turn: Turn) -> Enqueue:
    """The one command by which a turn hands its caller over."""
    (found,) = [command for command in turn.commands if isinstance(command, Enqueue)]
    return found


def test_the_first_turn_runs_until_the_menu() -> None:
    turn = start(CENTRE, CALL, NOW)
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
    turn = played(CENTRE, Digits(keys=key))
    wait = enqueued(turn)
    assert (wait.queue, wait.intent, wait.since, wait.entered) == (queue, intent, SECOND, SECOND)
    assert turn.session.intent == intent
    assert turn.session.queued


def test_collections_asks_for_the_account_and_hands_it_over() -> None:
    wait = enqueued(played(CENTRE, Digits(keys="3"), Digits(keys="471108", terminated=True)))
    assert (wait.queue, wait.intent, wait.data) == ("collections", "collections", {"account": "471108"})


@pytest.mark.parametrize(
    ("wrong", "why", "apology"),
    [(Digits(keys="9"), "invalid", "invalid-choice"), (NoInput(), "silence", "did-not-hear")],
)
def test_a_menu_apologises_twice_then_finds_somebody(wrong: Happening, why: str, apology: str) -> None:
    second = played(CENTRE, wrong)
    assert path(second) == [f"choose ({why}, try 1 of 3)"]
    assert said(second) == (apology, "main-menu")
    third = played(CENTRE, wrong, wrong)
    assert path(third) == [f"choose ({why}, try 2 of 3)"]
    final = played(CENTRE, wrong, wrong, wrong)
    assert path(final)[:2] == [f"choose -> failed ({why}, try 3 of 3)", "no-choice -> next"]
    assert final.commands[0] == Play(prompts=("connect-anyway",))
    assert enqueued(final).queue == "support"


def test_tries_are_counted_anew_at_the_next_question() -> None:
    assert played(CENTRE, NoInput(), NoInput(), Digits(keys="3")).session.tries == 0


@pytest.mark.parametrize("given", [Digits(keys="12"), Digits(keys="", terminated=True), Digits(keys="12*4"), NoInput()])
def test_a_caller_without_an_account_number_is_still_served(given: Happening) -> None:
    wait = enqueued(played(CENTRE, Digits(keys="3"), given, given))
    assert (wait.queue, wait.data) == ("collections", {})


def test_after_the_agent_the_flow_goes_on() -> None:
    turn = played(CENTRE, Digits(keys="1"), AgentConnected(), AgentLeft(agent="11"))
    assert path(turn) == ["sales -> done", "say-goodbye -> next", "end"]
    assert turn.commands == (Play(prompts=("goodbye",)), Hangup(cause=16))
    assert turn.session.end is not None
    assert (turn.session.end.kind, turn.session.end.outcome) == (EndKind.HANGUP, "self-service")
    assert (turn.session.agent, turn.session.queued) == ("11", False)
    # The ivr is not there while they talk: it hears only that the agent left.
    assert played(CENTRE, Digits(keys="1"), AgentLeft(agent="11")).commands == turn.commands


@pytest.mark.parametrize("reason", [QueueFailed.TIMEOUT, QueueFailed.UNAVAILABLE])
def test_nobody_there_is_said(reason: str) -> None:
    turn = played(CENTRE, Digits(keys="1"), QueueFailed(reason=reason))
    assert turn.commands == (Play(prompts=("all-busy",)), Hangup(cause=16))
    assert path(turn)[0].startswith(f"sales -> {reason}")


def test_closed_hours_end_the_call_as_closed() -> None:
    closed = json.loads(OFFICE.to_text())
    closed["nodes"]["opening-hours"]["hours"]["weekly"] = {"tue": ["09:00-17:00"]}
    turn = start(Bundle.of(read(closed), WAIT), CALL, NOW)
    assert turn.commands[1:] == (Play(prompts=("closed", "goodbye")), Hangup(cause=16))
    assert turn.session.end is not None
    assert turn.session.end.outcome == "closed"


def test_an_optional_exit_is_taken_only_if_connected() -> None:
    hours = {"timezone": "UTC", "holidays": ["2026-03-02"]}
    exits = {"open": "h", "closed": "h"}
    node: dict[str, Any] = {"kind": "hours", "hours": hours, "exits": exits}
    plain = played(a_flow({"a": node, "h": END}))
    assert path(plain) == ["a -> holiday (holiday 2026-03-02)", "h"]
    own = played(a_flow({"a": {**node, "exits": {**exits, "holiday": "b"}}, "h": END, "b": END}))
    assert path(own) == ["a -> holiday (holiday 2026-03-02)", "b"]


# --------------------------------------------------------------------------------------------- the wait in a queue


def test_a_waiting_caller_is_in_the_wait_flow() -> None:
    turn = played(CENTRE, Digits(keys="1"))
    assert path(turn) == ["choose -> sales", "sales", "wait:music"]
    assert [command.kind for command in turn.commands] == ["enqueue", "play", "music"]
    assert (turn.waiting_for, turn.session.flow, turn.session.since) == (Wait.KEYS, "wait", SECOND)


@pytest.mark.parametrize("meanwhile", [(), (NoInput(),), (NoInput(), NoInput())])
def test_an_agent_is_there_wherever_the_wait_flow_is(meanwhile: tuple[Happening, ...]) -> None:
    turn = played(CENTRE, Digits(keys="1"), *meanwhile, AgentConnected())
    assert (turn.session.flow, turn.session.node, turn.waiting_for) == ("office", "sales", Wait.TALK)
    assert turn.session.outer == ()


def test_a_failed_connect_costs_no_place_in_the_queue() -> None:
    waiting = played(CENTRE, Digits(keys="1"))
    again = resume(CENTRE, waiting.session, ConnectFailed(), LATER)
    assert (enqueued(again).queue, enqueued(again).since, said(again)) == ("sales", SECOND, ())
    assert again.session == replace(waiting.session, spins=again.session.spins)
    talking = played(CENTRE, Digits(keys="1"), AgentConnected())
    assert resume(CENTRE, talking.session, ConnectFailed(), LATER).commands == again.commands


def test_a_caller_leaves_the_queue_for_what_the_wait_flow_offers() -> None:
    plain = json.loads(OFFICE.to_text())
    plain["nodes"]["sales"]["exits"]["callback"] = "support"
    turn = played(Bundle.of(read(plain), WAIT), Digits(keys="1"), Digits(keys="1"))
    assert path(turn)[:3] == ["wait:music -> call-me (key 1)", "wait:callback -> callback", "sales -> callback"]
    assert turn.commands[0] == Withdraw()
    # In the next queue they are who has waited since then, and are given its own time to wait.
    wait = enqueued(turn)
    assert (wait.queue, wait.since, wait.entered) == ("support", SECOND, NOW + timedelta(seconds=2))


def test_a_way_out_that_leads_nowhere_here_leaves_the_caller_waiting() -> None:
    turn = played(CENTRE, Digits(keys="1"), Digits(keys="1"))
    assert path(turn)[-2:] == ["sales", "wait:music"]
    assert turn.commands == (Music(seconds=30.0, keys="1"),)
    assert turn.session.queued


def test_whoever_waited_too_long_keeps_the_place_for_another_queue() -> None:
    plain = json.loads(OFFICE.to_text())
    plain["nodes"]["sales"]["exits"]["timeout"] = "support"
    bundle = Bundle.of(read(plain), WAIT)
    turn = resume(bundle, played(bundle, Digits(keys="1")).session, QueueFailed(reason=QueueFailed.TIMEOUT), LATER)
    assert (enqueued(turn).since, enqueued(turn).entered) == (SECOND, LATER)
    served = resume(bundle, turn.session, AgentLeft(), LATER).session
    assert (served.since, served.kept_since) == (None, None)


def test_a_queue_without_its_wait_flow_plays_music() -> None:
    alone = Bundle.of(OFFICE)
    turn = played(alone, Digits(keys="1"))
    assert path(turn)[1:] == ["sales", "sales (flow 'wait', which node 'sales' runs, does not exist)"]
    assert (turn.waiting_for, last(turn).kind) == (Wait.AGENT, "music")
    again = resume(alone, turn.session, NoInput(), LATER)
    assert (again.waiting_for, last(again).kind) == (Wait.AGENT, "music")
    assert resume(alone, again.session, AgentLeft(), LATER).session.end is not None


def test_waiting_is_no_answer_and_may_last() -> None:
    turn = played(CENTRE, Digits(keys="1"))
    for _ in range(MAX_TURNS_PER_CALL + 1):
        turn = resume(CENTRE, turn.session, NoInput(), LATER)
    assert turn.session.queued


# ------------------------------------------------------------------------------------------- flows within flows

ADD_ONE = read(
    {
        "name": "add-one",
        "start": "a",
        "parameters": ["number"],
        "nodes": {
            "a": {"kind": "collect", "prompts": ["x"], "max_digits": 1, "into": "more"}
            | {"exits": {"done": "r", "failed": "n"}},
            "r": {"kind": "return", "by": "added"},
            "n": {"kind": "return", "by": "none"},
        },
    }
)
CALLER_OF_IT = {
    "kind": "subflow",
    "flow": "add-one",
    "arguments": {"number": "40 + 2"},
    "results": {"plus": "more"},
    "exits": {"added": "end", "none": "end", "failed": "end"},
}


def test_a_sub_flow_has_its_own_variables_and_gives_back_what_is_asked_for() -> None:
    bundle = Bundle.of(a_flow({"a": CALLER_OF_IT, "end": END}), ADD_ONE)
    inside = played(bundle)
    assert (inside.session.flow, inside.session.variables) == ("add-one", {"number": 42})
    assert path(inside) == ["a", "add-one:a"]
    back = played(bundle, Digits(keys="7"))
    assert path(back) == ["add-one:a -> done", "add-one:r -> added", "a -> added", "end"]
    assert back.session.variables == {"plus": "7"}


@pytest.mark.parametrize("arguments", ["1 / 0", "nothing + 1"])
def test_an_argument_that_cannot_be_reckoned_takes_failed(arguments: str) -> None:
    node = {**CALLER_OF_IT, "arguments": {"number": arguments}}
    turn = played(Bundle.of(a_flow({"a": node, "end": END}), ADD_ONE))
    assert path(turn)[0].startswith(f"a -> failed ({arguments}: ")


def test_a_sub_flow_that_is_not_there_takes_failed_or_falls_back() -> None:
    problem = "flow 'add-one', which node 'a' runs, does not exist"
    turn = played(a_flow({"a": CALLER_OF_IT, "end": END}))
    assert path(turn) == ["a", f"a -> failed ({problem})", "end"]
    loose = played(a_flow({"a": {"kind": "subflow", "flow": "add-one"}}))
    assert loose.commands == (Fallback(reason=problem),)


def test_a_flow_that_runs_itself_ends_in_the_fallback() -> None:
    turn = played(a_flow({"a": {"kind": "subflow", "flow": "test"}}))
    assert turn.commands == (Fallback(reason=f"more than {MAX_DEPTH} flows within one another: a loop"),)


def test_a_return_of_a_flow_that_nobody_runs_hangs_up() -> None:
    turn = played(a_flow({"a": {"kind": "return", "by": "done"}}))
    assert turn.commands == (Hangup(),)
    assert turn.session.end is not None


# ------------------------------------------------------------------------------------------------------- guards


def test_a_loop_without_wait_ends_in_the_fallback_and_says_nothing_for_ever() -> None:
    play = {"kind": "play", "prompts": ["welcome"], "exits": {"next": "a"}}
    turn = played(a_flow({"a": play}))
    reason = f"more than {MAX_STEPS_PER_TURN} nodes without a wait: a loop"
    assert turn.commands == (Fallback(reason=reason),)
    assert turn.session.end is not None
    assert (turn.session.end.kind, turn.session.end.reason) == (EndKind.FALLBACK, reason)


def test_a_wait_flow_that_never_waits_ends_in_the_fallback() -> None:
    hasty = read({"name": "wait", "start": "a", "nodes": {"a": {"kind": "return", "by": "back"}}})
    turn = played(Bundle.of(OFFICE, hasty), Digits(keys="1"))
    assert turn.commands == (Fallback(reason=f"more than {MAX_STEPS_PER_TURN} nodes without a wait: a loop"),)


def test_a_queue_that_fails_again_and_again_ends_in_the_fallback() -> None:
    queue = {"kind": "queue", "queue": "sales", "exits": {"done": "a", "unavailable": "a"}}
    bundle = Bundle.of(a_flow({"a": queue}), WAIT)
    turn = played(bundle, *[QueueFailed(reason=QueueFailed.UNAVAILABLE)] * MAX_SPINS)
    assert turn.session.queued
    turn = resume(bundle, turn.session, QueueFailed(reason=QueueFailed.UNAVAILABLE), LATER)
    assert turn.session.end is not None
    assert turn.session.end.kind is EndKind.FALLBACK


def test_a_dangling_exit_ends_in_the_fallback_after_what_was_to_be_said() -> None:
    turn = played(a_flow({"a": {"kind": "play", "prompts": ["welcome"], "exits": {"next": "gone"}}}))
    assert turn.commands == (Play(prompts=("welcome",)), Fallback(reason="exit 'next' of node 'a' leads nowhere"))


def test_a_start_that_does_not_exist_ends_in_the_fallback() -> None:
    turn = played(a_flow({"b": END}))
    assert turn.commands == (Fallback(reason="node 'a' is not in flow 'test'"),)


def test_a_caller_who_answers_for_ever_ends_in_the_fallback() -> None:
    menu = {
        "kind": "menu",
        "prompts": ["x"],
        "choices": {"again": {"keys": ["1"]}},
        "exits": {"again": "a", "failed": "a"},
    }
    bundle = Bundle.of(a_flow({"a": menu}))
    turn = start(bundle, CALL, NOW)
    for _ in range(MAX_TURNS_PER_CALL - 1):
        turn = resume(bundle, turn.session, Digits(keys="1"), NOW)
    assert turn.waiting_for is Wait.KEYS
    turn = resume(bundle, turn.session, Digits(keys="1"), NOW)
    assert turn.commands == (Fallback(reason=f"more than {MAX_TURNS_PER_CALL} turns in one call"),)


def test_a_session_that_does_not_fit_the_flow_ends_in_the_fallback() -> None:
    asked = start(CENTRE, CALL, NOW).session
    for node in ("gone", "welcome", "sales"):
        turn = resume(CENTRE, replace(asked, node=node), Digits(keys="1"), NOW)
        assert turn.commands == (Fallback(reason=f"flow 'office' has no node {node!r} that waits for keys"),)


def test_what_is_not_waited_for_changes_nothing() -> None:
    menu = start(CENTRE, CALL, NOW).session
    turn = resume(CENTRE, menu, AgentLeft(), NOW)
    assert (turn.session, turn.commands, path(turn)) == (menu, (), ["choose (agent-left ignored)"])
    ended = played(CENTRE, HungUp()).session
    assert ended.end is not None
    assert ended.end.kind is EndKind.CALLER
    assert resume(CENTRE, ended, HungUp(), NOW).session == ended
    assert resume(CENTRE, ended, AgentLeft(), NOW).session == ended


# ---------------------------------------------------------------------------------------------- stored sessions


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"format": 3}, "stored session has format 3, this program knows 2"),
        ({"wait": "tea"}, "stored session is damaged: wait: Input should be 'keys', 'agent', 'talk', 'result' or 'not"),
        ({"variables": {"a": [1]}}, "stored session is damaged: variables.a."),
        ({"started_at": "yesterday"}, "stored session is damaged: started_at: Input should be a valid datetime"),
    ],
)
def test_a_damaged_session_is_refused_by_name(change: dict[str, Any], text: str) -> None:
    state = {**start(CENTRE, CALL, NOW).session.to_json(), **change}
    with pytest.raises(StoreError) as refused:
        Session.from_json(state)
    assert str(refused.value).startswith(text)


def test_a_session_that_is_no_session_is_refused() -> None:
    with pytest.raises(StoreError, match="stored session has format None"):
        Session.from_json({})


def test_a_later_version_may_have_more_fields() -> None:
    session = start(CENTRE, CALL, NOW).session
    assert Session.from_json({**session.to_json(), "mood": "fine"}) == session


def test_a_waiting_caller_is_stored_with_every_flow_they_are_in() -> None:
    session = played(CENTRE, Digits(keys="3"), Digits(keys="471108")).session
    assert [frame.queued for frame in session.outer] == [True]
    assert Session.from_json(json.loads(json.dumps(session.to_json()))) == session


def test_a_secret_is_nowhere_but_in_the_session_itself() -> None:
    session = start(CENTRE, CALL, NOW).session.with_secret("card", "4242424242424242")
    assert "4242" not in repr(session) + json.dumps(session.to_json())
    assert resume(CENTRE, session, HungUp(), NOW).session.secrets == {}
    assert resume(CENTRE, replace(session, node="gone"), NoInput(), NOW).session.secrets == {}


def test_a_session_of_the_first_format_is_read() -> None:
    state = {
        "format": 1,
        "call_id": "1.1",
        "caller": "+12025550143",
        "did": "+12025550100",
        "language": "en",
        "node": "ask-account",
        "started_at": "2026-03-02T15:00:00Z",
        "wait": "keys",
        "tries": 1,
        "turns": 2,
        "variables": {"intent": "collections"},
    }
    session = Session.from_json(state, flow="office", version=4)
    assert (session.flow, session.versions, session.intent) == ("office", {"office": 4}, "collections")
    assert resume(CENTRE, session, Digits(keys="471108"), NOW).session.queued


def test_a_session_is_changed_by_fields_it_has() -> None:
    session = start(CENTRE, CALL, NOW).session
    assert session.but(tries=2, node="b") == replace(session, tries=2, node="b")
    assert session.tries == 0
    with pytest.raises(TypeError, match="a session has no mood"):
        session.but(mood="fine")
    with pytest.raises(AttributeError):
        session.tries = 2  # type: ignore[misc]
