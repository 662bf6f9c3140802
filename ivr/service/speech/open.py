"""Opens what listening needs, as far as it is installed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from callcenter.adapters.speech.capabilities import Capabilities, found, self_test
from callcenter.adapters.speech.silero import Silero
from callcenter.adapters.speech.worker import Plan
from callcenter.adapters.speech.workers import Menu, Workers
from callcenter.errors import MachineError
from callcenter.spoken import Reading
from ivr.service.sounds import Sounds, Voice
from ivr.service.speech.listener import SpeechListener
from ivr.service.speech.prompts import Prompts
from ivr.service.speech.server import AudioServer

log = logging.getLogger("ivr.speech")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechOptions:
    """`bind`, `port`: where Asterisk brings callers' voices (0: any free port). `prompts_dir`: prompts as we see them.

    `workers`: recognition processes, 0 for none: callers are asked for keys. `model_dir`: a multilingual Whisper of the
    operator's, "" for none.
    """

    bind: str
    port: int
    prompts_dir: Path
    workers: int
    model_dir: str = ""


@contextlib.asynccontextmanager
async def open_speech(options: SpeechOptions, sounds: Sounds) -> AsyncIterator[SpeechListener | None]:
    """Listen, and start the recognition workers; yield None where callers cannot be understood.

    Returns at once: the workers need some seconds, and until their self-test is passed callers are asked for keys.
    Raises OSError if the port is taken.
    """
    there = found(options.model_dir)
    if not options.workers or not there.engine:
        log.info("speech: keys only (%s)", "; ".join(there.lacking) if options.workers else "no workers are wanted")
        yield None
        return
    try:
        silero = await asyncio.to_thread(Silero)
    except MachineError as error:
        log.error("speech: keys only (%s)", error)
        yield None
        return
    plan = Plan(engine=there.engine, model_dir=options.model_dir, intents=there.intents)
    async with Workers(plan, options.workers) as workers, AudioServer(options.bind, options.port) as server:
        tested = Tested(workers)
        testing = asyncio.create_task(tested.test(silero), name="self-test of speech")
        try:
            prompts = Prompts(options.prompts_dir, Voice(sounds))
            yield SpeechListener(server, tested, prompts, lambda: silero.stream().probability)
        finally:
            testing.cancel()
            await asyncio.gather(testing, return_exceptions=True)


class Tested:
    """Workers that are asked only once they have understood a recording we know."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self.capabilities: Capabilities | None = None

    @property
    def languages(self) -> tuple[str, ...]:
        return self._workers.languages if self.capabilities and self.capabilities.stt else ()

    def learn(self, menu: Menu) -> None:
        self._workers.learn(menu)

    async def recognise(self, sound: bytes, menu: Menu, deadline_s: float) -> tuple[Reading, ...] | None:
        return await self._workers.recognise(sound, menu, deadline_s)

    async def test(self, silero: Silero) -> None:
        self.capabilities = await self_test(self._workers, silero)
        log.info("speech: %s", self.capabilities)
