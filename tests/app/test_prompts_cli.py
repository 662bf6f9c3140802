"""`callcenter prompts build|check|import`, in a folder with a small catalogue and a voice that hums."""

from __future__ import annotations

import asyncio
import io
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from app import prompts_cli
from app.prompt_scripts import scripts_of
from app.prompts_cli import prompts_app
from callcenter.adapters.prompt_audio import END_PIECE, PIECE, WHOLE, Sound
from callcenter.adapters.prompts_kept import RECORDED, voices
from callcenter.adapters.store import Store
from callcenter.errors import ConfigError
from ivr.prompts import load_catalogue

CATALOGUE = "hello: Guten Tag.\nbye: Auf Wiederhören.\n"


class Hum:
    def __init__(self, name: str) -> None:
        self.name = name

    def speak(self, text: str, pace: float = 1.0) -> Sound:
        samples = 0.3 * np.sin(2 * np.pi * (300 + len(text)) * np.arange(8_000) / 8_000)
        return Sound(rate_hz=8_000, samples=(samples * 32_767).astype("<i2").tobytes())


@dataclass
class Studio:
    folder: Path

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(prompts_app, list(arguments))

    def recording(self, name: str, size: float = 0.2) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setnchannels(1)
            writer.setsampwidth(2)
            writer.setframerate(16_000)
            samples = size * np.sin(2 * np.pi * 300 * np.arange(16_000) / 16_000)
            writer.writeframes((samples * 32_767).astype("<i2").tobytes())
        path.write_bytes(file.getvalue())
        return path


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    (prompts / "de.yaml").write_text(CATALOGUE)
    monkeypatch.setenv("CALLCENTER_PROMPTS_DIR", str(prompts))
    monkeypatch.setenv("CALLCENTER_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(prompts_cli, "plain_voice", lambda language: Hum("plain"))
    return Studio(tmp_path)


def test_build_then_check_then_build_again(studio: Studio) -> None:
    missing = studio.run("check")
    assert missing.exit_code == 1
    assert missing.stdout.splitlines()[0] == "de/hello: has no audio; run `callcenter prompts build` [missing]"
    assert studio.run("build").stdout == "de: 2 rendered, 0 as they were, 0 removed by plain\n"
    well = studio.run("check")
    assert (well.exit_code, well.stdout) == (0, "de: 2 prompts, all fit: 2 by plain\n")
    assert studio.run("build").stdout == "de: 0 rendered, 2 as they were, 0 removed\n"


def test_a_key_that_one_catalogue_lacks_is_told(studio: Studio) -> None:
    (studio.folder / "prompts" / "it.yaml").write_text("hello: Buongiorno.\nextra: Ancora.\n")
    studio.run("build")
    found = studio.run("check")
    assert found.exit_code == 1
    assert found.stdout.splitlines() == [
        "de/extra: is in it.yaml, not in de.yaml [no text]",
        "it/bye: is in de.yaml, not in it.yaml [no text]",
    ]
    assert "it/bye" not in studio.run("check", "--language", "de").stdout


def test_a_recording_is_taken_in_by_its_name_and_stays(studio: Studio) -> None:
    studio.run("build")
    taken = studio.run("import", str(studio.recording("bye.wav")), "--language", "de")
    assert (taken.exit_code, taken.stdout) == (0, "de/bye: 1.2 s\n")
    assert studio.run("check").stdout == "de: 2 prompts, all fit: 1 by plain, 1 by recorded\n"
    (studio.folder / "prompts" / "de.yaml").write_text("hello: Guten Abend.\nbye: Tschüss.\n")
    built = studio.run("build")
    assert built.stdout == "de: 1 rendered, 1 as they were, 0 removed by plain\n"
    assert built.stderr == "de/bye: is recorded and was left alone, though its text has changed\n"
    assert studio.run("build", "--over-recorded").stdout == "de: 1 rendered, 1 as they were, 0 removed by plain\n"
    assert RECORDED not in voices(studio.folder / "prompts" / "de")


def test_a_recording_may_come_in_by_standard_input(studio: Studio) -> None:
    content = studio.recording("take.wav").read_bytes()
    taken = CliRunner().invoke(prompts_app, ["import", "-", "--key", "bye", "--language", "de"], input=content)
    assert (taken.exit_code, taken.stdout) == (0, "de/bye: 1.2 s\n")


def test_what_was_taken_in_is_in_the_audit_log_where_there_is_one(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.run("import", str(studio.recording("bye.wav")), "--language", "de")
    file = studio.folder / "callcenter.db"
    assert not file.exists()

    async def noted(*, first: bool) -> list[tuple[str, str]]:
        async with await Store.open(f"sqlite:///{file}") as store:
            if first:
                await store.migrate()
            return [(entry.what, entry.detail) for entry in await store.audits()]

    assert asyncio.run(noted(first=True)) == []
    studio.run("import", str(studio.recording("hello.wav")), "--language", "de")
    studio.run("import", str(studio.recording("tape/none.wav")), "--language", "de")
    assert asyncio.run(noted(first=False)) == [("prompts", "de/hello recorded")]
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", f"sqlite:///{studio.folder / 'none' / 'store.db'}")
    taken = studio.run("import", str(studio.recording("bye.wav")), "--language", "de")
    assert (taken.exit_code, taken.stdout) == (0, "de/bye: 1.2 s\n")
    assert taken.stderr.startswith("this is not in the audit log: ")


def test_a_folder_is_taken_in_but_for_what_is_wrong_in_it(studio: Studio) -> None:
    studio.recording("tape/hello.wav")
    studio.recording("tape/bye.wav", size=0.0)
    studio.recording("tape/helo.wav")
    taken = studio.run("import", str(studio.folder / "tape"), "--language", "de")
    assert (taken.exit_code, taken.stdout) == (1, "de/hello: 1.2 s\n")
    silent, unknown = taken.stderr.splitlines()
    assert silent.endswith("bye.wav: is silent: record it again")
    assert unknown.endswith("""helo.wav: there is no prompt 'helo' in de.yaml; did you mean "hello"?""")


def test_one_file_may_be_named_otherwise_and_an_odd_length_is_told(studio: Studio) -> None:
    (studio.folder / "prompts" / "de.yaml").write_text("long: " + "ein Wort und noch eins " * 5)
    taken = studio.run("import", str(studio.recording("take-3.wav")), "--language", "de", "--key", "long")
    assert taken.exit_code == 0
    assert taken.stdout.startswith("de/long: 1.2 s: is it the right one? Its text has 25 words")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("bye.wav",), "bye.wav: [Errno 2] No such file or directory"),
        ((".", "--key", "bye"), "--key goes with one recording, not with a folder"),
        (("-",), "give --key KEY: what comes in by standard input has no name"),
        (("prompts",), "no recording in prompts"),
    ],
)
def test_what_cannot_be_imported_is_said(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], error: str
) -> None:
    monkeypatch.chdir(studio.folder)
    result = studio.run("import", *arguments, "--language", "de")
    assert result.exit_code == 1
    assert error in result.stderr + str(result.exception)


def test_a_plain_voice_leaves_what_the_natural_one_has_spoken(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompts_cli, "SPEAKERS", {"de": "somebody"})
    monkeypatch.setattr(prompts_cli, "kokoro", lambda language: Hum("natural"))
    assert studio.run("build").stdout.endswith("by natural\n")
    monkeypatch.setattr(prompts_cli, "kokoro", lambda language: None)
    (studio.folder / "prompts" / "de.yaml").write_text(CATALOGUE + "new: Neues.\n")
    built = studio.run("build")
    assert built.stdout == "de: 1 rendered, 2 as they were, 0 removed by plain\n"
    assert built.stderr.startswith(
        "de: the natural voice is not installed (scripts/voices installs it and builds with it)"
    )
    assert voices(studio.folder / "prompts" / "de") == {"natural": 2, "plain": 1}
    assert studio.run("build").stderr == ""


def test_pieces_are_spoken_as_within_a_sentence_and_cut_close() -> None:
    scripts = scripts_of(load_catalogue("hello: Bonjour.", "fr"))
    assert (scripts["hello"].spoken, scripts["hello"].cut) == ("", WHOLE)
    assert (scripts["say-21"].spoken, scripts["say-21"].cut) == ("vingt et un,", PIECE)
    assert (scripts["say-6-c"].text, scripts["say-6-c"].spoken) == ("six", "si,")
    assert (scripts["say-6-end"].spoken, scripts["say-6-end"].cut) == ("six.", END_PIECE)
    assert scripts_of(load_catalogue("say-6-c: sixe", "fr"))["say-6-c"].spoken == "sixe,"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"hello: Gr\xfc\xdfe\n", "de.yaml is not UTF-8 text (byte 9): save it as UTF-8"),
        (b"", "prompts/de.yaml: must be a list of lines `key: text`"),
        (b"hello: Hallo\nHello: Hallo\n", "key 'Hello' is not made of small letters, digits and hyphens"),
    ],
)
def test_a_catalogue_that_cannot_be_read_is_one_line(studio: Studio, content: bytes, error: str) -> None:
    (studio.folder / "prompts" / "de.yaml").write_bytes(content)
    for command in ("build", "check"):
        refused = studio.run(command).exception
        assert isinstance(refused, ConfigError)
        assert error in str(refused)


def test_a_language_without_a_catalogue_is_named_before_its_voice(studio: Studio) -> None:
    assert "nl.yaml: there is no such file, and so no prompts" in str(studio.run("build", "--language", "nl").exception)
    assert "nl.yaml: there is no such file, and so no prompts" in str(studio.run("check", "--language", "nl").exception)
