"""The fetcher against servers that are away, slow, endless, or answer what is no answer."""

from __future__ import annotations

import asyncio
import gzip
import socket
import tracemalloc
import zlib
from collections.abc import Sequence

import pytest

from callcenter.adapters.fetch import FetchPolicy
from callcenter.allowlist import Allowed
from callcenter.outgoing import BadJson, BadStatus, BrokenOff, FetchFailed, HttpRequest, NotReached, TimedOut, TooLarge

from .fetching import CRM, ask, fetcher, get, listed
from .web import Answer, dripping, dripping_head, endless, reply, saying, silent, web_server


async def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://{CRM}:{taken.getsockname()[1]}/"
        async with fetcher(Allowed(url=url, private=True)) as made:
            with pytest.raises(NotReached):
                await made.fetch(get(url))


async def test_no_such_name() -> None:
    async with fetcher(Allowed(url="https://nobody.test/")) as made:
        with pytest.raises(NotReached):
            await made.fetch(get("https://nobody.test/"))


async def test_a_name_server_that_does_not_answer_costs_no_more_than_any_other() -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    async with fetcher(Allowed(url="https://crm.test/"), names=never) as made:
        with pytest.raises(TimedOut):
            await made.fetch(get("https://crm.test/", timeout_s=0.1))


async def test_a_connection_nobody_takes_is_given_up() -> None:
    """A full backlog: the kernel answers no SYN."""
    with socket.socket() as full, socket.socket() as one, socket.socket() as two:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filler in (one, two):
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        url = f"http://{CRM}:{full.getsockname()[1]}/"
        async with fetcher(Allowed(url=url, private=True), policy=FetchPolicy(connect_s=0.1)) as made:
            with pytest.raises(NotReached, match="no connection in time"):
                await made.fetch(get(url))


@pytest.mark.parametrize("answer", [silent, dripping, dripping_head])
async def test_slow_servers_are_left_in_time(answer: Answer) -> None:
    loop = asyncio.get_running_loop()
    async with listed(answer) as (server, url, made):
        began = loop.time()
        with pytest.raises(TimedOut, match=r"within 0\.2 s"):
            await made.fetch(get(url, timeout_s=0.2))
        assert 0.2 <= loop.time() - began < 1.0
        async with asyncio.timeout(5):
            await server.ended.wait()  # and it was hung up on
    assert server.up == 0


async def test_nobody_waits_longer_than_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callcenter.adapters.fetch.MAX_TIMEOUT_S", 0.1)
    with pytest.raises(TimedOut):
        await ask(silent, lambda url: HttpRequest(url=url, timeout_s=3600.0))


async def test_an_endless_answer_is_cut() -> None:
    with pytest.raises(TooLarge, match="more than 9 kB"):
        await ask(endless, get)


async def test_a_large_answer_is_refused_at_its_limit_and_not_before() -> None:
    exact = b'"' + b"x" * 9_998 + b'"'
    assert (await ask(saying(reply(body=exact)), get)).body == "x" * 9_998
    with pytest.raises(TooLarge):
        await ask(saying(reply(body=exact + b" ")), get)
    with pytest.raises(TooLarge):
        await ask(saying(reply(body=gzip.compress(exact + b" "), Content_Encoding="gzip")), get)


async def test_no_request_may_ask_for_more_than_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callcenter.adapters.fetch.MAX_REPLY_BYTES", 100)
    with pytest.raises(TooLarge):
        await ask(saying(reply(body=b" " * 101)), lambda url: get(url, max_bytes=10**9))


async def test_a_gzip_bomb_does_not_go_off() -> None:
    """64 MB of zeros in 64 kB: no more than a little of it is ever unpacked."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            await ask(saying(reply(body=bomb, Content_Encoding="gzip")), get)
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "body",
    [
        b"<html>", b"{", b'{"a": 1} x', b"\xff\xfe", b'"\xff"', '{"a": 1}'.encode("utf-16"), b"[" * 5_000, b"NaN",
        b"[Infinity]", b"[1e999]", b'"\\ud800"', b'{"\\udfff": 1}', b'["a\\u0000b"]', b"1" * 5_000,
    ],
)  # fmt: skip
async def test_what_is_no_json_or_cannot_be_kept(body: bytes) -> None:
    with pytest.raises(BadJson):
        await ask(saying(reply(body=body)), get)


async def test_json_may_have_a_mark_at_its_beginning_and_escapes_of_whole_characters() -> None:
    assert (await ask(saying(reply(body=b'\xef\xbb\xbf["\\ud83d\\ude00\\\\u0000"]')), get)).body == ["😀\\u0000"]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        reply(body=b"no gzip", Content_Encoding="gzip"),
        reply(body=gzip.compress(b"{}" + b" " * 500)[:-9], Content_Encoding="gzip"),
        reply(body=b"{}", Content_Encoding="br"),
    ],
    ids=(
        "nothing", "short", "no-length", "ssh", "endless-header", "no-chunk", "no-gzip", "half-a-gzip", "brotli",
    ),
)  # fmt: skip
async def test_half_an_answer_is_none(answer: bytes) -> None:
    with pytest.raises(BrokenOff):
        await ask(saying(answer), get)


@pytest.mark.parametrize("status", [304, 400, 401, 404, 429, 500, 503, 599])
async def test_any_status_but_2xx_is_an_error_that_tells_it(status: int) -> None:
    with pytest.raises(BadStatus) as refused:
        await ask(saying(reply(status, b"" if status == 304 else b'{"detail": "+12025550143"}')), get)
    assert refused.value.status == status
    assert "0143" not in str(refused.value)


async def test_a_certificate_nobody_knows_is_no_connection() -> None:
    async with web_server(saying(reply()), tls=True) as server:
        url = f"https://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True)) as made:
            with pytest.raises(NotReached, match="certificate is not valid"):
                await made.fetch(get(url))


async def test_tls_where_there_is_none_is_no_connection() -> None:
    async with web_server(saying(reply())) as server:
        url = f"https://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True)) as made:
            with pytest.raises(FetchFailed) as failed:
                await made.fetch(get(url, timeout_s=0.2))
    assert failed.value.cause in {"refused", "timeout"}
