"""Connections that go only where we may: names are resolved here, and every address is judged as its socket is made.

The judgement is on the very address that is connected to, so a name server that answers differently the second time
(DNS rebinding) gains nothing. No proxy, no cookies: one caller's answer never reaches another's.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from callcenter import __version__
from callcenter.allowlist import forbidden

LookUp = Callable[[str, int], Awaitable[Sequence[str]]]  # host name, port -> addresses

# A name server that does not answer holds a thread for up to half a minute. They are threads of our own, so that
# nothing else of the process waits for them.
LOOKUP_THREADS: Final = 8
CONNECTIONS_PER_HOST: Final = 50
# Shorter than common servers keep an idle connection (5 s): a POST must not meet one that is just being closed.
KEEP_ALIVE_S: Final = 4.0


class ForbiddenAddress(OSError):
    """The name leads to where we never go; aiohttp passes it on inside its own errors."""


class Names:
    """Looks names up as this machine does (hosts file, name servers)."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOOKUP_THREADS, thread_name_prefix="names")

    async def look_up(self, host: str, port: int) -> Sequence[str]:
        """Return addresses of `host`; raise OSError if there are none."""
        found = await asyncio.get_running_loop().run_in_executor(self._threads, _getaddrinfo, host, port)
        return list(dict.fromkeys(str(info[4][0]) for info in found))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def open_session(look_up: LookUp, *, private: bool) -> aiohttp.ClientSession:
    """Return a session whose every connection is judged; `private` opens networks of our own."""
    connector = aiohttp.TCPConnector(
        resolver=_Judged(look_up, private=private),
        socket_factory=_socket_factory(private=private),
        limit_per_host=CONNECTIONS_PER_HOST,
        keepalive_timeout=KEEP_ALIVE_S,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,  # it is unpacked where its size is watched
        headers={"User-Agent": f"callcenter/{__version__}", "Accept-Encoding": "identity"},
    )


class _Judged(AbstractResolver):
    """Leaves of a name's addresses those we may go to. Literal addresses never come here, but to the socket factory."""

    def __init__(self, look_up: LookUp, *, private: bool) -> None:
        self._look_up, self._private = look_up, private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        addresses = await self._look_up(host, port)
        reasons = {address: forbidden(address, private=self._private) for address in addresses}
        allowed = [address for address, why in reasons.items() if not why]
        if not allowed:
            raise ForbiddenAddress("; ".join(reasons.values()) or "it has no address")
        return [_result(host, port, address) for address in allowed]

    async def close(self) -> None:
        """Nothing is ours to close."""


def _result(host: str, port: int, address: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)


def _socket_factory(*, private: bool) -> Callable[[tuple[Any, ...]], socket.socket]:
    def make(info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = info
        why = forbidden(str(address[0]), private=private)
        if why:
            raise ForbiddenAddress(why)
        return socket.socket(family=family, type=kind, proto=protocol)

    return make


def _getaddrinfo(host: str, port: int) -> list[tuple[Any, ...]]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
