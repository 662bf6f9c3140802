"""menu: by key, by voice, asked back, asked again."""

from typing import Any

import pytest

from callcenter.errors import FlowError
from ivr.bundle import Bundle
from ivr.commands import Collect
from ivr.engine import Turn, start
from ivr.happenings import Digits, Happening, Heard, NoInput
from ivr.nodes.confirming import ACCEPT, CONFIRM
from ivr.session import CallInfo
from tests.ivr.made_up import NOW, a_flow, a_node, last, path, played, said

SALES = {"keys": ["1"], "intent": "sales", "phrases": {"en": ["sales", "buy something"], "es": ["ventas"]}}
BILLS = {"keys": ["3", "#"], "phrases": {"en": ["pay my bill"]}, "prompt": "choice-bills"}
PLAIN = {"keys": ["0"]}
MENU = {"kind": "menu", "prompts": ["main-menu"], "choices": {"sales": SALES, "bills": BILLS, "agent": PLAIN}}

SURE = Heard(choice="bills", score=ACCEPT)
MAYBE = Heard(choice="bills", score=CONFIRM)
HARDLY = Heard(choice="bills", score=CONFIRM - 0.01)
YES, NO = Heard(choice="yes", score=1.0), Heard(choice="no", score=1.0)


def menu(*exits: str, **fields: Any) -> Bundle:
    return a_node({**MENU, **fields}, "sales", "bills", "agent", "failed", *exits)


def question(turn: Turn) -> Collect:
    command = last(turn)
    assert isinstance(command, Collect)
    return command


@pytest.mark.parametrize(("key", "exit"), [("1", "sales"), ("3", "bills"), ("#", "bills"), ("0", "agent")])
def test_a_key_takes_its_choice(key: str, exit: str) -> None:
    assert path(played(menu(), Digits(keys=key))) == [f"a -> {exit}", f"to-{exit}"]


def test_a_choice_may_say_what_the_caller_wants() -> None:
    assert played(menu(), Digits(keys="1")).session.intent == "sales"
    assert played(menu(), Digits(keys="0")).session.intent == ""


@pytest.mark.parametrize(
    ("language", "phrases"),
    [
        ("en", {"sales": ("sales", "buy something"), "bills": ("pay my bill",)}),
        ("en-GB", {"sales": ("sales", "buy something"), "bills": ("pay my bill",)}),
        ("es", {"sales": ("ventas",)}),
        ("fr", {}),
    ],
)
def test_what_may_be_said_is_in_the_callers_language(language: str, phrases: dict[str, tuple[str, ...]]) -> None:
    turn = start(menu(), CallInfo(call_id="1", language=language), NOW)
    assert question(turn).phrases == phrases


def test_what_is_heard_for_certain_is_taken() -> None:
    turn = played(menu(), SURE)
    assert path(turn) == [f"a -> bills (heard bills {ACCEPT:.2f})", "to-bills"]


def test_what_is_heard_less_clearly_is_asked_back() -> None:
    turn = played(menu(), MAYBE)
    assert path(turn) == [f"a (heard bills {CONFIRM:.2f}, asked back)"]
    assert said(turn) == ("did-you-mean", "choice-bills", "is-that-right")
    assert "yes" in question(turn).phrases
    for yes in (Digits(keys="1"), YES):
        assert path(played(menu(), MAYBE, yes)) == ["a -> bills (heard bills, confirmed)", "to-bills"]


@pytest.mark.parametrize("no", [Digits(keys="2"), NO, Heard(), Heard(choice="yes", score=0.1)])
def test_what_was_not_meant_is_asked_again(no: Happening) -> None:
    turn = played(menu(), MAYBE, no)
    assert said(turn) == ("not-understood", "main-menu")
    assert path(turn) == ["a (invalid, try 1 of 3)"]
    assert turn.session.stage == "1"


def test_silence_and_keys_of_the_menu_are_answers_to_asking_back_too() -> None:
    assert said(played(menu(), MAYBE, NoInput())) == ("did-not-hear", "main-menu")
    assert path(played(menu(), MAYBE, Digits(keys="0"))) == ["a -> agent", "to-agent"]
    assert said(played(menu(), MAYBE, Digits(keys="9"))) == ("invalid-choice", "main-menu")


@pytest.mark.parametrize("unclear", [HARDLY, Heard(), Heard(choice="nonsense", score=1.0)])
def test_what_is_not_understood_twice_counts_by_key_only(unclear: Heard) -> None:
    again = played(menu(), unclear)
    assert said(again) == ("not-understood", "main-menu")
    assert question(again).phrases
    by_key = played(menu(), unclear, unclear)
    assert question(by_key).phrases == {}
    assert path(played(menu(), unclear, unclear, unclear))[0] == "a -> failed (invalid, try 3 of 3)"


def test_a_choice_that_cannot_be_named_is_not_asked_back() -> None:
    assert said(played(menu(), Heard(choice="sales", score=CONFIRM))) == ("not-understood", "main-menu")


@pytest.mark.parametrize(
    ("wrong", "exit", "why"),
    [(NoInput(), "silence", "silence"), (Digits(keys="7"), "invalid", "invalid"), (Heard(), "invalid", "invalid")],
)
def test_after_too_many_tries_the_last_one_says_which_way(wrong: Happening, exit: str, why: str) -> None:
    tries = [Digits(keys="9"), NoInput(), wrong]
    assert path(played(menu(), *tries)) == [f"a -> failed ({why}, try 3 of 3)", "to-failed"]
    own = played(menu("silence", "invalid"), *tries)
    assert path(own) == [f"a -> {exit} ({why}, try 3 of 3)", f"to-{exit}"]


@pytest.mark.parametrize("name", ["failed", "silence", "invalid"])
def test_a_choice_is_not_named_like_a_way_out(name: str) -> None:
    with pytest.raises(FlowError, match=f"choice '{name}' bears the name of the exit for too many tries"):
        a_flow({"a": {**MENU, "choices": {name: PLAIN}}})


def test_prompts_that_only_a_speaking_caller_hears_are_used_only_with_phrases() -> None:
    silent = a_flow({"a": {**MENU, "choices": {"agent": PLAIN}}}).nodes["a"]
    assert {key for _, key in silent.prompts_used()} == {"main-menu", "invalid-choice", "did-not-hear"}
    spoken = a_flow({"a": MENU}).nodes["a"]
    assert {key for _, key in spoken.prompts_used()} == {
        *("main-menu", "invalid-choice", "did-not-hear"),
        *("not-understood", "did-you-mean", "choice-bills", "is-that-right"),
    }


def test_a_question_is_never_asked_in_silence() -> None:
    node = {**MENU, "prompts": [{"say": "number", "value": "nothing"}]}
    assert said(played(a_node(node, "sales", "bills", "agent", "failed"))) == ("did-not-hear",)
