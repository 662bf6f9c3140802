"""FastAGI server: panoramisk's routes and request API above an accept loop of our own.

As shipped, panoramisk 1.4 freezes its whole event loop on one connect-and-close, loses step with Asterisk after a
HANGUP line or a 520, and swallows cancellation. `AgiServer` and `AgiSession` override each of these; the table of bugs
and tests is in tests/callcenter/adapters/test_agi.py.

How a session ends tells the dialplan what to do next (AGISTATUS does not: Asterisk calls a server that accepts
and closes a SUCCESS). The route's last word is the variable dialplan.VAR_NEXT; where a route fails, is cancelled, is
missing or takes too long, the server says NEXT_FALLBACK in its stead. A connection we refuse or lose says nothing,
which the dialplan takes for the same.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from panoramisk import fast_agi

from callcenter import dialplan
from callcenter.adapters import agi_wire as wire
from callcenter.adapters.agi_request import ReplyReader
from callcenter.adapters.agi_session import AgiSession
from callcenter.adapters.agi_wire import Reply
from callcenter.errors import AsteriskError, ChannelGone, Unreachable

__all__ = ["AgiPolicy", "AgiServer", "AgiSession", "Reply", "Route"]

log = logging.getLogger("agi")

Route = Callable[[AgiSession], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgiPolicy:
    """Limits of one server.

    - `max_sessions`: calls at once; one more is refused at once, so that its caller is in the fallback in
      milliseconds and not after a wait for a place.
    - `session_max_s`: no call is in the IVR longer.
    - `environment_s`: Asterisk sends the agi_… lines at once; whoever takes longer is no Asterisk.
    """

    max_sessions: int = 2000
    session_max_s: float = 4 * 3600.0
    environment_s: float = 5.0


class AgiServer:
    """Serves calls by `routes`: path of the agi:// address -> coroutine function, `default` for any other path.

    `port` 0 lets the system choose; `port` then tells which. `counts` says how connections ended: done, hung-up,
    failed, cancelled, no-route, no-agi (port scan, health check, garbage), refused. `async with` starts and closes.
    """

    def __init__(
        self,
        routes: Mapping[str, Route],
        *,
        bind: str = "127.0.0.1",
        port: int = 0,
        default: Route | None = None,
        policy: AgiPolicy | None = None,
    ) -> None:
        self._routes, self._default = dict(routes), default
        self.bind, self.port = bind, port
        self.policy = policy or AgiPolicy()
        self.counts: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def sessions(self) -> int:
        """Connections open now."""
        return len(self._tasks)

    async def start(self) -> None:
        """Listen. Raises OSError if the port is taken, TypeError for a route that is no coroutine function."""
        app = _Application(self._routes, self._default, self.policy, self.counts)
        loop = asyncio.get_running_loop()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if len(self._tasks) >= self.policy.max_sessions:
                log.error("%d calls in AGI: one more goes to the fallback", len(self._tasks))
                self.counts["refused"] += 1
                writer.close()
                return
            task = loop.create_task(app.handler(reader, writer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        def connection() -> asyncio.StreamReaderProtocol:
            return asyncio.StreamReaderProtocol(ReplyReader(loop), accept, loop=loop)

        self._server = await loop.create_server(connection, self.bind, self.port, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]
        log.info("listening for AGI on %s:%d", self.bind, self.port)

    async def close(self) -> None:
        """Stop accepting, cancel what runs, wait for it. Callers still in a session go to the fallback."""
        if self._server is None:
            return
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class _Application(fast_agi.Application):
    """panoramisk's table of routes, with a handler that survives what comes in from a network."""

    def __init__(
        self, routes: Mapping[str, Route], default: Route | None, policy: AgiPolicy, counts: Counter[str]
    ) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        for path, route in routes.items():
            self.add_route(path, route)
        self._default, self._policy, self._counts = default, policy, counts

    def add_route(self, path: str, endpoint: Route) -> None:
        if not inspect.iscoroutinefunction(endpoint):
            raise TypeError(f"AGI route {path!r} is no coroutine function: {endpoint!r}")
        super().add_route(path, endpoint)

    async def handler(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection from its first byte to its end; only cancellation gets out."""
        outcome = "failed"
        try:
            outcome = await self._serve(reader, writer)
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        finally:
            self._counts[outcome] += 1
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        if not isinstance(reader, ReplyReader):
            raise TypeError("panoramisk's own accept loop is not safe: use AgiServer")
        silence = self.loop.call_later(self._policy.environment_s, reader.lose, Unreachable("no environment in time"))
        try:
            environment = wire.parse_environment(await reader.environment())
        except AsteriskError as error:
            log.debug("no AGI from %s: %s", writer.get_extra_info("peername"), error)
            return "no-agi"
        finally:
            silence.cancel()
        if "agi_request" not in environment:
            return "no-agi"
        session = AgiSession(self, environment, reader, writer)
        route = self._route.get(session.path, self._default)
        if route is None:
            log.error("%s: no AGI route %r", session.channel, session.path)
            session.last_word(dialplan.VAR_NEXT, dialplan.NEXT_FALLBACK)
            return "no-route"
        return await self._run(route, session)

    async def _run(self, route: Route, session: AgiSession) -> str:
        limit = self.loop.call_later(self._policy.session_max_s, self._overlong, session, asyncio.current_task())
        try:
            await route(session)
        except ChannelGone as gone:
            log.debug("%s: %s", session.channel, gone)
            return "hung-up"
        except asyncio.CancelledError:
            session.last_word(dialplan.VAR_NEXT, dialplan.NEXT_FALLBACK)
            raise
        except Exception:
            log.exception("%s: AGI route %r failed, caller goes to the fallback", session.channel, session.path)
            session.last_word(dialplan.VAR_NEXT, dialplan.NEXT_FALLBACK)
            return "failed"
        finally:
            limit.cancel()
            session.release()
        return "done"

    def _overlong(self, session: AgiSession, task: asyncio.Task[None] | None) -> None:
        log.error("%s: in AGI for %.0f s, caller goes to the fallback", session.channel, self._policy.session_max_s)
        if task:
            task.cancel()
