"""A fetcher for tests: names that lead to this machine, a list of what may be asked, one server that is on it."""

from __future__ import annotations

import random
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from callcenter.adapters.fetch import Fetcher, FetchPolicy, FetchWorld
from callcenter.allowlist import Allowed, AllowList
from callcenter.outgoing import HttpReply, HttpRequest

from .web import Answer, WebServer, web_server

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


@asynccontextmanager
async def listed(
    answer: Answer,
    *,
    names: Callable[[str, int], object] = HERE,
    clock: Callable[[], float] = lambda: 0.0,
    policy: FetchPolicy = HASTE,
) -> AsyncIterator[tuple[WebServer, str, Fetcher]]:
    """A server that gives `answer`, its URL, and a fetcher that may ask it."""
    async with web_server(answer) as server:
        url = f"http://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True), names=names, clock=clock, policy=policy) as made:
            yield server, url, made


async def ask(answer: Answer, request: Callable[[str], HttpRequest], **headers: str) -> HttpReply:
    """Ask a server that gives `answer` and is allowed; `request` makes the request from its URL."""
    async with web_server(answer) as server:
        url = f"http://{CRM}:{server.port}/"
        async with fetcher(Allowed(url=url, private=True, headers=headers)) as made:
            return await made.fetch(request(url))


def get(url: str, timeout_s: float = 5.0, max_bytes: int = 10_000) -> HttpRequest:
    return HttpRequest(url=url, timeout_s=timeout_s, max_bytes=max_bytes, retries=0)
