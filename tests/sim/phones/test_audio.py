"""µ-law, tones and WAV files of simulated phones."""

from pathlib import Path

import numpy as np
import pytest

from sim.phones.audio import (
    FRAME,
    RATE,
    Samples,
    ToneEar,
    decode_ulaw,
    encode_ulaw,
    pure_tone,
    read_wav,
    rms,
    tone,
    write_wav,
)
from sim.phones.plans import TONES, tone_hz


def noise(seconds: float, level: float, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).normal(0, level, round(seconds * RATE)).astype(np.float32)


def through_a_line(samples: Samples) -> Samples:
    return decode_ulaw(encode_ulaw(samples))


def test_every_code_of_ulaw_is_its_own_image() -> None:
    codes = bytes(range(256))
    assert encode_ulaw(decode_ulaw(codes)) == codes.replace(b"\x7f", b"\xff")  # two codes for zero


def test_ulaw_keeps_the_sound_within_its_noise() -> None:
    sound = tone(440, 0.5) + noise(0.5, 0.01)
    assert rms(through_a_line(sound) - sound) < 0.02 * rms(sound)


def test_ulaw_clips_what_is_too_loud() -> None:
    assert abs(through_a_line(np.array([3.0, -3.0], dtype=np.float32))).max() < 1.0


@pytest.mark.parametrize("index", range(TONES))
def test_each_agents_tone_is_recognised_through_a_line(index: int) -> None:
    sound = through_a_line(tone(tone_hz(index), 0.02) + noise(0.02, 0.005))
    assert pure_tone(sound) == tone_hz(index)


@pytest.mark.parametrize(
    "sound",
    [np.zeros(FRAME, dtype=np.float32), noise(0.02, 0.1), tone(1336, 0.02) + tone(697, 0.02), noise(0.02, 0.0005)],
    ids=["silence", "noise", "key 2", "hum"],
)
def test_what_is_no_tone(sound: Samples) -> None:
    assert pure_tone(sound) is None


def test_a_tone_counts_after_a_tenth_of_a_second_from_its_beginning() -> None:
    ear = ToneEar({1850: "agent 2"})
    frame = tone(1850, 0.02)
    assert [ear.hear(frame, i * 0.02) for i in range(6)] == [None, None, None, None, ("agent 2", 0.0), None]


def test_an_interrupted_tone_begins_anew() -> None:
    ear = ToneEar({1850: "agent 2"})
    frames = [tone(1850, 0.02)] * 4 + [noise(0.02, 0.1)] + [tone(1850, 0.02)] * 5
    heard = [ear.hear(frame, i * 0.02) for i, frame in enumerate(frames)]
    assert heard == [None] * 9 + [("agent 2", 0.1)]


def test_a_tone_of_nobody_is_not_heard() -> None:
    ear = ToneEar({1850: "agent 2"})
    assert [ear.hear(tone(1900, 0.02), 0.0) for _ in range(10)] == [None] * 10


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 48_000])
def test_wav_files_of_any_rate_are_read(tmp_path: Path, rate: int) -> None:
    time = np.arange(rate) / rate
    write_wav(tmp_path / "a.wav", (0.25 * np.sin(2 * np.pi * 1000 * time)).astype(np.float32), rate)
    sound = read_wav(tmp_path / "a.wav")
    assert sound.size == RATE
    assert rms(sound - tone(1000, 1.0)) < 0.01
