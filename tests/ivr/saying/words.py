"""What is heard of a value, in words, and what others say for it: num2words is the oracle."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from num2words import num2words

from ivr.saying import GRAMMARS, pieces, spell
from ivr.saying.pieces import MAX_NUMBER

LANGUAGES = tuple(GRAMMARS)
TEXTS: Mapping[str, Mapping[str, str]] = {language: pieces(language) for language in LANGUAGES}
language = st.sampled_from(LANGUAGES)
amounts = st.one_of(st.integers(0, 2_000), st.integers(0, 99_999_999), st.integers(0, MAX_NUMBER))


def said(kind: str, value: Any, language: str, **more: Any) -> str:
    """Return what is heard, in words. Every key is a piece of the language."""
    return " ".join(TEXTS[language][key] for key in spell(kind, value, language, **more))


def oracle(value: int, language: str) -> str:
    """Return the words of num2words as our callers say them."""
    text: str = num2words(value, lang=language)
    if language == "en":
        return text.replace(" and ", " ").replace(",", "")  # as in the United States
    if language == "es":  # it says "veintiuno mil" and "treinta y uno mil": before mil they lose their o (RAE)
        return re.sub(r"\buno(?= mil)", "un", text.replace("veintiuno mil", "veintiún mil"))
    return text
