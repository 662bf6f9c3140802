"""What is heard of a prompt key, and for how long, in every language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ivr.prompts import Catalogue

SPEECH_SUFFIX: Final = "--speech"  # of the wording of a prompt where callers may speak
MISSING_S: Final = 1.0


@dataclass(slots=True)
class Voice:
    """Speaks from the catalogues, by language. One is shared by many calls: it remembers how long things take."""

    catalogues: Mapping[str, Catalogue]
    _heard: dict[tuple[str, str, bool], tuple[str, str, str, float]] = field(default_factory=dict)

    def said(self, key: str, language: str, *, spoken: bool = False) -> tuple[str, str, str, float]:
        """Return (key without language, language, text, seconds) of what is heard of `key`.

        `spoken`: the question may be answered by words. A prompt that is missing is heard as its key in brackets.
        """
        found = self._heard.get((key, language, spoken))
        if found is None:
            found = self._heard[key, language, spoken] = self._find(key, language, spoken)
        return found

    def knows(self, key: str) -> bool:
        """Whether there is such a prompt in some language."""
        bare = key.rpartition("/")[2]
        return any(bare in catalogue.texts for catalogue in self.catalogues.values())

    def _find(self, key: str, language: str, spoken: bool) -> tuple[str, str, str, float]:
        named, _, bare = key.rpartition("/")
        language = named or language
        catalogue = self.catalogues.get(language)
        worded = f"{bare}{SPEECH_SUFFIX}"
        if catalogue is None or bare not in catalogue.texts:
            return bare, language, f"[{language}/{bare}]", MISSING_S
        wording = worded if spoken and worded in catalogue.texts else bare
        return bare, language, catalogue.text(wording), catalogue.length_s(wording)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something the caller heard, `at_s` seconds after the call began.

    `key` empty: not heard but worth telling, such as that they now wait in a queue. `cut`: not to its end.
    """

    at_s: float
    text: str
    key: str = ""
    language: str = ""
    cut: bool = False

    def __str__(self) -> str:
        minutes, seconds = divmod(int(self.at_s), 60)
        text = f'"{self.text}"{" (cut off)" * self.cut}' if self.key else self.text
        return f"{minutes:02}:{seconds:02}  {text}"
