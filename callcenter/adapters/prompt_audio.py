"""Speech of any rate → what Asterisk plays: WAV, 8 kHz, mono, 16 bit, trimmed, all at one level.

pydub does the trimming, the level and the container. It does not resample here: its resampler has no filter, and what
lies above 4 kHz comes back as noise in the voice band (a 6 kHz tone at -9.5 dBFS; soxr leaves it below -57).
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import soxr

from callcenter.errors import CallCenterError

with warnings.catch_warnings():
    # pydub warns at import that ffmpeg is missing (only other formats than WAV need it) and that audioop will be.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment
    from pydub.silence import detect_leading_silence

RATE_HZ: Final = 8_000  # what telephones carry; a higher rate would be thrown away on each call
LEVEL_DBFS: Final = -20.0  # RMS of the speech: common for announcements, 17 dB below what G.711 can carry
LEVEL_WITHIN_DB: Final = 1.0
PEAK_DBFS: Final = -1.0  # nothing is louder than this
KNEE_DBFS: Final = -4.0  # peaks above this are rounded off
PAD_MS: Final = 80  # silence before and after: an abrupt start clicks, and prompts follow one another
SILENCE_DBFS: Final = -50.0
SILENCE_STEP_MS: Final = 5
SHORTEST_MS: Final = 150  # less speech than this is none
_FULL: Final = 32_768.0
ROUNDED_OFF_DB: Final = 3.0  # more gain than this on top, to make up for peaks, is audible distortion

Wave = npt.NDArray[np.float32]


class AudioError(CallCenterError):
    """Audio that cannot become a prompt: silent, damaged, or too uneven for the common level."""

    code = "audio"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """Raw mono sound: 16-bit little-endian samples."""

    rate_hz: int
    samples: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a prompt file is. `level_dbfs` is the RMS of the speech without the silence around it."""

    rate_hz: int
    channels: int
    bits: int
    length_ms: int
    speech_ms: int
    level_dbfs: float
    peak_dbfs: float

    @property
    def is_telephone_wav(self) -> bool:
        return (self.rate_hz, self.channels, self.bits) == (RATE_HZ, 1, 16)

    @property
    def is_silent(self) -> bool:
        return self.speech_ms < SHORTEST_MS


def shape(sound: Sound) -> bytes:
    """Return `sound` as the WAV file of a prompt. The same input gives the same bytes. Raise AudioError."""
    wave = np.frombuffer(sound.samples, "<i2").astype(np.float32) / _FULL
    speech = _trimmed(_segment(soxr.resample(wave, sound.rate_hz, RATE_HZ, quality="VHQ")))
    if len(speech) < SHORTEST_MS:
        raise AudioError(f"holds only {len(speech)} ms of speech")
    silence = AudioSegment.silent(PAD_MS, RATE_HZ)
    file = io.BytesIO()
    (silence + _levelled(speech) + silence).export(file, format="wav")
    return file.getvalue()


def recorded(content: bytes) -> Sound:
    """Return the sound in a WAV file (PCM) of any rate, width and number of channels; raise AudioError."""
    try:
        segment = AudioSegment(content).set_channels(1).set_sample_width(2)
    except Exception as error:  # as in `measure`
        raise AudioError(f"is no WAV file of plain samples (PCM): {error or type(error).__name__}") from None
    return Sound(rate_hz=segment.frame_rate, samples=segment.raw_data)


def measure(path: Path) -> Measure:
    """Measure a prompt file; raise AudioError if it is no WAV file."""
    try:
        with path.open("rb") as file:  # pydub leaves one open that it opens itself
            segment = AudioSegment.from_wav(file)
    except Exception as error:  # pydub lets through whatever its readers stumble over
        raise AudioError(f"is no WAV file: {error or type(error).__name__}") from None
    speech = _trimmed(segment)
    return Measure(
        rate_hz=segment.frame_rate,
        channels=segment.channels,
        bits=8 * segment.sample_width,
        length_ms=len(segment),
        speech_ms=len(speech),
        level_dbfs=speech.dBFS,
        peak_dbfs=speech.max_dBFS,
    )


def _segment(wave: Wave) -> AudioSegment:
    samples = np.clip(np.rint(wave * _FULL), -_FULL, _FULL - 1).astype("<i2")
    return AudioSegment(samples.tobytes(), sample_width=2, frame_rate=RATE_HZ, channels=1)


def _trimmed(segment: AudioSegment) -> AudioSegment:
    start = detect_leading_silence(segment, SILENCE_DBFS, SILENCE_STEP_MS)
    end = len(segment) - detect_leading_silence(segment.reverse(), SILENCE_DBFS, SILENCE_STEP_MS)
    return segment[start : max(start, end)]


def _levelled(speech: AudioSegment) -> AudioSegment:
    """Bring speech to the common level; peaks that would clip are rounded off, which costs level, so again."""
    wave = np.frombuffer(speech.raw_data, "<i2").astype(np.float32) / _FULL
    gain_db = plain_db = LEVEL_DBFS - speech.dBFS
    while gain_db < plain_db + ROUNDED_OFF_DB:
        levelled = _segment(_rounded_off(wave * np.float32(10 ** (gain_db / 20))))
        missing_db = LEVEL_DBFS - levelled.dBFS
        if abs(missing_db) < LEVEL_WITHIN_DB / 10:
            return levelled
        gain_db += max(missing_db, LEVEL_WITHIN_DB / 20)
    raise AudioError(f"cannot be brought to {LEVEL_DBFS:g} dBFS: a few peaks tower over the rest")


def _rounded_off(wave: Wave) -> Wave:
    """Bend what is above the knee so that nothing passes the peak; all below is untouched."""
    knee, peak = (np.float32(10 ** (level / 20)) for level in (KNEE_DBFS, PEAK_DBFS))
    size = np.abs(wave)
    bent = knee + (peak - knee) * np.tanh((size - knee) / (peak - knee))
    return np.where(size > knee, np.sign(wave) * bent, wave).astype(np.float32)
