"""Steady noise goes, speech stays."""

import numpy as np
import pytest

from callcenter.adapters.speech.noise import WINDOW, quieted

RATE = 8000


def noise(seconds: float, level: float, seed: int = 3) -> np.ndarray:
    return (np.random.default_rng(seed).standard_normal(round(seconds * RATE)) * level).astype(np.float32)


def power(samples: np.ndarray) -> float:
    return float(np.mean(np.square(samples)))


def test_steady_noise_becomes_less_and_what_is_said_is_left() -> None:
    pause, said = round(0.4 * RATE), round(1.0 * RATE)
    voice = np.concatenate((np.zeros(pause), np.sin(np.arange(said) * 2 * np.pi * 500 / RATE) / 4, np.zeros(pause)))
    heard = voice.astype(np.float32) + noise(1.8, 0.03)
    cleaner = quieted(heard)
    middle = slice(pause + WINDOW, pause + said - WINDOW)
    assert power(cleaner[WINDOW : pause - WINDOW]) < 0.4 * power(heard[WINDOW : pause - WINDOW])
    assert power(cleaner[middle]) == pytest.approx(power(voice[middle]), rel=0.05)
    assert np.corrcoef(cleaner[middle], voice[middle])[0, 1] > 0.99


@pytest.mark.parametrize("size", [0, 1, 8 * WINDOW - 1, 8 * WINDOW, 8 * WINDOW + 1, 20_001])
def test_the_length_is_kept(size: int) -> None:
    samples = noise(size / RATE, 0.1)[:size]
    assert quieted(samples).size == size
    assert quieted(samples).dtype == np.float32


def test_digital_silence_stays_silent() -> None:
    assert not quieted(np.zeros(RATE, dtype=np.float32)).any()
