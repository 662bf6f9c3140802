"""http and caller: what other systems and our own records say."""

from typing import Any

import pytest

from callcenter.errors import FlowError
from ivr.bundle import Bundle
from ivr.commands import Fetch, LookUp, Play
from ivr.happenings import Done, Failed, Fetched, Happening, Known, NoInput
from ivr.session import CallInfo, Wait
from tests.ivr.made_up import a_flow, a_node, last, path, played

URL = "https://crm.example/accounts/{account}?by={caller}"
HTTP = {"kind": "http", "url": URL, "results": {"balance": "account.balance", "name": "people[0].name"}}
ANSWER = {"account": {"balance": 1250}, "people": [{"name": "Ann"}], "list": [1]}


def http(*exits: str, **fields: Any) -> Bundle:
    return a_node({**HTTP, **fields}, "ok", "failed", *exits)


def call(account: Any = "47 11/x", **more: Any) -> CallInfo:
    return CallInfo(call_id="1.1", caller="+12025550143", variables={"account": account, **more})


def test_values_are_escaped_in_an_address() -> None:
    turn = played(http(prompts=["one-moment"]), call=call())
    assert turn.commands == (
        Play(prompts=("one-moment",)),
        Fetch(method="GET", url="https://crm.example/accounts/47%2011%2Fx?by=%2B12025550143", timeout_s=5.0, retries=1),
    )
    assert turn.waiting_for is Wait.RESULT


def test_fields_of_a_post_are_expressions() -> None:
    turn = played(http(method="POST", body={"account": "number(account) + 1", "from": "caller"}), call=call("46"))
    command = last(turn)
    assert isinstance(command, Fetch)
    assert command.body == {"account": 47, "from": "+12025550143"}


def test_variables_are_taken_from_the_answer() -> None:
    turn = played(http(), Fetched(status=200, body=ANSWER), call=call())
    assert path(turn) == ["a -> ok (status 200)", "to-ok"]
    assert (turn.session.variables["balance"], turn.session.variables["name"]) == (1250, "Ann")


@pytest.mark.parametrize("body", [None, {}, [], "text", 5, {"account": None, "people": []}])
def test_what_is_not_in_the_answer_is_null(body: Any) -> None:
    turn = played(http(), Fetched(status=204, body=body), call=call())
    assert path(turn)[1] == "to-ok"
    assert (turn.session.variables["balance"], turn.session.variables["name"]) == (None, None)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("list", "x is a list, no value"),
        ("account", "x is a object, no value"),
        ("sum(people)", "In function sum()"),
        ("huge", "a number beyond"),
        ("nan", "a number beyond"),
    ],
)
def test_what_is_no_value_takes_failed_and_sets_nothing(query: str, why: str) -> None:
    node = http(results={"x": query, "y": "account.balance"})
    body = {**ANSWER, "huge": 10**30, "nan": float("nan")}
    turn = played(node, Fetched(status=200, body=body), call=call())
    assert path(turn)[0].startswith(f"a -> failed (status 200: {why}")
    assert "y" not in turn.session.variables


@pytest.mark.parametrize(
    ("happening", "visit", "to"),
    [
        (Fetched(status=500), "a -> failed (status 500)", "failed"),
        (Fetched(status=301), "a -> failed (status 301)", "failed"),
        (Fetched(status=404), "a -> not-found (status 404)", "not-found"),
        (Failed(reason="timeout"), "a -> timeout (timeout)", "timeout"),
        (Failed(reason="not-allowed"), "a -> failed (not-allowed)", "failed"),
        (NoInput(), "a -> failed (no-input)", "failed"),
        (Done(), "a -> failed (done)", "failed"),
    ],
)
def test_every_other_answer_has_a_way_out(happening: Happening, visit: str, to: str) -> None:
    assert path(played(http("timeout", "not-found"), happening, call=call())) == [visit, f"to-{to}"]
    assert path(played(http(), happening, call=call())) == [visit, "to-failed"]


def test_another_status_may_be_the_good_one() -> None:
    assert path(played(http(expect="404"), Fetched(status=404), call=call()))[1] == "to-ok"
    assert path(played(http(expect="404"), Fetched(status=200), call=call()))[1] == "to-failed"


@pytest.mark.parametrize("variables", [{}, {"account": "x" * 1000}])
def test_an_address_that_cannot_be_made_takes_failed(variables: dict[str, Any]) -> None:
    node = http(url="https://crm.example/{account}" + "/{account}" * 2)
    turn = played(node, call=CallInfo(call_id="1", variables=variables))
    assert path(turn)[1] == "to-failed"


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"url": "ftp://crm.example/"}, "is no address such as"),
        ({"url": "https://{host}/x"}, "is no address such as"),
        ({"url": "https://user:word@crm.example/"}, "is no address such as"),
        ({"url": "https://crm.example/{1 + 1}"}, r"\{1 \+ 1\} is no variable"),
        ({"url": "https://crm.example/{}"}, r"\{\} is no variable"),
        ({"url": "https://crm.example/{a"}, "is no address such as"),
        ({"results": {"x": "a..b"}}, "'a..b' is no JMESPath"),
        ({"results": {"language": "a"}}, "variable 'language' is the engine's own"),
        ({"body": {"a": "1"}}, "body is for POST"),
        ({"headers": {"Host": "other"}}, "header 'Host' is set by the program itself"),
        ({"headers": {"X-A": "a\r\nX-B: c"}}, "is not up to 500 plain characters"),
        ({"timeout_s": 11}, "timeout_s: is 11, must be at most 10"),
        ({"retries": 9}, "retries: is 9, must be at most 3"),
        ({"expect": "2xx"}, "'2xx' is not a status of HTTP or a range"),
        ({"method": "DELETE"}, "method: is 'DELETE', must be 'GET' or 'POST'"),
    ],
)
def test_what_cannot_be_asked_is_refused(fields: dict[str, Any], fault: str) -> None:
    with pytest.raises(FlowError, match=fault):
        a_flow({"a": {**HTTP, **fields}})


def test_lint_sees_what_an_address_reads() -> None:
    node = a_flow({"a": {**HTTP, "method": "POST", "body": {"a": "b + 1"}}}).nodes["a"]
    assert list(node.expressions_used()) == [("url", "account"), ("url", "caller"), ("body.a", "b + 1")]
    assert dict(node.variables_set()) == {"results.balance": "balance", "results.name": "name"}


# ----------------------------------------------------------------------------------------------------------- caller

FACTS = {
    "number": "+12025550143",
    "name": "Ann",
    "language": "es-MX",
    "vip": False,
    "note": "not for flows",
    "calls": 3,
    "last_call_at": "2026-02-20T09:00:00+00:00",
    "last_outcome": "reached-agent",
    "last_agent": "11",
    "last_intent": "collections",
    "debts": 1,
    "debt_total": 12500,
    "debt_currency": "USD",
    "debt_reference": "A-1",
}
STRANGER = {
    "caller_known": False,
    "caller_days_since": 36500,
    "caller_name": "",
    "caller_vip": False,
    "caller_language": "",
    "caller_calls": 0,
    "caller_last_agent": "",
    "caller_last_intent": "",
    "caller_last_outcome": "",
    "caller_debts": 0,
    "caller_debt_total": 0,
    "caller_debt_currency": "",
    "caller_debt_reference": "",
}


def caller(*exits: str, **fields: Any) -> Bundle:
    return a_node({"kind": "caller", **fields}, "known", "unknown", *exits)


def test_a_caller_is_looked_up_and_their_facts_are_variables() -> None:
    assert played(caller()).commands == (LookUp(number="+12025550143"),)
    turn = played(caller(), Known(facts=FACTS))
    assert path(turn) == ["a -> known", "to-known"]
    assert turn.session.variables == {
        "caller_known": True,
        "caller_days_since": 10,
        **{f"caller_{name}": value for name, value in FACTS.items() if name not in {"number", "note", "last_call_at"}},
    }


def test_a_stranger_has_the_same_variables() -> None:
    turn = played(caller(), Known(facts={"number": "+12025550143"}))
    assert (path(turn)[0], turn.session.variables) == ("a -> unknown", STRANGER)


@pytest.mark.parametrize("number", ["", "anonymous"])
def test_who_withholds_the_number_is_not_looked_up(number: str) -> None:
    turn = played(caller(), call=CallInfo(call_id="1", caller=number))
    assert (path(turn)[0], turn.session.variables) == ("a -> unknown (number withheld)", STRANGER)


@pytest.mark.parametrize("answer", [Failed(reason="unavailable"), NoInput(), Done()])
def test_if_nobody_can_be_looked_up_everybody_is_a_stranger(answer: Happening) -> None:
    turn = played(caller(), answer)
    assert (path(turn)[1], turn.session.variables) == ("to-unknown", STRANGER)
    assert path(played(caller("failed"), answer))[1] == "to-failed"


def test_a_vip_has_a_way_of_their_own_if_there_is_one() -> None:
    vip = Known(facts={**FACTS, "vip": True})
    assert path(played(caller("vip"), vip))[1] == "to-vip"
    assert path(played(caller(), vip))[1] == "to-known"


@pytest.mark.parametrize(
    ("languages", "language"),
    [([], "en"), (["en", "es"], "es"), (["en", "es-MX"], "es-MX"), (["en", "fr"], "en")],
)
def test_the_call_goes_on_in_the_callers_language_if_it_is_offered(languages: list[str], language: str) -> None:
    assert played(caller(languages=languages), Known(facts=FACTS)).session.language == language


@pytest.mark.parametrize(
    "damaged",
    [
        {"calls": "3", "vip": 1, "name": None, "debts": 1.5, "last_call_at": "soon"},
        {"last_call_at": "2026-02-20T09:00:00", "calls": True},
        {"last_call_at": 7, "debt_total": []},
    ],
)
def test_facts_of_another_sort_count_as_none(damaged: dict[str, Any]) -> None:
    assert played(caller(), Known(facts=damaged)).session.variables == STRANGER
