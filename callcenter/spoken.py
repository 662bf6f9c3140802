"""Spoken words as they are compared: small letters, no accents or punctuation, contractions in full, no fillers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

# How a recogniser writes depends on how it was said; an author of phrases should not have to think of it.
CONTRACTIONS: Final = (
    (re.compile(r"\b(?:can not|cannot|cant|can't)\b"), "can not"),
    (re.compile(r"\b(?:wont|won't)\b"), "will not"),
    (re.compile(r"\b(do|does|did|is|are|was|were|would|should|could|have|has|had)n'?t\b"), r"\1 not"),
    (re.compile(r"\b(i|you|we|they)'ve\b"), r"\1 have"),
    (re.compile(r"\b(i|you|he|she|we|they)'d\b"), r"\1 would"),
    (re.compile(r"\b(i|you|he|she|it|we|they)'ll\b"), r"\1 will"),
    (re.compile(r"\bi'?m\b"), "i am"),
    (re.compile(r"\b(you|we|they)'re\b"), r"\1 are"),
    (re.compile(r"\b(that|it|what|there|where|who|here)'?s\b"), r"\1 is"),
    (re.compile(r"\blet'?s\b"), "let us"),
    (re.compile(r"\b(?:gonna)\b"), "going to"),
    (re.compile(r"\b(?:wanna)\b"), "want to"),
)
FILLERS: Final = frozenset({"um", "uh", "uhm", "er", "erm", "hmm", "mm", "ah", "oh", "please", "eh", "euh", "este"})

REPEATED_WORDS: Final = 8

_APOSTROPHES = re.compile("[\u2018\u2019\u02bc`]")
_NOT_WORDS = re.compile(r"[^\w\s]|_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way a recogniser read an utterance. `confidence` and the values of `intents` (by exit, "" none) are 0..1."""

    text: str = field(repr=False)
    confidence: float
    intents: Mapping[str, float] = field(default_factory=dict)


def plain(text: str) -> str:
    """Return `text` as it is compared; "" if nothing is left of it. What is said twice in a row counts once.

    >>> plain("Um, I'd like to pay – it's ¡Útil!"), plain("No, no, no. That's wrong. That's wrong.")
    ('i would like to pay it is util', 'no that is wrong')
    """
    text = _APOSTROPHES.sub("'", text.casefold())
    for pattern, full in CONTRACTIONS:
        text = pattern.sub(full, text)
    letters = unicodedata.normalize("NFKD", _NOT_WORDS.sub(" ", text))
    words = "".join(letter for letter in letters if not unicodedata.combining(letter)).split()
    return " ".join(_once([word for word in words if word not in FILLERS]))


def _once(words: list[str]) -> list[str]:
    """Leave out what repeats the words just before it: people do, and a recogniser that hears noise does."""
    for size in range(min(REPEATED_WORDS, len(words) // 2), 0, -1):
        start = 0
        while start + 2 * size <= len(words):
            if words[start : start + size] == words[start + size : start + 2 * size]:
                del words[start : start + size]
            else:
                start += 1
    return words
