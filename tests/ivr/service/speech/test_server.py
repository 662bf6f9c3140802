"""Who may bring a voice to us, and who may not."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import pytest_asyncio

from ivr.service.speech import server as module
from ivr.service.speech import wire
from ivr.service.speech.server import AudioServer, Connection


class Ear:
    """Takes a voice and notes what came."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.sound = b""
        self.keys = ""
        self.is_lost = asyncio.Event()

    def connected(self, connection: Connection) -> None:
        self.connection = connection

    def audio(self, samples: bytes) -> None:
        self.sound += samples

    def key(self, key: str) -> None:
        self.keys += key

    def lost(self) -> None:
        self.is_lost.set()


def ident(uuid: UUID) -> bytes:
    return b"\x01\x00\x10" + uuid.bytes


@pytest_asyncio.fixture
async def server() -> AsyncIterator[AudioServer]:
    async with AudioServer() as found:
        yield found


async def connect(server: AudioServer, data: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(data)
    return reader, writer


async def cut_off(reader: asyncio.StreamReader) -> bool:
    """Whether the server has ended the connection without a word."""
    try:
        return await asyncio.wait_for(reader.read(), 5) == b""
    except ConnectionResetError:
        return True


async def test_who_is_expected_is_heard_until_they_go(server: AudioServer) -> None:
    ear = Ear()
    with server.expect(ear) as uuid:
        _, writer = await connect(server, ident(uuid) + wire.audio(b"\1\2") + b"\x03\x00\x015")
        writer.write(wire.audio(b"\3\4"))
        writer.close()
        await asyncio.wait_for(ear.is_lost.wait(), 5)
    assert (ear.sound, ear.keys) == (b"\1\2\3\4", "5")
    assert server.counts == {"expected": 1}
    assert server.connections == 0


async def test_a_uuid_opens_one_connection_only(server: AudioServer) -> None:
    ear = Ear()
    with server.expect(ear) as uuid:
        first, writer = await connect(server, ident(uuid))
        writer.write(wire.audio(b"\1\2"))
        second, other = await connect(server, ident(uuid) + wire.audio(b"\3\4"))
        assert await cut_off(second)
        assert ear.connection is not None
        ear.connection.end()
        assert await first.readexactly(3) == wire.END
        writer.close()
        other.close()
    assert ear.sound == b"\1\2"
    assert server.counts == {"expected": 1, "stranger": 1}


async def test_a_uuid_is_worth_nothing_after_its_question(server: AudioServer) -> None:
    ear = Ear()
    with server.expect(ear) as uuid:
        pass
    reader, writer = await connect(server, ident(uuid))
    assert await cut_off(reader)
    assert ear.connection is None
    writer.close()


STRANGERS = [ident(UUID(int=7)), wire.audio(b"\1\2"), b"GET / HTTP/1.1\r\n\r\n", b"\x01\x00\x02ab"]


@pytest.mark.parametrize("data", STRANGERS)
async def test_strangers_are_cut_off(server: AudioServer, data: bytes) -> None:
    ear = Ear()
    with server.expect(ear):
        reader, writer = await connect(server, data + wire.audio(b"\5\6"))
        assert await cut_off(reader)
        writer.close()
    assert ear.connection is None
    assert server.connections == 0


async def test_who_says_nothing_is_cut_off(server: AudioServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IDENT_S", 0.05)
    reader, writer = await connect(server, b"")
    assert await cut_off(reader)
    assert server.counts == {"silent": 1}
    writer.close()


async def test_an_overlong_frame_ends_the_connection(server: AudioServer) -> None:
    ear = Ear()
    with server.expect(ear) as uuid:
        reader, writer = await connect(server, ident(uuid))
        await until_connected(ear)
        writer.write(b"\x10\xff\xff")
        assert await cut_off(reader)
        await asyncio.wait_for(ear.is_lost.wait(), 5)
        writer.close()


async def test_asterisk_is_told_the_end_and_closes_itself(server: AudioServer) -> None:
    ear = Ear()
    with server.expect(ear) as uuid:
        reader, writer = await connect(server, ident(uuid) + wire.audio(b"\1\2"))
        await until_connected(ear)
        assert ear.connection is not None
        ear.connection.send(b"\7\7")
        ear.connection.end()
        ear.connection.end()
        ear.connection.send(b"\7\7")
        assert await reader.readexactly(8) == wire.audio(b"\7\7") + wire.END
        assert not ear.is_lost.is_set()  # sound that is still on its way hits no closed door
        writer.write(wire.audio(b"\3\4"))
        writer.close()
        await asyncio.wait_for(ear.is_lost.wait(), 5)
    assert server.connections == 0


async def test_who_does_not_close_after_the_end_is_cut_off(
    server: AudioServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLOSE_S", 0.05)
    ear = Ear()
    with server.expect(ear) as uuid:
        _, writer = await connect(server, ident(uuid))
        await until_connected(ear)
        assert ear.connection is not None
        ear.connection.end()
        await asyncio.wait_for(ear.is_lost.wait(), 5)
        writer.close()


async def test_closing_the_server_ends_what_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOSE_S", 0.05)
    ear = Ear()
    async with AudioServer() as server:
        with server.expect(ear) as uuid:
            reader, writer = await connect(server, ident(uuid))
            await until_connected(ear)
    assert await reader.read() == wire.END
    writer.close()
    await asyncio.wait_for(ear.is_lost.wait(), 5)


async def until_connected(ear: Ear) -> None:
    loop = asyncio.get_running_loop()
    give_up = loop.time() + 5
    while ear.connection is None:
        assert loop.time() < give_up
        await asyncio.sleep(0.005)
