"""The ivr's process: answers callers."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import typer

from app.centre_file import load
from app.outside import open_world
from app.process_settings import settings as of_process
from app.recordings import recordings
from app.serve.parts import Parts, agi_server, region
from app.serve.process import run
from callcenter.adapters.prompt_lengths import Lengths
from callcenter.adapters.prompts_kept import altered
from callcenter.settings import Settings
from ivr.service import Ivr
from ivr.service.errands import Outside
from ivr.service.ivr import Surroundings
from ivr.service.line import Listener
from ivr.service.sounds import Sounds
from ivr.service.speech import SpeechOptions, open_speech

log = logging.getLogger("app")

ivr_app = typer.Typer(help="The IVR (FastAGI).", no_args_is_help=True)


@ivr_app.command("serve")
def serve_command() -> None:
    """Answer callers."""
    run(of_process(), serve_ivr)


async def serve_ivr(parts: Parts) -> None:
    settings = parts.settings
    sounds = _sounds(settings)
    async with open_world(settings, parts.store) as world, open_speech(speech_options(settings), sounds) as listener:
        ivr = Ivr(_surroundings(parts, world.outside, sounds, listener))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(ivr.run(), name="ivr")
            tasks.create_task(world.notices.run(), name="notices")
            tasks.create_task(world.follow(), name="centre.toml")
            # Ends before the tasks do: what callers leave behind is still written.
            async with agi_server(ivr.routes, settings.agi_bind, settings.ivr_port):
                log.info("ivr: FastAGI on %s:%d", settings.agi_bind, settings.ivr_port)
                await asyncio.Event().wait()


def _sounds(settings: Settings) -> Sounds:
    """The prompts. Without a centre.toml here English is spoken where a prompt lacks the caller's language."""
    folders = [path for path in sorted(settings.prompts_dir.glob("*")) if path.is_dir()]
    damaged = frozenset(f"{folder.name}/{key}" for folder in folders for key in altered(folder))
    sounds = Sounds(folder=settings.sounds_dir, lengths_s=Lengths(settings.prompts_dir), damaged=damaged)
    if settings.centre_file.exists():
        sounds = replace(sounds, language=load(settings.centre_file).identity.language)
    return sounds


def speech_options(settings: Settings) -> SpeechOptions:
    return SpeechOptions(
        bind=settings.agi_bind,
        port=settings.speech_port,
        prompts_dir=settings.prompts_dir,
        workers=settings.speech_workers,
        model_dir=settings.stt_model_dir,
    )


def _surroundings(parts: Parts, outside: Outside, sounds: Sounds, listener: Listener | None) -> Surroundings:
    """What the ivr has around it. Without a centre.toml here numbers are taken as they come."""
    settings = parts.settings
    return Surroundings(
        store=parts.store,
        bus=parts.bus,
        cell=settings.cell,
        sounds=sounds,
        outside=outside,
        tapes=recordings(settings),
        region=region(settings),
        listener=listener,
    )
