"""Speech of any rate → what Asterisk plays: 8 kHz, mono, trimmed, all at one level, as G.711 µ-law or WAV.

Prompts are kept as µ-law, without a header: half the size of WAV, and on most lines nothing is left to convert. pydub
does the trimming, the level and the container. It does not resample here: its resampler has no filter, and what
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

from callcenter import ulaw
from callcenter.adapters.prompts_kept import ULAW
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
SILENCE_DBFS: Final = -50.0
SILENCE_STEP_MS: Final = 5
QUIETEST_DBFS: Final = -45.0  # a recording whose speech is softer is mostly noise once it is made louder
FLAT_SAMPLES: Final = 3  # as many samples alike at the top are no speech but its clipped peak
FLAT_TOPS: Final = 5  # more of them are heard
NEARLY_FULL: Final = 0.97  # of full scale: clipped samples lie above, also after MP3
RATES_HZ: Final = range(4_000, 400_000)  # of recordings; what is beyond is a damaged header
_FULL: Final = 32_768.0
_STREAM: Final = 0xFFFF_0000  # bytes: more than any recording, said by who did not know how long it would be
_CANCELLED: Final = 1 / 16  # of the loudest channel's power
ROUNDED_OFF_DB: Final = 3.0  # more gain than this on top, to make up for peaks, is audible distortion

Wave = npt.NDArray[np.float32]


class AudioError(CallCenterError):
    """Audio that cannot become a prompt: silent, damaged, or too uneven for the common level."""

    code = "audio"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How speech is cut out: silence before and after it, what counts as silence, and how little speech is none."""

    before_ms: int
    after_ms: int
    silence_dbfs: float
    shortest_ms: int
    fade_ms: int = 0


# An abrupt start clicks, and prompts follow one another.
WHOLE: Final = Cut(before_ms=80, after_ms=80, silence_dbfs=SILENCE_DBFS, shortest_ms=150)
# Pieces of a number follow one another like its words. Not cut closer: the s of "six" is that soft on a telephone.
PIECE: Final = Cut(before_ms=5, after_ms=15, silence_dbfs=SILENCE_DBFS, shortest_ms=60, fade_ms=5)
# A group of digits ends.
END_PIECE: Final = Cut(before_ms=5, after_ms=250, silence_dbfs=SILENCE_DBFS, shortest_ms=60, fade_ms=5)


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
        return self.speech_ms < PIECE.shortest_ms


def shape(sound: Sound, cut: Cut = WHOLE) -> bytes:
    """Return `sound` as a WAV file. The same input gives the same bytes. Raise AudioError."""
    file = io.BytesIO()
    _shaped(sound, cut).export(file, format="wav")
    return file.getvalue()


def shape_ulaw(sound: Sound, cut: Cut = WHOLE) -> bytes:
    """Return `sound` as the file of a prompt: µ-law without a header. As `shape` otherwise."""
    return ulaw.encode(_wave(_shaped(sound, cut)))


def wav_of(content: bytes) -> bytes:
    """Return the µ-law of a prompt's file as a WAV file, for browsers."""
    file = io.BytesIO()
    _segment(ulaw.decode(content), RATE_HZ).export(file, format="wav")
    return file.getvalue()


def recorded(content: bytes) -> Sound:
    """Return the sound in a WAV or MP3 file of any rate, width and number of channels; raise AudioError."""
    sound = _wav(content) if content[:4] == b"RIFF" else _decoded(content)
    if sound.rate_hz not in RATES_HZ:
        raise AudioError(f"has {sound.rate_hz} samples a second by its header, which must be damaged: export it again")
    return sound


def refuse_unfit(sound: Sound) -> None:
    """Raise AudioError, saying what to do, for a recording that is silent, too soft or clipped."""
    segment = _segment(_whole(sound), sound.rate_hz)
    speech = _trimmed(segment, SILENCE_DBFS)
    if len(speech) < PIECE.shortest_ms:
        raise AudioError("is silent: record it again")
    if speech.dBFS < QUIETEST_DBFS:
        raise AudioError(
            f"is too soft ({speech.dBFS:.0f} dBFS): made louder, its noise would be heard; record it again, nearer"
        )
    tops = _flat_tops(_whole(sound))
    if tops > FLAT_TOPS:
        raise AudioError(f"is clipped in {tops} places: record it again with less gain")


def measure(path: Path) -> Measure:
    """Measure a prompt file, µ-law or WAV by its name; raise AudioError if it is none."""
    segment = _ulaw_segment(path) if path.suffix == ULAW else _wav_segment(path)
    speech = _trimmed(segment, SILENCE_DBFS)
    return Measure(
        rate_hz=segment.frame_rate,
        channels=segment.channels,
        bits=8 if path.suffix == ULAW else 8 * segment.sample_width,
        length_ms=len(segment),
        speech_ms=len(speech),
        level_dbfs=speech.dBFS,
        peak_dbfs=speech.max_dBFS,
    )


def _ulaw_segment(path: Path) -> AudioSegment:
    content = path.read_bytes()
    if content[:4] == b"RIFF":
        raise AudioError("is no µ-law, but a WAV file by its content")
    return _segment(ulaw.decode(content), RATE_HZ)


def _wav_segment(path: Path) -> AudioSegment:
    try:
        with path.open("rb") as file:  # pydub leaves one open that it opens itself
            return AudioSegment.from_wav(file)
    except Exception as error:  # pydub lets through whatever its readers stumble over
        raise AudioError(f"is no WAV file: {error or type(error).__name__}") from None


def _wav(content: bytes) -> Sound:
    if _is_cut_off(content):
        raise AudioError("is cut off: its end is missing; copy or export it again")
    try:
        segment = AudioSegment(content).set_sample_width(2)
        channels = np.frombuffer(segment.raw_data, "<i2").reshape(-1, segment.channels)
    except Exception:  # as in `measure`; what is not plain samples (PCM), such as floating point, the other one reads
        return _decoded(content)
    return Sound(rate_hz=segment.frame_rate, samples=_mono(channels))


def _is_cut_off(content: bytes) -> bool:
    """Return whether a WAV file holds fewer samples than its header says. Who writes a stream says 0xFFFFFFFF or so."""
    place = 12
    while place + 8 <= len(content):
        name, size = content[place : place + 4], int.from_bytes(content[place + 4 : place + 8], "little")
        if name == b"data":
            return len(content) < place + 8 + size < _STREAM
        place += 8 + size + size % 2
    return False


def _decoded(content: bytes) -> Sound:
    """Decode MP3, and WAV of every form, at its own rate: miniaudio's resampler has no filter either."""
    import miniaudio  # noqa: PLC0415  (loads a library that only imports of recordings need)

    try:
        found = (miniaudio.wav_get_info if content[:4] == b"RIFF" else miniaudio.mp3_get_info)(content)
        decoded = miniaudio.decode(
            content, miniaudio.SampleFormat.SIGNED16, nchannels=found.nchannels, sample_rate=found.sample_rate
        )
    except miniaudio.MiniaudioError as error:
        raise AudioError(f"is no WAV and no MP3 file: {error}") from None
    channels = np.asarray(decoded.samples, dtype="<i2").reshape(-1, found.nchannels)
    return Sound(rate_hz=found.sample_rate, samples=_mono(channels))


def _mono(channels: npt.NDArray[np.int16]) -> bytes:
    """Return the mean of all channels; of those that cancel each other (a cable the wrong way round) the loudest."""
    mixed = channels.mean(axis=1)
    loudest = channels[:, int(np.argmax(_power(channels)))]
    if _power(mixed) < _CANCELLED * _power(loudest):
        mixed = loudest
    return bytes(np.rint(mixed).astype("<i2").tobytes())


def _power(wave: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    return np.asarray(np.square(wave, dtype=np.float64).sum(axis=0))


def _shaped(sound: Sound, cut: Cut) -> AudioSegment:
    speech = _trimmed(_segment(soxr.resample(_whole(sound), sound.rate_hz, RATE_HZ, quality="VHQ")), SILENCE_DBFS)
    if len(speech) < cut.shortest_ms:
        raise AudioError(f"holds only {len(speech)} ms of speech")
    # What counts as silence depends on how loud the speech is: at its own level first, then cut, then level again.
    speech = _trimmed(_levelled(speech), cut.silence_dbfs)
    if cut.fade_ms:
        speech = speech.fade_in(cut.fade_ms).fade_out(cut.fade_ms)
    before, after = (AudioSegment.silent(ms, RATE_HZ) for ms in (cut.before_ms, cut.after_ms))
    return before + _levelled(speech) + after


def _flat_tops(wave: Wave) -> int:
    """Count the peaks that are cut off: samples in a row at the top that do not move."""
    top = NEARLY_FULL * float(np.abs(wave).max(initial=0.0))
    if top < NEARLY_FULL * NEARLY_FULL:
        return 0  # no recording that was too loud ends below full scale
    still = (np.abs(wave[1:]) >= top) & (np.abs(np.diff(wave)) * _FULL <= 2)
    run = np.convolve(still.astype(np.int32), np.ones(FLAT_SAMPLES - 1, dtype=np.int32), "valid") == FLAT_SAMPLES - 1
    return int(np.count_nonzero(run[1:] & ~run[:-1]) + bool(run[:1].any()))


def _whole(sound: Sound) -> Wave:
    return np.frombuffer(sound.samples, "<i2").astype(np.float32) / np.float32(_FULL)


def _wave(segment: AudioSegment) -> Wave:
    return np.frombuffer(segment.raw_data, "<i2").astype(np.float32) / np.float32(_FULL)


def _segment(wave: Wave, rate_hz: int = RATE_HZ) -> AudioSegment:
    samples = np.clip(np.rint(wave * _FULL), -_FULL, _FULL - 1).astype("<i2")
    return AudioSegment(samples.tobytes(), sample_width=2, frame_rate=rate_hz, channels=1)


def _trimmed(segment: AudioSegment, silence_dbfs: float) -> AudioSegment:
    start = detect_leading_silence(segment, silence_dbfs, SILENCE_STEP_MS)
    end = len(segment) - detect_leading_silence(segment.reverse(), silence_dbfs, SILENCE_STEP_MS)
    return segment[start : max(start, end)]


def _levelled(speech: AudioSegment) -> AudioSegment:
    """Bring speech to the common level; peaks that would clip are rounded off, which costs level, so again."""
    wave = _wave(speech)
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
