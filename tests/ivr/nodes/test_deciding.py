"""branch, set and split: ways that are taken without asking the caller."""

from collections import Counter
from typing import Any

import pytest

from callcenter.errors import FlowError
from ivr.bundle import Bundle
from ivr.session import CallInfo
from tests.ivr.made_up import a_flow, a_node, path, played


def call(number: str = "+12025550143", call_id: str = "1.1", **variables: Any) -> CallInfo:
    return CallInfo(call_id=call_id, caller=number, variables=variables)


def branch(*exits: str) -> Bundle:
    cases = [{"when": "debt > 100", "exit": "much"}, {"when": "debt > 0", "exit": "some"}]
    return a_node({"kind": "branch", "cases": cases}, "much", "some", "else", *exits)


@pytest.mark.parametrize(
    ("debt", "visit"),
    [(500, "a -> much (debt > 100)"), (50, "a -> some (debt > 0)"), (0, "a -> else"), (-1.5, "a -> else")],
)
def test_the_first_case_that_is_true_wins(debt: float, visit: str) -> None:
    assert path(played(branch(), call=call(debt=debt)))[0] == visit


@pytest.mark.parametrize("variables", [{}, {"debt": None}, {"debt": "much"}])
def test_a_case_that_cannot_be_reckoned_takes_error_or_else(variables: dict[str, Any]) -> None:
    plain = played(branch(), call=call(**variables))
    assert path(plain)[0].startswith("a -> error (debt > 100: ")
    assert path(plain)[1] == "to-else"
    assert path(played(branch("error"), call=call(**variables)))[1] == "to-error"


def test_several_cases_may_share_an_exit() -> None:
    cases = [{"when": 'language == "es"', "exit": "there"}, {"when": "True", "exit": "there"}]
    assert a_flow({"a": {"kind": "branch", "cases": cases}}).nodes["a"].required_exits() == ("there", "else")


def test_error_is_no_exit_of_a_case() -> None:
    with pytest.raises(FlowError, match="exit 'error' is for what cannot be reckoned"):
        a_flow({"a": {"kind": "branch", "cases": [{"when": "True", "exit": "error"}]}})
    with pytest.raises(FlowError, match=r"a\.cases: must not be empty"):
        a_flow({"a": {"kind": "branch", "cases": []}})


def test_variables_are_set_to_what_was_known_before() -> None:
    node = a_node({"kind": "set", "variables": {"a": "b", "b": "a", "c": "length(caller)"}, "intent": "sales"}, "next")
    session = played(node, call=call(a=1, b=2)).session
    assert (session.variables, session.intent) == ({"a": 2, "b": 1, "c": 12}, "sales")


def test_if_one_cannot_be_reckoned_nothing_is_set() -> None:
    node = {"kind": "set", "variables": {"a": "2", "b": "1 / 0"}, "intent": "sales"}
    plain = played(a_node(node, "next"), call=call(a=1))
    assert (plain.session.variables, plain.session.intent) == ({"a": 1}, "")
    assert path(plain) == ["a -> error (1 / 0: division by zero)", "to-next"]
    assert path(played(a_node(node, "next", "error"), call=call(a=1)))[1] == "to-error"


def test_the_intent_is_left_as_it_was_if_none_is_given() -> None:
    node = a_node({"kind": "set", "variables": {"a": 1}}, "next")
    assert played(node, call=CallInfo(call_id="1", intent="support")).session.intent == "support"


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({}, "sets nothing; give it a variable or an intent"),
        ({"variables": {"language": "'es'"}}, "variable 'language' is the engine's own; name another"),
        ({"variables": {"_told": "1"}}, "'_told' is not up to 32 small letters"),
        ({"variables": {"a": "b."}}, r"a\.variables\.a: 'b\.' is no expression"),
    ],
)
def test_what_cannot_be_set_is_refused(fields: dict[str, Any], fault: str) -> None:
    with pytest.raises(FlowError, match=fault):
        a_flow({"a": {"kind": "set", **fields}})


# ------------------------------------------------------------------------------------------------------------ split


def split(**fields: Any) -> Bundle:
    return a_node({"kind": "split", "weights": {"old": 80, "new": 20, "never": 0}, **fields}, "old", "new", "never")


def way(bundle: Bundle, info: CallInfo) -> str:
    return path(played(bundle, call=info))[1].removeprefix("to-")


def test_callers_are_shared_out_by_the_weights() -> None:
    taken = Counter(way(split(), call(f"+1202555{number:04}")) for number in range(2_000))
    assert set(taken) == {"old", "new"}
    assert 1_550 <= taken["old"] <= 1_650  # 1,600 expected; three standard deviations are 54


def test_a_caller_comes_the_same_way_again_whatever_the_call() -> None:
    ways = {way(split(), call("+12025550143", f"{number}.1")) for number in range(50)}
    assert len(ways) == 1


def test_a_split_by_call_shares_out_each_call_anew() -> None:
    ways = {way(split(by="call"), call("+12025550143", f"{number}.1")) for number in range(50)}
    assert ways == {"old", "new"}


@pytest.mark.parametrize("number", ["", "anonymous"])
def test_withheld_numbers_do_not_all_go_one_way(number: str) -> None:
    assert {way(split(), call(number, f"{place}.1")) for place in range(50)} == {"old", "new"}


def test_another_salt_shares_the_callers_out_anew() -> None:
    callers = [call(f"+1202555{number:04}") for number in range(200)]
    assert [way(split(), one) for one in callers] != [way(split(salt="2"), one) for one in callers]


def test_a_number_that_is_no_text_of_utf8_is_no_problem() -> None:
    assert way(split(), call("+1\udc80")) in {"old", "new"}


def test_weights_are_a_whole() -> None:
    with pytest.raises(FlowError, match="weights add up to 90 percent, must be 100"):
        a_flow({"a": {"kind": "split", "weights": {"a": 50, "b": 40}}})
