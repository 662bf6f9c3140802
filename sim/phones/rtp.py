"""The ear and mouth of a simulated phone: one UDP port that hears and speaks RTP (RFC 3550, PCMU) and presses keys.

Voice and keys (RFC 4733) share one stream, as in every phone: one source, one sequence, one clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import struct
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np

from sim.phones.audio import FRAME, RATE, Samples, decode_ulaw, encode_ulaw, tone
from sim.phones.plans import DTMF_PAYLOAD, KEY_S
from sim.phones.ports import media_socket

PCMU: Final = 0
HEADER: Final = struct.Struct("!BBHII")
EVENT: Final = struct.Struct("!BBH")
SILENCE: Final = b"\xff" * FRAME
MARKER: Final = 0x80
KEY_NAMES: Final = "0123456789*#ABCD"
KEY_FRAMES: Final = 8  # 160 ms pressed
END: Final = 0x80
VOLUME: Final = 10  # -10 dBm0
ENDS: Final = 3  # the last packet of a key is sent three times, in case some are lost
FRAME_S: Final = FRAME / RATE
PAUSE_FRAMES: Final = round(KEY_S / FRAME_S) - KEY_FRAMES
PACKETS_AT_ONCE: Final = 50
LATE_S: Final = 0.2  # a stream whose timestamps disagree with the clock by more is set anew

FrameHeard = Callable[[Samples, float], None]


class RtpPort:
    """One leg's media port on `ip`:`port` (0: a free one); close it.

    Without `listen` it is only bound: packets that come are dropped by the kernel, at no cost and without the ICMP
    errors that a closed port would cause. `on_frame(samples, epoch seconds)` is called for each packet of speech.
    """

    def __init__(self, ip: str, port: int = 0, *, on_frame: FrameHeard | None = None, keep: bool = False) -> None:
        self._socket = media_socket(ip, port)
        self.number = int(self._socket.getsockname()[1])
        self.packets = 0
        self.keys = ""  # RFC 4733 digits that the other side pressed
        self._on_frame, self._keep = on_frame, keep
        self._heard: list[tuple[float, int, int, bytes]] = []
        self._last_key: tuple[int, int] | None = None
        self._remote: tuple[str, int] | None = None
        self._payload = b""
        self._playing: deque[bytes] = deque()
        self._pressing: deque[int | None] = deque()  # for each frame to come: the key, or None for a pause
        self._key_began, self._key_frames = 0, 0
        self._pressed: list[asyncio.Future[None]] = []
        self._ssrc, self._seq, self._time = random.Random(self.number).getrandbits(32), 0, 0
        if on_frame or keep:
            asyncio.get_running_loop().add_reader(self._socket.fileno(), self._read)

    def close(self) -> None:
        if not self.closed:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
        self._release()

    def connect(self, ip: str, port: int) -> None:
        """Say where the other side wants our packets (from its SDP)."""
        self._remote = (ip, port)

    @property
    def closed(self) -> bool:
        return self._socket.fileno() < 0

    def speak(self, hz: int) -> None:
        """Speak a tone from now on, or silence (0), which phones send too; a `Mouths` sends it."""
        self._payload = encode_ulaw(tone(hz, FRAME_S)) if hz else SILENCE

    def play(self, samples: Samples) -> None:
        """Say `samples` once, after what is being said; then what `speak` says goes on."""
        coded = encode_ulaw(samples)
        coded += SILENCE[: -len(coded) % FRAME]
        self._playing.extend(coded[start : start + FRAME] for start in range(0, len(coded), FRAME))

    async def press(self, digits: str) -> None:
        """Press keys, `KEY_S` each; returns after the last pause, or when the port is closed."""
        for digit in digits:
            self._pressing.extend([KEY_NAMES.index(digit)] * KEY_FRAMES + [None] * PAUSE_FRAMES)
        done = asyncio.get_running_loop().create_future()
        self._pressed.append(done)
        await done

    def send_frame(self) -> None:
        """Send the next 20 ms."""
        self._time = (self._time + FRAME) & 0xFFFFFFFF
        key = self._pressing.popleft() if self._pressing else None
        if key is not None:
            self._send_key(key)
        elif payload := self._playing.popleft() if self._playing else self._payload:
            self._send(PCMU, self._time, payload)
        if not self._pressing:
            self._key_frames = 0
            self._release()

    def _send_key(self, key: int) -> None:
        first = self._key_frames == 0
        if first:
            self._key_began = self._time
        self._key_frames += 1
        last = self._key_frames == KEY_FRAMES
        event = EVENT.pack(key, VOLUME | (END if last else 0), self._key_frames * FRAME)
        for _ in range(ENDS if last else 1):
            self._send(DTMF_PAYLOAD | (MARKER if first else 0), self._key_began, event)
        if last:
            self._key_frames = 0

    def _send(self, kind: int, stamp: int, payload: bytes) -> None:
        self._seq = (self._seq + 1) & 0xFFFF
        if self._remote:
            with contextlib.suppress(OSError):  # a full buffer: the packet is lost, as on any network
                self._socket.sendto(HEADER.pack(0x80, kind, self._seq, stamp, self._ssrc) + payload, self._remote)

    def _release(self) -> None:
        for done in self._pressed:
            if not done.done():
                done.set_result(None)
        self._pressed.clear()

    def recording(self) -> Samples:
        """Return what was heard from the first packet on, pauses filled with silence (needs `keep`)."""
        if not self._heard:
            return np.zeros(0, dtype=np.float32)
        pieces, end = _placed(self._heard)
        samples = np.zeros(end, dtype=np.float32)
        for start, data in pieces:
            samples[start : start + len(data)] = decode_ulaw(data)
        return samples

    @property
    def first_heard_at(self) -> float | None:
        """Epoch seconds of the first packet kept."""
        return self._heard[0][0] if self._heard else None

    def _read(self) -> None:
        for _ in range(PACKETS_AT_ONCE):
            try:
                packet = self._socket.recv(2048)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                continue  # an ICMP error of a packet we sent
            self._take(packet, time.time())

    def _take(self, packet: bytes, at: float) -> None:
        if len(packet) < HEADER.size or packet[0] >> 6 != 2:
            return
        first, kind, _, stamp, ssrc = HEADER.unpack_from(packet)
        payload = packet[HEADER.size + 4 * (first & 0x0F) :]
        self.packets += 1
        if kind & 0x7F == PCMU:
            if self._keep:
                self._heard.append((at, stamp, ssrc, payload))
            if self._on_frame:
                self._on_frame(decode_ulaw(payload), at)
        elif kind & 0x7F == DTMF_PAYLOAD and len(payload) >= EVENT.size and (ssrc, stamp) != self._last_key:
            self._last_key = (ssrc, stamp)  # all packets of one key carry the time at which it began
            self.keys += KEY_NAMES[payload[0] & 0x0F]


def _placed(heard: list[tuple[float, int, int, bytes]]) -> tuple[list[tuple[int, bytes]], int]:
    """Place packets on one time line: by RTP timestamp within a stream, by the clock where streams begin."""
    begin = heard[0][0]
    pieces: list[tuple[int, bytes]] = []
    ssrc, origin, end = -1, 0, 0
    for at, stamp, source, data in heard:
        by_clock = round((at - begin) * RATE)
        start = origin + stamp
        if source != ssrc or abs(start - by_clock) > LATE_S * RATE:
            ssrc, origin = source, max(by_clock, end) - stamp
            start = origin + stamp
        if start >= 0:
            pieces.append((start, data))
            end = max(end, start + len(data))
    return pieces, end


class Mouths:
    """Sends what all ports speak and press, every 20 ms, from one task: `run` it in a task group."""

    def __init__(self) -> None:
        self.ports: set[RtpPort] = set()
        self._wanted = asyncio.Event()

    def add(self, port: RtpPort) -> None:
        self.ports.add(port)
        self._wanted.set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            self.ports = {port for port in self.ports if not port.closed}
            if not self.ports:
                self._wanted.clear()
                await self._wanted.wait()
                due = loop.time()
            for port in self.ports:
                port.send_frame()
            due = max(due + FRAME_S, loop.time() - LATE_S)
            await asyncio.sleep(max(0.0, due - loop.time()))
