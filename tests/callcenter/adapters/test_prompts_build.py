"""Building and checking prompts; and that the prompts in the repository are as they should be."""

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from callcenter.adapters.prompt_audio import AudioError, Sound, measure
from callcenter.adapters.prompts_build import MANIFEST, build, check
from callcenter.adapters.tts import EspeakNg, default_voice
from callcenter.errors import ConfigError, MachineError
from ivr.prompts import load_catalogue

ROOT = Path(__file__).parents[3]
TEXTS = {"hello": "Good day.", "bye": "Good bye."}


class Hum:
    """A voice that hums each text at a pitch of its own."""

    def __init__(self, name: str = "hum") -> None:
        self.name = name
        self.spoken: list[str] = []

    def speak(self, text: str) -> Sound:
        self.spoken.append(text)
        if text == "(cough)":
            raise AudioError("lost its voice")
        pitch = 200 + 10 * len(text)
        samples = 0.3 * np.sin(2 * np.pi * pitch * np.arange(16_000) / 16_000)
        return Sound(rate_hz=16_000, samples=(samples * 32_767).astype("<i2").tobytes())


def codes(folder: Path, texts: dict[str, str]) -> list[tuple[str, str]]:
    return [(fault.key, fault.code) for fault in check(texts, folder)]


def test_only_what_changed_is_rendered_again(tmp_path: Path) -> None:
    voice = Hum()
    assert build(TEXTS, tmp_path, voice).rendered == ("hello", "bye")
    assert build(TEXTS, tmp_path, voice).rendered == ()
    changed = {**TEXTS, "bye": "See you.", "new": "News."}
    assert codes(tmp_path, changed) == [("bye", "stale"), ("new", "missing")]
    done = build(changed, tmp_path, voice)
    assert (done.rendered, done.kept, done.removed) == (("bye", "new"), ("hello",), ())
    assert voice.spoken == ["Good day.", "Good bye.", "See you.", "News."]
    assert codes(tmp_path, changed) == []


def test_another_voice_speaks_everything_again(tmp_path: Path) -> None:
    build(TEXTS, tmp_path, Hum())
    assert build(TEXTS, tmp_path, Hum("baritone")).rendered == ("hello", "bye")


def test_a_prompt_without_text_goes_and_foreign_files_stay(tmp_path: Path) -> None:
    build(TEXTS, tmp_path, Hum())
    (tmp_path / "mine.wav").write_bytes(b"x")
    done = build({"hello": TEXTS["hello"]}, tmp_path, Hum())
    assert done.removed == ("bye",)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hello.wav", MANIFEST, "mine.wav"]
    assert codes(tmp_path, {"hello": TEXTS["hello"]}) == [("mine", "left-over")]


def test_progress_tells_each_prompt_and_the_end(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    build(TEXTS, tmp_path, Hum(), lambda *step: told.append(step))
    assert told == [("hello", 0, 2), ("bye", 1, 2), ("", 2, 2)]


def test_a_failure_names_the_prompt_and_keeps_what_was_done(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"prompt 'bad': lost its voice"):
        build({"hello": "Good day.", "bad": "(cough)", "bye": "Good bye."}, tmp_path, Hum())
    voice = Hum()
    assert build(TEXTS, tmp_path, voice).rendered == ("bye",)


def test_a_build_is_the_same_everywhere(tmp_path: Path) -> None:
    for name in ("one", "two"):
        build(TEXTS, tmp_path / name, Hum())
    for file in ("hello.wav", "bye.wav", MANIFEST):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def write_wav(path: Path, samples: object, rate: int = 8_000) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.asarray(samples, dtype="<i2").tobytes())


WAVE = np.sin(2 * np.pi * 300 * np.arange(8_000) / 8_000)


@pytest.mark.parametrize(
    ("samples", "rate", "code"),
    [
        (np.zeros(8_000), 8_000, "silent"),
        (np.clip(WAVE * 200_000, -32_768, 32_767), 8_000, "clipped"),
        (WAVE * 1_000, 8_000, "level"),
        (WAVE * 4_600, 16_000, "format"),
    ],
)
def test_audio_that_is_not_as_it_should_be_is_told(tmp_path: Path, samples: object, rate: int, code: str) -> None:
    build(TEXTS, tmp_path, Hum())
    write_wav(tmp_path / "bye.wav", samples, rate)
    assert ("bye", "altered") in codes(tmp_path, TEXTS)
    assert ("bye", code) in codes(tmp_path, TEXTS)
    assert build(TEXTS, tmp_path, Hum()).rendered == ("bye",)
    assert codes(tmp_path, TEXTS) == []


def test_a_fault_says_how_to_mend_it(tmp_path: Path) -> None:
    (fault,) = check({"hello": "Good day."}, tmp_path)
    assert str(fault) == "hello: has no audio; run `callcenter prompts build`"


@pytest.mark.parametrize("content", ["[]", '{"prompts": {"hello": {"sauce": 1}}}', '{"prompts": 3}'])
def test_a_manifest_of_another_form_means_building_anew(tmp_path: Path, content: str) -> None:
    build(TEXTS, tmp_path, Hum())
    (tmp_path / MANIFEST).write_text(content)
    assert build(TEXTS, tmp_path, Hum()).rendered == ("hello", "bye")


def test_a_damaged_manifest_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text("{")
    with pytest.raises(ConfigError, match=r"manifest\.json: .*; delete it, then run `callcenter prompts build`"):
        check(TEXTS, tmp_path)


# ------------------------------------------------------------------------------------------ the real engine


def test_espeak_speaks_the_same_each_time_and_in_proportion() -> None:
    voice = default_voice("en")
    short, long = voice.speak("One."), voice.speak("One, two, three, four, five, six, seven.")
    assert voice.speak("One.") == short
    assert 4 < len(long.samples) / len(short.samples) < 12
    assert voice.speak("-f /etc/passwd").samples


def test_a_missing_engine_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MachineError, match="espeak-ng is not installed: apt-get install espeak-ng"):
        default_voice("en").speak("One.")


def test_a_voice_that_does_not_exist_is_said() -> None:
    with pytest.raises(AudioError, match=r"espeak-ng failed: .*voice does not exist"):
        EspeakNg("xx-none").speak("One.")
    with pytest.raises(ConfigError, match="no voice is known for language 'tlh'"):
        default_voice("tlh")


# ------------------------------------------------------------------------------------- what is in the repository

EN = load_catalogue((ROOT / "prompts/en.yaml").read_text("utf-8"), "en")


def test_the_committed_prompts_are_complete_current_and_sound() -> None:
    assert check(EN.texts, ROOT / "prompts/en") == ()
    assert json.loads((ROOT / "prompts/en" / MANIFEST).read_text())["voice"] == default_voice("en").name


@pytest.mark.parametrize("key", EN.texts)
def test_each_committed_prompt_lasts_as_long_as_its_words(key: str) -> None:
    found = measure(ROOT / f"prompts/en/{key}.wav")
    assert (found.rate_hz, found.channels, found.bits) == (8_000, 1, 16)
    assert found.length_ms - found.speech_ms == pytest.approx(160, abs=20)
    words = len(EN.text(key).split())
    assert 0.18 < found.speech_ms / 1000 / words < 0.75
