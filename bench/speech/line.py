"""The telephone line of the evaluation: band, level, noise and G.711 µ-law. Pure and seeded."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import soxr

from callcenter import ulaw

Samples = npt.NDArray[np.float32]  # -1..1

RATE: Final = 8000
BAND_HZ: Final = (300, 3400)
LEVELS_DB: Final = (-26.0, -16.0)  # active speech, relative to full scale: quiet and loud talkers
BEFORE_S: Final = 0.6  # the caller breathes in
AFTER_S: Final = 2.0
ACTIVE_DB: Final = -35.0  # below the peak: what counts as speech
LINE_NOISE_DB: Final = -65.0  # a quiet line is not digital silence
WINDOW: Final = RATE // 100


def trimmed(samples: Samples, rate: int) -> Samples:
    """Return speech at RATE in the telephone's band, without silence before and after."""
    speech = soxr.resample(samples, rate, RATE) if rate != RATE else samples
    spectrum = np.fft.rfft(speech)
    hertz = np.fft.rfftfreq(speech.size, 1 / RATE)
    spectrum[(hertz < BAND_HZ[0]) | (hertz > BAND_HZ[1])] = 0
    speech = np.fft.irfft(spectrum, speech.size)
    active = np.flatnonzero(_active(speech))
    return speech[active[0] * WINDOW : (active[-1] + 1) * WINDOW].astype(np.float32)


def on_the_line(speech: Samples, snr_db: float | None, seed: int) -> Samples:
    """Return `speech` as the far end hears it, with a pause before and after; `snr_db` None: a quiet line."""
    rng = np.random.default_rng(seed)
    loudness = 10 ** (rng.uniform(*LEVELS_DB) / 20)
    speech = speech * (loudness / _rms(speech[np.repeat(_active(speech), WINDOW)]))
    before, after = round(BEFORE_S * RATE), round(AFTER_S * RATE)
    padded = np.pad(speech, (before, after))
    noise = _pink(padded.size, rng)
    level = 10 ** (LINE_NOISE_DB / 20) if snr_db is None else loudness * 10 ** (-snr_db / 20)
    return ulaw.decode(ulaw.encode((padded + noise * level).astype(np.float32)))


def _active(speech: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    """Return for each 10 ms whether somebody speaks."""
    power = np.square(speech[: speech.size // WINDOW * WINDOW]).reshape(-1, WINDOW).mean(axis=1)
    return np.asarray(power > power.max() * 10 ** (ACTIVE_DB / 10))


def _rms(samples: npt.NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))


def _pink(size: int, rng: np.random.Generator) -> npt.NDArray[np.floating]:
    """Return noise in the telephone's band with 3 dB less each octave, as in a car or a street; its level is 1."""
    spectrum = np.fft.rfft(rng.standard_normal(size))
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    spectrum[(hertz < BAND_HZ[0]) | (hertz > BAND_HZ[1])] = 0
    noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(hertz, BAND_HZ[0])), size)
    return noise / _rms(noise)
