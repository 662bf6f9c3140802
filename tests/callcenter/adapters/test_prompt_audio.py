"""Prompts as sound: rate, trim, level, and that nothing above the voice band folds into it."""

import io
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from callcenter import ulaw
from callcenter.adapters.prompt_audio import (
    END_PIECE,
    LEVEL_DBFS,
    PEAK_DBFS,
    PIECE,
    RATE_HZ,
    WHOLE,
    AudioError,
    Sound,
    measure,
    recorded,
    shape,
    shape_ulaw,
)

Samples = npt.NDArray[np.float64]


def tone(hertz: float, seconds: float, rate: int = 22_050, size: float = 0.3) -> Samples:
    return size * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def silence(seconds: float, rate: int = 22_050) -> Samples:
    return np.zeros(int(seconds * rate))


def sound(*parts: Samples, rate: int = 22_050) -> Sound:
    return Sound(rate_hz=rate, samples=(np.concatenate(parts) * 32_767).astype("<i2").tobytes())


def samples_of(content: bytes) -> Samples:
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE_HZ, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32_768


def level(samples: Samples) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(samples**2)) + 1e-9))


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100])
def test_silence_around_speech_is_replaced_by_pads(rate: int) -> None:
    content = shape(sound(silence(0.7, rate), tone(440, 1.0, rate), silence(0.9, rate), rate=rate))
    samples = samples_of(content)
    pad = RATE_HZ * WHOLE.before_ms // 1000
    assert abs(len(samples) / RATE_HZ - 1.0 - 2 * WHOLE.before_ms / 1000) < 0.02
    assert not samples[: pad - 8].any()
    assert not samples[-pad + 8 :].any()


@pytest.mark.parametrize("size", [0.01, 0.1, 0.5, 0.99])
def test_soft_and_loud_speech_come_out_alike(size: float) -> None:
    samples = samples_of(shape(sound(tone(300, 1.0, size=size))))
    assert abs(level(samples[640:-640]) - LEVEL_DBFS) < 0.2


def test_peaks_are_rounded_off_instead_of_clipped() -> None:
    """Only made louder, the burst would stand at +1 dBFS."""
    quiet, burst = tone(300, 1.0, size=0.07), tone(300, 0.02, size=0.9)
    samples = samples_of(shape(sound(quiet, burst, quiet)))
    assert 20 * np.log10(np.abs(samples).max()) <= PEAK_DBFS + 0.01
    assert abs(level(samples[640:-640]) - LEVEL_DBFS) < 1.0


def test_what_is_above_the_voice_band_does_not_fold_into_it() -> None:
    both = samples_of(shape(sound(tone(1_000, 1.0) + tone(6_000, 1.0), rate=22_050)))
    spectrum = np.abs(np.fft.rfft(both[1_000:9_000] * np.hanning(8_000)))
    ghost, real = spectrum[2_000 - 5 : 2_000 + 5].max(), spectrum[1_000 - 5 : 1_000 + 5].max()
    assert 20 * np.log10(ghost / real) < -60


def test_an_mp3_is_read_at_its_own_rate_and_what_is_above_the_voice_band_does_not_fold_into_it() -> None:
    """The file holds a vowel, 150 Hz and its multiples, and a tone of 6 kHz: an echo of that would be at 2 kHz."""
    whole = recorded((Path(__file__).parent / "data/vowel-stereo.mp3").read_bytes())
    assert whole.rate_hz == 24_000
    samples = samples_of(shape(whole))
    middle = samples[samples.size // 2 - 2_000 : samples.size // 2 + 2_000]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(4_000)))  # a line is 2 Hz
    assert 20 * np.log10(spectrum[995:1_005].max() / spectrum[150:450].max()) < -45
    assert spectrum[70:80].max() > 20 * spectrum[100:120].max()


def test_pieces_have_less_silence_around_them_than_prompts_and_ends_are_followed_by_a_pause() -> None:
    speech = sound(silence(0.2), tone(440, 1.0))
    for cut in (WHOLE, PIECE, END_PIECE):
        assert len(shape_ulaw(speech, cut)) / 8 == pytest.approx(1_000 + cut.before_ms + cut.after_ms, abs=6)
    assert END_PIECE.after_ms > WHOLE.after_ms > PIECE.after_ms


def test_a_soft_beginning_belongs_to_a_word() -> None:
    """As the s of "six", of which little is left below 4 kHz."""
    soft = tone(3_000, 0.06, size=0.02)
    assert len(shape_ulaw(sound(silence(0.2), soft, tone(440, 0.5)), PIECE)) / 8 == pytest.approx(580, abs=6)


def test_a_prompt_is_the_same_in_ulaw_as_in_wav() -> None:
    both = sound(tone(440, 1.0))
    wav, law = samples_of(shape(both)), ulaw.decode(shape_ulaw(both))
    assert len(wav) == len(law)
    assert level(wav - law) < level(wav) - 30


@pytest.mark.parametrize("parts", [[silence(2)], [silence(1), tone(440, 0.05), silence(1)]], ids=["silence", "a click"])
def test_what_holds_no_speech_is_refused(parts: list[Samples]) -> None:
    with pytest.raises(AudioError, match="holds only"):
        shape(sound(*parts))


def test_what_is_all_peaks_is_refused() -> None:
    clicks = np.zeros(44_100)
    clicks[::4_410] = 0.99
    with pytest.raises(AudioError, match="tower over the rest"):
        shape(sound(clicks))


def test_the_same_sound_gives_the_same_bytes() -> None:
    assert shape(sound(tone(440, 1.0))) == shape(sound(tone(440, 1.0)))


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not audio at all"])
def test_a_file_that_is_no_wav_is_named_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.wav").write_bytes(content)
    with pytest.raises(AudioError, match="is no WAV file"):
        measure(tmp_path / "x.wav")
