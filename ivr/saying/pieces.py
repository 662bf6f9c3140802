"""What spoken numbers and dates are put together from: pieces, each recorded once per language.

Keys of pieces begin with `say-`; a hand-written catalogue has no such keys of its own. Two pieces may read the same and
sound different: French "six" alone and before a consonant, a digit within a group and at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

PREFIX: Final = "say-"
MAX_NUMBER: Final = 999_999_999_999

Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A word or a few that are recorded together.

    `spoken`: what a voice is given instead where the written word would be read wrongly. `ends`: a group of digits or a
    sentence ends here, so the voice falls and a pause follows.
    """

    text: str
    spoken: str = ""
    ends: bool = False


def words(text: str) -> list[str]:
    """Return the words of `text`: a list of them is read more easily as one."""
    return text.split()


def plain(texts: Mapping[str, str]) -> dict[str, Piece]:
    """Return pieces that are spoken as they are written, by key without its prefix."""
    return {PREFIX + key: Piece(text=text) for key, text in texts.items()}


def counted(texts: Iterable[str], form: str = "{}", start: int = 0) -> dict[str, str]:
    """Return texts by their number put into `form`: `counted(["zero", "one"])` is {"0": "zero", "1": "one"}."""
    return {form.format(number): text for number, text in enumerate(texts, start)}


def digit_ends(digits: Iterable[str]) -> dict[str, Piece]:
    """Return the ten digits as they sound at the end of a group."""
    return {f"{PREFIX}{number}-end": Piece(text=text, ends=True) for number, text in enumerate(digits)}


def keys(*names: str | int) -> Keys:
    """Return the keys of pieces named without their prefix."""
    return tuple(f"{PREFIX}{name}" for name in names)


def thousands(number: int) -> tuple[int, int, int, int]:
    """Return billions, millions, thousands and the rest of `number`, each below 1,000.

    >>> thousands(1_002_003)
    (0, 1, 2, 3)
    """
    rest, ones = divmod(number, 1_000)
    rest, thousand = divmod(rest, 1_000)
    billion, million = divmod(rest, 1_000)
    return billion, million, thousand, ones


def in_threes(digits: str) -> Keys:
    """Cut a row of digits as people read it: threes, and a four or a two at the end; up to four together.

    Numbers of 8, 12 and 16 digits, cards above all, are read in fours.

    >>> in_threes("5550100")
    ('555', '0100')
    """
    if len(digits) in {8, 12, 16}:
        return tuple(digits[at : at + 4] for at in range(0, len(digits), 4))
    if len(digits) <= 4:
        return (digits,)
    last = {0: 3, 1: 4, 2: 2}[len(digits) % 3]
    body = digits[:-last]
    return (*(body[at : at + 3] for at in range(0, len(body), 3)), digits[-last:])


def one_by_one(digits: str) -> Keys:
    """Say one group of digits; the voice falls at its end."""
    return keys(*digits[:-1], f"{digits[-1]}-end")
