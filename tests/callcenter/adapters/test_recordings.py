"""The folder of recordings: names nobody guesses, folders both sides may write, what a file really holds."""

import os
import stat
import wave
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from callcenter.adapters.recordings import Recordings
from callcenter.errors import StoreError

DAY = date(2026, 3, 2)


def made(folder: Path) -> Recordings:
    return Recordings(folder, "/var/spool/callcenter", lambda: DAY)


def write(file: Path, *parts: tuple[float, float]) -> None:
    """A WAV of parts (seconds, amplitude 0..1)."""
    rng = np.random.default_rng(1)
    pieces = [(rng.uniform(-level, level, round(seconds * 8000)) * 32767).astype("<i2") for seconds, level in parts]
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(np.concatenate(pieces).tobytes())


def test_a_name_cannot_be_guessed_and_its_folder_is_there(tmp_path: Path) -> None:
    tapes = made(tmp_path)
    first, second = tapes.new("voicemail"), tapes.new("voicemail")
    assert first != second
    assert first.startswith("voicemail/2026-03-02/")
    assert len(first.rpartition("/")[2]) == len("x" * 32 + ".wav")
    assert tapes.path(first) == f"/var/spool/callcenter/{first.removesuffix('.wav')}"
    assert tapes.file(first).parent.is_dir()


def test_a_recording_of_a_call_bears_the_call(tmp_path: Path) -> None:
    name = made(tmp_path).new("calls", "main-1772463600.7/../x")
    assert name.startswith("calls/2026-03-02/main-1772463600.7-..-x-")
    with pytest.raises(ValueError, match="not the name"):
        made(tmp_path).file(name)
    plain = made(tmp_path).new("calls", "main-1772463600.7")
    assert made(tmp_path).file(plain).parent == tmp_path / "calls" / "2026-03-02"


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o007])
def test_folders_are_the_groups_too_whatever_our_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        name = made(tmp_path).new("voicemail")
    finally:
        os.umask(before)
    for folder in (tmp_path / "voicemail", (tmp_path / name).parent):
        assert stat.S_IMODE(folder.stat().st_mode) & 0o777 == 0o770


def test_no_room_is_said(tmp_path: Path) -> None:
    (tmp_path / "voicemail").write_text("a file in the way")
    with pytest.raises(StoreError, match="no room for recordings"):
        made(tmp_path).new("voicemail")


@pytest.mark.parametrize(
    "name", ["../x.wav", "/etc/passwd", "voicemail/2026-03-02/../../x.wav", "voicemail/x.wav", "a/2026-03-02/x.txt", ""]
)
def test_only_names_of_recordings_are_files(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        made(tmp_path).file(name)


@pytest.mark.parametrize(
    ("parts", "length", "voice"),
    [
        ([(2.0, 0.0)], 2.0, 0.0),
        ([(2.0, 0.005)], 2.0, 0.0),  # -50 dBFS: the line's own noise
        ([(1.0, 0.0), (1.5, 0.1), (2.0, 0.0)], 4.5, 1.5),
        ([(0.1, 0.3), (3.0, 0.0)], 3.1, 0.1),
    ],
    ids=["silence", "noise", "speech", "click"],
)
async def test_a_recording_says_how_much_of_it_is_speech(
    tmp_path: Path, parts: list[tuple[float, float]], length: float, voice: float
) -> None:
    tapes = made(tmp_path)
    name = tapes.new("voicemail")
    write(tapes.file(name), *parts)
    found = await tapes.voiced(name)
    assert found == (pytest.approx(length, abs=0.02), pytest.approx(voice, abs=0.03))


async def test_a_recording_that_is_not_there_or_was_cut_off_is_no_error(tmp_path: Path) -> None:
    tapes = made(tmp_path)
    name = tapes.new("voicemail")
    assert await tapes.voiced(name) == (0.0, 0.0)
    tapes.file(name).write_bytes(b"RIFF")
    assert await tapes.voiced(name) == (0.0, 0.0)
    write(tapes.file(name), (1.0, 0.2))
    whole = tapes.file(name).read_bytes()
    tapes.file(name).write_bytes(whole[:4] + b"\0\0\0\0" + whole[8:40] + b"\0\0\0\0" + whole[44:8045])
    length, voice = await tapes.voiced(name)  # Asterisk has not written the lengths yet, and half a sample is missing
    assert (length, voice) == (pytest.approx(0.5, abs=0.01), pytest.approx(0.5, abs=0.03))


async def test_a_recording_is_deleted_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tapes = made(tmp_path)
    name = tapes.new("voicemail")
    write(tapes.file(name), (0.1, 0.0))
    await tapes.remove(name)
    await tapes.remove(name)
    assert not tapes.file(name).exists()
    assert caplog.text == ""


def test_a_folder_that_both_sides_may_write_is_well(tmp_path: Path) -> None:
    tmp_path.chmod(0o2770)
    assert made(tmp_path).check() == f"recordings in {tmp_path}"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_asterisk_may_not_write_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o2750)
    with pytest.raises(StoreError, match="not writable by its group"):
        made(tmp_path).check()
    with pytest.raises(StoreError, match="no recordings in"):
        made(tmp_path / "gone").check()
