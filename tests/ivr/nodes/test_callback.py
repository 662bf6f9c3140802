"""callback: to which number, when, and that it is promised once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from callcenter.errors import FlowError
from ivr.bundle import Bundle
from ivr.commands import BookCallback, Collect
from ivr.engine import Turn
from ivr.flow import read
from ivr.happenings import Digits, Done, Failed, Happening, Heard, NoInput, QueueFailed
from ivr.session import CallInfo, Wait
from tests.ivr.made_up import END, NOW, a_flow, a_node, last, path, played, said

NEW_YORK = {"timezone": "America/New_York", "weekly": {"mon": ["09:00-17:00"], "tue": ["09:00-17:00"]}}
RIGHT, OTHER = Digits(keys="1"), Digits(keys="2")
NUMBER = ("say-2", "say-0", "say-2-end", "say-5", "say-5", "say-5-end", "say-0", "say-1", "say-4", "say-3-end")
NUMBER_QUESTION = ("callback-number", *NUMBER, "callback-number-confirm", "callback-none")


def callback(**fields: Any) -> Bundle:
    return a_node({"kind": "callback", "queue": "sales", **fields}, "booked", "failed", "declined")


def booking(turn: Turn) -> BookCallback:
    command = last(turn)
    assert isinstance(command, BookCallback)
    assert turn.waiting_for is Wait.RESULT
    return command


def test_the_number_is_said_back_and_called() -> None:
    assert said(played(callback())) == NUMBER_QUESTION
    turn = played(callback(), RIGHT)
    assert booking(turn) == BookCallback(number="+12025550143", queue="sales", since=NOW.replace(second=1))
    done = played(callback(), RIGHT, Done())
    assert (path(done), said(done)) == (["a -> booked", "to-booked"], ("callback-booked",))
    assert done.session.variables == {}
    assert done.session.end is not None
    assert done.session.end.outcome == "call-back"


def test_another_number_may_be_given() -> None:
    entry = played(callback(), OTHER)
    question = last(entry)
    assert isinstance(question, Collect)
    assert (said(entry), question.max_digits, question.terminator) == (("callback-enter-number",), 15, "#")
    again = played(callback(), OTHER, Digits(keys="2025550199"))
    assert said(again)[0] == "callback-number"
    assert booking(played(callback(), OTHER, Digits(keys="2025550199"), RIGHT)).number == "2025550199"


@pytest.mark.parametrize("number", ["", "anonymous"])
def test_who_withholds_the_number_is_asked_for_one(number: str) -> None:
    info = CallInfo(call_id="1", caller=number)
    assert said(played(callback(), call=info)) == ("callback-enter-number",)


@pytest.mark.parametrize("wrong", [Digits(keys="123456"), Digits(keys="1" * 16), Digits(keys="555-0143"), Heard()])
def test_what_is_no_number_is_asked_for_again(wrong: Happening) -> None:
    turn = played(callback(), OTHER, wrong)
    apology = "did-not-hear" if isinstance(wrong, Heard) else "invalid-entry"
    assert said(turn) == (apology, "callback-enter-number")


def test_a_number_that_cannot_be_called_may_be_replaced() -> None:
    turn = played(callback(), RIGHT, Failed(reason="number"))
    assert said(turn) == ("callback-not-possible", "callback-enter-number")
    turn = played(callback(), RIGHT, Failed(reason="number"), Digits(keys="2025550199"), RIGHT, Done())
    assert path(turn)[0] == "a -> booked"


@pytest.mark.parametrize("answer", [Failed(reason="unavailable"), NoInput()])
def test_what_cannot_be_noted_takes_failed(answer: Happening) -> None:
    turn = played(callback(), RIGHT, answer)
    assert (path(turn)[1], turn.session.variables) == ("to-failed", {})


def test_the_star_key_declines_at_every_question() -> None:
    star = Digits(keys="*")
    node = callback(when="ask", hours=NEW_YORK)
    ways: list[list[Happening]] = [[], [OTHER], [OTHER, OTHER], [OTHER, RIGHT], [OTHER, RIGHT, RIGHT]]
    stages = ["when", "number", "entry", "day", "time"]
    for way, stage in zip(ways, stages, strict=True):
        turn = played(node, *way, star)
        assert (path(turn), turn.session.variables) == ([f"a -> declined (at {stage})", "to-declined"], {})


def test_who_does_not_answer_has_declined() -> None:
    silent = [NoInput()] * 4
    assert said(played(callback(), NoInput())) == ("did-not-hear", *NUMBER_QUESTION)
    assert path(played(callback(), *silent))[0] == "a -> declined (did-not-hear, try 4 of 4)"


# ------------------------------------------------------------------------------------------------------ when it comes

EARLY = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)  # Monday, 8 o'clock in New York


def chosen(*keys: str, when: str = "later") -> Turn:
    node = callback(when=when, hours=NEW_YORK)
    return played(node, *[Digits(keys=key) for key in keys], now=EARLY)


@pytest.mark.parametrize(
    ("keys", "due"),
    [
        (("1", "1", "1430"), datetime(2026, 3, 2, 19, 30, tzinfo=UTC)),
        (("1", "2", "0900"), datetime(2026, 3, 3, 14, 0, tzinfo=UTC)),
    ],
)
def test_a_time_may_be_chosen(keys: tuple[str, ...], due: datetime) -> None:
    command = booking(chosen(*keys))
    assert command.due_at == due
    assert command.since < due


def test_a_chosen_time_is_promised_as_it_was_chosen() -> None:
    node = callback(when="later", hours=NEW_YORK)
    turn = played(node, RIGHT, OTHER, Digits(keys="0930"), Done(), now=EARLY)
    assert said(turn) == ("callback-booked-at", "say-tomorrow", "say-9", "say-30", "say-am")


@pytest.mark.parametrize("time", ["0500", "1700", "0809", "2359"])
def test_a_time_that_is_past_or_closed_is_not_promised(time: str) -> None:
    assert said(chosen("1", "1", time)) == ("callback-closed-then", "callback-day")


@pytest.mark.parametrize("time", ["14", "2500", "1460", "14*0"])
def test_what_is_no_time_is_asked_for_again(time: str) -> None:
    assert said(chosen("1", "1", time)) == ("invalid-entry", "callback-enter-time")


def test_nobody_is_asked_for_a_time_for_ever() -> None:
    assert path(chosen("1", *["1", "0500"] * 4))[0] == "a -> declined (callback-closed-then, try 4 of 4)"


def test_a_caller_may_choose_between_now_and_later() -> None:
    assert said(chosen(when="ask")) == ("callback-when",)
    assert booking(chosen("1", "1", when="ask")).due_at is None
    assert booking(chosen("2", "1", "1", "1430", when="ask")).due_at is not None


def test_later_needs_hours() -> None:
    with pytest.raises(FlowError, match="when 'ask' needs hours"):
        a_flow({"a": {"kind": "callback", "queue": "sales", "when": "ask"}})


# ------------------------------------------------------------------------------------------------- out of the queue


def test_who_leaves_the_queue_for_a_call_back_keeps_the_place() -> None:
    wait = read(
        {
            "name": "wait",
            "start": "a",
            "nodes": {
                "a": {"kind": "music", "keys": {"1": "callback"}, "exits": {"next": "a", "callback": "r"}},
                "r": {"kind": "return", "by": "callback"},
            },
        }
    )
    queue = {"kind": "queue", "queue": "sales", "intent": "buy", "priority": 5}
    nodes = {
        "a": {**queue, "exits": {"done": "end", "unavailable": "end", "callback": "b", "timeout": "b"}},
        "b": {"kind": "callback", "queue": "sales", "priority": 5, "skills": ["french"]}
        | {"exits": {"booked": "a", "failed": "end", "declined": "end"}},
        "end": END,
    }
    bundle = Bundle.of(a_flow(nodes), wait)
    turn = played(bundle, NoInput(), Digits(keys="1"), RIGHT)
    command = booking(turn)
    assert (command.since, command.intent, command.priority, command.skills) == (NOW, "buy", 5, ("french",))
    late = booking(played(bundle, NoInput(), QueueFailed(reason=QueueFailed.TIMEOUT), RIGHT))
    assert late.since == NOW
    # Once it is promised the place is the call back's: another wait begins anew.
    again = played(bundle, Digits(keys="1"), RIGHT, Done()).session
    assert (again.kept_since, again.since) == (None, NOW.replace(second=3))


@pytest.mark.parametrize(
    ("given", "queue", "priority", "skills"),
    [
        (
            {"callback_queue": "collections", "callback_priority": 3, "callback_skills": "a b"},
            "collections",
            3,
            ("a", "b"),
        ),
        ({}, "sales", 0, ()),
    ],
)
def test_a_call_back_may_be_promised_again(
    given: dict[str, Any], queue: str, priority: int, skills: tuple[str, ...]
) -> None:
    info = CallInfo(call_id="1", caller="+12025550143", variables=given)
    command = booking(played(callback(called_back=True), RIGHT, call=info))
    assert (command.queue, command.priority, command.skills) == (queue, priority, skills)
    node = a_flow({"a": {"kind": "callback", "queue": "sales", "called_back": True}}).nodes["a"]
    assert list(node.queues_used()) == []


def test_what_a_callback_node_needs() -> None:
    node = a_flow({"a": {"kind": "callback", "queue": "sales", "when": "ask", "hours": NEW_YORK}}).nodes["a"]
    assert list(node.queues_used()) == [("queue", "sales")]
    keys = {key for _, key in node.prompts_used()}
    assert {"callback-when", "callback-day", "callback-enter-time", "callback-booked", "callback-booked-at"} <= keys
    now = a_flow({"a": {"kind": "callback", "queue": "sales"}}).nodes["a"]
    assert "callback-day" not in {key for _, key in now.prompts_used()}
