"""The ear and mouth of a simulated phone: one UDP port that hears RTP (RFC 3550, PCMU), speaks a tone or silence.

Keys are not pressed here: SIPp's play_dtmf sends them from the same port by a raw socket, with a stream of its own,
so the mouth is silent while they are played.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from sim.phones.audio import FRAME, RATE, Samples, decode_ulaw, encode_ulaw, tone

PCMU: Final = 0
HEADER: Final = struct.Struct("!BBHII")
EVENT: Final = struct.Struct("!BBH")
DTMF_PAYLOAD: Final = 96
SILENCE: Final = b"\xff" * FRAME
KEY_NAMES: Final = "0123456789*#ABCD"
FRAME_S: Final = FRAME / RATE
PACKETS_AT_ONCE: Final = 50
LATE_S: Final = 0.2  # a stream whose timestamps disagree with the clock by more is set anew

FrameHeard = Callable[[Samples, float], None]


class RtpPort:
    """One leg's media port on `ip`:`port`; close it.

    Without `listen` it is only bound: packets that come are dropped by the kernel, at no cost and without the ICMP
    errors that a closed port would cause. `on_frame(samples, epoch seconds)` is called for each packet of speech.
    """

    def __init__(self, ip: str, port: int, *, on_frame: FrameHeard | None = None, keep: bool = False) -> None:
        self.number = port
        self.packets = 0
        self.keys = ""  # RFC 4733 digits that the other side pressed
        self._on_frame, self._keep = on_frame, keep
        self._heard: list[tuple[float, int, int, bytes]] = []
        self._last_key: tuple[int, int] | None = None
        self._remote: tuple[str, int] | None = None
        self._payload = b""
        self._hushed_until = 0.0
        self._rng = random.Random(port)
        self._ssrc, self._seq, self._time = self._rng.getrandbits(32), 0, 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.bind((ip, port))
        except OSError:
            self._socket.close()
            raise
        if on_frame or keep:
            asyncio.get_running_loop().add_reader(self._socket.fileno(), self._read)

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()

    def connect(self, ip: str, port: int) -> None:
        """Say where the other side wants our packets (from its SDP)."""
        self._remote = (ip, port)

    @property
    def speaking(self) -> bool:
        return bool(self._payload) and self._socket.fileno() >= 0

    def speak(self, hz: int) -> None:
        """Speak a tone from now on, or silence (0), which phones send too; a `Mouths` sends it."""
        self._payload = encode_ulaw(tone(hz, FRAME_S)) if hz else SILENCE

    def hush(self, seconds: float) -> None:
        """Be silent for a while: keys are being pressed."""
        self._hushed_until = time.time() + seconds

    def send_frame(self) -> None:
        """Send the next 20 ms."""
        self._time = (self._time + FRAME) & 0xFFFFFFFF
        if not self.speaking or self._remote is None or time.time() < self._hushed_until:
            return
        self._seq = (self._seq + 1) & 0xFFFF
        packet = HEADER.pack(0x80, PCMU, self._seq, self._time, self._ssrc) + self._payload
        with contextlib.suppress(OSError):  # a full buffer: the packet is lost, as on any network
            self._socket.sendto(packet, self._remote)

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
    """Sends the tones of all speaking ports, every 20 ms, from one task: `run` it in a task group."""

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
            self.ports = {port for port in self.ports if port.speaking}
            if not self.ports:
                self._wanted.clear()
                await self._wanted.wait()
                due = loop.time()
            for port in self.ports:
                port.send_frame()
            due = max(due + FRAME_S, loop.time() - LATE_S)
            await asyncio.sleep(max(0.0, due - loop.time()))
