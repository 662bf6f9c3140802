"""play and say: prompts, and values among them."""

from typing import Any

import pytest

from callcenter.errors import FlowError
from ivr.commands import Play
from tests.ivr.made_up import CALL, a_flow, a_node, path, played, said

BALANCE = {"say": "money", "value": "balance", "currency": "USD"}


def say(*prompts: Any, **fields: Any) -> dict[str, Any]:
    return {"kind": "say", "prompts": list(prompts), **fields}


def known(**variables: Any) -> Any:
    return CALL.__class__(call_id="1.1", variables=variables)


def test_prompts_are_said_in_the_callers_language_and_may_be_interrupted() -> None:
    turn = played(a_node({"kind": "play", "prompts": ["welcome", "es/welcome"], "interruptible": False}, "next"))
    assert turn.commands[0] == Play(prompts=("welcome", "es/welcome"), language="en", interruptible=False)
    assert path(turn) == ["a -> next", "to-next"]


def test_a_value_is_spelled() -> None:
    turn = played(a_node(say("your-balance", BALANCE), "next"), call=known(balance=1201))
    assert said(turn) == ("your-balance", "say-12", "say-dollars", "say-and", "say-1", "say-cent")


@pytest.mark.parametrize(
    ("kind", "value", "prompts"),
    [
        ("digits", "42", ("say-4", "say-2-end")),
        ("number", 42, ("say-42",)),
        ("date", "2026-03-02", ("say-month-3", "say-day-2", "say-20", "say-26")),
        ("time", "14:30", ("say-2", "say-30", "say-pm")),
        ("duration", 90, ("say-1", "say-minute", "say-and", "say-30", "say-seconds")),
    ],
)
def test_each_kind_of_value(kind: str, value: Any, prompts: tuple[str, ...]) -> None:
    turn = played(a_node(say({"say": kind, "value": "x"}), "next"), call=known(x=value))
    assert said(turn) == prompts


@pytest.mark.parametrize("variables", [{}, {"balance": "much"}, {"balance": None}, {"balance": 1.5}])
def test_a_value_that_cannot_be_said_takes_failed_and_nothing_is_said(variables: dict[str, Any]) -> None:
    turn = played(a_node(say("your-balance", BALANCE), "next", "failed"), call=known(**variables))
    assert path(turn)[0].startswith("a -> failed (")
    assert said(turn) == ()
    # Left open, failed leads where next does; a play node says the rest of the sentence.
    assert path(played(a_node(say("your-balance", BALANCE), "next"), call=known(**variables)))[1] == "to-next"
    rest = played(a_node({"kind": "play", "prompts": ["your-balance", BALANCE]}, "next"), call=known(**variables))
    assert said(rest) == ("your-balance",)


def test_a_say_node_says_a_value() -> None:
    with pytest.raises(FlowError, match=r"a: prompts hold no value to say.*use a play node"):
        a_flow({"a": say("welcome")})


@pytest.mark.parametrize(
    ("value", "prompts"),
    [
        ("2026-03-02", ("say-today",)),
        ("2026-03-03", ("say-tomorrow",)),
        ("2026-03-06", ("say-weekday-5", "say-month-3", "say-day-6")),
    ],
)
def test_a_near_date_is_told_by_the_callers_today(value: str, prompts: tuple[str, ...]) -> None:
    item = {"say": "date", "value": "x", "timezone": "America/New_York"}
    assert said(played(a_node(say(item), "next"), call=known(x=value))) == prompts


def test_an_item_that_is_neither_prompt_nor_value_is_explained() -> None:
    with pytest.raises(FlowError, match=r"a\.prompts\.0\.say: is 'song', must be 'digits', 'number'"):
        a_flow({"a": say({"say": "song", "value": "x"})})
    with pytest.raises(FlowError, match=r"a\.prompts\.1: 'UP' is not up to 64 small letters"):
        a_flow({"a": say(BALANCE, "UP")})
