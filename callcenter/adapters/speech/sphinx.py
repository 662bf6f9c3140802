"""Speech to words by PocketSphinx: a grammar of the menu's phrases. The light option, English only; only in a worker.

Small (140 MB) and good on a clean line where callers say the very phrases they are told; poor in noise. It finds one of
its phrases in nearly anything and cannot say how sure it is, so what it hears is never believed but asked back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import soxr
from pocketsphinx import Decoder

from callcenter.spoken import plain

LINE_RATE: Final = 8_000
RATE: Final = 16_000
PEAK: Final = 0.7
GRAMMAR: Final = "menu"
CONFIDENCE: Final = 0.25  # with a whole phrase this asks back (`ivr.speech.decision`); never enough to be believed
GRAMMARS_MAX: Final = 256


class Sphinx:
    """The model that the package carries."""

    def __init__(self) -> None:
        self._decoder = Decoder(samprate=float(RATE), loglevel="FATAL")
        self._grammars: dict[tuple[str, ...], str] = {}

    def read(self, sound: bytes, phrases: Sequence[Sequence[str]]) -> list[tuple[str, float]]:
        """Return the phrase that is likest to 8 kHz 16-bit `sound`, "" if not a whole one was found."""
        wanted = tuple(sorted({plain(phrase) for ones in phrases for phrase in ones if self._knows(plain(phrase))}))
        if not wanted:
            return [("", 0.0)]
        self._decoder.activate_search(self._grammar(wanted))
        self._decoder.start_utt()
        self._decoder.process_raw(_at_its_rate(sound), full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        said = found.hypstr if found else ""
        return [(said, CONFIDENCE)] if said in wanted else [("", 0.0)]  # it may stop in the middle: "pay my"

    def _knows(self, phrase: str) -> bool:
        """Whether all words of a phrase are in its dictionary; a grammar with another one is refused."""
        return bool(phrase) and all(self._decoder.lookup_word(word) for word in phrase.split())

    def _grammar(self, phrases: tuple[str, ...]) -> str:
        name = self._grammars.get(phrases)
        if name is None:
            if len(self._grammars) >= GRAMMARS_MAX:
                self._forget_grammars()
            name = self._grammars[phrases] = f"{GRAMMAR}{len(self._grammars)}"
            choices = " | ".join(phrases)
            self._decoder.add_jsgf_string(name, f"#JSGF V1.0;\ngrammar {name};\npublic <said> = {choices};\n")
        return name

    def _forget_grammars(self) -> None:
        for name in self._grammars.values():
            self._decoder.remove_search(name)
        self._grammars.clear()


def _at_its_rate(sound: bytes) -> bytes:
    samples = np.frombuffer(sound[: len(sound) // 2 * 2], "<i2").astype(np.float32)
    loudest = max(float(np.abs(samples).max(initial=0)), 1.0)
    resampled = soxr.resample((samples * (PEAK * 32_767 / loudest)).astype(np.float32), LINE_RATE, RATE)
    return bytes(np.clip(resampled, -32_768, 32_767).astype("<i2").tobytes())
