"""From the readings of an utterance to what the caller wants, with a score on the scale that menus judge by.

A reading counts by its phrase, if it is one, else by what the classifier makes of it. Readings are averaged: what only
one of them heard is halved. `score` combines that with how sure the recogniser was of its words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import sqrt
from typing import Final

from callcenter.spoken import Reading
from ivr.happenings import Heard
from ivr.nodes.confirming import ACCEPT, CONFIRM
from ivr.speech.phrases import Match, Phrases, match

# Chosen on the development set of bench/speech, never on the held-out one (docs/speech.md has the figures). A phrase
# that is less alike than this is left to the classifier; without a classifier, it is no phrase.
ALIKE: Final = 0.85
# Raw scores from which a caller is asked back, and from which they are believed.
RAW_CONFIRM: Final = 0.42
RAW_ACCEPT: Final = 0.52
SCALE: Final = ((0.0, 0.0), (RAW_CONFIRM, CONFIRM), (RAW_ACCEPT, ACCEPT), (1.0, 1.0))


def decide(readings: Sequence[Reading], phrases: Phrases) -> Heard:
    """Return what was heard: the likeliest exit with its score 0..1, and the surest reading's text.

    The exit is "" where nothing of ours was understood; the text is "" too where nobody said a word.
    """
    if not readings:
        return Heard()
    totals: dict[str, float] = {}
    for reading in readings:
        for choice, share in _shares(reading, phrases).items():
            totals[choice] = totals.get(choice, 0.0) + share / len(readings)
    text = max(readings, key=lambda reading: reading.confidence).text
    choice = max((name for name in totals if name), key=totals.__getitem__, default="")
    if not choice:
        return Heard(text=text)
    sure = sum(reading.confidence for reading in readings) / len(readings)
    return Heard(choice=choice, score=on_scale(totals[choice] * sqrt(sure)), text=text)


def _shares(reading: Reading, phrases: Phrases) -> Mapping[str, float]:
    """Return for each exit how likely this reading means it."""
    said = match(reading.text, phrases)
    if not _is_phrase(said):
        return reading.intents
    rest = {choice: share * (1 - said.likeness) for choice, share in reading.intents.items()}
    return {**rest, said.choice: rest.get(said.choice, 0.0) + said.likeness}


def _is_phrase(said: Match) -> bool:
    return said.likeness >= ALIKE and said.likeness > said.rival


def on_scale(raw: float) -> float:
    """Return a raw score on the scale of menus, straight from point to point of SCALE.

    >>> on_scale(RAW_CONFIRM), on_scale(RAW_ACCEPT), on_scale(1.2)
    (0.4, 0.8, 1.0)
    """
    for (low, at_low), (high, at_high) in pairwise(SCALE):
        if raw < high:
            return at_low + (at_high - at_low) * (raw - low) / (high - low)
    return 1.0
