"""Which of a menu's phrases was said."""

import random

import pytest

from ivr.speech.phrases import NONE, distance, likeness, match

MENU = {
    "collections": ("pay my bill", "billing"),
    "support": ("technical support", "something is not working"),
    "agent": ("speak to an agent", "operator"),
}


@pytest.mark.parametrize(
    ("said", "choice", "least"),
    [
        ("Pay my bill.", "collections", 1.0),
        ("Pay my pill", "collections", 0.9),
        ("uh, speak to an agent please", "agent", 1.0),
        ("yes I would like to pay my bill now", "collections", 0.85),
        ("Something isn't working", "support", 1.0),
        ("Billing?", "collections", 1.0),
    ],
)
def test_a_phrase_is_found(said: str, choice: str, least: float) -> None:
    found = match(said, MENU)
    assert found.choice == choice
    assert found.likeness >= least
    assert found.likeness > found.rival


@pytest.mark.parametrize("said", ["the weather is nice", "build me a house", "I know the operator's mother", "what"])
def test_other_words_are_like_no_phrase(said: str) -> None:
    assert match(said, MENU).likeness < 0.7


@pytest.mark.parametrize("said", ["", " ", "um", "?!"])
def test_no_words_are_no_phrase(said: str) -> None:
    assert match(said, MENU) == NONE


def test_a_menu_without_phrases_has_none() -> None:
    assert match("pay my bill", {}) == NONE
    assert match("pay my bill", {"collections": ()}) == NONE


def test_the_same_phrase_of_two_exits_is_nobodys() -> None:
    found = match("agent", {"one": ("agent",), "two": ("agent", "operator")})
    assert found.likeness == found.rival == 1.0


def test_one_word_within_a_sentence_means_nothing() -> None:
    assert likeness("my brother is an operator in chicago", "operator") < 0.5


def slow_distance(one: str, other: str) -> int:
    """Levenshtein's distance row by row, as every textbook has it."""
    row = list(range(len(other) + 1))
    for index, letter in enumerate(one, 1):
        above, row = row, [index]
        for place, wanted in enumerate(other, 1):
            row.append(min(above[place] + 1, row[-1] + 1, above[place - 1] + (letter != wanted)))
    return row[-1]


def test_distances_are_those_of_the_textbook() -> None:
    rng = random.Random(7)
    for _ in range(2000):
        one, other = ("".join(rng.choices("abc ", k=rng.randrange(80))) for _ in range(2))
        assert distance(one, other) == slow_distance(one, other)
