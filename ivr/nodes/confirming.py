"""Asking back: "Did you mean a bill? If that is right, press 1." Said by key, or by voice where callers may speak."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from ivr.commands import Collect
from ivr.happenings import Digits, Happening, Heard
from ivr.session import Session

# From this score on what was heard is taken as said; down to CONFIRM the caller is asked whether it was meant; below it
# was not understood. What the score means is the recogniser's business: it reports 0..1 on this scale.
ACCEPT: Final = 0.8
CONFIRM: Final = 0.4

QUESTION: Final = "is-that-right"  # of what was understood
ENTRY_QUESTION: Final = "confirm-entry"  # of what was entered
RIGHT: Final = "1"
WRONG: Final = "2"
TIMEOUT_S: Final = 6.0

_YES_NO: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "en": {
        "yes": (
            *("yes", "yes please", "yeah", "yep", "that is right", "correct", "right", "sure", "that is correct"),
            *("yes that is right", "okay", "exactly", "of course"),
        ),
        "no": (
            *("no", "no thank you", "nope", "that is wrong", "wrong", "no that is not right", "not at all"),
            *("incorrect", "no that is wrong", "that is not what I want", "I said something else", "no it is not"),
        ),
    },
    "es": {
        "yes": ("sí", "sí por favor", "correcto", "eso es", "así es", "claro", "está bien"),
        "no": ("no", "no gracias", "incorrecto", "no es correcto", "no es eso", "está mal"),
    },
    "fr": {
        "yes": ("oui", "oui s'il vous plaît", "c'est exact", "exact", "c'est ça", "c'est correct", "tout à fait"),
        "no": ("non", "non merci", "ce n'est pas ça", "c'est faux", "pas du tout"),
    },
}

T = TypeVar("T")


def in_language(table: Mapping[str, T], language: str) -> T | None:
    """Return what `table` holds for `language`, or for its bare form: en for en-GB.

    >>> in_language({"en": 1, "en-GB": 2}, "en-GB"), in_language({"en": 1}, "en-GB"), in_language({"en": 1}, "es")
    (2, 1, None)
    """
    return table.get(language, table.get(language.partition("-")[0]))


def ask_back(session: Session, prompts: tuple[str, ...]) -> Collect:
    """Return a question of yes (1) or no (2)."""
    return one_key(session, prompts, in_language(_YES_NO, session.language))


def one_key(
    session: Session, prompts: tuple[str, ...], phrases: Mapping[str, tuple[str, ...]] | None = None
) -> Collect:
    """Return a question that one key answers, or one of `phrases`."""
    return Collect(
        prompts=prompts,
        language=session.language,
        max_digits=1,
        timeout_s=TIMEOUT_S,
        inter_digit_s=TIMEOUT_S,
        phrases=phrases or {},
    )


def answer_to(happening: Happening) -> bool | None:
    """Return whether it is right, as the caller says; None: no answer to that."""
    match happening:
        case Digits(keys=keys) if keys in {RIGHT, WRONG}:
            return keys == RIGHT
        case Heard(choice=("yes" | "no") as choice, score=score) if score >= ACCEPT:
            return choice == "yes"
    return None
