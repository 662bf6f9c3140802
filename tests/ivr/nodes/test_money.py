"""payment, promise and consent: what has consequences."""

import json
from datetime import date
from typing import Any

import pytest

from ivr.bundle import Bundle
from ivr.commands import Collect, Pay, Play, Promise, RecordCall, as_json
from ivr.engine import Turn, resume
from ivr.happenings import Digits, Done, Failed, Happening, Heard, NoInput, Paid, Recorded
from ivr.session import CallInfo, Session, Wait
from tests.ivr.made_up import END, NOW, a_flow, a_node, last, path, played, said

NUMBER, EXPIRY, CODE = "4242424242424242", "1227", "123"
CARD = [
    {"kind": "collect", "prompts": [takes], "takes": takes, "into": f"card_{takes}"}
    for takes in ("card", "expiry", "code")
]
PAYMENT = {"kind": "payment", "amount": "balance", "currency": "USD", "reference": "account"}
KEYS = (Digits(keys=NUMBER), Digits(keys=EXPIRY), Digits(keys=CODE))


def paying(*exits: str, balance: Any = 1250, **fields: Any) -> tuple[Bundle, CallInfo]:
    """A flow that asks for a card, then charges it."""
    ask = {f"ask-{n}": {**node, "exits": {"done": f"ask-{n + 1}", "failed": "end"}} for n, node in enumerate(CARD)}
    ask["ask-0"]["into"] = "card_number"
    pay = {**PAYMENT, **fields, "exits": {name: f"to-{name}" for name in ("paid", "declined", "failed", *exits)}}
    ends = {f"to-{name}": END for name in ("paid", "declined", "failed", *exits)}
    flow = a_flow({"a": {**ask.pop("ask-0")}, **ask, "ask-3": pay, "end": END, **ends})
    return Bundle.of(flow), CallInfo(call_id="1.1", variables={"balance": balance, "account": "A-1"})


def after(answer: Happening, *exits: str) -> Turn:
    bundle, info = paying(*exits)
    return played(bundle, *KEYS, answer, call=info)


def test_a_card_is_charged_and_forgotten() -> None:
    bundle, info = paying()
    turn = played(bundle, *KEYS, call=info)
    command = last(turn)
    assert isinstance(command, Pay)
    assert command == Pay(
        amount=1250,
        currency="USD",
        reference="A-1",
        card={"number": NUMBER, "expiry": EXPIRY, "code": CODE},
    )
    assert said(turn) == ("pay-processing",)
    assert turn.session.secrets == {}
    assert NUMBER not in repr(turn) + json.dumps(as_json(command)) + json.dumps(turn.session.to_json())


def test_what_was_paid_is_known() -> None:
    turn = after(Paid(reference="P-7", last4="4242"))
    assert path(turn) == ["ask-3 -> paid", "to-paid"]
    assert turn.session.variables["payment_reference"] == "P-7"
    assert turn.session.variables["card_last4"] == "4242"


@pytest.mark.parametrize(
    ("answer", "exit", "bare"),
    [
        (Failed(reason="declined"), "declined", "declined"),
        (Failed(reason="unknown"), "unknown", "failed"),
        (Failed(reason="unavailable"), "failed", "failed"),
        (NoInput(), "unknown", "failed"),
        (Done(), "unknown", "failed"),
    ],
)
def test_every_end_of_a_payment_has_its_exit(answer: Happening, exit: str, bare: str) -> None:
    assert path(after(answer, "unknown"))[1] == f"to-{exit}"
    assert path(after(answer))[1] == f"to-{bare}"


@pytest.mark.parametrize("balance", [0, -5, 12.5, "1250", None, True, 10**17])
def test_what_is_no_amount_is_not_charged(balance: Any) -> None:
    bundle, info = paying(balance=balance)
    turn = played(bundle, *KEYS, call=info)
    assert path(turn)[-1] == "to-failed"
    assert turn.session.secrets == {}


@pytest.mark.parametrize("reference", ["''", "'x' * 65", "None", "nothing"])
def test_what_is_no_reference_is_not_charged(reference: str) -> None:
    bundle, info = paying(reference=reference)
    assert path(played(bundle, *KEYS, call=info))[-1] == "to-failed"


def test_a_card_that_was_not_collected_is_not_charged() -> None:
    node = a_node({**PAYMENT, "amount": 5, "reference": "'A-1'"}, "paid", "declined", "failed")
    turn = played(node)
    assert path(turn)[0] == "a -> failed (not collected: card_number, card_expiry, card_code)"


def test_a_card_that_the_process_has_lost_is_not_charged() -> None:
    bundle, info = paying()
    asked = played(bundle, *KEYS[:2], call=info).session
    stored = Session.from_json(json.loads(json.dumps(asked.to_json())))
    turn = resume(bundle, stored, KEYS[2], NOW)
    assert path(turn)[1] == "ask-3 -> failed (not collected: card_number, card_expiry)"
    assert turn.session.secrets == {}


def test_lint_sees_which_secrets_are_taken_and_needed() -> None:
    flow = paying()[0].flow
    assert dict(flow.nodes["ask-3"].secrets_used()) == {
        name: name for name in ("card_number", "card_expiry", "card_code")
    }
    assert list(flow.nodes["ask-1"].secrets_set()) == [("into", "card_expiry")]
    assert list(flow.nodes["ask-1"].variables_set()) == []


# ---------------------------------------------------------------------------------------------------------- promise

PROMISE = {"kind": "promise", "reference": "account", "day": "day"}


def promised(*happenings: Happening, day: Any = "2026-03-20", account: Any = "A-1") -> Turn:
    info = CallInfo(call_id="1", variables={"day": day, "account": account})
    return played(a_node(PROMISE, "saved", "failed"), *happenings, call=info)


def test_a_promise_is_noted() -> None:
    turn = promised()
    assert (turn.commands, turn.waiting_for) == ((Promise(reference="A-1", on=date(2026, 3, 20)),), Wait.RESULT)
    assert path(promised(Done())) == ["a -> saved", "to-saved"]
    assert path(promised(Failed(reason="not-found"))) == ["a -> failed (not-found)", "to-failed"]
    assert path(promised(NoInput()))[1] == "to-failed"


@pytest.mark.parametrize("values", [{"day": "soon"}, {"day": None}, {"account": ""}, {"account": None}])
def test_what_is_no_promise_takes_failed(values: dict[str, Any]) -> None:
    assert path(promised(**values))[1] == "to-failed"


# ---------------------------------------------------------------------------------------------------------- consent

YES, NO = Heard(choice="yes", score=1.0), Heard(choice="no", score=1.0)
CALIFORNIA = CallInfo(call_id="1", caller="+14155550143", did="+12025550100")
CAPITAL = CallInfo(call_id="1", caller="+12025550143", did="+12025550100")


def consent(*exits: str, **fields: Any) -> Bundle:
    return a_node({"kind": "consent", **fields}, "next", *exits)


def test_where_telling_is_enough_the_caller_is_told_and_then_recorded() -> None:
    turn = played(consent(), call=CAPITAL)
    assert turn.commands[:2] == (
        Play(prompts=("consent-announce",), interruptible=False),
        RecordCall(on=True, given="announced", jurisdiction="US"),
    )
    assert path(turn)[0] == "a -> next (us-one-party)"


def test_where_consent_is_needed_the_caller_is_asked_before_anything_is_recorded() -> None:
    asked = played(consent(), call=CALIFORNIA)
    assert [command.kind for command in asked.commands] == ["collect"]
    assert (said(asked), path(asked)) == (("consent-ask",), ["a (us-ca-recording)"])
    for yes in (Digits(keys="1"), YES):
        turn = played(consent("refused"), yes, call=CALIFORNIA)
        assert turn.commands[1] == RecordCall(on=True, given="accepted", jurisdiction="US-CA")
        assert (said(turn), path(turn)[1]) == (("consent-given",), "to-next")


@pytest.mark.parametrize("no", [Digits(keys="2"), NO])
def test_who_says_no_is_not_recorded(no: Happening) -> None:
    turn = played(consent("refused"), no, call=CALIFORNIA)
    assert turn.commands[1] == RecordCall(on=False, given="refused", jurisdiction="US-CA")
    assert (said(turn), path(turn)[1]) == (("consent-refused",), "to-refused")
    assert path(played(consent(), no, call=CALIFORNIA))[1] == "to-next"


@pytest.mark.parametrize(
    ("unclear", "apology"),
    [(NoInput(), "did-not-hear"), (Digits(keys="5"), "invalid-choice"), (Heard(), "invalid-choice")],
)
def test_no_answer_is_no_consent(unclear: Happening, apology: str) -> None:
    assert said(played(consent(), unclear, call=CALIFORNIA)) == (apology, "consent-ask")
    turn = played(consent("refused"), unclear, unclear, call=CALIFORNIA)
    assert path(turn)[0] == "a -> refused"
    assert any(command == RecordCall(on=False, given="refused", jurisdiction="US-CA") for command in turn.commands)


def test_a_flow_may_say_itself_what_is_done() -> None:
    assert isinstance(last(played(consent(ask="yes"), call=CAPITAL)), Collect)
    told = played(consent(ask="no"), call=CALIFORNIA)
    assert RecordCall(on=True, given="announced", jurisdiction="US-CA") in told.commands


def test_nothing_else_is_recorded_meanwhile() -> None:
    assert path(played(consent(), Recorded(file="x", length_s=1), call=CALIFORNIA)) == ["a (recorded ignored)"]
