"""Random flows of all kinds, random happenings: nothing raises, and no caller is left without a next thing."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr import commands as c
from ivr import happenings as h
from ivr.bundle import Bundle
from ivr.engine import Turn, resume, start
from ivr.flow import Flow, read
from ivr.happenings import Happening
from ivr.nodes import KINDS
from ivr.session import ACCEPTS, OF_THE_QUEUE, CallInfo, EndKind, Session, Wait
from tests.ivr.made_up import NOW, OFFICE, WAIT, path

IDS = ("a", "b", "c", "d", "e", "f")
HOURS = {"timezone": "America/New_York", "weekly": {"mon": ["09:00-17:00"]}}
CARD = {"card_number": "4242424242424242", "card_expiry": "1227", "card_code": "123"}

# Of each kind one node or a few that can do all that the kind can.
NODES: dict[str, list[dict[str, Any]]] = {
    "play": [{"prompts": ["x", {"say": "money", "value": "n", "currency": "USD"}]}],
    "say": [{"prompts": [{"say": "number", "value": "n"}]}],
    "menu": [
        {"prompts": ["x"], "choices": {"one": {"keys": ["1", "#"]}}},
        {"prompts": ["x"], "choices": {"one": {"keys": ["1"], "phrases": {"en": ["one"]}, "prompt": "y"}}},
    ],
    "collect": [
        {"prompts": ["x"], "into": "n", "min_digits": 2, "max_digits": 4, "confirm": True},
        {"prompts": ["x"], "into": "n", "takes": "amount", "currency": "USD", "minimum": "1", "maximum": "n"},
        {"prompts": ["x"], "into": "day", "takes": "date", "confirm": True},
        {"prompts": ["x"], "into": "card_number", "takes": "card", "confirm": True},
        {"prompts": ["x"], "into": "card_expiry", "takes": "expiry"},
        {"prompts": ["x"], "into": "card_code", "takes": "code"},
    ],
    "language": [{"offers": [{"language": "en", "key": "1"}, {"language": "sv", "key": "2"}]}],
    "hours": [{"hours": HOURS}, {"hours": {"timezone": "UTC", "holidays": ["2026-03-02"]}}],
    "branch": [
        {"cases": [{"when": "n > 5", "exit": "one"}, {"when": "caller_known", "exit": "next"}]},
        {"cases": [{"when": "language == 'fr'", "exit": "one"}]},
    ],
    "set": [{"variables": {"n": "n * n + 1"}}, {"variables": {"n": "2"}, "intent": "x"}],
    "split": [{"weights": {"one": 50, "next": 50}}],
    "caller": [{"languages": ["en", "fr"]}],
    "http": [{"url": "https://a.example/{n}", "results": {"n": "n"}}],
    "queue": [{"queue": "sales"}, {"queue": "sales", "wait_flow": ""}, {"queue": "sales", "agent": "n + 1"}],
    "music": [{"keys": {"1": "one"}}],
    "place": [{}],
    "callback": [{"queue": "sales"}, {"queue": "sales", "when": "ask", "hours": HOURS}],
    "voicemail": [{"box": "x", "review": True}],
    "transfer": [{"destination": "x"}],
    "consent": [{"ask": "yes"}, {}],
    "survey": [{"comment": True}],
    "payment": [{"amount": "n", "currency": "USD", "reference": "'x'"}],
    "promise": [{"reference": "'x'", "day": "day"}],
    "subflow": [{"flow": "inner", "arguments": {"n": "n"}, "results": {"n": "n"}}, {"flow": "nowhere"}],
    "return": [{"by": "one"}],
    "hangup": [{}],
}
EXITS = sorted(
    {
        *("next", "open", "closed", "holiday", "done", "failed", "unavailable", "timeout", "one", "silence", "invalid"),
        *("else", "error", "known", "unknown", "vip", "ok", "not-found", "booked", "declined", "saved", "empty"),
        *("answered", "busy", "no-answer", "refused", "paid"),
    }
)


VARIANTS = [{"kind": kind, **fields} for kind, nodes in NODES.items() for fields in nodes]
LANGUAGES = ("", "en", "es", "sv")
NUMBERS = ("+14155550143", "+12025550143", "", "anonymous")
VALUES = (None, 7, "7", 1250, True, 0.5, "2026-03-20")
KEYS = ("", "1", "2", "3", "*", "#", "9", "4711", "12*50", "4242424242424242", "1227", "123", "030426", "1430", "٣")
FACTS = {"name": "Ann", "vip": True, "calls": 3, "language": "fr", "last_call_at": "2026-03-01T00:00:00+00:00"}
BODIES = (None, {}, {"n": 3}, {"n": []}, "text", [{"n": 1}])
SCORES = (0.0, 0.3, 0.5, 1.0)


def a_flow(name: str, rng: Random) -> Flow:
    """Some of six nodes; most exits lead to one of them."""
    ids = IDS[: rng.randint(1, len(IDS))]
    ways = (*ids, *ids, "gone")
    nodes = {
        node: {**rng.choice(VARIANTS), "exits": {exit: rng.choice(ways) for exit in EXITS if rng.random() < 0.95}}
        for node in ids
    }
    return read({"name": name, "start": "a", "nodes": nodes})


def a_bundle(rng: Random) -> Bundle:
    if rng.random() < 0.05:
        return Bundle.of(OFFICE, WAIT)
    return Bundle.of(*(a_flow(name, rng) for name in ("main", "inner", "wait")))


def a_call(rng: Random) -> CallInfo:
    return CallInfo(
        call_id="1.1",
        caller=rng.choice(NUMBERS),
        did="+12025550100",
        language=rng.choice(LANGUAGES),
        variables={name: rng.choice(VALUES) for name in ("n", "day") if rng.random() < 0.7},
        since=NOW - timedelta(minutes=5) if rng.random() < 0.3 else None,
    )


# How each kind of happening may look.
HAPPENINGS: dict[type[Happening], Callable[[Random], Happening]] = {
    h.Digits: lambda rng: h.Digits(keys=rng.choice(KEYS), terminated=rng.random() < 0.5),
    h.Heard: lambda rng: h.Heard(choice=rng.choice(("", "one", "yes", "no", "5")), score=rng.choice(SCORES)),
    h.NoInput: lambda rng: h.NoInput(),
    h.AgentConnected: lambda rng: h.AgentConnected(),
    h.AgentLeft: lambda rng: h.AgentLeft(agent=rng.choice(("", "11"))),
    h.ConnectFailed: lambda rng: h.ConnectFailed(),
    h.QueueFailed: lambda rng: h.QueueFailed(reason=rng.choice(("timeout", "unavailable", "?"))),
    h.Placed: lambda rng: h.Placed(
        position=rng.choice((None, 0, 1, 5, 20)),
        p50_s=rng.choice((None, 0.0, 90.0)),
        p90_s=rng.choice((None, 0.0, 200.0, 1e5)),
        reserved=rng.random() < 0.2,
    ),
    h.Known: lambda rng: h.Known(facts={name: fact for name, fact in FACTS.items() if rng.random() < 0.5}),
    h.Fetched: lambda rng: h.Fetched(status=rng.choice((200, 404, 500)), body=rng.choice(BODIES)),
    h.Recorded: lambda rng: h.Recorded(file="a b", length_s=rng.choice((0.0, 3.0, 99.5)), hung_up=rng.random() < 0.2),
    h.Paid: lambda rng: h.Paid(reference="P-1", last4="4242"),
    h.Transferred: lambda rng: h.Transferred(status=rng.choice(("answered", "busy", "no-answer", "failed", "?"))),
    h.Done: lambda rng: h.Done(),
    h.Failed: lambda rng: h.Failed(reason=rng.choice(("timeout", "declined", "unknown", "number", "unavailable"))),
    h.HungUp: lambda rng: h.HungUp(),
}
# What a turn asked for is mostly answered by this; now and then by anything.
MEANT: dict[type[c.Command], tuple[type[Happening], ...]] = {
    c.Collect: (h.Digits, h.Digits, h.Heard, h.NoInput),
    c.Music: (h.NoInput, h.Digits, h.AgentConnected, h.AgentLeft, h.ConnectFailed, h.QueueFailed),
    c.AskPlace: (h.Placed,),
    c.LookUp: (h.Known, h.Failed),
    c.Fetch: (h.Fetched, h.Failed),
    c.Record: (h.Recorded, h.NoInput),
    c.KeepVoicemail: (h.Done, h.Failed),
    c.BookCallback: (h.Done, h.Failed),
    c.Pay: (h.Paid, h.Failed),
    c.Promise: (h.Done, h.Failed),
    c.Transfer: (h.Transferred, h.Failed),
}


def a_happening(turn: Turn, rng: Random) -> Happening:
    kinds = MEANT.get(type(turn.commands[-1]) if turn.commands else c.Hangup)
    if kinds is None or rng.random() < 0.15:
        kinds = tuple(kind for kind in HAPPENINGS if kind is not h.HungUp or rng.random() < 0.2)
    return HAPPENINGS[rng.choice(kinds)](rng)


# What may be the last command of a turn that waits so, and is then answered.
ANSWERED: dict[Wait, tuple[type[c.Command], ...]] = {
    Wait.KEYS: (c.Collect, c.Music),
    Wait.AGENT: (c.Music,),
    Wait.RESULT: (
        *(c.AskPlace, c.LookUp, c.Fetch, c.Record, c.KeepVoicemail, c.BookCallback, c.Pay, c.Promise, c.Transfer),
    ),
}
ENDS = (c.Hangup, c.Fallback)


def next_thing(turn: Turn) -> bool:
    """Whether the caller has a next thing: a wait that is answered, a talk, or an end that says how."""
    session, last = turn.session, turn.commands[-1] if turn.commands else None
    if turn.waiting_for is Wait.NOTHING:
        ended = session.end is not None and session.secrets == {}
        return ended and (isinstance(last, ENDS) or ((session.end or 0) and session.end.kind is EndKind.CALLER))  # type: ignore[union-attr,return-value]
    if turn.waiting_for is Wait.TALK:
        return turn.commands == () and session.queued
    return isinstance(last, ANSWERED[turn.waiting_for]) and session.end is None


def no_silent_question(turn: Turn) -> bool:
    return all(command.prompts for command in turn.commands if isinstance(command, c.Collect | c.Record))


def stored(session: Session) -> Session:
    """The session as it comes out of the store: without its secrets."""
    return Session.from_json(json.loads(json.dumps(session.to_json(), allow_nan=False)))


def test_the_flows_are_made_of_every_kind() -> None:
    assert set(NODES) == set(KINDS)
    assert {kind.value for kind in Wait} - {wait.value for wait in ANSWERED} == {"talk", "nothing"}


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_happening_in_every_state_of_every_flow_leads_on(seed: int) -> None:
    rng = Random(seed)
    bundle, now = a_bundle(rng), NOW
    turn = start(bundle, a_call(rng), now)
    assert next_thing(turn)
    if turn.session.end is None and rng.random() < 0.5:
        turn = replace(turn, session=replace(turn.session, secrets=CARD))
    for _ in range(30):
        happening = a_happening(turn, rng)
        session = stored(turn.session) if rng.random() < 0.2 else turn.session  # the process was started again
        now += timedelta(seconds=rng.choice((0, 1, 30, 3_600)))
        accepted = type(happening) in ACCEPTS[session.wait] or (
            session.queued and session.end is None and type(happening) in OF_THE_QUEUE
        )
        turn = resume(bundle, session, happening, now)
        assert no_silent_question(turn)
        if accepted:
            assert next_thing(turn), path(turn)
        else:
            assert (turn.session, turn.commands) == (session, ())
            turn = replace(turn, commands=(c.Hangup(),))  # and nothing is asked anew
        if turn.waiting_for is Wait.NOTHING and rng.random() < 0.8:
            break


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_turn_depends_on_its_arguments_alone(seed: int) -> None:
    def run() -> list[Turn]:
        rng = Random(seed)
        bundle = a_bundle(rng)
        turns = [start(bundle, a_call(rng), NOW)]
        for _ in range(10):
            turns.append(resume(bundle, turns[-1].session, a_happening(turns[-1], rng), NOW))
        return turns

    assert run() == run()
