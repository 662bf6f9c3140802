"""voicemail, transfer and survey: what a caller leaves with us, and where they go."""

import json
from dataclasses import replace
from typing import Any

import pytest

from callcenter.errors import FlowError
from ivr.bundle import Bundle
from ivr.commands import Collect, Hangup, KeepVoicemail, Play, Record, SaveAnswer, Transfer
from ivr.engine import resume
from ivr.happenings import (
    AgentLeft,
    Digits,
    Done,
    Failed,
    Happening,
    Heard,
    HungUp,
    NoInput,
    Paid,
    Recorded,
    Transferred,
)
from ivr.session import CallInfo, EndKind, Session, Wait
from tests.ivr.made_up import END, NOW, WAIT, a_flow, a_node, last, path, played, said

SPOKEN = Recorded(file="2026/1 2.wav", length_s=7.4)
KEPT = KeepVoicemail(box="office", file="2026/1 2.wav", length_s=7.4, language="en")


def voicemail(**fields: Any) -> Bundle:
    return a_node({"kind": "voicemail", "box": "office", **fields}, "saved", "empty", "failed")


def test_a_message_is_recorded_and_kept() -> None:
    asked = played(voicemail(max_s=30))
    record = Record(prompts=("leave-message",), max_s=30.0, silence_s=5.0, ends="#", outcome="voicemail")
    assert asked.commands == (record,)
    assert asked.waiting_for is Wait.RESULT
    assert played(voicemail(), SPOKEN).commands == (KEPT,)
    turn = played(voicemail(), SPOKEN, Done())
    assert path(turn) == ["a -> saved", "to-saved"]
    assert said(turn) == ("message-saved",)


def test_a_call_that_left_a_message_is_recorded_as_such() -> None:
    end = played(voicemail(), SPOKEN, Done()).session.end
    assert end is not None
    assert end.outcome == "voicemail"
    # Also if they hang up before the goodbye.
    after = {"kind": "menu", "prompts": ["x"], "choices": {"on": {"keys": ["1"]}}, "exits": {"on": "a", "failed": "a"}}
    exits = {"saved": "b", "empty": "b", "failed": "b"}
    flow = a_flow({"a": {"kind": "voicemail", "box": "office", "exits": exits}, "b": after})
    gone = played(flow, SPOKEN, Done(), HungUp()).session.end
    assert gone is not None
    assert (gone.kind, gone.outcome) == (EndKind.CALLER, "voicemail")


@pytest.mark.parametrize("nothing", [NoInput(), Recorded(file="x", length_s=0.4), Digits(keys="1")])
def test_silence_and_a_click_are_no_message(nothing: Happening) -> None:
    if isinstance(nothing, Digits):  # nobody waits for keys here
        assert path(played(voicemail(), nothing)) == ["a (digits ignored)"]
        return
    assert path(played(voicemail(), nothing)) == ["a -> empty (nothing was said)", "to-empty"]


@pytest.mark.parametrize("answer", [Failed(reason="unavailable"), NoInput(), Paid(reference="x")])
def test_a_message_that_cannot_be_kept_takes_failed(answer: Happening) -> None:
    assert path(played(voicemail(), SPOKEN, answer))[1] == "to-failed"
    assert path(played(voicemail(), Failed(reason="no-disk"))) == ["a -> failed (no-disk)", "to-failed"]


def test_a_message_may_be_recorded_anew() -> None:
    node = voicemail(review=True)
    asked = played(node, SPOKEN)
    assert (said(asked), asked.waiting_for) == (("message-review",), Wait.KEYS)
    asked_for = played(node).commands[0]
    assert isinstance(asked_for, Record)
    again = played(node, SPOKEN, Digits(keys="2"))
    assert again.commands == (replace(asked_for, prompts=("message-again",)),)
    for sent in (Digits(keys="1"), NoInput(), Digits(keys="7"), Heard()):
        assert played(node, SPOKEN, sent).commands == (KEPT,)


def test_nobody_records_anew_for_ever() -> None:
    turn = played(voicemail(review=True), *[SPOKEN, Digits(keys="2")] * 5, SPOKEN)
    assert isinstance(last(turn), KeepVoicemail)


def test_a_message_is_kept_whenever_the_caller_hangs_up() -> None:
    spoken_and_gone = Recorded(file="2026/1 2.wav", length_s=7.4, hung_up=True)
    assert played(voicemail(review=True), spoken_and_gone).commands == (KEPT,)
    # Hung up at the question whether it is right, in a process that has restarted since.
    session = played(voicemail(review=True), SPOKEN).session
    stored = Session.from_json(json.loads(json.dumps(session.to_json())))
    turn = resume(voicemail(review=True), stored, HungUp(), NOW)
    assert turn.commands == (KEPT,)
    assert turn.session.end is not None
    # While it is recorded there is nothing to keep yet.
    assert played(voicemail(), HungUp()).commands == ()


def test_what_a_voicemail_node_needs() -> None:
    node = a_flow({"a": {"kind": "voicemail", "box": "office", "review": True}}).nodes["a"]
    assert list(node.targets_used()) == [("box", "mailbox", "office")]
    assert {key for _, key in node.prompts_used()} == {
        *("leave-message", "message-saved"),
        *("message-review", "message-again"),
    }


# --------------------------------------------------------------------------------------------------------- transfer


def transfer(*exits: str) -> Bundle:
    return a_node({"kind": "transfer", "destination": "notary", "ring_s": 20}, "answered", "failed", *exits)


def test_a_caller_is_transferred_to_a_destination_of_the_list() -> None:
    turn = played(transfer())
    assert turn.commands == (Play(prompts=("transfer-wait",)), Transfer(destination="notary", ring_s=20.0))
    node = a_flow({"a": {"kind": "transfer", "destination": "notary"}}).nodes["a"]
    assert list(node.targets_used()) == [("destination", "destination", "notary")]


@pytest.mark.parametrize(
    ("answer", "exit"),
    [
        (Transferred(status="answered"), "answered"),
        (Transferred(status="busy"), "busy"),
        (Transferred(status="no-answer"), "no-answer"),
        (Transferred(status="failed"), "failed"),
        (Transferred(status="?"), "failed"),
        (Failed(reason="unknown-destination"), "failed"),
        (NoInput(), "failed"),
    ],
)
def test_how_a_transfer_went_has_its_exit(answer: Happening, exit: str) -> None:
    assert path(played(transfer("busy", "no-answer"), answer))[1] == f"to-{exit}"
    bare = "answered" if exit == "answered" else "failed"
    assert path(played(transfer(), answer))[1] == f"to-{bare}"


@pytest.mark.parametrize("kind", ["transfer", "callback"])
def test_a_waiting_caller_is_not_sent_elsewhere(kind: str) -> None:
    fields = {"transfer": {"destination": "notary"}, "callback": {"queue": "sales"}}[kind]
    node = {"kind": kind, **fields, "exits": {"failed": "r", "answered": "r", "booked": "r", "declined": "r"}}
    wait = a_flow({"a": node, "r": {"kind": "music", "exits": {"next": "r"}}})
    queue = {"kind": "queue", "queue": "sales", "wait_flow": "test", "exits": {"done": "end", "unavailable": "end"}}
    outer = a_flow({"a": queue, "end": END}).model_copy(update={"name": "outer"})
    turn = played(Bundle.of(outer, wait))
    assert "test:a -> failed (waits in a queue)" in path(turn)


# ----------------------------------------------------------------------------------------------------------- survey


def survey(**fields: Any) -> Bundle:
    return a_node({"kind": "survey", **fields}, "done", "declined")


TWO = [{"name": "satisfaction"}, {"name": "solved", "prompts": ["survey-solved"], "scale": "yes-no"}]


def test_a_score_is_saved_and_known() -> None:
    asked = played(survey())
    assert said(asked) == ("survey-intro", "survey-score")
    turn = played(survey(), Digits(keys="4"))
    assert turn.commands == (
        SaveAnswer(question="satisfaction", score=4),
        Play(prompts=("survey-thanks",)),
        Hangup(),
    )
    assert (path(turn)[0], turn.session.variables) == ("a -> done (satisfaction 4)", {"satisfaction": 4})


@pytest.mark.parametrize(
    ("language", "word", "score"), [("en", "five", 5), ("es-MX", "uno", 1), ("fr", "trois", 3), ("sv", "", 0)]
)
def test_a_score_may_be_said(language: str, word: str, score: int) -> None:
    info = CallInfo(call_id="1", language=language)
    question = last(played(survey(), call=info))
    assert isinstance(question, Collect)
    assert question.phrases.get(str(score), ("",)) == (word,)
    if score:
        turn = played(survey(), Heard(choice=str(score), score=1.0), call=info)
        assert turn.session.variables == {"satisfaction": score}


@pytest.mark.parametrize(("key", "score"), [("1", 5), ("2", 1)])
def test_yes_and_no_are_the_ends_of_the_scale(key: str, score: int) -> None:
    turn = played(survey(questions=TWO), Digits(keys="3"), Digits(keys=key))
    assert turn.session.variables == {"satisfaction": 3, "solved": score}


def test_who_does_not_answer_the_first_question_has_declined() -> None:
    assert said(played(survey(), NoInput())) == ("survey-score",)
    assert said(played(survey(), Digits(keys="9"))) == ("invalid-choice", "survey-score")
    assert said(played(survey(), Heard(choice="5", score=0.1))) == ("invalid-choice", "survey-score")
    turn = played(survey(), NoInput(), NoInput())
    assert (path(turn), said(turn)) == (["a -> declined (no answer)", "to-declined"], ())


def test_a_survey_may_ask_once_only() -> None:
    assert path(played(survey(tries=1), NoInput()))[0] == "a -> declined (no answer)"


def test_another_question_without_an_answer_is_passed_over() -> None:
    turn = played(survey(questions=TWO), Digits(keys="3"), NoInput(), Digits(keys="7"))
    assert (path(turn)[-1], turn.session.variables) == ("to-done", {"satisfaction": 3})
    other = played(survey(questions=TWO[::-1]), Digits(keys="1"), NoInput())
    assert said(other) == ("survey-score",)


def test_a_caller_may_say_why() -> None:
    node = survey(comment=True, comment_max_s=30)
    assert said(played(node, Digits(keys="1"))) == ("survey-comment-offer",)
    record = played(node, Digits(keys="1"), Digits(keys="1"))
    assert record.commands == (Record(prompts=("survey-comment",), max_s=30.0),)
    told = played(node, Digits(keys="1"), Digits(keys="1"), Recorded(file="c", length_s=3))
    assert told.commands[0] == SaveAnswer(question="comment", file="c")
    assert path(told)[-1] == "to-done"
    for nothing in (NoInput(), Failed(reason="x"), Recorded(file="c", length_s=0.2)):
        turn = played(node, Digits(keys="1"), Digits(keys="1"), nothing)
        assert [command.kind for command in turn.commands] == ["play", "hangup"]
    for no in (NoInput(), Digits(keys="2"), Heard()):
        assert path(played(node, Digits(keys="1"), no))[-1] == "to-done"


@pytest.mark.parametrize("names", [["a", "a"], ["comment"]])
def test_questions_have_names_of_their_own(names: list[str]) -> None:
    with pytest.raises(FlowError, match=f"question {names[0]!r} is t"):
        a_flow({"a": {"kind": "survey", "questions": [{"name": name} for name in names]}})


def test_a_survey_after_the_talk_is_about_the_agent_who_had_it() -> None:
    queue = {"kind": "queue", "queue": "sales", "exits": {"done": "b", "unavailable": "end"}}
    nodes = {"a": queue, "b": {"kind": "survey", "exits": {"done": "end", "declined": "end"}}, "end": END}
    turn = played(Bundle.of(a_flow(nodes), WAIT), AgentLeft(agent="11"), Digits(keys="5"))
    assert turn.session.agent == "11"
    assert SaveAnswer(question="satisfaction", score=5) in turn.commands
