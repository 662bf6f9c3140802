"""`callcenter prompts build|check|import`: texts and recordings to audio, and whether it is fit for callers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.files import STDIN, read_bytes
from app.flow_files import catalogue
from app.installation import note, settings
from app.prompt_scripts import scripts_of
from app.prompts_update import Outcome, Wish, told, update
from callcenter.adapters import prompts_build, prompts_kept
from callcenter.adapters.prompt_audio import AudioError
from callcenter.adapters.prompts_build import Again, Built, Script
from callcenter.adapters.prompts_kept import RECORDED
from callcenter.adapters.tts import Voice, plain_voice
from callcenter.adapters.tts_kokoro import GET_IT, SPEAKERS, kokoro
from callcenter.errors import ConfigError
from callcenter.faults import nearest
from ivr.prompts import Catalogue
from ivr.saying import sheet

RECORDINGS: Final = (".wav", ".mp3")
LONGEST_S_PER_WORD: Final = 2.0  # a recording longer or shorter than its text is of another one
SHORTEST_S_PER_WORD: Final = 0.1
MOST_NAMED: Final = 10
AUDIT: Final = "prompts"  # by which the desk's pages are told

prompts_app = typer.Typer(help="What is said to callers and agents.", no_args_is_help=True)

Language = Annotated[str, typer.Option(help="One language; all if left out.")]
OverRecorded = Annotated[bool, typer.Option("--over-recorded", help="Also speak over what a person has recorded.")]


@prompts_app.command("build")
def prompts_build_command(language: Language = "", over_recorded: OverRecorded = False) -> None:
    """Speak each prompt whose text changed, with the best voice that is installed."""
    for one in languages(language):
        scripts = scripts_of(catalogue(one))
        voice = voice_of(one)
        # A plain voice speaks what is new; it does not take the place of a better one.
        again = Again(other_voices=one not in SPEAKERS or kokoro(one) is not None, recorded=over_recorded)
        bar = (TextColumn("{task.fields[key]}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        console = Console(stderr=True)
        with Progress(*bar, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task(one, total=None, key=one)

            def tell(key: str, done: int, total: int) -> None:
                progress.update(task, completed=done, total=total, key=key)  # noqa: B023  (called within the loop)

            try:
                built = prompts_build.build(scripts, folder_of(one), voice, tell, again)
            except OSError as error:
                raise ConfigError(f"cannot write {folder_of(one)}: {error.strerror}") from None
        _tell_built(one, built, voice)


@prompts_app.command("check")
def prompts_check_command(language: Language = "") -> None:
    """Say which prompts are missing, stale, silent, clipped or at another level; exit 1 if any is."""
    catalogues = {one: catalogue(one) for one in languages("")}
    well = True
    for one in languages(language):
        scripts, folder = scripts_of(catalogue(one)), folder_of(one)
        faults = [f"{one}/{fault.key}: {fault.text} [{fault.code}]" for fault in prompts_build.check(scripts, folder)]
        faults += [
            f"{one}/{key}: is in {other}.yaml, not in {one}.yaml [no text]" for key, other in lacks(one, catalogues)
        ]
        for fault in faults:
            typer.echo(fault)
        if not faults:
            spoken = ", ".join(f"{count} by {voice}" for voice, count in prompts_kept.voices(folder).items())
            typer.echo(f"{one}: {len(scripts)} prompts, all fit: {spoken}")
        well = well and not faults
    if not well:
        raise typer.Exit(1)


@prompts_app.command("import")
def prompts_import_command(
    recording: Annotated[
        Path, typer.Argument(help="A recording (.wav, .mp3), a folder of them named by key, or - for standard input.")
    ],
    language: Annotated[str, typer.Option(help="The language that is spoken.")],
    key: Annotated[str, typer.Option(help="The prompt it is for; the file's name if left out.")] = "",
) -> None:
    """Take in your own recordings: brought to the telephone's rate, trimmed, levelled; no build speaks over them."""
    scripts, folder = scripts_of(catalogue(language)), folder_of(language)
    well, taken = True, list[str]()
    for file in _recordings(recording, key):
        one = key or file.stem
        if one not in scripts:
            typer.echo(f"{file}: there is no prompt {one!r} in {language}.yaml{nearest(one, scripts)}", err=True)
            well = False
            continue
        try:
            entry = prompts_build.take_in(scripts[one], folder, one, _content(file))
        except (AudioError, OSError) as error:
            typer.echo(f"{file}: {error}", err=True)
            well = False
            continue
        typer.echo(f"{language}/{one}: {entry.length_ms / 1000:.1f} s{_doubt(scripts[one], entry.length_ms / 1000)}")
        taken.append(f"{language}/{one}")
    _note(taken, "recorded")
    if not well:
        raise typer.Exit(1)


@prompts_app.command("update")
def prompts_update_command() -> None:
    """Take over what prompts came with a new version; your own stay. Exit 1 only if there is nothing to play."""
    found = update(settings())
    if not found:
        typer.echo(f"{settings().prompts_dir}: prompts are used as they are shipped")
    for outcome in found:
        _tell_updated(outcome)
    if any(outcome.trouble and not has_catalogue(outcome.language) for outcome in found):
        raise typer.Exit(1)


@prompts_app.command("restore")
def prompts_restore_command(
    language: Annotated[str, typer.Option(help="Their language.")],
    keys: Annotated[list[str] | None, typer.Argument(metavar="[KEY]...", help="The prompts.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All prompts of the language, also a removed one.")] = False,
) -> None:
    """Put prompts back as they are shipped, words and sound, in the place of your own."""
    if bool(keys) == everything:
        raise ConfigError("name the prompts to put back, or give --all")
    _wish(Wish(language=language, back=None if everything else keys or ()))


@prompts_app.command("keep")
def prompts_keep_command(
    keys: Annotated[list[str], typer.Argument(metavar="KEY...", help="The prompts.")],
    language: Annotated[str, typer.Option(help="Their language.")],
) -> None:
    """Keep your own prompts though the shipped ones have changed, and be told of it no more."""
    _wish(Wish(language=language, keep=keys))


def has_catalogue(language: str) -> bool:
    """Whether there is anything to play in a language."""
    return (settings().prompts_dir / f"{language}.yaml").is_file()


def _wish(wish: Wish) -> None:
    found = update(settings(), wish)
    if not found:
        raise ConfigError(
            f"the prompts in {settings().prompts_dir} are the shipped ones: there are none to choose from"
        )
    mine = [outcome for outcome in found if outcome.language == wish.language]
    for outcome in mine:
        _tell_updated(outcome)
    if any(outcome.trouble for outcome in mine):
        raise typer.Exit(1)
    _note([f"{wish.language}/{key}" for key in wish.keep], "kept, though the shipped one has changed")
    back = [wish.language] if wish.back is None else [f"{wish.language}/{key}" for key in wish.back]
    _note(back, "put back as it is shipped")


def _note(prompts: Sequence[str], what: str) -> None:
    """Note in the audit log what was done; the prompts are changed, whether that works or not."""
    if not prompts:
        return
    named = ", ".join(prompts[:MOST_NAMED]) + (
        f" and {len(prompts) - MOST_NAMED} more" if len(prompts) > MOST_NAMED else ""
    )
    trouble = note(AUDIT, f"{named} {what}")
    if trouble:
        typer.echo(f"this is not in the audit log: {trouble}", err=True)


def _tell_updated(outcome: Outcome) -> None:
    for line in told(outcome):
        typer.echo(line, err=bool(outcome.trouble))


def languages(language: str) -> list[str]:
    """The one asked for, or all that have a catalogue."""
    folder = settings().prompts_dir
    found = [language] if language else sorted(path.stem for path in folder.glob("*.yaml"))
    if not found:
        raise ConfigError(f"no catalogue in {folder}: expected {folder}/en.yaml; set CALLCENTER_PROMPTS_DIR")
    return found


def folder_of(language: str) -> Path:
    return settings().prompts_dir / language


def voice_of(language: str) -> Voice:
    """Return the best voice of `language` that is installed."""
    return kokoro(language) or plain_voice(language)


def lacks(language: str, catalogues: Mapping[str, Catalogue]) -> list[tuple[str, str]]:
    """Return the keys that another catalogue has and this one lacks, each with that one's language."""
    own, found = catalogues[language].keys, dict[str, str]()
    for other, theirs in catalogues.items():
        found.update({key: other for key in theirs.texts if key not in own and key not in sheet(other)})
    return sorted(found.items())


def _tell_built(language: str, built: Built, voice: Voice) -> None:
    counts = f"{len(built.rendered)} rendered, {len(built.kept)} as they were, {len(built.removed)} removed"
    by = f" by {voice.name}" if built.rendered else ""
    typer.echo(f"{language}: {counts}{by}")
    if built.rendered and language in SPEAKERS and kokoro(language) is None:
        how = f"{GET_IT} installs it and builds with it"
        typer.echo(f"{language}: the natural voice is not installed ({how}): what is new sounds plain", err=True)
    for key in built.outdated:
        typer.echo(f"{language}/{key}: is {RECORDED} and was left alone, though its text has changed", err=True)


def _content(file: Path) -> bytes:
    return read_bytes(file) if file == STDIN else file.read_bytes()


def _recordings(path: Path, key: str) -> list[Path]:
    if path == STDIN and not key:
        raise ConfigError("give --key KEY: what comes in by standard input has no name")
    if not path.is_dir():
        return [path]
    if key:
        raise ConfigError("--key goes with one recording, not with a folder: there the files are named by key")
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in RECORDINGS and file.name[0] != ".")
    if not found:
        raise ConfigError(f"no recording in {path}: expected files such as welcome.wav or welcome.mp3")
    return found


def _doubt(script: Script, length_s: float) -> str:
    words = len(script.text.split())
    if SHORTEST_S_PER_WORD * words <= length_s <= LONGEST_S_PER_WORD * words + 1:
        return ""
    return f": is it the right one? Its text has {words} words: {script.text!r}"
