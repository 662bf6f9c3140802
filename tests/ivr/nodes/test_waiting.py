"""What a waiting caller hears: music and place; and hours, which say when there will be somebody again."""

from datetime import timedelta
from typing import Any

import pytest

from callcenter.errors import FlowError
from ivr.bundle import Bundle
from ivr.commands import AskPlace, Music
from ivr.engine import Turn, resume, start
from ivr.flow import read
from ivr.happenings import AgentLeft, Digits, Failed, Happening, Heard, NoInput, Placed
from ivr.session import Wait
from tests.ivr.made_up import CALL, END, NOW, a_flow, a_node, last, path, played, said


def waiting(nodes: dict[str, Any]) -> Bundle:
    """A queue whose callers are in a wait flow of these nodes."""
    queue = {"kind": "queue", "queue": "sales", "prompts": [], "exits": {"done": "end", "unavailable": "end"}}
    wait = read({"name": "wait", "start": "a", "nodes": nodes})
    return Bundle.of(a_flow({"a": queue, "end": END}), wait)


ROUND = waiting(
    {
        "a": {"kind": "music", "seconds": 20, "exits": {"next": "b"}},
        "b": {"kind": "place", "exits": {"next": "a"}},
    }
)


def after(seconds: int, turn: Turn, happening: Happening) -> Turn:
    return resume(ROUND, turn.session, happening, NOW + timedelta(seconds=seconds))


def test_the_place_is_told_between_pieces_of_music_when_there_is_news() -> None:
    asked = after(20, start(ROUND, CALL, NOW), NoInput())
    assert (last(asked), asked.waiting_for) == (AskPlace(), Wait.RESULT)
    told = after(20, asked, Placed(position=3, p90_s=100))
    assert path(told) == ["wait:b -> next (place 3)", "wait:a"]
    assert said(told) == ("ahead-2", "wait-within-2")
    again = after(41, after(41, told, NoInput()), Placed(position=3, p90_s=100))
    assert said(again) == ()
    better = after(62, after(62, again, NoInput()), Placed(position=1, p90_s=100))
    assert said(better) == ("ahead-0",)
    assert isinstance(last(better), Music)


@pytest.mark.parametrize("answer", [Failed(reason="unavailable"), NoInput(), Placed()])
def test_if_the_place_is_not_known_the_caller_is_not_forgotten(answer: Happening) -> None:
    asked = after(20, start(ROUND, CALL, NOW), NoInput())
    assert said(after(20, asked, answer)) == ("still-waiting",)


def test_nothing_is_said_while_an_agent_is_on_the_way() -> None:
    asked = after(20, start(ROUND, CALL, NOW), NoInput())
    turn = after(20, asked, Placed(position=1, reserved=True))
    assert (path(turn)[0], said(turn)) == ("wait:b -> next (an agent is on the way)", ())
    assert after(21, turn, AgentLeft()).session.end is not None


def test_what_was_told_is_not_handed_over_with_the_call() -> None:
    told = after(20, after(20, start(ROUND, CALL, NOW), NoInput()), Placed(position=3))
    assert any(name.startswith("_told") for name in told.session.variables)
    assert told.session.outer[0].variables == {}


def test_a_flow_that_nobody_waits_in_says_no_place() -> None:
    turn = played(a_node({"kind": "place"}, "next"))
    assert path(turn) == ["a -> next (waits in no queue)", "to-next"]


def test_only_what_is_wanted_is_used() -> None:
    node = a_flow({"a": {"kind": "place", "place": False}}).nodes["a"]
    keys = {key for _, key in node.prompts_used()}
    assert "wait-range" in keys
    assert not any(key.startswith("ahead") for key in keys)


# ------------------------------------------------------------------------------------------------------------ music

MUSIC = {"kind": "music", "seconds": 5, "keys": {"1": "callback", "2": "voicemail", "3": "callback"}}


@pytest.mark.parametrize(
    ("happening", "exit"),
    [
        (NoInput(), "next"),
        (Digits(keys="1"), "callback"),
        (Digits(keys="2"), "voicemail"),
        (Digits(keys="9"), "next"),
        (Digits(keys=""), "next"),
        (Heard(), "next"),
    ],
)
def test_music_ends_by_time_or_key(happening: Happening, exit: str) -> None:
    node = a_node(MUSIC, "next", "callback", "voicemail")
    assert last(played(node)) == Music(seconds=5.0, keys="123")
    assert path(played(node, happening))[1] == f"to-{exit}"


def test_next_is_no_key_of_music() -> None:
    with pytest.raises(FlowError, match="exit 'next' is for the end of the music"):
        a_flow({"a": {"kind": "music", "keys": {"1": "next"}}})


# ------------------------------------------------------------------------------------------------------------ hours


def test_while_closed_a_flow_can_say_when_it_opens() -> None:
    hours = {"timezone": "America/New_York", "weekly": {"tue": ["09:00-17:00"]}}
    item = {"say": "date", "value": "opens_on", "timezone": "America/New_York"}
    flow = a_flow(
        {
            "a": {"kind": "hours", "hours": hours, "exits": {"open": "end", "closed": "b"}},
            "b": {"kind": "say", "prompts": [item, {"say": "time", "value": "opens_at"}], "exits": {"next": "end"}},
            "end": END,
        }
    )
    turn = played(flow)
    assert turn.session.variables == {"opens_on": "2026-03-03", "opens_at": "09:00"}
    assert said(turn) == ("say-tomorrow", "say-9", "say-am")


def test_a_centre_that_never_opens_says_nothing() -> None:
    node = a_node({"kind": "hours", "hours": {"timezone": "UTC"}}, "open", "closed")
    assert played(node).session.variables == {"opens_on": None, "opens_at": None}
