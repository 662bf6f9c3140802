"""A caller who talks: a made-up channel with Asterisk's side of AudioSocket, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import wave
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

from callcenter.errors import ActionRefused, ChannelGone
from ivr.service.speech import wire
from ivr.service.speech.wire import FRAME_BYTES, Kind
from tests.doubles import Clock, FakeChannel

VOICE, QUIET = b"\x01\x01" * (FRAME_BYTES // 2), bytes(FRAME_BYTES)


def judge(frame: bytes) -> float:
    """Speech is what is not silence."""
    return 1.0 if any(frame) else 0.0


class Side:
    """Asterisk's end of one connection, and the caller behind it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.heard = bytearray()  # what the caller hears
        self.ended = asyncio.Event()  # the other side wants no more
        self.gone = False
        self._more = asyncio.Event()

    async def listen(self) -> None:
        frames = wire.Frames()
        while data := await self._reader.read(4096):
            for frame in frames.feed(data):
                if frame.kind == Kind.END:
                    self.ended.set()
                    return
                self.heard += frame.payload
                self._more.set()
        self.ended.set()

    def send(self, kind: int, payload: bytes) -> None:
        self._writer.write(bytes((kind,)) + len(payload).to_bytes(2, "big") + payload)

    def speak(self, seconds: float) -> None:
        for _ in range(round(seconds / wire.FRAME_S)):
            self.send(Kind.AUDIO, VOICE)

    def be_silent(self, seconds: float) -> None:
        for _ in range(round(seconds / wire.FRAME_S)):
            self.send(Kind.AUDIO, QUIET)

    def press(self, key: str) -> None:
        self.send(Kind.KEY, key.encode())

    def hang_up(self) -> None:
        self.gone = True
        self._writer.close()

    async def until_heard(self, seconds: float) -> None:
        while len(self.heard) < seconds * 16_000:
            self._more.clear()
            await self._more.wait()


class TalkingChannel(FakeChannel):
    """`talks` are what the caller does in one AudioSocket connection after the other; None: it cannot be made."""

    def __init__(self, *talks: Callable[[Side], Awaitable[None]] | None, keys: list[str] | None = None) -> None:
        super().__init__(Clock(), {"wait": list(keys or [])})
        self.talks = list(talks)
        self.sides: list[Side] = []
        self.slow_s = 0.0  # before it connects

    async def audio_socket(self, ident: str, port: int, *, max_s: float) -> None:
        self._do("audio socket")
        talk = self.talks.pop(0)
        if talk is None:
            raise ActionRefused("EXEC failed")
        await asyncio.sleep(self.slow_s)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        side = Side(reader, writer)
        self.sides.append(side)
        side.send(Kind.IDENT, UUID(ident).bytes)
        talking = asyncio.ensure_future(talk(side))
        try:
            async with asyncio.timeout(max_s):
                await side.listen()
        except TimeoutError:
            raise ActionRefused("too long") from None
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        if side.gone:
            self.gone = True
            raise ChannelGone("hung up")


def write_prompt(folder: Path, name: str, seconds: float, rate: int = 8000) -> None:
    """Write a prompt of `seconds` that is not silence."""
    file = folder / f"{name}.wav"
    file.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(b"\x02\x02" * round(rate * seconds))
