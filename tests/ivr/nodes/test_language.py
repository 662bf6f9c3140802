"""language: one key per language, each offered in its own words."""

from typing import Any

import pytest

from callcenter.errors import FlowError
from ivr.happenings import Digits, Heard, NoInput
from ivr.session import CallInfo
from tests.ivr.made_up import a_flow, a_node, path, played, said

OFFERS = [
    {"language": "en", "key": "1"},
    {"language": "es", "key": "2"},
    {"language": "fr", "key": "3", "prompt": "this-language-press-3"},
]
NODE = {"kind": "language", "offers": OFFERS}
ALL = ("en/choose-language", "es/choose-language", "fr/this-language-press-3")


def test_every_language_is_offered_in_its_own_words() -> None:
    assert said(played(a_node(NODE, "next"))) == ALL
    assert [key for _, key in a_flow({"a": NODE}).nodes["a"].prompts_used()] == list(ALL)


@pytest.mark.parametrize(("key", "language"), [("1", "en"), ("2", "es"), ("3", "fr")])
def test_the_call_goes_on_in_the_language_of_the_key(key: str, language: str) -> None:
    turn = played(a_node(NODE, "next"), Digits(keys=key))
    assert (path(turn), turn.session.language) == ([f"a -> next ({language})", "to-next"], language)


@pytest.mark.parametrize("nothing", [NoInput(), Digits(keys="9"), Digits(keys=""), Heard(choice="es", score=1.0)])
def test_who_chooses_none_stays_in_the_language_they_were_in(nothing: Any) -> None:
    info = CallInfo(call_id="1", language="fr")
    assert said(played(a_node(NODE, "next"), nothing, call=info)) == ALL
    turn = played(a_node(NODE, "next"), nothing, nothing, call=info)
    assert path(turn) == ["a -> failed (no language chosen, try 2 of 2)", "to-next"]
    assert turn.session.language == "fr"
    assert path(played(a_node(NODE, "next", "failed"), nothing, nothing))[1] == "to-failed"


def test_one_offer_is_no_question() -> None:
    turn = played(a_node({"kind": "language", "offers": [{"language": "es"}]}, "next"))
    assert (path(turn), turn.session.language) == (["a -> next", "to-next"], "es")


@pytest.mark.parametrize(
    ("second", "fault"),
    [
        ({"language": "en", "key": "2"}, "language en is offered twice"),
        ({"language": "es", "key": "1"}, "key 1 is offered twice"),
        ({"language": "es"}, "several offers need a key each"),
    ],
)
def test_what_is_offered_twice_is_refused(second: dict[str, str], fault: str) -> None:
    with pytest.raises(FlowError, match=fault):
        a_flow({"a": {"kind": "language", "offers": [OFFERS[0], second]}})
