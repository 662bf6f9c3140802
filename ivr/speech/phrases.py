"""Which of a menu's phrases was said: by edit distance, and by finding a phrase within a longer sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from callcenter.spoken import plain

Phrases = Mapping[str, tuple[str, ...]]  # exit -> what a caller may say to take it

# A phrase within a longer sentence counts by the share of the words it takes, but never less than this: "yes I would
# like to pay my bill if I may" is about the bill. One word alone may mean anything in a sentence.
WITHIN: Final = 0.8
WITHIN_WORDS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The phrase nearest to what was said. `likeness` 0..1 (1: the same); `rival`: the likeness of the best phrase of
    another exit."""

    choice: str
    phrase: str
    likeness: float
    rival: float


NONE: Final = Match(choice="", phrase="", likeness=0.0, rival=0.0)


def match(text: str, phrases: Phrases) -> Match:
    """Return the phrase nearest to `text`.

    >>> match("I want to pay my pill.", {"pay": ("pay my bill",), "other": ("operator",)}).phrase
    'pay my bill'
    """
    said = plain(text)
    if not said:
        return NONE
    best = {
        choice: max((likeness(said, plain_once(one)), one) for one in ones) for choice, ones in phrases.items() if ones
    }
    ranked = sorted(((near, phrase, choice) for choice, (near, phrase) in best.items()), reverse=True)
    if not ranked:
        return NONE
    near, phrase, choice = ranked[0]
    return Match(choice=choice, phrase=phrase, likeness=near, rival=ranked[1][0] if len(ranked) > 1 else 0.0)


def likeness(said: str, phrase: str) -> float:
    """Return how much two texts in plain words are alike, 0..1.

    >>> likeness("pay my bill", "pay my bill"), round(likeness("pay my pill", "pay my bill"), 2)
    (1.0, 0.91)
    """
    if not said or not phrase:
        return 0.0
    whole = 1 - distance(said, phrase) / max(len(said), len(phrase))
    return max(whole, _within(said, phrase))


def _within(said: str, phrase: str) -> float:
    """Return the likeness of `phrase` to the words of `said` that hold it whole; 0 if none do."""
    count = phrase.count(" ") + 1
    if count < WITHIN_WORDS or f" {phrase} " not in f" {said} ":
        return 0.0
    return WITHIN + (1 - WITHIN) * count / (said.count(" ") + 1)


def distance(one: str, other: str) -> int:
    """Return how many letters must be added, removed or changed to turn one text into the other (Levenshtein).

    All rows of a column at once, as bits of one whole number: Myers 1999, in the form of Hyyrö 2001.

    >>> distance("kitten", "sitting"), distance("", "abc"), distance("same", "same")
    (3, 3, 0)
    """
    if not one:
        return len(other)
    places: dict[str, int] = {}
    for index, letter in enumerate(one):
        places[letter] = places.get(letter, 0) | 1 << index
    mask, last = (1 << len(one)) - 1, 1 << len(one) - 1
    plus, minus, score = mask, 0, len(one)
    for letter in other:
        equal = places.get(letter, 0)
        diagonal = (((equal & plus) + plus) ^ plus) | equal | minus
        up = minus | ~(diagonal | plus) & mask
        down = diagonal & plus
        score += bool(up & last) - bool(down & last)
        up = up << 1 | 1
        plus = (down << 1 | ~(diagonal | up)) & mask
        minus = up & diagonal & mask
    return score


@lru_cache(maxsize=4096)
def plain_once(phrase: str) -> str:
    """`plain` of an author's phrase, which is asked for again and again."""
    return plain(phrase)
