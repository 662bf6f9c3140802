"""What the fetcher tries again, what it does not, and hosts it leaves alone for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from callcenter.adapters.fetch import FetchPolicy
from callcenter.allowlist import Allowed
from callcenter.outgoing import BadStatus, BreakerOpen, FetchFailed, HttpReply, HttpRequest, Method

from .fetching import CRM, Names, ask, fetcher, get, listed
from .web import as_json, reply, saying, web_server


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


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
    async with listed(saying(first, as_json(1))) as (server, url, made):
        with pytest.raises(FetchFailed):
            await made.fetch(HttpRequest(url=url, method=Method.POST, retries=3))
    assert len(server.asked) == 1


async def test_a_post_that_found_no_connection_is_tried_again() -> None:
    names = Names()

    async def late(host: str, port: int) -> Sequence[str]:
        if len(names.asked) >= 1:
            names.names[CRM] = ["127.0.0.1"]
        return await names(host, port)

    async with listed(saying(as_json(1)), names=late) as (server, url, made):
        assert (await made.fetch(HttpRequest(url=url, method=Method.POST, retries=1))).tries == 2
    assert len(server.asked) == 1


async def test_tries_have_an_end_whatever_a_flow_asks_for() -> None:
    async with listed(saying(reply(503)), policy=FetchPolicy(backoff_s=(0.0,), failures=99)) as (server, url, made):
        with pytest.raises(BadStatus):
            await made.fetch(HttpRequest(url=url, retries=1_000_000))
    assert len(server.asked) == 4


async def test_no_pause_is_made_that_leaves_no_time_for_the_next_try() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with listed(saying(reply(503)), policy=FetchPolicy(backoff_s=(60.0,))) as (_, url, made):
        with pytest.raises(BadStatus):
            await made.fetch(HttpRequest(url=url, retries=3))
    assert loop.time() - began < 2.0


async def test_a_host_that_keeps_failing_is_left_alone_and_probed() -> None:
    clock = Seconds()
    async with listed(saying(*[reply(500)] * 4, as_json(1)), clock=clock) as (server, url, made):

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
    async with listed(saying(reply(404))) as (_, url, made):
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
    async with listed(saying(reply(503))) as (server, url, made):
        with pytest.raises(BadStatus):
            await made.fetch(HttpRequest(url=url, retries=3))
    assert len(server.asked) == 3
