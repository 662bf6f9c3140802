"""A real HTTP server on loopback that answers as badly as it is told to, byte by byte."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

CERTIFICATE = Path(__file__).parent / "data" / "localhost.pem"

Answer = Callable[["Asked", asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Asked:
    """A request as it came in. Names of headers in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes
    reader: asyncio.StreamReader


@dataclass(slots=True)
class WebServer:
    """What was asked of it, how many connections it took, and how many of these are still up."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    up: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)


@contextlib.asynccontextmanager
async def web_server(answer: Answer, *, tls: bool = False, host: str = "127.0.0.1") -> AsyncIterator[WebServer]:
    """Serve on a free port; each connection carries one request."""
    seen = WebServer()
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(cast(asyncio.Task[None], asyncio.current_task()))
        seen.connections += 1
        seen.up += 1
        try:
            asked = await _read(reader)
            seen.asked.append(asked)
            seen.begun.set()
            await answer(asked, writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            seen.up -= 1
            seen.ended.set()

    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
    server = await asyncio.start_server(talk, host, 0, ssl=context)
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        server.close()
        async with asyncio.timeout(10):
            await asyncio.gather(*talks)
            await server.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(line=line, headers=headers, body=body, reader=reader)


def reply(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """One whole answer. `Content_Type="…"` becomes the header Content-Type."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def saying(*answers: bytes) -> Answer:
    """Answer each request with the next of `answers`, then always with the last."""
    due = list(answers)

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(due.pop(0) if len(due) > 1 else due[0])

    return answer


def as_json(value: object) -> bytes:
    return reply(body=json.dumps(value).encode(), Content_Type="application/json")


async def silent(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Say nothing until the other side has had enough."""
    await asked.reader.read()


async def dripping(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Promise much and send a byte now and then, for ever."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)  # the drip itself


async def dripping_head(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """The same with headers."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while not writer.is_closing():
        writer.write(b"X: y\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)  # the drip itself


async def endless(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """An answer without a length and without an end, as fast as it is taken."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n[")
    while not writer.is_closing():
        writer.write(b"0," * 10_000)
        await writer.drain()
