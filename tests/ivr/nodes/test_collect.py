"""collect: what keys mean, checks, saying back, secrets."""

import json
from typing import Any

import pytest

from callcenter.errors import FlowError
from ivr.bundle import Bundle
from ivr.commands import Collect, as_json
from ivr.engine import Turn, resume
from ivr.happenings import Digits, Happening, Heard, NoInput
from ivr.session import CallInfo, Session
from tests.ivr.made_up import NOW, a_flow, a_node, last, path, played, said

CARD = "4242424242424242"


def collect(**fields: Any) -> Bundle:
    return a_node({"kind": "collect", "prompts": ["ask"], "into": "it", **fields}, "done", "failed")


def kept(bundle: Bundle, keys: str, **call: Any) -> Any:
    """What is kept of `keys`, or "asked again"."""
    turn = played(bundle, Digits(keys=keys), call=CallInfo(call_id="1", **call))
    return turn.session.variables["it"] if path(turn)[0].startswith("a -> done") else "asked again"


def question(turn: Turn) -> Collect:
    command = last(turn)
    assert isinstance(command, Collect)
    return command


@pytest.mark.parametrize(
    ("fields", "keys", "value"),
    [
        ({"max_digits": 8}, "0047", "0047"),
        ({"max_digits": 8, "min_digits": 5}, "0047", "asked again"),
        ({"max_digits": 3}, "0047", "asked again"),
        ({"max_digits": 8}, "12*4", "asked again"),
        ({"max_digits": 8}, "", "asked again"),
        ({"max_digits": 8}, "٣٤", "asked again"),
        ({"max_digits": 16, "luhn": True}, CARD, CARD),
        ({"max_digits": 16, "luhn": True}, "4242424242424241", "asked again"),
        ({"takes": "number"}, "0047", 47),
        ({"takes": "number", "minimum": 1, "maximum": "most + 1"}, "6", 6),
        ({"takes": "number", "minimum": 1, "maximum": "most + 1"}, "7", "asked again"),
        ({"takes": "number", "minimum": 1}, "0", "asked again"),
    ],
)
def test_digits_and_numbers(fields: dict[str, Any], keys: str, value: Any) -> None:
    assert kept(collect(**fields), keys, variables={"most": 5}) == value


@pytest.mark.parametrize(
    ("currency", "keys", "value"),
    [
        ("USD", "12", 1200),
        ("USD", "12*50", 1250),
        ("USD", "12*5", 1250),
        ("USD", "12*", 1200),
        ("USD", "*99", 99),
        ("USD", "12*505", "asked again"),
        ("USD", "1*2*3", "asked again"),
        ("USD", "*", "asked again"),
        ("USD", "12#", "asked again"),
        ("CLP", "12000", 12000),
        ("CLP", "12*5", "asked again"),
    ],
)
def test_amounts_are_in_minor_units(currency: str, keys: str, value: Any) -> None:
    assert kept(collect(takes="amount", currency=currency), keys) == value


def test_the_bounds_of_an_amount_are_amounts_too() -> None:
    node = collect(takes="amount", currency="USD", minimum=100, maximum="balance")
    assert kept(node, "12*51", variables={"balance": 1250}) == "asked again"
    assert kept(node, "*99", variables={"balance": 1250}) == "asked again"
    assert kept(node, "12*50", variables={"balance": 1250}) == 1250


def test_too_little_and_too_much_have_their_own_words() -> None:
    words = {"too_small_prompt": "too-little", "too_large_prompt": "too-much"}
    node = collect(takes="number", minimum=5, maximum=9, **words)
    assert said(played(node, Digits(keys="4"))) == ("too-little", "ask")
    assert said(played(node, Digits(keys="10"))) == ("too-much", "ask")
    assert said(played(collect(takes="number", minimum=5), Digits(keys="4"))) == ("invalid-number", "ask")


@pytest.mark.parametrize(("keys", "day"), [("0401", "2026-04-01"), ("0402", None), ("0301", None)])
def test_a_date_may_be_bounded(keys: str, day: str | None) -> None:
    node = collect(takes="date", dates="future", within_days=30, too_large_prompt="too-far")
    turn = played(node, Digits(keys=keys))
    assert turn.session.variables.get("it") == day
    if day is None:
        assert said(turn) == ("too-far", "ask")


@pytest.mark.parametrize("balance", [{}, {"balance": "much"}, {"balance": None}, {"balance": True}])
def test_a_bound_that_is_no_number_takes_failed(balance: dict[str, Any]) -> None:
    node = collect(takes="number", maximum="balance")
    turn = played(node, Digits(keys="1"), call=CallInfo(call_id="1", variables=balance))
    assert path(turn)[0].startswith("a -> failed (balance: ")


@pytest.mark.parametrize(
    ("fields", "language", "keys", "value"),
    [
        ({}, "en", "03042026", "2026-03-04"),
        ({}, "en-GB", "03042026", "2026-04-03"),
        ({}, "es", "030426", "2026-04-03"),
        ({}, "fr", "311299", "1999-12-31"),  # the nearest year that ends so
        ({"date_order": "ymd"}, "en", "20260304", "2026-03-04"),
        ({"date_order": "ymd"}, "en", "260304", "2026-03-04"),
        ({}, "en", "02292026", "asked again"),
        ({}, "en", "13012026", "asked again"),
        ({}, "en", "0301202", "asked again"),
        ({}, "en", "03*12026", "asked again"),
        ({"dates": "past"}, "en", "03022026", "2026-03-02"),
        ({"dates": "past"}, "en", "03032026", "asked again"),
        ({"dates": "past"}, "en", "030326", "1926-03-03"),
        ({"dates": "future"}, "en", "03022026", "2026-03-02"),
        ({"dates": "future"}, "en", "03012026", "asked again"),
        ({"dates": "future"}, "en", "030126", "2126-03-01"),
        ({"dates": "future", "timezone": "Pacific/Kiritimati"}, "en", "03022026", "asked again"),  # there it is the 3rd
        ({"dates": "future"}, "en", "022996", "2096-02-29"),
        ({"dates": "future"}, "en", "0304", "2026-03-04"),
        ({"dates": "future"}, "en", "0301", "2027-03-01"),
        ({"dates": "future"}, "en", "0229", "2028-02-29"),
        ({"dates": "past"}, "fr", "0303", "2025-03-03"),
        ({}, "en", "1231", "2025-12-31"),
        ({}, "en", "03", "asked again"),
    ],
)
def test_dates(fields: dict[str, Any], language: str, keys: str, value: Any) -> None:
    assert kept(collect(takes="date", **fields), keys, language=language) == value


@pytest.mark.parametrize(
    ("takes", "right", "wrong", "apology"),
    [
        ("card", CARD, "4242424242424241", "card-number-invalid"),
        ("expiry", "0326", "0226", "card-expiry-invalid"),
        ("code", "123", "12*", "card-code-invalid"),
    ],
)
def test_what_belongs_to_a_card_is_secret(takes: str, right: str, wrong: str, apology: str) -> None:
    node = collect(takes=takes)
    asked = question(played(node))
    assert asked.secure
    assert said(played(node, Digits(keys=wrong))) == (apology, "ask")
    turn = played(node, Digits(keys=right))
    assert path(turn)[0] == "a -> done"
    # The call has ended since, and secrets with it.
    assert (turn.session.variables, turn.session.secrets) == ({}, {})


def test_a_secret_is_in_no_trace_of_the_call() -> None:
    after = {"kind": "menu", "prompts": ["next"], "choices": {"on": {"keys": ["1"]}}}
    flow = a_flow(
        {
            "a": {"kind": "collect", "prompts": ["ask"], "into": "pin", "max_digits": 8, "secure": True}
            | {"exits": {"done": "b", "failed": "b"}},
            "b": {**after, "exits": {"on": "a", "failed": "a"}},
        }
    )
    turn = played(flow, Digits(keys="987654"))
    assert turn.session.secrets == {"pin": "987654"}
    traces = (repr(turn), str(path(turn)), json.dumps(turn.session.to_json()), str([*map(as_json, turn.commands)]))
    assert not any("987654" in trace for trace in traces)


# ------------------------------------------------------------------------------------------------------ saying back


@pytest.mark.parametrize(
    ("fields", "keys", "lead", "words"),
    [
        ({"max_digits": 4}, "4711", "you-entered", ("say-4", "say-7", "say-1", "say-1-end")),
        ({"takes": "number"}, "47", "number-is", ("say-47",)),
        ({"takes": "amount", "currency": "USD"}, "12", "amount-is", ("say-12", "say-dollars")),
        ({"takes": "date"}, "03022026", "date-is", ("say-month-3", "say-day-2", "say-20", "say-26")),
        ({"takes": "card"}, CARD, "card-is", ("say-4", "say-2", "say-4", "say-2-end")),
    ],
)
def test_an_answer_is_said_back(fields: dict[str, Any], keys: str, lead: str, words: tuple[str, ...]) -> None:
    node = collect(confirm=True, **fields)
    turn = played(node, Digits(keys=keys))
    assert said(turn) == (lead, *words, "confirm-entry")
    assert not question(turn).secure
    assert turn.session.variables.get("it") is None
    for yes in (Digits(keys="1"), Heard(choice="yes", score=1.0)):
        assert path(played(node, Digits(keys=keys), yes))[0] == "a -> done (said to be right)"


def test_only_what_is_right_is_kept() -> None:
    node = collect(max_digits=4, confirm=True)
    again = played(node, Digits(keys="4711"), Digits(keys="2"))
    assert said(again) == ("ask",)
    assert again.session.variables == {}
    turn = played(node, Digits(keys="4711"), Digits(keys="2"), Digits(keys="4712"), Digits(keys="1"))
    assert turn.session.variables == {"it": "4712"}


@pytest.mark.parametrize("unclear", [NoInput(), Digits(keys="7"), Heard(), Heard(choice="no", score=0.1)])
def test_who_does_not_say_whether_it_is_right_is_asked_again(unclear: Happening) -> None:
    node = collect(max_digits=4, confirm=True)
    turn = played(node, Digits(keys="4711"), unclear)
    assert said(turn)[:2] == ("did-not-hear", "you-entered")
    last_try = played(node, Digits(keys="4711"), unclear, unclear, unclear)
    assert path(last_try)[0] == "a -> failed (not confirmed, try 3 of 3)"
    assert last_try.session.variables == {}


def test_a_secret_that_the_process_has_lost_is_asked_for_again() -> None:
    node = collect(takes="card", confirm=True)
    stored = Session.from_json(json.loads(json.dumps(played(node, Digits(keys=CARD)).session.to_json())))
    turn = resume(node, stored, Digits(keys="1"), NOW)
    assert (path(turn), said(turn)) == (["a (lost, try 1 of 3)"], ("ask",))


def test_a_language_without_words_for_it_says_nothing_back() -> None:
    turn = played(collect(max_digits=4, confirm=True), Digits(keys="4711"), call=CallInfo(call_id="1", language="sv"))
    assert turn.session.variables == {"it": "4711"}


def test_words_are_no_answer_to_a_question_for_keys() -> None:
    assert said(played(collect(max_digits=4), Heard(choice="x", score=1.0))) == ("invalid-entry", "ask")
    assert said(played(collect(max_digits=4), NoInput())) == ("did-not-hear", "ask")


def test_the_reason_is_told_but_never_the_keys() -> None:
    wrong = Digits(keys="4242424242424241")
    assert path(played(collect(takes="card", tries=1), wrong))[0] == "a -> failed (invalid: check digit, try 1 of 1)"


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({}, "max_digits is required when digits are collected"),
        ({"takes": "date", "max_digits": 9}, "max_digits must be from 4 to 8 for this"),
        ({"takes": "card", "min_digits": 4}, "min_digits must be from 12 to 19 for this"),
        ({"max_digits": 4, "min_digits": 5}, "min_digits 5 is more than max_digits 4"),
        ({"takes": "number", "luhn": True}, "luhn is for digits"),
        ({"max_digits": 4, "maximum": 5}, "minimum and maximum are for numbers and amounts"),
        ({"takes": "amount", "currency": "USD", "terminator": "*"}, r"\* is the decimal point of an amount"),
        ({"takes": "amount"}, "an amount needs a currency that can be said; there are ARS"),
        ({"takes": "number", "minimum": 1, "too_large_prompt": "x"}, "too_large_prompt is for what has a maximum"),
        ({"takes": "number", "maximum": 1, "too_small_prompt": "x"}, "too_small_prompt is for what has a minimum"),
        ({"takes": "number", "within_days": 30}, "within_days is for dates"),
        ({"takes": "code", "confirm": True}, "confirm would say aloud what is secure"),
        ({"max_digits": 4, "secure": True, "confirm": True}, "confirm would say aloud what is secure"),
        ({"takes": "date", "timezone": "Europa"}, "timezone: time zone 'Europa' is unknown"),
        ({"takes": "number", "maximum": "1 +"}, "'1 \\+' is no expression"),
    ],
)
def test_fields_that_make_no_sense_together_are_refused(fields: dict[str, Any], fault: str) -> None:
    with pytest.raises(FlowError, match=fault):
        collect(**fields)


def test_a_flow_of_before_these_checks_means_what_it_meant() -> None:
    old = {"kind": "collect", "v": 1, "prompts": ["ask"], "into": "it", "min_digits": 1, "max_digits": 4}
    bundle = a_node(old, "done", "failed")
    assert kept(bundle, "1") == "1"
    assert said(played(bundle, Digits(keys=""))) == ("invalid-entry", "ask")
