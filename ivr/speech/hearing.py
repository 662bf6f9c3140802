"""A stream of sound heard frame by frame: keeps what belongs to the utterance and says when it has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ivr.speech.ear import FRAME_S, LEAD_S, Ear, Sign, frames

BYTES_A_SECOND: Final = 16_000  # 16-bit samples at 8 kHz
FRAME_BYTES: Final = round(FRAME_S * BYTES_A_SECOND)

Judge = Callable[[bytes], float]  # probability of speech in a frame of FRAME_BYTES


class Hearing:
    """Listens to one answer; see `Ear`. Feed sound in pieces of any length."""

    def __init__(self, judge: Judge, timeout_s: float) -> None:
        self._judge, self._ear = judge, Ear(timeout_s=timeout_s)
        self._rest = b""
        self._kept = bytearray()  # the frames heard, from `_first` on
        self._first = 0

    def feed(self, sound: bytes) -> Sign:
        """Take sound; return the first sign in it that is not NOTHING. What follows that in `sound` is not heard."""
        data = self._rest + sound
        for start in range(0, len(data) - FRAME_BYTES + 1, FRAME_BYTES):
            frame = data[start : start + FRAME_BYTES]
            self._kept += frame
            sign = self._ear.hear(self._judge(frame))
            if sign is not Sign.NOTHING:
                self._rest = data[start + FRAME_BYTES :]
                return sign
        self._rest = data[len(data) // FRAME_BYTES * FRAME_BYTES :]
        if not self._ear.speaking:
            self._forget()
        return Sign.NOTHING

    def prompt_ended(self) -> None:
        self._ear.prompt_ended()

    def resume(self) -> None:
        self._ear.resume()
        self._rest = b""

    @property
    def speaking(self) -> bool:
        return self._ear.speaking

    @property
    def utterance(self) -> bytes:
        """The sound of the utterance, with a little before it."""
        first, end = self._ear.utterance
        return bytes(self._kept[(first - self._first) * FRAME_BYTES : (end - self._first) * FRAME_BYTES])

    def _forget(self) -> None:
        """Keep only what could still belong to an utterance."""
        surplus = len(self._kept) // FRAME_BYTES - 2 * frames(LEAD_S)
        if surplus > 0:
            del self._kept[: surplus * FRAME_BYTES]
            self._first += surplus
