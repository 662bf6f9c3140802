"""What the service and a worker say to each other."""

import pytest

from callcenter.adapters.speech import frames


def test_what_is_packed_comes_out_again() -> None:
    packed = frames.pack({"do": "recognise", "text": "où?"}, b"\0\1\2")
    header, body = frames.lengths(packed[: frames.LENGTHS.size])
    rest = packed[frames.LENGTHS.size :]
    assert frames.header(rest[:header]) == {"do": "recognise", "text": "où?"}
    assert rest[header:] == b"\0\1\2"
    assert len(rest) == header + body


@pytest.mark.parametrize("data", [b"hello wo", b"\xff" * 8])
def test_what_is_no_frame_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="frame of"):
        frames.lengths(data)


@pytest.mark.parametrize("data", [b"[]", b"{", b"\xff\xfe"])
def test_what_is_no_header_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        frames.header(data)
