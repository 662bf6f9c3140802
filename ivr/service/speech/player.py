"""Says a prompt over AudioSocket: 20 ms of sound every 20 ms, because Asterisk passes it on as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from ivr.service.speech.wire import FRAME_BYTES, FRAME_S

# Sent ahead, so that a busy moment of ours is not heard; and heard by a caller who interrupts.
AHEAD_S: Final = 0.06
LATE_S: Final = 0.2  # what is later than this is not caught up by talking faster


class Player:
    """Sends `sound` (8 kHz, 16-bit) by `send`; calls `ended` once when the last of it has been heard or by `stop`."""

    def __init__(self, sound: bytes, send: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        self._sound, self._send, self._ended = sound, send, ended
        self._at = 0
        self._due = 0.0  # when the next frame should be heard
        self._timer: asyncio.TimerHandle | None = None
        self.playing = False

    def start(self) -> None:
        self.playing = True
        self._due = asyncio.get_running_loop().time()
        self._go_on()

    def stop(self) -> None:
        """Be silent from now on."""
        if self._timer:
            self._timer.cancel()
        if self.playing:
            self.playing = False
            self._ended()

    def _go_on(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now - self._due > LATE_S:
            self._due = now
        while self._at < len(self._sound) and self._due - now <= AHEAD_S:
            self._send(self._sound[self._at : self._at + FRAME_BYTES])
            self._at += FRAME_BYTES
            self._due += FRAME_S
        if self._at < len(self._sound):
            self._timer = loop.call_at(self._due - AHEAD_S, self._go_on)
        else:
            self._timer = loop.call_at(self._due, self.stop)
