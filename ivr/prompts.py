"""The catalogue of prompts: what is said under each key in one language.

A catalogue is a YAML file `prompts/<language>.yaml`, key → text; the rendered audio is `prompts/<language>/<key>.ulaw`.
Flows and the dialplan name prompts by key only. The pieces that numbers and dates are put together from (`ivr.saying`)
belong to it without being in the file; a file may word one anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from callcenter.errors import ConfigError
from ivr.nodes.words import CATALOGUE_KEY
from ivr.plain import parse
from ivr.saying import PREFIX, pieces

KEY: Final = re.compile(CATALOGUE_KEY)  # also a file name on every system
SPEECH: Final = "--speech"  # ends the key of what is said instead where callers may also speak
MAX_TEXT: Final = 1_000  # characters of one prompt: more than a minute, nobody listens to that
WORDS_PER_MINUTE: Final = 165  # of a calm voice; only for the length a text will take


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All prompts of one language, by key in the order of the file; pieces of numbers and dates last."""

    language: str
    texts: Mapping[str, str]

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self.texts)

    def text(self, key: str) -> str:
        """Return what is said, or the key in brackets: a missing prompt is visible, not silent."""
        return self.texts.get(key, f"[{key}]")

    def length_s(self, key: str) -> float:
        """Return roughly how many seconds it takes to say `key`, for clocks of tests and simulations."""
        return 60.0 * len(self.text(key).split()) / WORDS_PER_MINUTE


def load_catalogue(text: str, language: str) -> Catalogue:
    """Read a catalogue from YAML text; raise ConfigError naming every key that is wrong."""
    texts = wordings(text, language)
    parts = pieces(language)
    return Catalogue(language=language, texts=texts | {key: text for key, text in parts.items() if key not in texts})


def wordings(text: str, language: str) -> dict[str, str]:
    """Return what is written in a catalogue, without the pieces it does not word; raise as `load_catalogue` does."""
    source = f"prompts/{language}.yaml"
    try:
        plain = parse(text)
    except ValueError as error:
        raise ConfigError(f"{source}: {error}") from None
    if not isinstance(plain, dict) or not plain:
        raise ConfigError(f"{source}: must be a list of lines `key: text`")
    faults = [fault for key, value in plain.items() if (fault := _fault(key, value))]
    if faults:
        raise ConfigError(f"{source}: " + "; ".join(faults))
    texts = {key: " ".join(value.split()) for key, value in plain.items()}
    parts = pieces(language)
    misplaced = [fault for key in texts if (fault := _misplaced(key, texts, parts))]
    if misplaced:
        raise ConfigError(f"{source}: " + "; ".join(misplaced))
    return texts


def _misplaced(key: str, texts: Mapping[str, str], parts: Mapping[str, str]) -> str:
    if key.startswith(PREFIX) and key not in parts:
        return f"{key}: no number or date has such a piece; name it otherwise"
    plain = key.removesuffix(SPEECH)
    if plain not in texts:
        return f"{key}: there is no {plain}, which is said where callers cannot speak"
    return ""


def _fault(key: object, value: object) -> str:
    if not isinstance(key, str) or not KEY.fullmatch(key):
        return f"key {key!r} is not made of small letters, digits and hyphens"
    if not isinstance(value, str) or not value.strip():
        return f"{key}: has no text"
    if len(value) > MAX_TEXT:
        return f"{key}: has {len(value)} characters, at most {MAX_TEXT} are said in one go"
    return ""
