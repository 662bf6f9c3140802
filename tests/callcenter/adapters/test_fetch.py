"""The fetcher against real servers on loopback: good ones, bad ones, and names that lead where nobody may go."""

from __future__ import annotations

import asyncio
import gc
import gzip
import logging
import os
import random
import socket
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from callcenter.adapters.fetch import Fetcher, FetchPolicy, FetchWorld
from callcenter.adapters.fetch_socket import open_session
from callcenter.allowlist import Allowed, AllowList
from callcenter.outgoing import (
    BadJson,
    BadRedirect,
    BadRequest,
    BadStatus,
    BreakerOpen,
    BrokenOff,
    FetchFailed,
    HttpReply,
    HttpRequest,
    Method,
    NotAllowed,
    NotReached,
    TimedOut,
    TooLarge,
)

from .web import Answer, as_json, dripping, dripping_head, endless, reply, saying, silent, web_server

HASTE = FetchPolicy(backoff_s=(0.0,), failures=3, rest_s=30.0)
CRM = "crm.test"


class Names:
    """A name server. It counts what it is asked; a name it does not know is an error."""

    def __init__(self, **names: Sequence[str]) -> None:
        self.names = {name.replace("_", "."): list(addresses) for name, addresses in names.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self.names[host]


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


HERE = Names(crm_test=["127.0.0.1"], other_test=["127.0.0.1"])


@asynccontextmanager
async def fetcher(
    *entries: Allowed,
    names: Callable[[str, int], object] = HERE,
    clock: Callable[[], float] = lambda: 0.0,
    policy: FetchPolicy = HASTE,
) -> AsyncIterator[Fetcher]:
    world = FetchWorld(rng=random.Random(1), look_up=names, clock=clock)  # type: ignore[arg-type]
    async with Fetcher(AllowList(*entries), {"crm": "Bearer s3cret"}, world, policy) as made:
        yield made


async def ask(answer: Answer, request: Callable[[str], HttpRequest], **headers: str) -> HttpReply:
    """Ask a server that gives `answer` and is allowed; `request` makes the request from its URL."""
    async with web_server(answer) as server:
        url = f"http://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True, headers=headers)) as made:
            return await made.fetch(request(url))


def get(url: str, timeout_s: float = 5.0, max_bytes: int = 10_000) -> HttpRequest:
    return HttpRequest(url=url, timeout_s=timeout_s, max_bytes=max_bytes, retries=0)


# ------------------------------------------------------------------------------------------- what is asked and answered


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
    async with web_server(saying(reply())) as server:
        url = f"http://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True)) as made:
            await made.fetch(HttpRequest(url=url, method=Method.POST, body=b'{"a":1}'))
    assert server.asked[0].body == b'{"a":1}'


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress)]
)
async def test_a_packed_answer_is_unpacked(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    body = pack(b'{"name": "' + b"x" * 5_000 + b'"}')
    assert (await ask(saying(reply(body=body, Content_Encoding=encoding)), get)).body == {"name": "x" * 5_000}


async def test_one_callers_cookies_are_not_sent_for_the_next() -> None:
    async with web_server(saying(reply(body=b"1", Set_Cookie="who=me; Path=/"))) as server:
        url = f"http://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True)) as made:
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
)
async def test_what_http_cannot_carry_is_not_sent(request_of: Callable[[str], HttpRequest]) -> None:
    async with web_server(saying(reply())) as server:
        url = f"http://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True)) as made:
            with pytest.raises(BadRequest):
                await made.fetch(request_of(url))
    assert server.connections == 0


async def test_without_its_secret_a_listed_url_is_not_asked() -> None:
    with pytest.raises(NotAllowed, match="callcenter secret set gone"):
        await ask(saying(reply()), get, Authorization="gone")


# ---------------------------------------------------------------------------------------------------------- bad servers


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
    async with web_server(answer) as server:
        url = f"http://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True)) as made:
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
)
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


# ------------------------------------------------------------------------------------------------- where nobody may go


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0"])
async def test_a_listed_name_that_leads_inside_is_not_followed(address: str) -> None:
    async with web_server(saying(reply())) as server:
        url = f"http://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url), names=Names(crm_test=[address])) as made:
            with pytest.raises(NotAllowed, match=CRM):
                await made.fetch(get(url))
    assert server.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "[64:ff9b::7f00:1]", "0.0.0.0"])
async def test_a_listed_address_inside_is_not_gone_to_unless_opened(host: str) -> None:
    async with web_server(saying(reply())) as server:
        url = f"http://{host}:{server.port}/"
        async with fetcher(Allowed(url=url)) as made:
            with pytest.raises(NotAllowed):
                await made.fetch(get(url))
    assert server.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]"])
async def test_an_opened_address_inside_is_gone_to(host: str) -> None:
    async with web_server(saying(reply())) as server:
        url = f"http://{host}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True)) as made:
            assert (await made.fetch(get(url))).status == 200


async def test_link_local_is_closed_even_where_our_networks_are_open() -> None:
    async with fetcher(
        Allowed(url="http://crm.test/", private=True), names=Names(crm_test=["169.254.169.254", "fe80::1"])
    ) as made:
        with pytest.raises(NotAllowed, match="metadata"):
            await made.fetch(get("http://crm.test/"))


async def test_a_connection_opened_for_one_entry_serves_no_other() -> None:
    """The same host and port: below /in our network is open, below /out it is not, although a connection is up."""
    async with web_server(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")) as server:
        base = f"http://{CRM}:{server.port}"
        async with fetcher(Allowed(url=f"{base}/in", private=True), Allowed(url=f"{base}/out")) as made:
            await made.fetch(get(f"{base}/in"))
            with pytest.raises(NotAllowed):
                await made.fetch(get(f"{base}/out"))


async def test_of_several_addresses_only_those_outside_are_tried() -> None:
    names = Names(crm_test=["127.0.0.1", "8.8.8.8", "10.0.0.1", "2606:4700::1"])
    async with open_session(names, private=False) as session:
        connector = session.connector
        found = await connector._resolver.resolve(CRM, 443)  # type: ignore[union-attr]
    assert [each["host"] for each in found] == ["8.8.8.8", "2606:4700::1"]


async def test_a_name_is_looked_up_for_its_connection_only_so_that_nobody_can_answer_twice() -> None:
    names = Names(crm_test=["127.0.0.1"])
    async with web_server(saying(reply())) as server:
        url = f"http://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True), names=names) as made:
            await made.fetch(get(url))
    assert names.asked == [CRM]


async def test_names_of_this_machine_are_looked_up_and_judged() -> None:
    async with web_server(saying(reply())) as server:
        url = f"http://localhost:{server.port}/"
        world = FetchWorld(rng=random.Random(1))
        async with Fetcher(AllowList(Allowed(url=url)), {}, world, HASTE) as made:
            with pytest.raises(NotAllowed, match="own network"):
                await made.fetch(get(url))
            made.allow = AllowList(Allowed(url=url, private=True))
            assert (await made.fetch(get(url))).status == 200
    assert server.connections == 1


# ----------------------------------------------------------------------------------------------------------- redirects


async def test_a_get_follows_where_it_may_go_and_takes_no_secret_along() -> None:
    async with web_server(saying(as_json("there"))) as second:
        target = f"http://other.test:{second.port}/x?y=1"
        async with web_server(saying(reply(302, Location=target))) as first:
            url = f"http://{CRM}:{first.port}/"
            entries = (
                Allowed(url=url, private=True, headers={"Authorization": "crm"}),
                Allowed(url=f"http://other.test:{second.port}/", private=True),
            )
            async with fetcher(*entries) as made:
                reply_ = await made.fetch(HttpRequest(url=url, headers={"X-Account": "77"}))
    assert reply_.body == "there"
    assert first.asked[0].headers["authorization"] == "Bearer s3cret"
    assert second.asked[0].line == "GET /x?y=1 HTTP/1.1"
    assert {"authorization", "x-account"} & second.asked[0].headers.keys() == set()


async def test_a_redirect_on_the_same_host_keeps_the_headers() -> None:
    async with web_server(saying(reply(307, Location="/b/../c"), as_json(1))) as server:
        url = f"http://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True)) as made:
            await made.fetch(HttpRequest(url=url, headers={"X-Account": "77"}))
    assert [(asked.line, asked.headers.get("x-account")) for asked in server.asked] == [
        ("GET / HTTP/1.1", "77"),
        ("GET /c HTTP/1.1", "77"),
    ]


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{inside}/", "http://localhost:{inside}/", "http://[::ffff:127.0.0.1]:{inside}/",
        "http://2130706433:{inside}/", "//127.0.0.1:{inside}/", "http://evil.test/", "file:///etc/passwd",
        "ftp://crm.test/", "http://crm.test:{port}/outside", "/outside", "../outside", "http://listed.test:{inside}/",
        "", "http://[", "/api/%2e%2e%2foutside", "http://user:word@crm.test:{port}/api/",
    ],
)  # fmt: skip
async def test_no_redirect_leads_where_nobody_may_go(location: str) -> None:
    async with web_server(saying(reply())) as inside:
        due: list[bytes] = []

        async def answer(asked: object, writer: asyncio.StreamWriter) -> None:
            writer.write(due[0])

        async with web_server(answer) as server:
            due.append(reply(302, Location=location.format(inside=inside.port, port=server.port)))
            entries = (
                Allowed(url=f"http://{CRM}:{server.port}/api/", private=True),
                Allowed(url=f"http://listed.test:{inside.port}/"),
            )
            names = Names(crm_test=["127.0.0.1"], listed_test=["127.0.0.1"], localhost=["127.0.0.1"])
            async with fetcher(*entries, names=names) as made:
                with pytest.raises(BadRedirect):
                    await made.fetch(get(f"http://{CRM}:{server.port}/api/"))
    assert (len(server.asked), inside.connections) == (1, 0)


async def test_redirects_in_a_circle_end() -> None:
    async with web_server(saying(reply(301, Location="/"))) as server:
        url = f"http://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True)) as made:
            with pytest.raises(BadRedirect, match="more than 3 times"):
                await made.fetch(get(url))
    assert len(server.asked) == 4


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_post_is_redirected_nowhere(status: int) -> None:
    with pytest.raises(BadRedirect):
        await ask(saying(reply(status, Location="/")), lambda url: HttpRequest(url=url, method=Method.POST))


# ------------------------------------------------------------------------------------------------- retries and breaker


@pytest.mark.parametrize("first", [reply(502), reply(503), reply(504), reply(body=b"half")[:-1]])
async def test_a_get_is_tried_again_after_what_may_pass(first: bytes) -> None:
    assert await ask(saying(first, as_json(1)), lambda url: HttpRequest(url=url, retries=1)) == HttpReply(
        status=200, body=1, tries=2
    )


@pytest.mark.parametrize("first", [reply(500), reply(404), reply(body=b"{"), reply(302)])
async def test_a_get_is_not_tried_again_after_what_will_not_pass(first: bytes) -> None:
    with pytest.raises(FetchFailed):
        await ask(saying(first, as_json(1)), lambda url: HttpRequest(url=url, retries=3))


@pytest.mark.parametrize("first", [reply(503), b""])
async def test_a_post_that_may_have_been_taken_is_not_sent_again(first: bytes) -> None:
    async with web_server(saying(first, as_json(1))) as server:
        url = f"http://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True)) as made:
            with pytest.raises(FetchFailed):
                await made.fetch(HttpRequest(url=url, method=Method.POST, retries=3))
    assert len(server.asked) == 1


async def test_a_post_that_found_no_connection_is_tried_again() -> None:
    names = Names()

    async def late(host: str, port: int) -> Sequence[str]:
        if len(names.asked) >= 1:
            names.names[CRM] = ["127.0.0.1"]
        return await names(host, port)

    async with web_server(saying(as_json(1))) as server:
        url = f"http://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True), names=late) as made:
            assert (await made.fetch(HttpRequest(url=url, method=Method.POST, retries=1))).tries == 2
    assert len(server.asked) == 1


async def test_tries_have_an_end_whatever_a_flow_asks_for() -> None:
    async with web_server(saying(reply(503))) as server:
        url = f"http://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True), policy=FetchPolicy(backoff_s=(0.0,), failures=99)) as made:
            with pytest.raises(BadStatus):
                await made.fetch(HttpRequest(url=url, retries=1_000_000))
    assert len(server.asked) == 4


async def test_no_pause_is_made_that_leaves_no_time_for_the_next_try() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with web_server(saying(reply(503))) as server:
        url = f"http://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True), policy=FetchPolicy(backoff_s=(60.0,))) as made:
            with pytest.raises(BadStatus):
                await made.fetch(HttpRequest(url=url, retries=3))
    assert loop.time() - began < 2.0


async def test_a_host_that_keeps_failing_is_left_alone_and_probed() -> None:
    clock = Seconds()
    async with web_server(saying(*[reply(500)] * 4, as_json(1))) as server:
        url = f"http://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True), clock=clock) as made:

            async def cause() -> str:
                try:
                    await made.fetch(get(url))
                except FetchFailed as error:
                    return error.cause
                return "answer"

            assert [await cause() for _ in range(5)] == ["bad-status"] * 3 + ["breaker-open"] * 2
            clock.now = 29.9
            assert await cause() == "breaker-open"
            clock.now = 30.1
            assert [await cause(), await cause()] == ["bad-status", "breaker-open"]
            clock.now = 60.2
            assert [await cause(), await cause()] == ["answer", "answer"]
    assert len(server.asked) == 6


async def test_a_host_that_refuses_what_we_ask_is_no_broken_host() -> None:
    async with web_server(saying(reply(404))) as server:
        url = f"http://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True)) as made:
            for _ in range(6):
                with pytest.raises(BadStatus):
                    await made.fetch(get(url))


async def test_one_hosts_failures_are_not_anothers() -> None:
    async with web_server(saying(reply(500))) as bad, web_server(saying(as_json(1))) as good:
        urls = [f"http://{CRM}:{server.port}/" for server in (bad, good)]
        async with fetcher(*(Allowed(url=url, private=True) for url in urls)) as made:
            for _ in range(3):
                with pytest.raises(BadStatus):
                    await made.fetch(get(urls[0]))
            with pytest.raises(BreakerOpen):
                await made.fetch(get(urls[0]))
            assert (await made.fetch(get(urls[1]))).body == 1


async def test_the_breaker_ends_retries_with_what_opened_it() -> None:
    async with web_server(saying(reply(503))) as server:
        url = f"http://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True)) as made:
            with pytest.raises(BadStatus):
                await made.fetch(HttpRequest(url=url, retries=3))
    assert len(server.asked) == 3


# ------------------------------------------------------------------------------------------- what is left behind by it


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
    async with web_server(silent) as server:
        url = f"http://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True)) as made:
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
