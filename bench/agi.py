"""FastAGI sessions per CPU second: our server and panoramisk alone, on asyncio's own loop and on uvloop, in one run.

A session is 23 lines of environment and 20 times GET VARIABLE (ours adds a command of its own, the guard), 50 at once.
A process of its own plays Asterisk over the loopback as res_agi does: the environment, then one reply to each command;
the server ends it. Counted is the CPU time of the serving process (user and system); the best of five rounds.

    python -m bench.agi            table, exit 1 if a target is missed
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, cast

import uvloop
from panoramisk import fast_agi

from bench.figures import Figure, least, plain, told
from callcenter.adapters.agi import AgiServer, AgiSession

SESSIONS: Final = 1_000
WARM_UP: Final = 100
COMMANDS: Final = 20
AT_ONCE: Final = 50
ROUNDS: Final = 5
TARGET: Final = 1_500

LOOPS: Final[dict[str, Callable[[], asyncio.AbstractEventLoop]]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}

ENVIRONMENT: Final = b"""\
agi_network: yes
agi_network_script: call
agi_request: agi://127.0.0.1:4573/call
agi_channel: PJSIP/trunk-00000001
agi_language: en
agi_type: PJSIP
agi_uniqueid: 1795309808.1
agi_version: 22.10.1
agi_callerid: 12025550143
agi_calleridname: unknown
agi_callingpres: 0
agi_callingani2: 0
agi_callington: 0
agi_callingtns: 0
agi_dnid: 12025550100
agi_rdnis: unknown
agi_context: inbound
agi_extension: 12025550100
agi_priority: 7
agi_enhanced: 0.0
agi_accountcode:\x20
agi_threadid: 140682126833344
agi_arg_1: main

"""


# -------------------------------------------------------------------------------------------------- the other process
class Caller(asyncio.Protocol):
    """One session, from Asterisk's side."""

    def __init__(self, ended: asyncio.Future[None]) -> None:
        self._ended = ended
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's does not inherit it
        self._transport.write(ENVIRONMENT)

    def data_received(self, data: bytes) -> None:
        *commands, self._rest = (self._rest + data).split(b"\n")
        for command in commands:
            self._transport.write(b"200 result=1 (value)\n" if command.startswith(b"GET") else b"200 result=1\n")

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended.set_result(None)


async def call(port: int, sessions: int) -> None:
    loop, places = asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)

    async def session() -> None:
        async with places:
            ended = loop.create_future()
            await loop.create_connection(lambda: Caller(ended), "127.0.0.1", port)
            await ended

    await asyncio.gather(*(session() for _ in range(sessions)))


async def play_asterisk(port: int) -> None:
    """Call in to warm the server up, say so, then call in to be measured."""
    await call(port, WARM_UP)
    print("warm", flush=True)
    await call(port, SESSIONS)


# --------------------------------------------------------------------------------------------------------- the servers
@asynccontextmanager
async def ours() -> AsyncIterator[int]:
    async def route(session: AgiSession) -> None:
        for _ in range(COMMANDS):
            await session.get_variable("CC_QUEUE")

    async with AgiServer({"call": route}) as server:
        yield server.port
        if server.counts["done"] != WARM_UP + SESSIONS:
            raise RuntimeError(f"not every session was served to its end: {server.counts}")


@asynccontextmanager
async def panoramisk_alone() -> AsyncIterator[int]:
    async def route(request: fast_agi.Request) -> None:
        for _ in range(COMMANDS):
            await request.send_command('GET VARIABLE "CC_QUEUE"')

    application = fast_agi.Application(loop=asyncio.get_running_loop())
    application.add_route("call", route)
    async with await asyncio.start_server(application.handler, "127.0.0.1", 0, backlog=1024) as server:
        yield server.sockets[0].getsockname()[1]


async def measure(serve: Callable[[], AbstractAsyncContextManager[int]]) -> float:
    """Return sessions per CPU second of this process."""
    async with asyncio.timeout(60), serve() as port:
        arguments = ["-m", "bench.agi", "asterisk", str(port)]
        asterisk = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
        assert asterisk.stdout is not None
        await asterisk.stdout.readline()
        began = time.process_time()
        await asterisk.stdout.read()
        used = time.process_time() - began
        await asterisk.wait()
    return SESSIONS / used


def run() -> list[Figure]:
    servers = {"ours": ours, "panoramisk alone": panoramisk_alone}
    best = {(server, loop): 0.0 for loop in LOOPS for server in servers}
    for _ in range(ROUNDS):
        for (server, loop), before in best.items():  # in turns, so that a busy moment of the machine meets them all
            with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
                best[server, loop] = max(before, runner.run(measure(servers[server])))
    rows = []
    for (server, loop), rate in best.items():
        name, unit = f"FastAGI sessions of {COMMANDS} commands, {server}, {loop}", "sessions/CPU-s"
        wanted = (server, loop) == ("ours", "uvloop")
        rows.append(least(name, round(rate), unit, TARGET) if wanted else plain(name, round(rate), unit))
    for loop in LOOPS:
        ratio = best["ours", loop] / best["panoramisk alone", loop]
        rows.append(plain(f"FastAGI sessions, ours to panoramisk alone, {loop}", round(ratio, 2), "ratio"))
    return rows


def main() -> int:
    match sys.argv[1:]:
        case ["asterisk", port]:
            uvloop.run(play_asterisk(int(port)))
            return 0
        case _:
            return told(run())


if __name__ == "__main__":
    sys.exit(main())
