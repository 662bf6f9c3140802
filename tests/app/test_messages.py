"""The safe-harbour message: its words, its sound, and where Asterisk finds it."""

import io
import stat
import wave
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from app import messages
from app.messages import WORDINGS, put_message, said, spoken, trouble, words
from callcenter.adapters import prompt_audio
from callcenter.adapters.prompt_audio import AudioError, Sound
from callcenter.compliance.rules import UNASKED
from callcenter.errors import ConfigError, MachineError
from callcenter.outbound import Campaign, CampaignKind

SPRING = Campaign(
    name="spring",
    title="Spring",
    kind=CampaignKind.SALES,
    queue="sales",
    trunk="carrier",
    caller_id="+12025550100",
    region="US",
    company="Example Ltd.",
    callback="+12025550101",
    created_at=datetime(2026, 3, 2, 15, tzinfo=UTC),
)
Samples = npt.NDArray[np.float64]
PLACE = "/etc/asterisk/rendered/campaigns/spring"


def tone(seconds: float, *, rate: int = 44_100, level: float = 0.3, pitch: float = 440.0) -> Samples:
    return level * np.sin(2 * np.pi * pitch * np.arange(int(seconds * rate)) / rate)


class Voice:
    """A voice that hums for five seconds, or is missing, or hoarse."""

    name = "hum"

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.spoken = error, ""

    def speak(self, text: str) -> Sound:
        if self.error is not None:
            raise self.error
        self.spoken = text
        return Sound(rate_hz=16_000, samples=(tone(5, rate=16_000) * 32_767).astype("<i2").tobytes())


def recording(samples: Samples, *, rate: int = 44_100, channels: int = 1, width: int = 2) -> bytes:
    """A WAV file of `samples` (-1 to 1), the same on each channel."""
    whole = (samples * (2 ** (8 * width - 1) - 1)).astype("<i4")
    raw = np.repeat(whole, channels).astype("<i4").tobytes()
    if width < 4:  # the lower bytes of each sample
        raw = np.frombuffer(raw, "u1").reshape(-1, 4)[:, :width].tobytes()
    if width == 1:  # eight bits are unsigned
        raw = bytes((byte + 128) % 256 for byte in raw)
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(raw)
    return file.getvalue()


# --------------------------------------------------------------------------------------------------- words


def test_a_sales_call_says_who_why_the_number_twice_and_the_key() -> None:
    assert words(SPRING) == (
        "This is a call from Example Ltd, for telemarketing purposes. "
        "You can reach us at two zero two, five five five, zero one zero one. To not be called again, press nine. "
        "Our number once more: two zero two, five five five, zero one zero one. Goodbye."
    )


def test_a_collections_call_tells_nobody_of_a_debt() -> None:
    text = words(replace(SPRING, kind=CampaignKind.COLLECTIONS)).lower()
    assert "example ltd" in text
    assert text.count("zero one zero one") == 2
    assert "press nine" in text
    assert not [word for word in ("debt", "account", "pay", "bill", "collect", "owe", "telemarketing") if word in text]


@pytest.mark.parametrize(
    ("language", "told", "purpose", "key"),
    [
        ("es", "dos cero dos, cinco cinco cinco, cero uno cero uno", "telemarketing", "pulse la tecla nueve."),
        ("fr", "deux zéro deux, cinq cinq cinq, zéro un zéro un", "prospection", "appuyez sur la touche neuf."),
    ],
)
def test_spanish_and_french_say_the_same(language: str, told: str, purpose: str, key: str) -> None:
    sales, collections = (
        words(replace(SPRING, language=language, kind=kind)) for kind in (CampaignKind.SALES, CampaignKind.COLLECTIONS)
    )
    for text in (sales, collections):
        assert text.count(told) == 2
        assert key in text
        assert "Example Ltd" in text
    assert purpose in sales
    assert purpose not in collections


@pytest.mark.parametrize(("key", "word"), [("0", "zero"), ("5", "five"), ("*", "star"), ("#", "pound")])
def test_every_key_has_a_word(key: str, word: str) -> None:
    assert f"press {word}." in words(replace(SPRING, opt_out_key=key))


@pytest.mark.parametrize(
    ("number", "region", "heard"),
    [
        ("+442079460000", "GB", "zero two zero, seven nine four six, zero zero zero zero"),
        ("+442079460000", "US", "plus four four, two zero, seven nine four six, zero zero zero zero"),
        ("+17872345678", "PR", "seven eight seven, two three four, five six seven eight"),
    ],
)
def test_numbers_are_spoken_as_they_are_dialled(number: str, region: str, heard: str) -> None:
    assert spoken(number, region, WORDINGS["en"]) == heard


def test_every_wording_has_all_it_needs() -> None:
    for wording in WORDINGS.values():
        assert set(wording.texts) == UNASKED  # who is called back hears no message
        assert len(wording.keys) == len(messages.KEYS)
        for text in wording.texts.values():
            assert text.count("{number}") == 2
            assert {"{company}", "{key}"} <= set(text.split()) | {part.strip(".,") for part in text.split()}


def test_a_country_after_the_language_changes_nothing() -> None:
    assert words(replace(SPRING, language="en_GB")) == words(SPRING)


def test_a_language_without_words_needs_a_recording(tmp_path: Path) -> None:
    german = replace(SPRING, language="de")
    told = r"^--language: the message is not known in 'de', only in en, es, fr: give your own"
    with pytest.raises(ConfigError, match=told):
        put_message(tmp_path, german, voice=Voice())
    assert put_message(tmp_path, german, recording=recording(tone(4))) == PLACE


# --------------------------------------------------------------------------------------------------- sound


def test_the_spoken_message_lies_where_asterisk_sees_it(tmp_path: Path) -> None:
    voice = Voice()
    assert put_message(tmp_path, SPRING, voice=voice) == PLACE
    assert voice.spoken == words(SPRING)
    found = prompt_audio.measure(tmp_path / "campaigns" / "spring.wav")
    assert found.is_telephone_wav
    assert abs(found.level_dbfs - prompt_audio.LEVEL_DBFS) < prompt_audio.LEVEL_WITHIN_DB
    assert said(PLACE, tmp_path) == words(SPRING)
    assert trouble(PLACE, tmp_path) == ""


def test_asterisks_group_may_read_it_and_nobody_else(tmp_path: Path) -> None:
    put_message(tmp_path, SPRING, voice=Voice())
    folder = tmp_path / "campaigns"
    assert stat.S_IMODE(folder.stat().st_mode) & 0o777 == 0o750
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
        assert file.stat().st_gid == folder.stat().st_gid


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000])
@pytest.mark.parametrize(("channels", "width"), [(1, 1), (2, 2), (1, 3), (2, 4)])
def test_any_plain_recording_is_brought_to_the_prompts_form(
    tmp_path: Path, rate: int, channels: int, width: int
) -> None:
    own = recording(tone(4, rate=rate, level=0.6), rate=rate, channels=channels, width=width)
    put_message(tmp_path, SPRING, recording=own)
    found = prompt_audio.measure(tmp_path / "campaigns" / "spring.wav")
    assert found.is_telephone_wav
    assert abs(found.level_dbfs - prompt_audio.LEVEL_DBFS) < prompt_audio.LEVEL_WITHIN_DB
    assert abs(found.speech_ms - 4_000) < 50


def test_a_recording_takes_the_place_of_the_spoken_one_and_back(tmp_path: Path) -> None:
    put_message(tmp_path, SPRING, voice=Voice())
    put_message(tmp_path, SPRING, recording=recording(tone(7)))
    assert said(PLACE, tmp_path) == ""
    assert prompt_audio.measure(tmp_path / "campaigns" / "spring.wav").speech_ms > 6_000
    put_message(tmp_path, SPRING, voice=Voice())
    assert said(PLACE, tmp_path) == words(SPRING)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "is no WAV and no MP3 file"),
        (b"ID3\x04" + b"x" * 5_000, "is no WAV and no MP3 file"),
        (recording(tone(1)), "lasts 1.0 s: who called, a number and a key take 3 to 60 s"),
        (recording(tone(61, rate=8_000), rate=8_000), "lasts 61.0 s: who called"),
        (recording(tone(5, level=0.0)), "holds only 0 ms of speech"),
        (b"RIFF" + bytes(messages.MOST_BYTES), "is larger than 30 MB"),
    ],
    ids=["empty", "mp3", "short", "long", "silent", "large"],
)
def test_a_recording_nobody_could_use_is_refused(tmp_path: Path, content: bytes, text: str) -> None:
    with pytest.raises(ConfigError, match=f"^--message: the recording {text}"):
        put_message(tmp_path, SPRING, recording=content)
    assert list(tmp_path.iterdir()) == []


def test_without_an_engine_the_way_out_is_told(tmp_path: Path) -> None:
    missing = Voice(MachineError("espeak-ng is not installed: apt-get install espeak-ng"))
    with pytest.raises(MachineError, match=r"apt-get install espeak-ng; or give your own recording with --message"):
        put_message(tmp_path, SPRING, voice=missing)
    with pytest.raises(ConfigError, match=r"cannot be spoken: espeak-ng failed: x; give your own recording"):
        put_message(tmp_path, SPRING, voice=Voice(AudioError("espeak-ng failed: x")))


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot make .*/none/campaigns: No such file or directory; with Docker"):
        put_message(tmp_path / "none", SPRING, voice=Voice())


# -------------------------------------------------------------------------------------------------- trouble


def test_what_is_wrong_with_a_message_is_told(tmp_path: Path) -> None:
    file = tmp_path / "campaigns" / "spring.wav"
    assert trouble("", tmp_path) == "it has no message"
    assert trouble(PLACE, tmp_path) == f"the sound of its message is missing: {file}"
    assert trouble(PLACE, None).startswith("CALLCENTER_RENDERED_DIR is not set")
    file.parent.mkdir()
    file.write_bytes(b"x")
    assert f"{file} is no WAV file" in trouble(PLACE, tmp_path)
    file.write_bytes(recording(tone(4, rate=8_000, level=0.0), rate=8_000))
    assert trouble(PLACE, tmp_path) == f"{file} is silent"


def test_a_sound_that_lies_elsewhere_is_the_operators_business(tmp_path: Path) -> None:
    assert trouble("/usr/share/callcenter/prompts/en/goodbye", tmp_path) == ""
    assert said("/usr/share/callcenter/prompts/en/goodbye", tmp_path) == ""
