"""Building prompts, taking in recordings of them, and checking what is there."""

import io
import struct
import wave
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from callcenter import ulaw
from callcenter.adapters.prompt_audio import END_PIECE, AudioError, Sound
from callcenter.adapters.prompts_build import Again, Script, build, check, take_in
from callcenter.adapters.prompts_kept import MANIFEST, RECORDED, altered, lengths_s, voices
from callcenter.adapters.tts import EspeakNg, plain_voice
from callcenter.errors import ConfigError, MachineError


def scripts(texts: Mapping[str, str]) -> dict[str, Script]:
    return {key: Script(text=text) for key, text in texts.items()}


DATA = Path(__file__).parent / "data"
TEXTS = scripts({"hello": "Good day.", "bye": "Good bye."})


class Hum:
    """A voice that hums each text at a pitch of its own."""

    def __init__(self, name: str = "hum") -> None:
        self.name = name
        self.spoken: list[str] = []

    def speak(self, text: str, pace: float = 1.0) -> Sound:
        self.spoken.append(text)
        if text == "(cough)":
            raise AudioError("lost its voice")
        pitch = 200 + 10 * len(text)
        samples = 0.3 * np.sin(2 * np.pi * pitch * np.arange(16_000) / 16_000)
        return Sound(rate_hz=16_000, samples=(samples * 32_767).astype("<i2").tobytes())


def codes(folder: Path, texts: Mapping[str, Script]) -> list[tuple[str, str]]:
    return [(fault.key, fault.code) for fault in check(texts, folder)]


def test_only_what_changed_is_rendered_again(tmp_path: Path) -> None:
    voice = Hum()
    assert build(TEXTS, tmp_path, voice).rendered == ("hello", "bye")
    assert build(TEXTS, tmp_path, voice).rendered == ()
    changed = {**TEXTS, **scripts({"bye": "See you.", "new": "News."})}
    assert codes(tmp_path, changed) == [("bye", "stale"), ("new", "missing")]
    done = build(changed, tmp_path, voice)
    assert (done.rendered, done.kept, done.removed) == (("bye", "new"), ("hello",), ())
    assert voice.spoken == ["Good day.", "Good bye.", "See you.", "News."]
    assert codes(tmp_path, changed) == []


def test_another_voice_speaks_everything_again(tmp_path: Path) -> None:
    build(TEXTS, tmp_path, Hum())
    assert build(TEXTS, tmp_path, Hum("baritone")).rendered == ("hello", "bye")
    assert voices(tmp_path) == {"baritone": 2}


def test_a_plain_voice_speaks_what_is_new_and_leaves_a_better_ones_prompts(tmp_path: Path) -> None:
    build(TEXTS, tmp_path, Hum("diva"))
    more = {**TEXTS, **scripts({"new": "News."})}
    assert build(more, tmp_path, Hum("plain"), again=Again(other_voices=False)).rendered == ("new",)
    assert voices(tmp_path) == {"diva": 2, "plain": 1}
    assert codes(tmp_path, more) == []


def test_how_a_text_is_to_be_spoken_and_cut_is_part_of_it(tmp_path: Path) -> None:
    voice = Hum()
    build({"one": Script(text="one", spoken="won,", cut=END_PIECE)}, tmp_path, voice)
    assert voice.spoken == ["won,"]
    assert codes(tmp_path, {"one": Script(text="one", spoken="won,", cut=END_PIECE)}) == []
    assert codes(tmp_path, {"one": Script(text="one", spoken="won,")}) == [("one", "stale")]
    assert codes(tmp_path, {"one": Script(text="one", spoken="won,", cut=END_PIECE, pace=1.1)}) == [("one", "stale")]


def test_a_prompt_without_text_goes_and_foreign_files_stay(tmp_path: Path) -> None:
    build(TEXTS, tmp_path, Hum())
    (tmp_path / "mine.ulaw").write_bytes(b"x")
    (tmp_path / "hello.wav").write_bytes(b"x")
    done = build({"hello": TEXTS["hello"]}, tmp_path, Hum())
    assert done.removed == ("bye",)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hello.ulaw", "hello.wav", MANIFEST, "mine.ulaw"]
    assert codes(tmp_path, {"hello": TEXTS["hello"]}) == [("mine", "left-over"), ("hello.wav", "left-over")]


def test_progress_tells_each_prompt_and_the_end(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    build(TEXTS, tmp_path, Hum(), lambda *step: told.append(step))
    assert told == [("hello", 0, 2), ("bye", 1, 2), ("", 2, 2)]


def test_a_failure_names_the_prompt_and_keeps_what_was_done(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"prompt 'bad': lost its voice"):
        build(scripts({"hello": "Good day.", "bad": "(cough)", "bye": "Good bye."}), tmp_path, Hum())
    voice = Hum()
    assert build(TEXTS, tmp_path, voice).rendered == ("bye",)


def test_a_build_is_the_same_everywhere(tmp_path: Path) -> None:
    for name in ("one", "two"):
        build(TEXTS, tmp_path / name, Hum())
    for file in ("hello.ulaw", "bye.ulaw", MANIFEST):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


WAVE = np.sin(2 * np.pi * 300 * np.arange(8_000) / 8_000)


@pytest.mark.parametrize(
    ("samples", "code"),
    [
        (np.zeros(8_000), "silent"),
        (np.clip(WAVE * 6, -1, 1), "clipped"),
        (WAVE * 0.03, "level"),
    ],
)
def test_audio_that_is_not_as_it_should_be_is_told(tmp_path: Path, samples: object, code: str) -> None:
    build(TEXTS, tmp_path, Hum())
    (tmp_path / "bye.ulaw").write_bytes(ulaw.encode(np.asarray(samples, dtype=np.float32)))
    assert ("bye", "altered") in codes(tmp_path, TEXTS)
    assert ("bye", code) in codes(tmp_path, TEXTS)
    assert altered(tmp_path) == ("bye",)
    assert build(TEXTS, tmp_path, Hum()).rendered == ("bye",)
    assert codes(tmp_path, TEXTS) == []
    assert altered(tmp_path) == ()


def test_a_wav_file_under_the_name_of_a_prompt_is_told(tmp_path: Path) -> None:
    build(TEXTS, tmp_path, Hum())
    (tmp_path / "bye.ulaw").write_bytes(wav(WAVE * 0.3))
    assert codes(tmp_path, TEXTS) == [("bye", "format")]


def test_a_missing_file_is_told_though_the_manifest_knows_it(tmp_path: Path) -> None:
    build(TEXTS, tmp_path, Hum())
    (tmp_path / "bye.ulaw").unlink()
    assert codes(tmp_path, TEXTS) == [("bye", "missing")]
    assert altered(tmp_path) == ("bye",)


def test_lengths_are_those_of_the_files(tmp_path: Path) -> None:
    build(TEXTS, tmp_path / "en", Hum())
    assert lengths_s(tmp_path) == {"en/hello": pytest.approx(1.16, abs=0.01), "en/bye": pytest.approx(1.16, abs=0.01)}


def test_a_fault_says_how_to_mend_it(tmp_path: Path) -> None:
    (fault,) = check(scripts({"hello": "Good day."}), tmp_path)
    assert str(fault) == "hello: has no audio; run `callcenter prompts build`"


@pytest.mark.parametrize("content", ["{", "[]", '{"prompts": {"hello": {"sauce": 1}}}', '{"prompts": 3}', "\x00"])
def test_a_damaged_manifest_is_one_clear_line_and_nothing_is_spoken_over(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "en"
    build(TEXTS, folder, Hum())
    take_in(TEXTS["bye"], folder, "bye", wav(hum(0.2)))
    files = {file: file.read_bytes() for file in folder.glob("*.ulaw")}
    (folder / MANIFEST).write_text(content)
    with pytest.raises(ConfigError, match=r"manifest\.json: .*; put a good copy of it back, such as git's"):
        build(TEXTS, folder, Hum())
    with pytest.raises(ConfigError):
        take_in(TEXTS["hello"], folder, "hello", wav(hum(0.2)))
    with pytest.raises(ConfigError):
        check(TEXTS, folder)
    assert {file: file.read_bytes() for file in folder.glob("*.ulaw")} == files
    # Callers are answered all the same.
    assert (altered(folder), lengths_s(tmp_path)) == ((), {})


# ----------------------------------------------------------------------------------------------- recordings


def wav(samples: object, rate: int = 44_100, channels: int = 1) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        data = np.clip(np.round(np.asarray(samples) * 32_768), -32_768, 32_767)
        writer.writeframes(np.repeat(data, channels).astype("<i2").tobytes())
    return file.getvalue()


def hum(size: float, seconds: float = 1.0, rate: int = 44_100) -> object:
    still = np.zeros(rate // 2)
    return np.concatenate((still, size * np.sin(2 * np.pi * 300 * np.arange(int(seconds * rate)) / rate), still))


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (44_100, 2), (48_000, 1)])
def test_a_recording_becomes_a_prompt_that_no_build_speaks_over(tmp_path: Path, rate: int, channels: int) -> None:
    build(TEXTS, tmp_path, Hum())
    entry = take_in(TEXTS["bye"], tmp_path, "bye", wav(hum(0.2, rate=rate), rate, channels))
    assert entry.voice == RECORDED
    assert entry.length_ms == pytest.approx(1_160, abs=15)
    assert codes(tmp_path, TEXTS) == []
    assert build(TEXTS, tmp_path, Hum("baritone")).rendered == ("hello",)
    changed = {**TEXTS, **scripts({"bye": "See you."})}
    done = build(changed, tmp_path, Hum("baritone"))
    assert (done.rendered, done.outdated) == ((), ("bye",))
    assert codes(tmp_path, changed) == [("bye", "stale")]
    assert build(changed, tmp_path, Hum("baritone"), again=Again(recorded=True)).rendered == ("bye",)


def test_what_is_recorded_while_a_build_is_under_way_stays(tmp_path: Path) -> None:
    class Slow(Hum):
        def speak(self, text: str, pace: float = 1.0) -> Sound:
            if not (tmp_path / "bye.ulaw").exists():  # hello is spoken; meanwhile somebody takes in their goodbye
                take_in(TEXTS["bye"], tmp_path, "bye", wav(hum(0.2)))
            return super().speak(text, pace)

    build(TEXTS, tmp_path, Slow())
    assert voices(tmp_path) == {"hum": 1, RECORDED: 1}
    assert codes(tmp_path, TEXTS) == []


def test_two_who_take_in_recordings_at_once_lose_nothing(tmp_path: Path) -> None:
    texts = scripts({f"p{number}": "Good day." for number in range(24)})
    with ThreadPoolExecutor(4) as people:
        list(people.map(lambda key: take_in(texts[key], tmp_path, key, wav(hum(0.2))), texts))
    assert voices(tmp_path) == {RECORDED: 24}
    assert codes(tmp_path, texts) == []


def test_a_recording_of_a_key_that_is_gone_is_not_deleted(tmp_path: Path) -> None:
    take_in(TEXTS["bye"], tmp_path, "bye", wav(hum(0.2)))
    assert build({"hello": TEXTS["hello"]}, tmp_path, Hum()).removed == ()
    assert (tmp_path / "bye.ulaw").is_file()


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (wav(np.zeros(44_100)), "is silent: record it again"),
        (wav(hum(0.006)), "is too soft"),
        (wav(np.clip(np.asarray(hum(1.6)), -0.99, 0.99)), "is clipped in .* places: record it again with less gain"),
        ((DATA / "clipped.mp3").read_bytes(), "is clipped in"),
        (b"RIFF but no more", "is no WAV and no MP3 file"),
        (wav(hum(0.2))[:-999], "is cut off: its end is missing; copy or export it again"),
        (wav(hum(0.2), rate=1), "has 1 samples a second by its header, which must be damaged: export it again"),
        (wav(hum(0.2))[:24] + bytes(4) + wav(hum(0.2))[28:], "has 0 samples a second"),
        (b"a text", "is no WAV and no MP3 file"),
        (b"", "is no WAV and no MP3 file"),
    ],
    ids=["silent", "soft", "clipped", "clipped mp3", "no wav", "half a wav", "slow", "no rate", "no sound", "empty"],
)
def test_a_recording_that_cannot_become_a_prompt_is_refused_with_the_reason(
    tmp_path: Path, content: bytes, error: str
) -> None:
    with pytest.raises(AudioError, match=error):
        take_in(TEXTS["bye"], tmp_path, "bye", content)
    assert list(tmp_path.iterdir()) == []


def test_channels_that_cancel_each_other_are_no_silence(tmp_path: Path) -> None:
    one = np.asarray(hum(0.2))
    content = bytearray(wav(np.zeros(len(one)), channels=2))
    content[44:] = np.round(np.stack((one, -one), axis=1) * 32_767).astype("<i2").tobytes()
    assert take_in(TEXTS["bye"], tmp_path, "bye", bytes(content)).length_ms == pytest.approx(1_160, abs=15)
    assert codes(tmp_path, {"bye": TEXTS["bye"]}) == []


def test_a_recording_in_floating_point_is_taken(tmp_path: Path) -> None:
    samples = np.asarray(hum(0.2)).astype("<f4").tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, 1, 44_100, 4 * 44_100, 4, 32)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(samples)) + samples
    content = struct.pack("<4sI", b"RIFF", len(body)) + body
    assert take_in(TEXTS["bye"], tmp_path, "bye", content).length_ms == pytest.approx(1_160, abs=15)


def test_a_stream_that_did_not_know_its_length_is_taken(tmp_path: Path) -> None:
    content = bytearray(wav(hum(0.2)))
    content[40:44] = b"\xff" * 4
    assert take_in(TEXTS["bye"], tmp_path, "bye", bytes(content)).length_ms == pytest.approx(1_160, abs=15)


def test_a_loud_recording_that_is_whole_is_taken(tmp_path: Path) -> None:
    assert take_in(TEXTS["bye"], tmp_path, "bye", wav(hum(0.99))).voice == RECORDED


# ------------------------------------------------------------------------------------------ the real engine


def test_espeak_speaks_the_same_each_time_and_in_proportion() -> None:
    voice = plain_voice("en")
    short, long = voice.speak("One."), voice.speak("One, two, three, four, five, six, seven.")
    assert voice.speak("One.") == short
    assert 4 < len(long.samples) / len(short.samples) < 12
    assert voice.speak("-f /etc/passwd").samples


def test_a_missing_engine_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MachineError, match="espeak-ng is not installed: apt-get install espeak-ng"):
        plain_voice("en").speak("One.")


def test_a_voice_that_does_not_exist_is_said() -> None:
    with pytest.raises(AudioError, match=r"espeak-ng failed: .*voice does not exist"):
        EspeakNg("xx-none").speak("One.")
    with pytest.raises(ConfigError, match="no voice is known for language 'tlh'"):
        plain_voice("tlh")
