"""One connection to Redis, made when it is needed: commands go out in one write, answers come back in their order.

redis-py makes the connection (address, password, TLS) and reads the answers; its client is not used. The client's
pool, retries and a timer for each step cost twice as much CPU as all the rest.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Final

from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError, ResponseError

ANSWER_S: Final = 2.0
# What `ask` raises: Redis refuses, is not reached, or says nothing in time.
AWAY: Final = (RedisError, OSError)

Command = tuple[str | bytes | int, ...]


class RedisLink:
    """A connection that is kept; after an error or a cancellation a new one is made. One exchange at a time."""

    def __init__(self, url: str) -> None:
        """Raise ValueError if `url` cannot be read."""
        self._pool: Any = ConnectionPool.from_url(url, protocol=2, socket_timeout=None, retry=Retry(NoBackoff(), 0))
        self._connection: Any = None
        self._turn = asyncio.Lock()

    @property
    def where(self) -> str:
        """Which Redis this is, for people, without its password."""
        place = self._pool.connection_kwargs
        return f"Redis {place.get('path') or '{}:{}'.format(place.get('host'), place.get('port', 6379))}"

    async def ask(self, *commands: Command, wait_s: float | None = None) -> list[Any]:
        """Return the answers to `commands`, as Redis sends them. Raise AWAY; what was asked may have been done then.

        `wait_s`: how long all of it may take, ANSWER_S if not said.
        """
        async with asyncio.timeout(ANSWER_S if wait_s is None else wait_s), self._turn:
            kept = self._connection is not None
            try:
                return await self._exchange(commands)
            except (ConnectionLost, ConnectionError):
                if not kept:
                    raise
            # It died while nobody used it, with a server that may be back already.
            return await self._exchange(commands)

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(*AWAY):
                await connection.disconnect(nowait=True)

    async def _exchange(self, commands: tuple[Command, ...]) -> list[Any]:
        try:
            if self._connection is None:
                self._connection = self._pool.make_connection()
                await self._connection.connect()
            await self._connection.send_packed_command(self._connection.pack_commands(commands), check_health=False)
            answers = [await self._answer() for _ in commands]
        except BaseException:  # whose answer comes next is not known any more
            await self.close()
            raise
        for answer in answers:
            if isinstance(answer, ResponseError):
                raise answer
        return answers

    async def _answer(self) -> Any:
        """Return the next answer; a refusal too, so that those behind it are read."""
        try:
            return await self._connection.read_response()
        except ResponseError as refusal:
            return refusal
