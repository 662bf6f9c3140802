"""Speech to words by Whisper (faster-whisper, CTranslate2) on one thread. Only imported in a worker.

Whisper was trained on windows of 30 s and its encoder pays for all of it. An answer lasts two seconds: with a window
of 10 s the encoder takes an eighth of the time (90 instead of 700 ms of CPU), for a few words less understood.

Each utterance is read twice from one encoding: once with the menu's phrases as what was said before, which leads the
reading to them, and once without. Only what both make of it is sure: led alone, noise becomes a phrase too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ctranslate2
import numpy as np
import numpy.typing as npt
import soxr
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer

from callcenter.adapters.speech.noise import quieted
from callcenter.errors import ConfigError

RATE: Final = 16_000
LINE_RATE: Final = 8_000
HOP: Final = 160  # samples of a frame of features, 10 ms
WINDOW_FRAMES: Final = 1_000
WHOLE_FRAMES: Final = 3_000
BEAM: Final = 5
TOKENS_MAX: Final = 32  # of an answer; noise makes Whisper babble
HINT_PHRASES: Final = 2  # of each exit: a longer hint leads no better and costs time
HINT_TOKENS_MAX: Final = 96
PEAK: Final = 0.7  # quiet and loud talkers are brought to this

Samples = npt.NDArray[np.float32]


class Whisper:
    """A model in `folder` (CTranslate2 format). Raise ConfigError if it is none, or knows no such language."""

    def __init__(self, folder: Path) -> None:
        try:
            self._model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, num_workers=1)
        except (RuntimeError, ValueError, OSError) as error:
            raise ConfigError(f"{folder} holds no CTranslate2 model of Whisper: {error}") from None

    @property
    def multilingual(self) -> bool:
        return bool(self._model.model.is_multilingual)

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages it understands."""
        return tuple(self._model.supported_languages)

    def reader(self, language: str) -> WhisperReader:
        """Return what reads `language`."""
        hf_tokenizer, task = self._model.hf_tokenizer, "transcribe" if self.multilingual else None
        tokenizer = Tokenizer(hf_tokenizer, self.multilingual, task=task, language=language if task else None)
        return WhisperReader(self, tokenizer)

    def read(self, sound: bytes, tokenizer: Tokenizer, phrases: Iterable[Sequence[str]]) -> list[tuple[str, float]]:
        """Return what is said in 8 kHz 16-bit `sound` and how sure it is (the mean probability of its words, 0..1):
        read without a hint, and with `phrases` (of each exit) as one."""
        encoded = self._encode(_samples(sound))
        hint = _hint(phrases)
        tokens = self._model.hf_tokenizer.encode(hint, add_special_tokens=False).ids[:HINT_TOKENS_MAX] if hint else []
        readings = [self._decode(encoded, tokenizer, [])]
        if tokens:
            readings.append(self._decode(encoded, tokenizer, tokens))
        return readings

    def _encode(self, samples: Samples) -> Any:
        frames = min(WHOLE_FRAMES, max(WINDOW_FRAMES, math.ceil(samples.size / HOP)))
        window = np.zeros(frames * HOP, dtype=np.float32)
        window[: samples.size] = samples[: window.size]
        features = self._model.feature_extractor(window, padding=0)[None, :, :frames]
        return self._model.model.encode(ctranslate2.StorageView.from_array(np.ascontiguousarray(features, np.float32)))

    def _decode(self, encoded: Any, tokenizer: Tokenizer, before: list[int]) -> tuple[str, float]:
        prompt = self._model.get_prompt(tokenizer, before, without_timestamps=True)
        (found,) = self._model.model.generate(
            encoded,
            [prompt],
            beam_size=BEAM,
            return_scores=True,
            max_length=len(prompt) + TOKENS_MAX,
            suppress_tokens=[-1],
        )
        text = tokenizer.decode(found.sequences_ids[0]).strip()
        return text, math.exp(found.scores[0]) if text else 0.0


@dataclass(frozen=True, slots=True)
class WhisperReader:
    """A model and a language."""

    whisper: Whisper
    tokenizer: Tokenizer

    def read(self, sound: bytes, phrases: Sequence[Sequence[str]]) -> list[tuple[str, float]]:
        """Return each reading and how sure it is."""
        return self.whisper.read(sound, self.tokenizer, phrases)


def _samples(sound: bytes) -> Samples:
    samples = quieted(np.frombuffer(sound[: len(sound) // 2 * 2], "<i2").astype(np.float32) / np.float32(32768))
    loudest = float(np.abs(samples).max(initial=1e-4))
    return soxr.resample((samples * (PEAK / loudest)).astype(np.float32), LINE_RATE, RATE)


def _hint(phrases: Iterable[Sequence[str]]) -> str:
    """Return sentences as they might have been said before.

    >>> _hint([("sales", "buy something", "order"), ("pay my bill",)])
    ' Sales. Buy something. Pay my bill.'
    """
    return "".join(f" {phrase[:1].upper()}{phrase[1:]}." for ones in phrases for phrase in ones[:HINT_PHRASES])
