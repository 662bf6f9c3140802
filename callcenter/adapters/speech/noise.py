"""Steady noise taken out of an utterance: a car, a fan, a bad line. Pure.

Spectral subtraction: the quietest parts of the utterance (its beginning and end are pauses) say what the noise is like.
Gentle, because a recogniser forgives noise rather than holes in the sound.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

WINDOW: Final = 256  # samples at 8 kHz, 32 ms
HOP: Final = WINDOW // 2
QUIETEST: Final = 0.2  # share of the windows that are taken for noise
FLOOR: Final = 0.1  # of the power is left everywhere, 10 dB
SMOOTH: Final = np.array([0.25, 0.5, 0.25])  # over neighbouring windows

Samples = npt.NDArray[np.float32]


def quieted(samples: Samples) -> Samples:
    """Return `samples` with less of their steady noise; unchanged if they are too short to tell."""
    if samples.size < 8 * WINDOW:
        return samples
    padded = np.pad(samples, (WINDOW, WINDOW + -samples.size % HOP))
    taper = np.hanning(WINDOW + 1)[:WINDOW]
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP] * taper
    spectra = np.fft.rfft(windows)
    power = np.abs(spectra) ** 2
    gain = np.sqrt(np.maximum(1 - _noise(power) / np.maximum(power, 1e-12), FLOOR))
    for line in gain.T:
        line[:] = np.convolve(line, SMOOTH, "same")
    return _joined(np.fft.irfft(spectra * gain, WINDOW), padded.size)[WINDOW : WINDOW + samples.size]


def _noise(power: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the mean power of the quietest windows; those at the edges are half empty and do not count."""
    inner = power[2:-2]
    quietest = np.argsort(inner.sum(axis=1))[: max(4, round(len(power) * QUIETEST))]
    return np.asarray(inner[quietest].mean(axis=0))


def _joined(windows: npt.NDArray[np.float64], size: int) -> Samples:
    sound = np.zeros(size + WINDOW)
    for index, window in enumerate(windows):
        sound[index * HOP : index * HOP + WINDOW] += window
    return sound[:size].astype(np.float32)
