"""Voice and keys of simulated phones, port to port on loopback."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator

import numpy as np
import pytest

from sim.phones.audio import RATE, Samples, pure_tone, rms, tone
from sim.phones.ports import MEDIA_PORTS
from sim.phones.rtp import Mouths, RtpPort

HERE, THERE = "127.0.0.2", "127.0.0.5"


def free_port(ip: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((ip, 0))
        return int(probe.getsockname()[1])


class Hearing(RtpPort):
    """A port that keeps what it hears, also frame by frame."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[Samples] = asyncio.Queue()
        super().__init__(THERE, free_port(THERE), on_frame=lambda frame, at: self.frames.put_nowait(frame), keep=True)

    async def frame(self) -> Samples:
        return await asyncio.wait_for(self.frames.get(), 2)


@contextlib.asynccontextmanager
async def two_ports() -> AsyncIterator[tuple[RtpPort, Hearing]]:
    """One that speaks and one that hears it."""
    mouths = Mouths()
    task = asyncio.create_task(mouths.run())
    speaker, hearer = RtpPort(HERE, free_port(HERE)), Hearing()
    speaker.connect(THERE, hearer.number)
    mouths.add(speaker)
    try:
        yield speaker, hearer
    finally:
        speaker.close()
        hearer.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_tone_is_heard_as_it_is_spoken() -> None:
    async with two_ports() as (speaker, hearer):
        speaker.speak(1850)
        frames = [await hearer.frame() for _ in range(20)]
        sound = hearer.recording()
    assert [pure_tone(frame) for frame in frames] == [1850] * 20
    assert rms(sound) == pytest.approx(0.25 / 2**0.5, rel=0.02)


@pytest.mark.parametrize("digits", ["1", "11", "1*9#0", "4711#"])
async def test_keys_arrive_once_each_and_in_order_also_while_speaking(digits: str) -> None:
    async with two_ports() as (speaker, hearer):
        speaker.speak(0)
        await speaker.press(digits)
        assert hearer.keys == digits
        assert hearer.packets > 10


async def test_voice_and_keys_are_one_stream() -> None:
    packets: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tap:
        tap.bind((THERE, 0))
        tap.setblocking(False)
        port = RtpPort(HERE, free_port(HERE))
        port.connect(*tap.getsockname())
        port.speak(0)
        pressed = asyncio.create_task(port.press("5"))
        await asyncio.sleep(0)
        for _ in range(20):
            port.send_frame()
        await pressed
        port.close()
        with contextlib.suppress(BlockingIOError):
            while True:
                packets.append(tap.recv(2048))
    headers = [struct.unpack("!BBHII", packet[:12]) for packet in packets]
    assert len({ssrc for *_, ssrc in headers}) == 1
    assert [seq for _, _, seq, _, _ in headers] == list(range(1, len(headers) + 1))
    keys = [(header, packet[12:]) for header, packet in zip(headers, packets, strict=True) if header[1] & 0x7F == 101]
    assert [bool(header[1] & 0x80) for header, _ in keys] == [True] + [False] * 9  # a marker at the beginning
    assert len({header[3] for header, _ in keys}) == 1  # all bear the time at which the key began
    durations = [struct.unpack("!BBH", payload)[2] for _, payload in keys]
    assert durations == [160, 320, 480, 640, 800, 960, 1120, 1280, 1280, 1280]
    assert [payload[1] & 0x80 for _, payload in keys] == [0] * 7 + [0x80] * 3
    voice = [header[3] for header in headers if header[1] & 0x7F == 0]
    assert voice == sorted(voice)


async def test_pressing_ends_when_the_port_is_closed() -> None:
    port = RtpPort(HERE, free_port(HERE))
    pressed = asyncio.create_task(port.press("123456789"))
    await asyncio.sleep(0)
    port.close()
    await asyncio.wait_for(pressed, 1)


async def test_a_pause_in_the_stream_is_silence_in_the_recording() -> None:
    async with two_ports() as (_, hearer):
        await send(hearer, [(0, 0), (160, 1), (160 * 8, 2)])
        sound = hearer.recording()
    assert sound.size == 160 * 9
    assert rms(sound[:320]) > 0.1
    assert rms(sound[320:-160]) == 0.0
    assert rms(sound[-160:]) > 0.1


async def test_a_new_stream_goes_on_where_the_old_one_ended() -> None:
    async with two_ports() as (_, hearer):
        await send(hearer, [(0, 0), (160, 1)])
        await send(hearer, [(900_000, 0), (900_160, 1)], ssrc=2)
        sound = hearer.recording()
    assert 640 <= sound.size < RATE // 2
    assert rms(sound[:320]) > 0.1
    assert rms(sound[-320:]) > 0.1


async def send(hearer: Hearing, packets: list[tuple[int, int]], ssrc: int = 1) -> None:
    """Send hand-made packets (timestamp, sequence) and wait until they were heard."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        for stamp, seq in packets:
            wire.sendto(struct.pack("!BBHII", 0x80, 0, seq, stamp, ssrc) + b"\x20" * 160, (THERE, hearer.number))
            await hearer.frame()


@pytest.mark.parametrize("junk", [b"", b"\x80", b"\x00" * 40, b"\xff" * 200])
async def test_what_is_no_rtp_is_not_heard(junk: bytes) -> None:
    async with two_ports() as (_, hearer):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            wire.sendto(junk, (THERE, hearer.number))
        await send(hearer, [(0, 0)])
        assert hearer.packets == 1
        assert hearer.recording().size == 160


async def test_an_ear_that_does_not_listen_costs_nothing_and_hears_nothing() -> None:
    port = RtpPort(HERE, free_port(HERE))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.sendto(b"\x80" * 172, (HERE, port.number))
        wire.sendto(b"\x80" * 172, (HERE, port.number))  # a closed port would have answered with an ICMP error by now
    await asyncio.sleep(0.01)
    port.close()
    assert (port.packets, port.recording().size) == (0, 0)
    assert isinstance(port.recording(), np.ndarray)


async def test_what_is_played_comes_once_and_whole_then_the_voice_goes_on() -> None:
    async with two_ports() as (speaker, hearer):
        speaker.play(tone(1000, 0.07))  # three packets and a half
        speaker.speak(1850)
        frames = [await hearer.frame() for _ in range(8)]
    assert [pure_tone(frame) for frame in frames] == [1000] * 3 + [None] + [1850] * 4


async def test_ports_that_choose_themselves_are_even_and_distinct() -> None:
    ports = [RtpPort(HERE) for _ in range(50)]
    numbers = {port.number for port in ports}
    for port in ports:
        port.close()
    assert len(numbers) == 50
    assert all(number in MEDIA_PORTS for number in numbers)


async def test_a_port_that_is_taken_is_refused() -> None:
    first = RtpPort(HERE)
    with pytest.raises(OSError, match="Address already in use"):
        RtpPort(HERE, first.number)
    first.close()
