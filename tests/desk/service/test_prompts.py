"""Prompts over real HTTP: a catalogue and its audio in a folder of their own, spoken by espeak-ng."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np

from callcenter.adapters.prompt_audio import RATE_HZ
from tests.desk.house import TEXTS, House

BYTES = {"Content-Type": "application/octet-stream"}


def recording(seconds: float = 1.0, level: float = 0.2) -> bytes:
    """A voice's stand-in at 48 kHz: a hum that swells and falls."""
    at = np.arange(int(48_000 * seconds)) / 48_000
    wave_form = level * np.sin(2 * np.pi * 220 * at) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * at))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(48_000)
        out.writeframes(np.clip(wave_form * 32_767, -32_768, 32_767).astype("<i2").tobytes())
    return file.getvalue()


def heard(content: bytes) -> tuple[int, float]:
    with wave.open(io.BytesIO(content)) as found:
        return found.getframerate(), found.getnframes() / found.getframerate()


async def test_the_list_tells_text_source_and_who_says_it(house: House) -> None:
    await house.enter()
    listed = (await house.ask("GET", "/prompts/en")).plain
    own = {one["key"]: one for one in listed["items"] if not one["piece"]}
    assert list(own) == ["welcome", "closed", "main-menu"]
    assert own["main-menu"]["text"] == "For sales, press 1. For support, press 2."
    assert own["welcome"]["source"] == "missing"
    assert "main" in own["welcome"]["used_by"]
    assert {"en", "es"} <= set(listed["languages"])
    assert any(one["piece"] for one in listed["items"])
    assert (await house.ask("GET", "/prompts/xx")).status == 404
    assert (await house.ask("GET", "/prompts/en/welcome/audio")).status == 404


async def test_a_recording_is_taken_in_heard_and_given_back_to_the_voice(house: House) -> None:
    await house.enter()
    taken = await house.ask("PUT", "/prompts/en/welcome/audio", data=recording(), headers=BYTES)
    assert (taken.status, taken.plain["source"], taken.plain["wrong"]) == (200, "recorded", [])
    audio = await house.ask("GET", "/prompts/en/welcome/audio")
    assert audio.headers["Content-Type"] == "audio/wav"
    rate, seconds = heard(audio.raw)
    assert rate == RATE_HZ
    assert 0.9 < seconds < 1.3
    back = await house.ask("DELETE", "/prompts/en/welcome/audio")
    assert back.plain["source"] == "spoken"
    assert back.plain["voice"]


async def test_a_recording_that_callers_should_not_hear_is_refused_with_what_is_wrong(house: House) -> None:
    await house.enter()
    for content, said in (
        (recording(level=0.0), "silent"),
        (recording(level=0.006), "soft"),
        (recording(level=5.0), "clipped"),
        (b"\x1aE\xdf\xa3webm", "no WAV and no MP3"),
        (b"", "no WAV and no MP3"),
    ):
        refused = await house.ask("PUT", "/prompts/en/welcome/audio", data=content, headers=BYTES)
        assert refused.status == 422
        assert said in refused.plain["message"]
    unknown = await house.ask("PUT", "/prompts/en/no-such/audio", data=recording(), headers=BYTES)
    assert unknown.status == 404
    assert (await house.ask("GET", "/prompts/en/welcome/audio")).status == 404


async def test_a_new_text_is_spoken_and_other_lines_stay(house: House, tmp_path: Path) -> None:
    await house.enter()
    changed = await house.ask("PUT", "/prompts/en/main-menu/text", json={"text": "For sales: press 1."})
    assert (changed.status, changed.plain["source"], changed.plain["stale"]) == (200, "spoken", False)
    written = (tmp_path / "prompts" / "en.yaml").read_text("utf-8")
    assert written.startswith(TEXTS[: TEXTS.index("main-menu")])
    assert 'main-menu: "For sales: press 1."\n' in written
    new = await house.ask("PUT", "/prompts/en/sale-today/text", json={"text": "Everything is cheap today."})
    assert (new.status, new.plain["used_by"]) == (200, [])
    assert (await house.ask("DELETE", "/prompts/en/sale-today")).status == 204
    assert (await house.ask("DELETE", "/prompts/en/sale-today")).status == 404
    assert (await house.ask("DELETE", "/prompts/en/welcome")).status == 409
    assert (tmp_path / "prompts" / "en.yaml").read_text("utf-8") == written


async def test_a_recording_of_the_old_text_stays_and_is_marked(house: House) -> None:
    await house.enter()
    await house.ask("PUT", "/prompts/en/welcome/audio", data=recording(), headers=BYTES)
    changed = await house.ask("PUT", "/prompts/en/welcome/text", json={"text": "Hello."})
    assert (changed.plain["source"], changed.plain["stale"]) == ("recorded", True)


async def test_a_text_can_be_heard_before_it_is_kept(house: House) -> None:
    await house.enter()
    spoken = await house.ask("POST", "/prompts/preview", json={"language": "en", "text": "Good morning."})
    assert spoken.headers["Content-Type"] == "audio/wav"
    assert heard(spoken.raw)[1] > 0.4
    assert (await house.ask("POST", "/prompts/preview", json={"language": "xx", "text": "Hm."})).status == 404
    assert (await house.ask("POST", "/prompts/preview", json={"language": "en", "text": " "})).status == 400
