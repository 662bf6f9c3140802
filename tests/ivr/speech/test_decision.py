"""From readings to what the caller wants."""

import pytest

from callcenter.spoken import Reading
from ivr.happenings import Heard
from ivr.nodes.confirming import ACCEPT, CONFIRM
from ivr.speech.decision import RAW_ACCEPT, RAW_CONFIRM, SCALE, decide, on_scale

MENU = {"collections": ("pay my bill",), "agent": ("speak to an agent",)}


def reading(text: str, confidence: float = 0.9, **intents: float) -> Reading:
    return Reading(text=text, confidence=confidence, intents={name.strip("_"): p for name, p in intents.items()})


def test_a_phrase_clearly_said_is_believed() -> None:
    heard = decide([reading("Pay my bill.", collections=0.6, agent=0.1, _=0.3)] * 2, MENU)
    assert (heard.choice, heard.text) == ("collections", "Pay my bill.")
    assert heard.score >= ACCEPT


def test_other_words_are_left_to_the_classifier() -> None:
    heard = decide([reading("I got a letter about money", collections=0.7, agent=0.1, _=0.2)] * 2, MENU)
    assert heard.choice == "collections"
    assert heard.score >= CONFIRM


def test_what_only_one_reading_heard_is_not_believed() -> None:
    readings = [
        reading("I need to have the bill", 0.8, collections=0.9, agent=0.05, _=0.05),
        reading("I need technical help", 0.8, collections=0.1, agent=0.2, _=0.7),
    ]
    assert CONFIRM <= decide(readings, MENU).score < ACCEPT


def test_small_talk_is_nothing_of_ours() -> None:
    heard = decide([reading("The cat is on the roof", collections=0.05, agent=0.15, _=0.8)] * 2, MENU)
    assert heard.score < CONFIRM
    assert heard.text == "The cat is on the roof"


def test_a_mumbled_phrase_scores_less_than_a_clear_one() -> None:
    clear, mumbled = (decide([reading("pay my bill", sure)], MENU).score for sure in (0.9, 0.2))
    assert mumbled < clear


def test_without_a_classifier_only_phrases_count() -> None:
    assert decide([reading("pay my bill")], MENU).score >= ACCEPT
    assert decide([reading("I owe you money")], MENU).choice == ""


@pytest.mark.parametrize("readings", [[], [reading("", 0.0)]])
def test_no_words_mean_nothing(readings: list[Reading]) -> None:
    assert decide(readings, MENU) == Heard(choice="", score=0.0, text="")


def test_the_text_is_that_of_the_surest_reading() -> None:
    assert decide([reading("pay my pill", 0.5), reading("pay my bill", 0.8)], MENU).text == "pay my bill"


def test_a_phrase_of_two_exits_is_left_to_the_classifier() -> None:
    both = {"one": ("agent",), "two": ("agent",)}
    heard = decide([reading("agent", one=0.35, two=0.5, _=0.15)], both)
    assert heard.choice == "two"
    assert heard.score < ACCEPT


def test_the_scale_meets_what_menus_judge_by() -> None:
    assert on_scale(RAW_CONFIRM) == CONFIRM
    assert on_scale(RAW_ACCEPT) == ACCEPT
    assert on_scale(0.0) == 0.0
    values = [on_scale(step / 100) for step in range(130)]
    assert values == sorted(values)
    assert max(values) == 1.0
    assert [raw for raw, _ in SCALE] == sorted(raw for raw, _ in SCALE)
