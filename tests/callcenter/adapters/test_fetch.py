"""The fetcher against real servers on loopback: what is asked, what is answered, what is left behind."""

from __future__ import annotations

import asyncio
import gc
import gzip
import logging
import os
import zlib
from collections.abc import Callable

import pytest

from callcenter.allowlist import Allowed
from callcenter.outgoing import BadRequest, FetchFailed, HttpReply, HttpRequest, Method, NotAllowed

from .fetching import CRM, ask, fetcher, get, listed
from .web import as_json, dripping, endless, reply, saying, silent, web_server


async def test_an_answer_is_read_as_json() -> None:
    assert await ask(saying(as_json({"name": "Zoë", "open": [1, 2.5, None]})), get) == HttpReply(
        status=200, body={"name": "Zoë", "open": [1, 2.5, None]}, tries=1
    )


async def test_an_answer_without_a_body_says_nothing() -> None:
    assert await ask(saying(reply(204)), get) == HttpReply(status=204)
    assert await ask(saying(reply(200, b" \n")), get) == HttpReply(status=200)


async def test_an_answer_nobody_reads_may_be_anything() -> None:
    assert (await ask(endless, lambda url: HttpRequest(url=url, wants_json=False))).body is None


async def test_a_post_carries_json_and_the_headers_of_flow_and_list() -> None:
    async with web_server(saying(as_json([]))) as server:
        entry = Allowed(url=f"http://{CRM}:{server.port}/api", private=True, headers={"Authorization": "crm"})
        async with fetcher(entry) as made:
            await made.fetch(
                HttpRequest(
                    url=f"{entry.url}/debts?of=Zoë&x=1",
                    method=Method.POST,
                    headers={"X-Call": "1.7", "authorization": "mine", "Content-Type": "application/vnd.x+json"},
                    body={"amount": 1250, "name": "Zoë"},
                )
            )
    asked = server.asked[0]
    assert asked.line == "POST /api/debts?of=Zo%C3%AB&x=1 HTTP/1.1"
    assert asked.body == b'{"amount": 1250, "name": "Zo\\u00eb"}'
    assert {"x-call": "1.7", "authorization": "Bearer s3cret"}.items() <= asked.headers.items()
    assert asked.headers["content-type"] == "application/vnd.x+json"
    assert asked.headers["host"] == f"{CRM}:{server.port}"
    assert "cookie" not in asked.headers


async def test_bytes_are_sent_as_they_are() -> None:
    async with listed(saying(reply())) as (server, url, made):
        await made.fetch(HttpRequest(url=url, method=Method.POST, body=b'{"a":1}'))
    assert server.asked[0].body == b'{"a":1}'


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress)]
)
async def test_a_packed_answer_is_unpacked(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    body = pack(b'{"name": "' + b"x" * 5_000 + b'"}')
    assert (await ask(saying(reply(body=body, Content_Encoding=encoding)), get)).body == {"name": "x" * 5_000}


async def test_one_callers_cookies_are_not_sent_for_the_next() -> None:
    async with listed(saying(reply(body=b"1", Set_Cookie="who=me; Path=/"))) as (server, url, made):
        await made.fetch(get(url))
        await made.fetch(get(url))
    assert ["cookie" in asked.headers for asked in server.asked] == [False, False]


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with web_server(saying(reply())) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        await ask(saying(reply()), get)
    assert proxy.connections == 0


@pytest.mark.parametrize(
    "request_of",
    [
        lambda url: HttpRequest(url=url, headers={"Host": "other.test"}),
        lambda url: HttpRequest(url=url, headers={"content-LENGTH": "0"}),
        lambda url: HttpRequest(url=url, headers={"Transfer-Encoding": "chunked"}),
        lambda url: HttpRequest(url=url, headers={"Proxy-Authorization": "x"}),
        lambda url: HttpRequest(url=url, headers={"X-Name": "a\r\nHost: other.test"}),
        lambda url: HttpRequest(url=url, headers={"X-Name\r\nX": "a"}),
        lambda url: HttpRequest(url=url, headers={"X Name": "a"}),
        lambda url: HttpRequest(url=url, headers={"X-Name": "Zoë"}),
        lambda url: HttpRequest(url=url, headers={"": "a"}),
        lambda url: HttpRequest(url=url, body={}),
        lambda url: HttpRequest(url=url, method=Method.POST, body={"a": float("nan")}),
        lambda url: HttpRequest(url=url, method=Method.POST, body={"a": object()}),
    ],
    ids=(
        "host", "length", "chunks", "proxy", "line-break", "line-break-in-name", "space-in-name", "letters", "no-name",
        "get-with-body", "nan", "no-json",
    ),
)  # fmt: skip
async def test_what_http_cannot_carry_is_not_sent(request_of: Callable[[str], HttpRequest]) -> None:
    async with listed(saying(reply())) as (server, url, made):
        with pytest.raises(BadRequest):
            await made.fetch(request_of(url))
    assert server.connections == 0


async def test_without_its_secret_a_listed_url_is_not_asked() -> None:
    with pytest.raises(NotAllowed, match="callcenter secret set gone"):
        await ask(saying(reply()), get, Authorization="gone")


async def test_no_log_has_more_than_the_host(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    bodies = (reply(500), b"", reply(body=b"TYPED"), reply(302, Location="/TYPED\t"), reply(body=b'{"TYPED": 1}'))
    for answer in (silent, endless, *map(saying, bodies)):
        async with web_server(answer) as server:
            url = f"http://{CRM}:{server.port}/"
            request = HttpRequest(url=f"{url}TYPED?x=TYPED", headers={"X-Pin": "TYPED"}, timeout_s=0.1, retries=0)
            async with fetcher(Allowed(url=url, private=True, headers={"X-Key": "crm"})) as made:
                try:
                    told.append(repr(await made.fetch(request)))
                except FetchFailed as error:
                    told += [str(error), repr(error), repr(request)]
    text = "\n".join([*told, *(record.getMessage() for record in caplog.records)])
    assert text.count(f"http://{CRM}:") >= 10
    assert "TYPED" not in text
    assert "s3cret" not in text


async def test_a_caller_who_hangs_up_leaves_nothing_behind() -> None:
    async with listed(silent) as (server, url, made):
        asking = asyncio.create_task(made.fetch(get(url)))
        async with asyncio.timeout(5):
            await server.begun.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        async with asyncio.timeout(5):
            await server.ended.wait()
    assert server.up == 0


async def test_bad_servers_cost_no_file_descriptors() -> None:
    answers = (
        silent,
        dripping,
        endless,
        saying(b""),
        saying(reply(500)),
        saying(reply(302, Location="http://x.test/")),
    )

    async def once() -> None:
        for answer in answers:
            with pytest.raises(FetchFailed):
                await ask(answer, lambda url: get(url, timeout_s=0.05))

    await once()
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        await once()
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before
