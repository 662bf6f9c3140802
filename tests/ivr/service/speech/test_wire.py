"""Frames of AudioSocket, however they are cut."""

from uuid import UUID

import pytest

from ivr.service.speech import wire
from ivr.service.speech.wire import Frame, Frames, Kind

IDENT = UUID("88fd2bac-8efc-4a2c-9b34-a4aafb04e8a8")
# As Asterisk 22.10.1 sent them: the UUID, sound, a key, sound.
STREAM = b"\x01\x00\x10" + IDENT.bytes + wire.audio(bytes(320)) + b"\x03\x00\x011" + wire.audio(b"\x01" * 320)


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 320, 1000])
def test_frames_are_put_together_however_they_come(piece: int) -> None:
    frames = Frames()
    found = [frame for start in range(0, len(STREAM), piece) for frame in frames.feed(STREAM[start : start + piece])]
    assert [frame.kind for frame in found] == [Kind.IDENT, Kind.AUDIO, Kind.KEY, Kind.AUDIO]
    assert found[0].ident == IDENT
    assert found[2].payload == b"1"
    assert found[3].payload == b"\x01" * 320


def test_what_we_send_is_what_asterisk_reads() -> None:
    assert wire.audio(b"\x01\x02") == b"\x10\x00\x02\x01\x02"
    assert wire.END == b"\x00\x00\x00"


def test_a_frame_that_no_asterisk_sends_is_refused() -> None:
    with pytest.raises(ValueError, match="limit"):
        Frames().feed(b"\x10\xff\xff")


@pytest.mark.parametrize("frame", [Frame(Kind.AUDIO, IDENT.bytes), Frame(Kind.IDENT, b"short")])
def test_only_an_ident_identifies(frame: Frame) -> None:
    with pytest.raises(ValueError):
        _ = frame.ident
