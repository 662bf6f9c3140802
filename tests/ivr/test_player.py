"""Flows played in a terminal, and what was played kept as test cases."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from ivr.bundle import Bundle
from ivr.player import Played, play
from ivr.session import CallInfo
from ivr.testing.call import Situation
from ivr.testing.files import load_cases, to_text
from ivr.testing.runner import run_case
from tests.ivr.made_up import END, a_flow
from tests.ivr.testing.made_up_calls import CENTRE, VOICE, one


def played(*typed: str, bundle: Bundle = CENTRE, speech: bool = False) -> tuple[Played, list[str]]:
    """What was played by typing `typed`, and every line and question shown."""
    lines, shown = iter(typed), []

    def ask(question: str) -> str | None:
        shown.append(question)
        return next(lines, None)

    call = CallInfo(call_id="1.1", caller="+12025550143", did="+12025550100")
    situation = Situation(call=call, at=datetime(2026, 3, 2, 15, tzinfo=UTC), voice=VOICE, speech=speech)
    return play(bundle, situation, ask, shown.append), shown


def shown(*typed: str, bundle: Bundle = CENTRE, speech: bool = False) -> list[str]:
    return played(*typed, bundle=bundle, speech=speech)[1]


def test_prompts_are_shown_with_their_time_and_keys_are_asked_for() -> None:
    assert shown("1", "agent", "leave") == [
        '00:00  "Welcome."',
        '00:00  "For sales press one."',
        "00:01  keys> ",
        "00:01  ~ waiting in queue sales",
        '00:01  "Please wait for somebody."',
        "00:03  music, keys 1> ",
        "00:03  ~ an agent answers",
        "00:03  talk> ",
        '00:03  "Goodbye."',
        "00:03  x hung up, cause 16",
    ]


def test_the_end_of_input_is_a_hang_up() -> None:
    session, lines = played()
    assert lines[-1] == "00:01  x the caller hung up"
    assert session.seen.end == "caller hung up"


def test_what_cannot_happen_now_is_explained() -> None:
    lines = shown("agent", "12x", "speak long", "1", "7", "hello", "agent", "1", "hangup")
    assert [line for line in lines if line.startswith("  ")] == [
        "  no agent can answer: choose waits for an answer; type keys, an empty line for silence, or hangup",
        "  type keys, an empty line for silence, or hangup",
        "  type keys, an empty line for silence, or hangup",
        "  the music at wait:music takes 1; type an empty line for the end of the music, wait 90s, agent, gone, full, "
        "late, or hangup",
        "  type an empty line for the end of the music, wait 90s, agent, gone, full, late, or hangup",
        "  nobody takes keys: the caller talks with an agent; type leave, gone, wait 90s, or hangup",
    ]


SPOKEN = {
    "kind": "menu",
    "prompts": ["main-menu"],
    "choices": {"bill": {"keys": ["1"], "phrases": {"en": ["pay my bill"]}}, "agent": {"keys": ["0"]}},
}
ASKS: dict[str, Any] = {
    "look": {"kind": "caller", "exits": {"known": "ask", "unknown": "ask"}},
    "ask": {
        "kind": "http",
        "url": "https://crm.example/{caller}",
        "results": {"balance": "balance"},
        "exits": {"ok": "menu", "failed": "end"},
    },
    "menu": {**SPOKEN, "exits": {"bill": "queue", "agent": "queue", "failed": "end"}},
    "queue": {"kind": "queue", "queue": "sales", "exits": {"done": "end", "unavailable": "end"}},
    "end": END,
}
ASKING = Bundle.of(
    a_flow(ASKS, start="look"),
    a_flow(
        {
            "place": {"kind": "place", "exits": {"next": "music"}},
            "music": {"kind": "music", "exits": {"next": "place"}},
        },
        name="wait",
        start="place",
    ),
)


def test_what_the_flow_asks_of_the_world_is_asked_here() -> None:
    lines = shown("name=Ann vip=true debts=2", '200 {"balance": 1250}', "1", "3 60s 180s", "wait 2m", bundle=ASKING)
    assert [line for line in lines if line.endswith("> ")] == [
        "       who calls? (name=… vip=true …, nothing: a stranger, failed)> ",
        '       GET https://crm.example/%2B12025550143 (200 {"some": "JSON"}, timeout)> ',
        "00:01  keys> ",
        "       place in the queue? (3, or 3 60s 180s with the wait, nothing: not known)> ",
        "00:02  music> ",
        "02:02  music> ",
    ]


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        (
            ("name=Ann vip=true", '200 {"balance": 1250}', "1", "3 1m 3m", "wait 2m", "agent", "leave"),
            {
                "facts": {"name": "Ann", "vip": True},
                "http": {"body": {"balance": 1250}},
                "queues": {"sales": {"position": 3, "p50": "1m", "p90": "3m"}},
            },
        ),
        (("failed", "200 {", "timeout", ""), {"facts": "failed", "http": {"fails": "timeout"}}),
        (("", "404", ""), {"http": {"status": 404}}),
        (("",), {"http": {}}),
    ],
)
def test_what_was_answered_is_given_in_the_recorded_case(typed: Sequence[str], given: dict[str, Any]) -> None:
    session, _ = played(*typed, bundle=ASKING)
    plain = session.as_case().to_plain()["given"]
    asked = {"url": "https://crm.example/%2B12025550143", "method": "GET", "once": True}
    assert {name: value for name, value in plain.items() if name != "clock"} == {
        **given,
        "http": [{**asked, **given["http"]}],
    }


@pytest.mark.parametrize(
    ("bundle", "speech", "typed"),
    [
        (CENTRE, False, ["1", "agent", "leave"]),
        (CENTRE, False, ["34711#", "wait 10m", "gone", "agent", "leave"]),
        (CENTRE, False, ["", "9", "", "wait 90", "hangup"]),
        (CENTRE, False, ["1", "full"]),
        (CENTRE, False, ["1", "wait 5", "late"]),
        (CENTRE, False, []),
        (ASKING, False, ["name=Ann", '200 {"balance": 1}', "1", "2", "agent", "hangup"]),
        (ASKING, True, ["", "", "I want to pay my bill", "", "", "", "hangup"]),
        (one(SPOKEN, "bill", "agent", "failed"), True, ["nonsense words", "0"]),
    ],
)
def test_a_recorded_case_passes_on_the_flow_it_was_recorded_on(bundle: Bundle, speech: bool, typed: list[str]) -> None:
    session, _ = played(*typed, bundle=bundle, speech=speech)
    (located,) = load_cases(to_text([session.as_case()]), "x")
    result = run_case(bundle, located.case, VOICE)
    assert result.failures == ()
    assert result.heard == session.heard


def test_a_recorded_case_is_called_by_what_the_caller_did() -> None:
    assert played("", "", "3", "4711#", "wait 90")[0].as_case().name == (
        "A caller is silent, is silent, presses 3, presses 4711#, waits 1m 30s, hangs up"
    )
    assert played("1")[0].as_case("Sales").name == "Sales"


@pytest.mark.parametrize("caller", ["", "+12025550143"])
def test_the_way_of_a_split_is_given_in_the_recorded_case(caller: str) -> None:
    bundle = one({"kind": "split", "weights": {"short": 50, "long": 50}}, "short", "long")
    exits = set()
    for number in range(20):  # of a caller without a number it hangs on the call
        call = CallInfo(call_id=f"1.{number}", caller=caller)
        situation = Situation(call=call, at=datetime(2026, 3, 2, 15, tzinfo=UTC), voice=VOICE)
        case = play(bundle, situation, lambda question: None, lambda line: None).as_case()
        exits.add(case.given.split["a"])
        assert run_case(bundle, case, VOICE).failures == ()
    assert len(exits) == (1 if caller else 2)


@pytest.mark.parametrize("typed", ["\x00", "\ud800", "pay\u2028"])
def test_what_cannot_be_printed_is_nothing_that_callers_say(typed: str) -> None:
    session, lines = played("1", typed, "agent", "leave", speech=True)
    assert "  type an empty line for the end of the music, wait 90s, agent, gone, full, late, or hangup" in lines
    assert "presses 1, an agent answers" in session.as_case().name
