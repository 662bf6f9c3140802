"""Sound of simulated phones: tones and their recognition, files of sound. No I/O but those files."""

from __future__ import annotations

import wave
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from callcenter import ulaw

Samples = npt.NDArray[np.float32]  # -1..1, RATE per second

RATE: Final = 8000
FRAME: Final = 160  # samples in a packet of 20 ms
LINE_HZ: Final = RATE // FRAME  # spacing of a packet's spectrum, 50 Hz

TONE_LEVEL: Final = 0.25
# A tone is heard when one line of the spectrum holds this share of the power in this many packets in a row: 100 ms of
# one pure line do not happen in speech or music, and a key's tone has two lines.
PURITY: Final = 0.9
FRAMES_TO_BE_SURE: Final = 5
SILENCE_POWER: Final = 2e-5  # mean square; a tone of an agent has 0.03


decode_ulaw: Final = ulaw.decode
encode_ulaw: Final = ulaw.encode


def tone(hz: float, seconds: float, level: float = TONE_LEVEL) -> Samples:
    """Return a sine of `hz`."""
    time = np.arange(round(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * hz * time)).astype(np.float32)


def rms(samples: Samples) -> float:
    """Return the root mean square of samples in -1..1; 0 for none."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if samples.size else 0.0


def pure_tone(frame: Samples) -> int | None:
    """Return the frequency in Hz that holds nearly all power of a 20 ms frame, a multiple of 50; None if none does.

    >>> pure_tone(tone(1850, 0.02)), pure_tone(tone(1850, 0.02) + tone(700, 0.02))
    (1850, None)
    """
    energy = float(np.dot(frame, frame))
    if energy < SILENCE_POWER * frame.size:
        return None
    spectrum = np.fft.rfft(frame)
    power = spectrum.real**2 + spectrum.imag**2
    line = int(power.argmax())
    # Parseval: the lines of both halves of the spectrum add up to size x energy.
    return line * LINE_HZ if line and 2 * float(power[line]) >= PURITY * frame.size * energy else None


@dataclass(slots=True)
class ToneEar:
    """Recognises one of the known tones in a stream of frames.

    `names`: Hz → whose tone it is. `hear` returns the name once, when the tone is sure, with the time it began.
    """

    names: Mapping[int, str]
    _hz: int | None = field(default=None, init=False)
    _since: float = field(default=0.0, init=False)
    _frames: int = field(default=0, init=False)

    def hear(self, frame: Samples, at: float) -> tuple[str, float] | None:
        """Take the next frame, heard at epoch seconds `at`."""
        hz = pure_tone(frame) if frame.size == FRAME else None
        if hz is None or hz not in self.names:
            self._hz, self._frames = None, 0
            return None
        if hz != self._hz:
            self._hz, self._since, self._frames = hz, at, 0
        self._frames += 1
        return (self.names[hz], self._since) if self._frames == FRAMES_TO_BE_SURE else None


def write_wav(path: Path, samples: Samples, rate: int = RATE) -> None:
    """Write mono 16-bit WAV."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.clip(np.round(samples * 32768.0), -32768, 32767).astype("<i2").tobytes())


def read_wav(path: Path) -> Samples:
    """Return a 16-bit PCM WAV of any rate and number of channels as 8 kHz mono; raise ValueError for another format."""
    with wave.open(str(path), "rb") as file:
        if file.getsampwidth() != 2:
            raise ValueError(f"{path}: only 16-bit PCM is read, not {8 * file.getsampwidth()}-bit")
        rate, channels = file.getframerate(), file.getnchannels()
        data = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float32) / 32768.0
    mono = data.reshape(-1, channels).mean(axis=1)
    return mono if rate == RATE else _resample(mono, rate)


def read_sound(path: Path) -> Samples:
    """Return a prompt's file as 8 kHz mono: `.ulaw` (G.711, no header) or WAV."""
    return decode_ulaw(path.read_bytes()) if path.suffix == ".ulaw" else read_wav(path)


def _resample(samples: Samples, rate: int) -> Samples:
    """Resample by cutting or padding the spectrum: exact for short recordings, which is all we read."""
    size = round(samples.size * RATE / rate)
    spectrum = np.fft.rfft(samples)[: size // 2 + 1]
    padded = np.zeros(size // 2 + 1, dtype=np.complex128)
    padded[: spectrum.size] = spectrum
    return (np.fft.irfft(padded, size) * (RATE / rate)).astype(np.float32)
