"""`callcenter prompts build|check`: texts to audio, and whether the audio is fit for callers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.flow_files import catalogue
from app.installation import settings
from callcenter.adapters import prompts_build
from callcenter.adapters.tts import default_voice
from callcenter.errors import ConfigError

prompts_app = typer.Typer(help="What is said to callers and agents.", no_args_is_help=True)

Language = Annotated[str, typer.Option(help="One language; all if left out.")]


@prompts_app.command("build")
def prompts_build_command(language: Language = "") -> None:
    """Render each prompt whose text or voice changed."""
    for one in languages(language):
        texts = catalogue(one).texts
        bar = (TextColumn("{task.fields[key]}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*bar, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task(one, total=None, key=one)

            def tell(key: str, done: int, total: int) -> None:
                progress.update(task, completed=done, total=total, key=key)  # noqa: B023  (called within the loop)

            built = prompts_build.build(texts, folder_of(one), default_voice(one), tell)
        counts = f"{len(built.rendered)} rendered, {len(built.kept)} as they were, {len(built.removed)} removed"
        typer.echo(f"{one}: {counts}")


@prompts_app.command("check")
def prompts_check_command(language: Language = "") -> None:
    """Say which prompts are missing, stale, silent, clipped or at another level; exit 1 if any is."""
    well = True
    for one in languages(language):
        texts = catalogue(one).texts
        faults = prompts_build.check(texts, folder_of(one))
        for fault in faults:
            typer.echo(f"{one}/{fault.key}: {fault.text} [{fault.code}]")
        if not faults:
            typer.echo(f"{one}: {len(texts)} prompts, all fit")
        well = well and not faults
    if not well:
        raise typer.Exit(1)


def languages(language: str) -> list[str]:
    """The one asked for, or all that have a catalogue."""
    folder = settings().prompts_dir
    found = [language] if language else sorted(path.stem for path in folder.glob("*.yaml"))
    if not found:
        raise ConfigError(f"no catalogue in {folder}: expected {folder}/en.yaml; set CALLCENTER_PROMPTS_DIR")
    return found


def folder_of(language: str) -> Path:
    return settings().prompts_dir / language
