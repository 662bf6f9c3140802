"""Voices of simulated people: no words, but the band and rhythm of speech. Pure and seeded.

No 20 ms of them are one pure line of the spectrum, so nobody takes them for an agent (see `audio.pure_tone`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from sim.phones.audio import RATE, Samples, tone

LEVEL: Final = 0.15  # root mean square before stress, about -16 dBm0
LOW_HZ: Final = 200
HIGH_HZ: Final = 3000
SYLLABLE_S: Final = 0.2  # four to six syllables a second is how people talk
WORD_S: Final = (0.2, 0.6)
GAP_S: Final = 0.1  # between two words
LEAD_S: Final = 0.3  # from lifting the receiver to the first sound
# A machine's beep: one line, below the agents' tones and no pair of lines as a key has.
BEEP_HZ: Final = 1000
BEEP_S: Final = 0.4


def hello(seconds: float, voice: int) -> Samples:
    """Return what a person says who answers: silence for a moment, then one word that lasts `seconds`."""
    return np.concatenate((_silence(LEAD_S), _sound(seconds, voice)))


def machine(seconds: float, voice: int) -> Samples:
    """Return what a machine says: a greeting of many words and `seconds`, then its beep."""
    greeting = _sound(seconds, voice) * _words(round(seconds * RATE), np.random.default_rng(voice))
    return np.concatenate((_silence(LEAD_S), greeting, _silence(LEAD_S), tone(BEEP_HZ, BEEP_S)))


@lru_cache(maxsize=64)
def _sound(seconds: float, voice: int) -> Samples:
    """Noise with the spectrum of speech, stressed syllable by syllable."""
    size = round(seconds * RATE)
    if not size:
        return _silence(0)
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    spectrum = np.fft.rfft(np.random.default_rng(voice).standard_normal(size))
    spectrum[(hertz < LOW_HZ) | (hertz > HIGH_HZ)] = 0
    noise = np.fft.irfft(spectrum / np.maximum(hertz, LOW_HZ), size)  # 6 dB less each octave
    stress = 0.6 - 0.4 * np.cos(2 * np.pi * np.arange(size) / RATE / SYLLABLE_S)
    sound: Samples = (LEVEL * noise / np.sqrt(np.mean(noise**2)) * stress).astype(np.float32)
    return sound


def _words(size: int, rng: np.random.Generator) -> Samples:
    """1 in words, 0 between them."""
    words = np.zeros(size, dtype=np.float32)
    start = 0
    while start < size:
        end = start + round(rng.uniform(*WORD_S) * RATE)
        words[start:end] = 1
        start = end + round(GAP_S * RATE)
    return words


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), dtype=np.float32)
