"""Lets the evaluation's utterances be heard as calls are: ear, recognition workers, decision."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.speech.build import Utterance
from bench.speech.line import BEFORE_S, RATE, Samples, on_the_line
from bench.speech.texts import Saying, menus
from callcenter.adapters.speech.silero import Silero
from callcenter.adapters.speech.worker import Plan
from callcenter.adapters.speech.workers import Menu, Workers
from callcenter.spoken import Reading
from ivr.happenings import Heard
from ivr.speech.decision import decide
from ivr.speech.ear import Sign
from ivr.speech.hearing import BYTES_A_SECOND, Hearing
from ivr.speech.others import OTHERS

CONDITIONS: Final = {"clean": None, "10 dB": 10.0}
PACKET_BYTES: Final = 320
LEARNED_S: Final = 60.0
DEADLINE_S: Final = 30.0  # of the measurement: what is late is counted, not lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an utterance. `ended_s`: from the last sound to the ear's "ended"; `reply_s`: to the answer, by
    the clock. None where the ear heard nobody."""

    saying: Saying
    voice: str
    condition: str
    heard: Heard
    readings: tuple[Reading, ...] = ()
    ended_s: float | None = None
    reply_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """An utterance as the ear takes it from the line: its sound, and when it paused and ended (seconds)."""

    sound: bytes
    paused: float
    ended: float


def cut_out(line: Samples, silero: Silero) -> Cut | None:
    """Return the utterance that the ear takes from the line; None if it heard none. As in a call, what is understood
    is what was said before the last pause."""
    hearing = Hearing(silero.stream().probability, timeout_s=30.0)
    hearing.prompt_ended()
    sound = (np.clip(line, -1, 1) * 32767).astype("<i2").tobytes()
    paused: tuple[bytes, float] | None = None
    for start in range(0, len(sound), PACKET_BYTES):
        sign, now = hearing.feed(sound[start : start + PACKET_BYTES]), (start + PACKET_BYTES) / BYTES_A_SECOND
        if sign is Sign.PAUSED:
            paused = hearing.utterance, now
        elif sign is Sign.GOES_ON:
            paused = None
        elif sign is Sign.ENDED:
            said, at = paused or (hearing.utterance, now)
            return Cut(sound=said, paused=at, ended=now)
    return None


async def measure(utterances: Sequence[Utterance], plan: Plan, workers: int) -> tuple[list[Outcome], list[float]]:
    """Return what became of each utterance in each condition, one at a time, and the CPU seconds of the latest."""
    silero, found = Silero(), []
    offered = {name: Menu(language="en", phrases=phrases, others=OTHERS["en"]) for name, phrases in menus().items()}
    async with Workers(plan, workers) as crew:
        ready = await crew.up()
        if ready is None:
            raise SystemExit(f"no recognition here: {crew.failed}")
        for menu in offered.values():
            crew.learn(menu)
        await crew.taught(LEARNED_S)
        for utterance in utterances:
            for condition, snr_db in CONDITIONS.items():
                menu = offered[utterance.saying.menu]
                outcome = await _heard(utterance, (condition, snr_db), silero, (crew, menu))
                found.append(outcome)
    return found, list(crew.cpu_s)


async def _heard(
    utterance: Utterance, condition: tuple[str, float | None], silero: Silero, ask: tuple[Workers, Menu]
) -> Outcome:
    name, snr_db = condition
    speech = utterance.speech()
    cut = await asyncio.to_thread(cut_out, on_the_line(speech, snr_db, utterance.seed), silero)
    blank = Outcome(saying=utterance.saying, voice=utterance.voice, condition=name, heard=Heard())
    if cut is None:
        return blank
    crew, menu = ask
    begun = time.monotonic()
    readings = await crew.recognise(cut.sound, menu, DEADLINE_S) or ()
    last_sound, thought_s = BEFORE_S + speech.size / RATE, time.monotonic() - begun
    return Outcome(
        saying=utterance.saying,
        voice=utterance.voice,
        condition=name,
        heard=decide(readings, {exit_name: tuple(ones) for exit_name, ones in menu.phrases.items()}),
        readings=readings,
        ended_s=cut.ended - last_sound,
        reply_s=max(cut.ended, cut.paused + thought_s) - last_sound,
    )
