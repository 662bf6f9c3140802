"""What a case may expect, what the world answers as given, and how it is said that something is otherwise."""

from typing import Any

import pytest

from ivr.bundle import Bundle
from tests.ivr.made_up import END, a_flow
from tests.ivr.testing.made_up_calls import failures, one, ran

HTTP = {
    "kind": "http",
    "url": "https://crm.example/a?n={caller}",
    "method": "POST",
    "body": {"x": "1"},
    "results": {"due": "due"},
}
PAY = {"kind": "payment", "amount": "1250", "currency": "USD", "reference": "'A-1'"}
CARD = {
    name: {
        "kind": "collect",
        "prompts": ["x"],
        "takes": name,
        "into": f"card_{into}",
        "exits": {"done": to, "failed": "end"},
    }
    for name, into, to in (("card", "number", "expiry"), ("expiry", "expiry", "code"), ("code", "code", "pay"))
}
SHOP = Bundle.of(
    a_flow(
        {**CARD, "pay": {**PAY, "exits": {"paid": "end", "declined": "card", "failed": "end"}}, "end": END},
        start="card",
    )
)
CARD_KEYS = "press: '4242424242424242#', press: '1227', press: '123#'"
CALLBACK = {"kind": "callback", "queue": "sales"}
VOICEMAIL = {"kind": "voicemail", "box": "support"}
TRANSFER = {"kind": "transfer", "destination": "front-desk"}
CALLER = {"kind": "caller"}


@pytest.mark.parametrize(
    ("given", "exit"),
    [
        ("[{url: 'https://crm.example/*', body: {due: 5}}]", "ok"),
        ("[{url: '*', method: GET}, {url: '*', status: 500}]", "failed"),
        ("[{url: '*', status: 404}]", "not-found"),
        ("[{url: '*', fails: refused}]", "failed"),
        ("[{url: '*', fails: timeout}]", "timeout"),
        ("[{url: '*', takes: 1m}]", "timeout"),
        ("[{url: 'https://crm.example/a?n=%2B12025550143', body: {due: 5}}]", "ok"),
    ],
)
def test_answers_over_http(given: str, exit: str) -> None:
    flow = one(HTTP, "ok", "failed", "timeout", "not-found")
    asked = "{method: POST, url: 'https://crm.example/a?n=%2B12025550143', body: {x: 1}}"
    written = f"given: {{http: {given}}}\nsteps: []\nexpect: {{path: [a -> {exit}, to-{exit}], http: [{asked}]}}"
    assert failures(written, flow) == ""


def test_an_answer_takes_its_time_and_may_come_once() -> None:
    both = {"first": {**HTTP, "exits": {"ok": "second", "failed": "end"}},
            "second": {**HTTP, "exits": {"ok": "end", "failed": "end"}}, "end": END}  # fmt: skip
    flow = Bundle.of(a_flow(both, start="first"))
    given = "given: {http: [{url: '*', once: true, takes: 3s}, {url: '*', status: 500}]}"
    written = f"{given}\nsteps: []\nexpect: {{path: [first -> ok, second -> failed, end]}}"
    assert failures(written, flow) == ""
    assert ran(written, flow).heard[-1].at_s == 3.0


def test_what_nobody_answers_fails_the_case() -> None:
    assert failures("steps: [hang up]", one(HTTP, "ok", "failed")) == (
        "step 1, hang up: the flow asks POST https://crm.example/a?n=%2B12025550143, and `given.http` has no answer to "
        "it; add one"
    )
    assert failures("steps: []", one(HTTP, "ok", "failed")).startswith("after the last step: the flow asks POST")


@pytest.mark.parametrize(
    ("payment", "path"),
    [
        ("paid", "pay -> paid, end"),
        ("unknown", "pay -> unknown, end"),
        ("[declined, paid]", "pay -> declined, ..., pay -> paid, end"),
        ("[declined, unavailable]", "pay -> declined, ..., pay -> failed, end"),
    ],
)
def test_payments(payment: str, path: str) -> None:
    again = f", {CARD_KEYS}" * ("declined" in payment)
    expect = f"path: [..., {path}], secret: [card, expiry, code], payment: {{amount: 1250, currency: USD}}"
    assert failures(f"given: {{payment: {payment}}}\nsteps: [{CARD_KEYS}{again}]\nexpect: {{{expect}}}", SHOP) == ""


def test_a_payment_leaves_its_reference_and_four_digits() -> None:
    expect = "expect: {variables: {payment_reference: paid-2, card_last4: '4242'}}"
    assert failures(f"given: {{payment: [declined, paid]}}\nsteps: [{CARD_KEYS}, {CARD_KEYS}]\n{expect}", SHOP) == ""


@pytest.mark.parametrize(
    ("node", "exits", "given", "steps", "exit"),
    [
        (CALLBACK, ("booked", "failed", "declined"), "", "press: 1", "booked"),
        (CALLBACK, ("booked", "failed", "declined"), "callback: failed", "press: 1", "failed"),
        (CALLBACK, ("booked", "failed", "declined"), "callback: [number, ok]",
         "press: 1, press: '12025550144#', press: 1", "booked"),
        (VOICEMAIL, ("saved", "empty", "failed"), "", "say: please call me back", "saved"),
        (VOICEMAIL, ("saved", "empty", "failed"), "", "speak: 20s, press: '#'", "saved"),
        (VOICEMAIL, ("saved", "empty", "failed"), "", "speak: 10m", "saved"),
        (VOICEMAIL, ("saved", "empty", "failed"), "", "silence", "empty"),
        (VOICEMAIL, ("saved", "empty", "failed"), "", "press: '#'", "empty"),
        (VOICEMAIL, ("saved", "empty", "failed"), "voicemail: failed", "speak: 20s", "failed"),
        (TRANSFER, ("answered", "failed", "busy"), "", "", "answered"),
        (TRANSFER, ("answered", "failed", "busy"), "transfer: busy", "", "busy"),
        (TRANSFER, ("answered", "failed", "busy"), "transfer: no-answer", "", "no-answer"),
        (CALLER, ("known", "unknown", "vip", "failed"), "", "", "unknown"),
        (CALLER, ("known", "unknown", "vip", "failed"), "facts: {name: Ann}", "", "known"),
        (CALLER, ("known", "unknown", "vip", "failed"), "facts: {vip: true}", "", "vip"),
        (CALLER, ("known", "unknown", "vip", "failed"), "facts: failed", "", "failed"),
    ],
)  # fmt: skip
def test_the_world_answers_as_given(node: Any, exits: tuple[str, ...], given: str, steps: str, exit: str) -> None:
    written = f"given: {{{given}}}\nsteps: [{steps}]\nexpect: {{path: [a -> {exit}, ...]}}"
    assert failures(written, one(node, *exits)) == ""


def test_what_was_told_of_recording_and_promised() -> None:
    flow = one({"kind": "consent", "ask": "no"}, "next")
    assert failures("steps: []\nexpect: {recording: {on: true, given: announced}}", flow) == ""
    promise = one({"kind": "promise", "reference": "'A-1'", "day": "'2026-03-20'"}, "saved", "failed")
    assert failures("steps: []\nexpect: {promise: {on: 2026-03-20, reference: A-1}}", promise) == ""


def test_facts_are_those_of_a_look_up() -> None:
    days = "given: {clock: 2026-03-10, facts: {calls: 3, last_call_at: 2026-03-02}}"
    assert (
        failures(f"{days}\nsteps: []\nexpect: {{variables: {{caller_days_since: 8}}}}", one(CALLER, "known", "unknown"))
        == ""
    )


def test_who_hangs_up_after_a_message_has_left_it() -> None:
    flow = one(VOICEMAIL, "saved", "empty", "failed")
    expect = "expect: {voicemail: {box: support, length_s: 20.0}, outcome: voicemail, path: [a -> saved, to-saved]}"
    assert failures(f"steps: [speak: 20s, hang up]\n{expect}", flow) == ""
    assert failures("steps: [hang up]\nexpect: {voicemail: none, end: caller hung up}", flow) == ""


def test_places_in_the_queue_are_told_one_after_the_other() -> None:
    wait = {
        "tell": {"kind": "place", "exits": {"next": "music"}},
        "music": {"kind": "music", "seconds": 20, "exits": {"next": "tell"}},
    }
    flow = Bundle.of(
        one({"kind": "queue", "queue": "sales"}, "done", "unavailable").flow, a_flow(wait, name="wait", start="tell")
    )
    written = (
        "given: {queue: {position: [3, 2, 1], p50: 1m, p90: 3m}}\nsteps: [wait: 70s]\nexpect: {prompts: [..., %s]}"
    )
    assert failures(written % "ahead-1, ..., ahead-0, ...", flow) == ""


# ------------------------------------------------------------------------------------------------ how it is said


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ("{path: [welcome, choose]}", "path: does not go as expected; 'choose' is missing in its place\n"
         "  expected: [welcome, choose]\n  was:      [welcome -> next, opening-hours -> open, choose -> sales, sales, "
         "wait:music]"),
        ("{path: [welcome -> next]}", "path: goes on after what is expected\n  expected: [welcome -> next]\n"
         "  was:      [welcome -> next, opening-hours -> open, choose -> sales, sales, wait:music]"),
        ("{prompts: [..., goodbye]}", "prompts: does not go as expected; 'goodbye' is missing in its place\n"
         "  expected: [..., goodbye]\n  was:      [welcome, main-menu, please-wait]"),
        ("{not_heard: [please-wait, press one]}", "not_heard: 'please-wait' was said: 00:01  "
         "\"Please wait for somebody.\"\n"
         "not_heard: 'press one' was said: 00:00  \"For sales press one.\""),
        ("{variables: {a: 1, language: es}}", "variables: a is not set, should be 1; set are agent, intent, language\n"
         'variables: language is "en", should be "es"'),
        ("{variables: {a: null}}", ""),
        ("{queue: support}", 'queue: queue is "sales", should be "support"'),
        ("{queue: {priority: 1, skills: [a]}}", "queue: priority is 0, should be 1\n"
         "queue: skills is [], should be [\"a\"]"),
        ("{queue: {priority: true}}", "queue: priority is 0, should be true"),
        ("{callback: {queue: sales}}", 'callback: there is none, should be {"queue": "sales"}'),
        ("{callback: none, payment: none, survey: none, http: []}", ""),
        ("{http: [{url: x}]}", "http: 0 requests, should be 1: none"),
        ("{survey: {csat: 5}}", 'survey: answers are {}, should be {"csat": 5}'),
        ("{secret: [a]}", 'secret: keys were taken in secret at [], should be at ["a"]'),
        ("{end: hung up}", "end: is 'queued', should be 'hung up'"),
        ("{cause: 16, outcome: closed}", 'cause: is null, should be 16\noutcome: is null, should be "closed"'),
        ("{language: es, intent: buy}", 'language: is "en", should be "es"\nintent: is "sales", should be "buy"'),
    ],
)  # fmt: skip
def test_what_is_otherwise_is_said(expect: str, said: str) -> None:
    assert failures(f"steps: [press: 1]\nexpect: {expect}") == said


def test_none_where_there_was_one() -> None:
    assert failures("steps: [press: 1]\nexpect: {queue: none}").startswith(
        'queue: should not be, but is {"kind": "enqueue", "queue": "sales", "since":'
    )


def test_times_may_be_written_in_any_way() -> None:
    written = "steps: [interrupt: 1]\nexpect: {queue: {since: %s}}"
    for same in ("2026-03-02T15:00:00Z", "2026-03-02 10:00 America/New_York", "'2026-03-02T16:00:00+01:00'"):
        assert failures(written % same) == ""
    assert failures(written % "2026-03-02T15:00:01Z").startswith(
        'queue: since is "2026-03-02T15:00:00+00:00", should be'
    )


def test_a_failed_case_tells_what_was_heard_and_the_path() -> None:
    result = ran("steps: [press: 1]\nexpect: {queue: support}")
    assert result.told() == (
        '  queue: queue is "sales", should be "support"\n'
        "  heard\n"
        '    00:00  "Welcome."\n'
        '    00:00  "For sales press one."\n'
        "    00:01  ~ waiting in queue sales\n"
        '    00:01  "Please wait for somebody."\n'
        "  path\n"
        "    welcome -> next\n"
        "    opening-hours -> open\n"
        "    choose -> sales\n"
        "    sales\n"
        "    wait:music"
    )


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ("[a, b, c]", True),
        ("[..., c]", True),
        ("[a, ...]", True),
        ("[...]", True),
        ("[a, ..., a]", False),
        ("[..., b, ..., c, ...]", True),
        ("[..., c, ..., b]", False),
        ("[]", False),
        ("[a, ..., ..., b, c]", True),
    ],
)
def test_dots_stand_for_anything(wanted: str, fits: bool) -> None:
    flow = one({"kind": "play", "prompts": ["a", "b", "c"]}, "next")
    assert (failures(f"steps: []\nexpect: {{prompts: {wanted}}}", flow) == "") == fits
