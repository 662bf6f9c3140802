"""The language of AudioSocket, without a socket: frames of type (1 byte), length (2, big-endian) and payload.

Source: res_audiosocket.c of Asterisk 22, each statement tried on 22.10.1 (docs/speech.md).
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple
from uuid import UUID

FRAME_S: Final = 0.02
FRAME_BYTES: Final = 320  # 20 ms of signed 16-bit samples, little-endian, 8,000 a second: what Asterisk sends and likes
HEADER: Final = 3
# Asterisk frames are as long as the channel's packets, 60 ms at the most; nothing sensible is longer than this.
PAYLOAD_MAX: Final = 4096


class Kind(IntEnum):
    END = 0x00
    IDENT = 0x01
    KEY = 0x03
    AUDIO = 0x10


class Frame(NamedTuple):
    kind: int
    payload: bytes

    @property
    def ident(self) -> UUID:
        """The UUID of an IDENT frame; raise ValueError for any other."""
        if self.kind != Kind.IDENT:
            raise ValueError(f"frame {self.kind:#04x} is no IDENT")
        return UUID(bytes=self.payload)


END: Final = b"\x00\x00\x00"


def audio(samples: bytes) -> bytes:
    """Return an AUDIO frame. Always written in one piece: Asterisk takes a header that comes in two for another.

    >>> audio(bytes(4)).hex()
    '10000400000000'
    """
    return bytes((Kind.AUDIO,)) + len(samples).to_bytes(2, "big") + samples


class Frames:
    """Puts frames together from the bytes of a connection, however they are cut."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes; return the frames they complete. Raise ValueError at a frame longer than PAYLOAD_MAX."""
        data = self._rest + data
        found: list[Frame] = []
        start = 0
        while len(data) - start >= HEADER:
            size = int.from_bytes(data[start + 1 : start + HEADER], "big")
            if size > PAYLOAD_MAX:
                raise ValueError(f"AudioSocket frame of {size} bytes, the limit is {PAYLOAD_MAX}")
            end = start + HEADER + size
            if len(data) < end:
                break
            found.append(Frame(data[start], data[start + HEADER : end]))
            start = end
        self._rest = data[start:]
        return found
