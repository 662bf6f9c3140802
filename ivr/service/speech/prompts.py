"""Prompts as sound of our own: the µ-law files of the prompt builder, or WAV of 8 kHz, mono, 16-bit."""

from __future__ import annotations

import asyncio
import logging
import wave
from collections import OrderedDict
from pathlib import Path
from typing import Final

import numpy as np

from callcenter import ulaw
from callcenter.errors import NotFound
from ivr.commands import Collect
from ivr.service.sounds import Voice
from ivr.service.speech.wire import FRAME_BYTES

log = logging.getLogger("ivr.speech")

KEPT_BYTES: Final = 32 * 1024 * 1024  # half an hour of prompts
RATE: Final = 8000
ULAW: Final = ".ulaw"
WAV: Final = ".wav"


class Prompts:
    """Reads the prompts of questions from `folder`, where `voice` finds them by "<language>/<key>"."""

    def __init__(self, folder: Path, voice: Voice) -> None:
        self._folder, self._voice = folder, voice
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._size = 0

    async def sound(self, question: Collect) -> bytes:
        """Return all prompts of a question as one sound; b"" if none of them can be said."""
        return b"".join([await self._one(key, question.language) for key in question.prompts])

    async def _one(self, key: str, language: str) -> bytes:
        for sound in self._voice.files(key, language, spoken=True):
            try:
                return await self._read(sound.name)
            except (OSError, NotFound) as error:
                self._voice.failed(sound, error)
        return b""

    async def _read(self, name: str) -> bytes:
        file = self._folder / f"{name}{ULAW}"
        if not file.exists():
            file = file.with_suffix(WAV)
        key = (name, file.stat().st_mtime_ns)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        samples = self._kept[key] = await asyncio.to_thread(read, file)
        self._size += len(samples)
        while self._size > KEPT_BYTES:
            self._size -= len(self._kept.popitem(last=False)[1])
        return samples


def read(file: Path) -> bytes:
    """Return the samples of a prompt, in whole frames. Raise NotFound if it is nothing that we can say."""
    samples = _linear(file.read_bytes()) if file.suffix == ULAW else _of_wav(file)
    if not samples:
        raise NotFound(f"{file.name} is empty")
    return samples + bytes(-len(samples) % FRAME_BYTES)


def _linear(coded: bytes) -> bytes:
    return bytes(np.clip(np.round(ulaw.decode(coded) * 32_768), -32_768, 32_767).astype("<i2").tobytes())


def _of_wav(file: Path) -> bytes:
    try:
        with wave.open(str(file)) as sound:
            if (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) != (RATE, 1, 2):
                raise NotFound(f"{file.name} is no WAV of 8 kHz, mono, 16-bit")
            samples: bytes = sound.readframes(sound.getnframes())
    except (wave.Error, EOFError) as error:
        raise NotFound(f"{file.name} cannot be read: {error}") from None
    return samples
