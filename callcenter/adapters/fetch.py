"""Asks other systems over HTTP, within limits: only where the operator allows, never for long, never for much.

A caller waits for every answer. So all limits are hard: one for the time of everything together, one for the size of
the unpacked answer, and a breaker per host, so that a dead system costs its callers nothing after the first few.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
import random
import re
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
from yarl import URL

from callcenter.adapters.fetch_socket import ForbiddenAddress, LookUp, Names, open_session
from callcenter.allowlist import AllowList, Permit
from callcenter.breaker import Breaker
from callcenter.outgoing import (
    MAX_REPLY_BYTES,
    MAX_RETRIES,
    MAX_TIMEOUT_S,
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

log = logging.getLogger("callcenter.fetch")

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
PASSING: Final = frozenset({502, 503, 504})  # what a GET is tried again for
HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)  # RFC 9110, 5.6.2
HEADER_VALUE: Final = re.compile(r"([!-~]([ -~\t]*[!-~])?)?", re.ASCII)
OURS: Final = frozenset(  # headers that say how a message is cut, or where it goes
    {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect",
     "keep-alive", "accept-encoding"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """How patient we are.

    `connect_s`: for a connection, so that some time is left for a second try; `backoff_s`: before each retry, halved
    to doubled at random; `failures` in a row open a host's breaker for `rest_s`; `redirects`: followed at most.
    """

    connect_s: float = 3.0
    backoff_s: tuple[float, ...] = (0.2, 0.5, 1.0)
    failures: int = 5
    rest_s: float = 30.0
    redirects: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchWorld:
    """What is by chance or by the clock. `clock`: of the breakers, in s; `look_up` None: as this machine does."""

    rng: random.Random
    clock: Callable[[], float] = time.monotonic
    look_up: LookUp | None = None


class Fetcher:
    """Asks other systems. `secrets`: by name, for headers of the allow-list. Use as `async with`."""

    def __init__(
        self, allow: AllowList, secrets: Mapping[str, str], world: FetchWorld, policy: FetchPolicy = FetchPolicy()
    ) -> None:
        self.allow = allow  # may be replaced at any time
        self._secrets, self._world, self._policy = secrets, world, policy
        self._names = Names()
        self._look_up = world.look_up or self._names.look_up
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._breakers: defaultdict[str, Breaker] = defaultdict(
            lambda: Breaker(failures=policy.failures, probe_every_s=policy.rest_s)
        )

    async def __aenter__(self) -> Self:
        self._sessions = {private: open_session(self._look_up, private=private) for private in (False, True)}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in self._sessions.values():
            await session.close()
        self._names.close()

    async def fetch(self, request: HttpRequest) -> HttpReply:
        """Return the answer to `request`; raise FetchFailed, whose `cause` says why there is none."""
        deadline = asyncio.get_running_loop().time() + min(request.timeout_s, MAX_TIMEOUT_S)
        try:
            permit = self.allow.find(request.url)
            body = _body(request)
            return await self._tried(_Asking(request=request, body=body, deadline=deadline), permit)
        except BreakerOpen as error:
            log.debug("%s", error)
            raise
        except FetchFailed as error:
            log.warning("%s: %s", error.cause, error)
            raise

    async def _tried(self, asking: _Asking, permit: Permit) -> HttpReply:
        """Try until there is an answer, or no try is left, or no time."""
        retries = max(0, min(asking.request.retries, MAX_RETRIES))
        last: FetchFailed | None = None
        number = 1
        while True:
            try:
                status, body = await self._followed(asking, permit)
                return HttpReply(status=status, body=body, tries=number)
            except BreakerOpen as error:
                raise last or error from None
            except FetchFailed as error:
                if number > retries or not _may_retry(asking.request.method, error):
                    raise
                last = error
            await self._pause(number, asking.deadline, last)
            number += 1

    async def _pause(self, number: int, deadline: float, error: FetchFailed) -> None:
        """Wait before the next try; raise `error` if no time would be left for it."""
        steps = self._policy.backoff_s
        pause = steps[min(number, len(steps)) - 1] * self._world.rng.uniform(0.5, 2.0)
        if asyncio.get_running_loop().time() + pause >= deadline:
            raise error
        await asyncio.sleep(pause)

    async def _followed(self, asking: _Asking, first: Permit) -> tuple[int, Any]:
        """Ask, and ask where the answer points to, if we may go there."""
        permit = first
        for _ in range(1 + self._policy.redirects):
            try:
                answer = await self._hop(asking, permit, flow_headers=permit.origin == first.origin)
            except NotAllowed as error:
                if permit is first:
                    raise
                raise BadRedirect(f"{first.origin} redirects to where we may not go: {error}") from None
            if not isinstance(answer, URL):
                return answer
            if asking.request.method is not Method.GET:
                raise BadRedirect(f"{first.origin} redirects a {asking.request.method}")
            try:
                permit = self.allow.find(str(answer))
            except NotAllowed as error:
                raise BadRedirect(f"{first.origin} redirects to where we may not go: {error}") from None
        raise BadRedirect(f"{first.origin} redirects more than {self._policy.redirects} times")

    async def _hop(self, asking: _Asking, permit: Permit, *, flow_headers: bool) -> tuple[int, Any] | URL:
        """One request and its answer, under the host's breaker."""
        headers = self._headers(asking.request if flow_headers else None, permit)
        breaker = self._breakers[permit.origin]
        if not breaker.allowed(1, self._world.clock()):
            raise BreakerOpen(f"{permit.origin} is left alone: it failed {self._policy.failures} times in a row")
        try:
            async with asyncio.timeout_at(asking.deadline):
                answer = await self._exchange(asking, permit, headers)
        except TimeoutError:
            self._failed(permit, breaker)
            raise TimedOut(f"{permit.origin} did not answer within {asking.request.timeout_s:g} s") from None
        except (NotReached, BrokenOff):
            self._failed(permit, breaker)
            raise
        except BadStatus as error:
            if error.status >= 500:
                self._failed(permit, breaker)
            else:
                breaker.worked()
            raise
        except FetchFailed:
            breaker.worked()  # it answers, if not as we wish
            raise
        breaker.worked()
        return answer

    def _failed(self, permit: Permit, breaker: Breaker) -> None:
        was_open = breaker.is_open
        breaker.failed(self._world.clock())
        if breaker.is_open and not was_open:
            log.error("%s failed %d times: left alone, but for a try now and then", permit.origin, breaker.failures)

    async def _exchange(self, asking: _Asking, permit: Permit, headers: Mapping[str, str]) -> tuple[int, Any] | URL:
        request, session = asking.request, self._sessions[permit.entry.private]
        patience = aiohttp.ClientTimeout(total=None, sock_connect=self._policy.connect_s)
        with _told_as_ours(permit.origin):
            async with session.request(
                request.method, permit.url, headers=headers, data=asking.body, allow_redirects=False, timeout=patience
            ) as response:
                if response.status in REDIRECTS:
                    return _target(permit, response.headers.get("Location", ""))
                if not 200 <= response.status < 300:
                    raise BadStatus(f"{permit.origin} answers {response.status}", response.status)
                if not request.wants_json:
                    return response.status, None
                raw = await _read(response, min(request.max_bytes, MAX_REPLY_BYTES))
        return response.status, _json(raw, permit.origin)

    def _headers(self, request: HttpRequest | None, permit: Permit) -> dict[str, str]:
        """Headers of one hop: the flow's, and, never for it to see or to change, those of the allow-list."""
        headers = {"accept": "application/json"}
        if request is not None:
            if request.body is not None:
                headers["content-type"] = "application/json"
            headers |= {name.lower(): value for name, value in request.headers.items()}
        for name, value in headers.items():
            if name in OURS or name.startswith("proxy-") or not HEADER.fullmatch(name):
                raise BadRequest(f"a request may not have the header {name!r}")
            if not HEADER_VALUE.fullmatch(value):
                raise BadRequest(f"header {name}: its value is not printable ASCII on one line")
        for name, secret in permit.entry.headers.items():
            if secret not in self._secrets:
                raise NotAllowed(f'{permit.origin} needs the secret "{secret}": `callcenter secret set {secret}`')
            headers[name.lower()] = self._secrets[secret]
        return headers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """A request with its body as bytes, and until when (on the loop's clock) it may last."""

    request: HttpRequest
    body: bytes | None
    deadline: float


def _may_retry(method: Method, error: FetchFailed) -> bool:
    if isinstance(error, NotReached):
        return True  # nothing was sent
    if method is not Method.GET:
        return False
    return isinstance(error, BrokenOff) or (isinstance(error, BadStatus) and error.status in PASSING)


@contextlib.contextmanager
def _told_as_ours(origin: str) -> Iterator[None]:
    """Turn aiohttp's errors into ours. Their texts have the whole URL, so they are not repeated."""
    try:
        yield
    except aiohttp.ClientConnectorCertificateError:
        raise NotReached(f"{origin} cannot be reached: its certificate is not valid") from None
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, ForbiddenAddress):
            raise NotAllowed(f"{origin} leads to {error.os_error}") from None
        raise NotReached(f"{origin} cannot be reached: {error.os_error.strerror or error.os_error}") from None
    except aiohttp.ConnectionTimeoutError:
        raise NotReached(f"{origin} cannot be reached: no connection in time") from None
    except (aiohttp.ClientError, zlib.error, ConnectionError) as error:
        raise BrokenOff(f"{origin} broke off: {type(error).__name__}") from None


def _target(permit: Permit, location: str) -> URL:
    try:
        if not location:
            raise ValueError
        return permit.url.join(URL(location))
    except ValueError:
        raise BadRedirect(f"{permit.origin} redirects, but not to a URL") from None


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """Return the unpacked body; raise TooLarge as soon as it is longer than `limit`."""
    origin, body = response.url.origin(), bytearray()
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip", "deflate"):
        raise BrokenOff(f"{origin} packs its answer as {encoding[:20]!r}, which we did not ask for")
    inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32) if encoding not in ("identity", "") else None
    async for chunk in response.content.iter_any():
        body += chunk if inflate is None else inflate.decompress(chunk, limit - len(body) + 1)
        if len(body) > limit:
            raise TooLarge(f"{origin} answers with more than {limit // 1024} kB")
    if inflate is not None and not inflate.eof:
        raise BrokenOff(f"{origin} broke off: the packed answer has no end")
    return bytes(body)


def _json(raw: bytes, origin: str) -> Any:
    """Return what `raw` says, None if it is empty. What SQL cannot keep is no answer either: NUL, half characters."""
    if not raw.strip():
        return None
    try:
        value = json.loads(raw.decode("utf-8-sig"))
        _check_kept(value)
    except (ValueError, RecursionError):
        raise BadJson(f"{origin} answers with no JSON we can use") from None
    return value


def _check_kept(value: Any) -> None:
    """Raise ValueError for what Python reads as JSON and SQL does not keep: NUL, half characters, infinite numbers."""
    due = [value]
    while due:
        match due.pop():
            case str(text):
                if "\x00" in text:
                    raise ValueError("NUL")
                text.encode()
            case float(number) if not math.isfinite(number):
                raise ValueError("infinite")
            case list(items):
                due += items
            case dict(members):
                due += [*members, *members.values()]


def _body(request: HttpRequest) -> bytes | None:
    if request.method is Method.GET and request.body is not None:
        raise BadRequest("a GET has no body")
    if request.body is None or isinstance(request.body, bytes):
        return request.body
    try:
        return json.dumps(request.body, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):
        raise BadRequest("the body cannot be written as JSON") from None
