"""Recorded calls on a changed flow: where callers would have gone instead, and where nobody knows."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.bundle import Bundle
from ivr.flow import Flow, read
from ivr.nodes.entries import ENTRIES, Rules
from ivr.testing.call import VirtualCall
from ivr.testing.caller import CannotHappen, Listener, act
from ivr.testing.replay import Move, Replayed, counted, replay, right_keys
from ivr.testing.runner import situation_of
from ivr.testing.world import GivenWorld
from ivr.trail import Trail
from tests.doubles import Gone
from tests.ivr.made_up import END, OFFICE, a_flow
from tests.ivr.service import office
from tests.ivr.testing.made_up_calls import CENTRE, VOICE, a_case


def recorded(written: str, bundle: Bundle = CENTRE) -> Trail:
    """The trail of a call, as it comes out of the store. A step that cannot happen is left out."""
    case = a_case(written)
    call = VirtualCall(bundle, situation_of(case, VOICE), GivenWorld(case.given))
    listener = Listener(call)
    for step in case.steps:
        with contextlib.suppress(CannotHappen):
            act(call, listener, step)
    call.settle()
    return Trail.from_json(json.loads(json.dumps(call.trail.to_json())))


def changed(flow: Flow = OFFICE, **nodes: Any) -> Bundle:
    """The flows with some nodes replaced, added or (None) taken out."""
    plain = flow.canonical()
    kept = {**plain["nodes"], **nodes}
    plain["nodes"] = {name: node for name, node in kept.items() if node is not None}
    return Bundle(main=OFFICE.name, flows={**CENTRE.flows, flow.name: read(plain)})


def moved(written: str, now: Bundle, before: Bundle = CENTRE) -> list[str]:
    return told(replay(recorded(written, before), before, now))


def told(one: Replayed) -> list[str]:
    return [f"{move.place}: {move.before} | {move.now}" for move in one.moves]


CHOOSE = OFFICE.canonical()["nodes"]["choose"]
SERVED = "steps: [press: 1, wait: 2m, agent: answers, agent: leaves]"
ACCOUNT = "steps: [press: 3, press: '4711#', wait: 1m, agent: answers, agent: leaves]"


@pytest.mark.parametrize(
    "written",
    [
        SERVED,
        ACCOUNT,
        "steps: [hang up]",
        "steps: [press: 9, silence, press: 8]",
        "steps: [press: 1, wait: 10m, hang up]",
        "given: {queue: {unavailable: true}}\nsteps: [press: 2]",
    ],
)
def test_on_the_same_flow_everything_goes_the_same_way(written: str) -> None:
    one = replay(recorded(written), CENTRE, CENTRE)
    assert one.moves == ()
    assert one.before == one.now


STEPS = st.lists(
    st.sampled_from(
        [
            "press: 1",
            "press: 3",
            "press: 9",
            "press: '4711#'",
            "silence",
            "wait: 70s",
            "agent: answers",
            "agent: leaves",
        ]
    ),
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_whatever_callers_did_the_replay_goes_where_they_went(steps: list[str]) -> None:
    trail = recorded(f"steps: [{', '.join((*steps, 'hang up'))}]")
    one = replay(trail, CENTRE, CENTRE)
    assert one.moves == ()
    assert one.before.unknown == ""
    here = {node for _, flow, node in trail.to_json()[0]["open"] if flow == OFFICE.name}
    assert {place for place, ways in one.before.left.items() if ways[-1] == "" and ":" not in place} == here


def test_exits_that_lead_elsewhere() -> None:
    now = changed(choose={**CHOOSE, "exits": {**CHOOSE["exits"], "sales": "support"}})
    assert moved(SERVED, now) == ["choose: sales → sales | sales → support", "(queue): sales | support"]
    assert moved(ACCOUNT, now) == []


def test_a_key_that_means_something_else() -> None:
    choices = {**CHOOSE["choices"], "sales": {"keys": ["3"]}, "collections": {"keys": ["1"]}}
    now = changed(choose={**CHOOSE, "choices": choices})
    assert moved(ACCOUNT, now) == [
        "choose: collections → ask-account | sales → sales",
        "(queue): collections | sales",
    ]


def test_a_key_that_means_nothing_any_more() -> None:
    choices = {name: choice for name, choice in CHOOSE["choices"].items() if name != "sales"}
    now = changed(choose={**CHOOSE, "choices": choices})
    assert moved(SERVED, now) == [
        "choose: sales → sales | not known: asked again",
        "(end): hung up at end | not known: asked at choose",
    ]


def test_a_question_that_is_new() -> None:
    news = {
        "kind": "menu",
        "prompts": ["x"],
        "choices": {"on": {"keys": ["1"]}},
        "exits": {"on": "choose", "failed": "end"},
    }
    hours = OFFICE.canonical()["nodes"]["opening-hours"]
    now = changed(news=news, **{"opening-hours": {**hours, "exits": {**hours["exits"], "open": "news"}}})
    one = replay(recorded(SERVED), CENTRE, now)
    assert told(one) == [
        "opening-hours: open → choose | open → news",
        "(end): hung up at end | not known: asked at news",
    ]
    assert one.now.unknown == "not known: asked at news"


def test_something_said_in_between_changes_no_answer() -> None:
    now = changed(
        welcome={"kind": "play", "prompts": ["welcome"], "exits": {"next": "news"}},
        news={"kind": "play", "prompts": ["x"], "exits": {"next": "opening-hours"}},
    )
    assert moved(ACCOUNT, now) == ["welcome: next → opening-hours | next → news"]


def test_a_question_that_is_gone() -> None:
    now = changed(
        choose={**CHOOSE, "exits": {**CHOOSE["exits"], "collections": "collections"}}, **{"ask-account": None}
    )
    assert moved(ACCOUNT, now) == ["choose: collections → ask-account | collections → collections"]


def test_questions_in_another_order() -> None:
    ask = OFFICE.canonical()["nodes"]["ask-account"]
    hours = OFFICE.canonical()["nodes"]["opening-hours"]
    now = changed(
        choose={**CHOOSE, "exits": {**CHOOSE["exits"], "collections": "collections"}},
        **{
            "ask-account": {**ask, "exits": {**ask["exits"], "done": "choose"}},
            "opening-hours": {**hours, "exits": {**hours["exits"], "open": "ask-account"}},
        },
    )
    one = replay(recorded(ACCOUNT), CENTRE, now)
    assert (one.now.end, one.now.queues, one.now.unknown) == ("hung up at end", ("collections",), "")


def test_a_node_that_only_bears_another_name_is_the_same() -> None:
    plain = OFFICE.canonical()
    text = json.dumps(plain).replace('"choose"', '"main-choice"')
    now = Bundle(main=OFFICE.name, flows={**CENTRE.flows, OFFICE.name: read(json.loads(text))})
    assert moved(ACCOUNT, now) == []


def test_another_wait_flow_is_waited_in_as_long() -> None:
    wait = {
        "talk": {"kind": "play", "prompts": ["x"], "exits": {"next": "tune"}},
        "tune": {"kind": "music", "seconds": 7, "exits": {"next": "talk"}},
    }
    now = Bundle.of(OFFICE, a_flow(wait, start="talk", name="wait"))
    for written in (SERVED, "steps: [press: 1, wait: 10m, hang up]"):
        one = replay(recorded(written), CENTRE, now)
        assert told(one) in ([], ["(end): caller hung up at wait:music | caller hung up at wait:tune"])
        assert one.now.unknown == ""
        assert len(one.now.left["wait:tune"]) > 15


def test_who_hung_up_is_not_thought_to_answer() -> None:
    news = {
        "kind": "menu",
        "prompts": ["x"],
        "choices": {"on": {"keys": ["1"]}},
        "exits": {"on": "sales", "failed": "end"},
    }
    now = changed(news=news, choose={**CHOOSE, "exits": {**CHOOSE["exits"], "sales": "news"}})
    assert moved("steps: [press: 1, wait: 2m, hang up]", now) == [
        "choose: sales → sales | sales → news",
        "(end): caller hung up at wait:music | not known: asked at news",
    ]


def test_a_caller_who_did_not_wait_before_waits_now() -> None:
    choices = {**CHOOSE["choices"], "bye": {"keys": ["5"]}}
    before = changed(choose={**CHOOSE, "choices": choices, "exits": {**CHOOSE["exits"], "bye": "end"}})
    now = changed(choose={**CHOOSE, "choices": choices, "exits": {**CHOOSE["exits"], "bye": "sales"}})
    assert moved("steps: [press: 5]", now, before) == [
        "choose: bye → end | bye → sales",
        "(end): hung up at end | waits on in sales",
    ]


# ------------------------------------------------------------------------------- what other systems have answered

LOOK = {"kind": "caller", "exits": {"known": "ask", "unknown": "end"}}
ASK = {
    "kind": "http",
    "url": "https://crm.example/x",
    "results": {"due": "due"},
    "exits": {"ok": "branch", "failed": "end"},
}
CASHIER = a_flow(
    {
        "look": LOOK,
        "ask": ASK,
        "branch": {
            "kind": "branch",
            "cases": [{"when": "due > 100", "exit": "much"}],
            "exits": {"much": "end", "else": "low"},
        },
        "low": END,
        "end": END,
    },
    start="look",
)
GIVEN = "given: {facts: {name: Ann}, http: [{url: '*', body: {due: 50}}]}\nsteps: []"


def cashier(**nodes: Any) -> Bundle:
    plain = CASHIER.canonical()
    return Bundle.of(read({**plain, "nodes": {**plain["nodes"], **nodes}}))


def test_answers_of_other_systems_are_given_again() -> None:
    branch = CASHIER.canonical()["nodes"]["branch"]
    now = cashier(branch={**branch, "cases": [{"when": "due > 10", "exit": "much"}]})
    assert moved(GIVEN, now, cashier()) == [
        "branch: else → low | much → end",
        "(end): hung up at low | hung up at end",
    ]


def test_what_is_known_of_a_caller_is_known_at_any_node() -> None:
    now = cashier(look={**LOOK, "exits": {"known": "again", "unknown": "end"}}, again={**LOOK})
    assert moved(GIVEN, now, cashier()) == ["look: known → ask | known → again"]


def test_a_request_that_is_new_is_not_answered() -> None:
    now = cashier(ask={**ASK, "exits": {"ok": "other", "failed": "end"}}, other={**ASK, "exits": ASK["exits"]})
    assert moved(GIVEN, now, cashier()) == [
        "ask: ok → branch | ok → other",
        "(end): hung up at low | not known: answer to fetch at other",
    ]


CARD = {"kind": "collect", "prompts": ["x"], "takes": "card", "into": "card", "exits": {"done": "end", "failed": "low"}}


def test_keys_given_in_secret_are_right_ones() -> None:
    before = Bundle.of(a_flow({"a": CARD, "end": END, "low": END}))
    trail = recorded("steps: [press: '4242424242424242#']", before)
    assert "4242" not in json.dumps(trail.to_json())
    now = Bundle.of(a_flow({"a": {**CARD, "exits": {"done": "low", "failed": "end"}}, "end": END, "low": END}))
    assert told(replay(trail, before, now)) == ["a: done → end | done → low", "(end): hung up at end | hung up at low"]


@pytest.mark.parametrize(
    ("takes", "counts"), [("card", range(12, 20)), ("expiry", [4]), ("code", [3, 4]), ("digits", [1, 8])]
)
def test_right_keys_are_taken(takes: str, counts: Any) -> None:
    trail = recorded("steps: []")
    rules = Rules(today=trail.began_at.date())
    for count in counts:
        keys = right_keys(takes, count, trail.began_at)
        assert len(keys) == count
        ENTRIES[takes].mean(keys, rules)


async def test_what_a_call_on_a_line_left_behind_is_replayed() -> None:
    centre = office.Office()
    keys = {"main-menu": ["3"], "enter-account": ["4"], "wait": ["7", "1", "1", "#", "", "", Gone()]}
    await centre.call(keys)
    await centre.back("SUCCESS")
    record = centre.store.sessions[office.CALL]
    flows = {name: read(stored.body) for (name, _), stored in centre.store.flows.items()}
    before = Bundle(main=record.flow, flows=flows, versions=record.versions)
    one = replay(Trail.from_json(record.inputs), before, before)
    assert (one.moves, one.before.end, one.before.queues) == ((), "hung up at end", ("collections",))
    plain = flows["main"].canonical()
    plain["nodes"]["ask-account"]["exits"]["failed"] = "say-goodbye"
    now = Bundle(main=record.flow, flows={**flows, "main": read(plain)})
    assert told(replay(Trail.from_json(record.inputs), before, now)) == [
        "ask-account: failed → no-account | failed → say-goodbye",
        "(queue): collections | none",
    ]


# ------------------------------------------------------------------------------------------------------ counted


def test_moves_are_counted_by_call() -> None:
    now = changed(choose={**CHOOSE, "exits": {**CHOOSE["exits"], "sales": "support"}})
    replays = [replay(recorded(written), CENTRE, now) for written in (SERVED, SERVED, ACCOUNT)]
    assert counted(replays) == [
        (Move(place="(queue)", before="sales", now="support"), 2),
        (Move(place="choose", before="sales → sales", now="sales → support"), 2),
    ]
