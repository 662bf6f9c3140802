"""The fetcher and names, addresses and redirects that lead where nobody may go."""

from __future__ import annotations

import asyncio
import random

import pytest

from callcenter.adapters.fetch import Fetcher, FetchWorld
from callcenter.adapters.fetch_socket import open_session
from callcenter.allowlist import Allowed, AllowList
from callcenter.outgoing import BadRedirect, HttpRequest, Method, NotAllowed

from .fetching import CRM, HASTE, Names, ask, fetcher, get, listed
from .web import as_json, reply, saying, web_server


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
    async with listed(saying(reply()), names=names) as (_, url, made):
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
    async with listed(saying(reply(307, Location="/b/../c"), as_json(1))) as (server, url, made):
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
    async with listed(saying(reply(301, Location="/"))) as (server, url, made):
        with pytest.raises(BadRedirect, match="more than 3 times"):
            await made.fetch(get(url))
    assert len(server.asked) == 4


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_post_is_redirected_nowhere(status: int) -> None:
    with pytest.raises(BadRedirect):
        await ask(saying(reply(status, Location="/")), lambda url: HttpRequest(url=url, method=Method.POST))
