"""Makes the sets of utterances: `python -m bench.speech.build` speaks what is not spoken yet into build/speech/.

Each saying is spoken by two voices in turn, so that each voice has its share of every menu.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bench.speech.line import RATE, Samples, trimmed
from bench.speech.texts import SETS, Saying, sayings
from bench.speech.voices import VOICES, speaker
from sim.phones.audio import read_wav, write_wav

FOLDER: Final = Path("build/speech")
SPOKEN_BY: Final = 2
STRIDE: Final = 3  # from one voice of a saying to the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """A saying by a voice. `seed` makes its level and its noise."""

    saying: Saying
    voice: str
    seed: int

    @property
    def file(self) -> Path:
        name = hashlib.sha256(f"{self.voice}\0{self.saying.text}".encode()).hexdigest()[:16]
        return FOLDER / "utterances" / f"{name}.wav"

    def speech(self) -> Samples:
        return read_wav(self.file)


def utterances(name: str) -> list[Utterance]:
    """Return the utterances of the set `name`, by those of its voices that are installed here."""
    voices = [voice for voice in VOICES[name] if speaker(voice) is not None]
    return [
        Utterance(saying=saying, voice=voices[(turn + STRIDE * again) % len(voices)], seed=2 * turn + again)
        for turn, saying in enumerate(sayings(name))
        for again in range(min(SPOKEN_BY, len(voices)))
    ]


def build(name: str) -> list[Utterance]:
    """Speak the set `name` and return its utterances."""
    wanted = utterances(name)
    for done, utterance in enumerate(sorted(wanted, key=lambda one: one.voice), 1):  # one model at a time
        if not utterance.file.exists():
            speak = speaker(utterance.voice)
            assert speak is not None
            utterance.file.parent.mkdir(parents=True, exist_ok=True)
            samples = trimmed(*speak(utterance.saying.text))
            part = utterance.file.with_suffix(".part")
            write_wav(part, samples / np.abs(samples).max() * 0.7, RATE)
            part.replace(utterance.file)
        if sys.stderr.isatty() or done % 50 == 0 or done == len(wanted):
            print(f"\r{name}: {done} of {len(wanted)} utterances", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return wanted


if __name__ == "__main__":
    for each in SETS:
        build(each)
