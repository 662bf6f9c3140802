"""AMI events per CPU second: our adapter and panoramisk alone, on asyncio's own loop and on uvloop, in one run.

Five events recorded from Asterisk 22.10.1 (bench/ami_events.raw) are filled up with ChanVariable lines, as
`channelvars` in manager.conf does, to 27 headers and 633 bytes each. A feeder process of its own sends them over the
loopback as fast as they are taken; the receiver reads two headers of each, in order. Counted is the CPU time of the
receiving process (user and system), from before the login to the last event; the best of five rounds.

    python -m bench.ami            table, exit 1 if a target is missed
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from string import ascii_uppercase
from typing import Final

import panoramisk
import uvloop

from bench.figures import Figure, least, plain, told
from callcenter.adapters.ami import Ami, AmiAddress, LinkDown, LinkUp

EVENTS: Final = 40_000
ROUNDS: Final = 5
HEADERS: Final = 27
BYTES: Final = 633
TARGET: Final = 40_000
LIMIT_S: Final = 60

LOGIN: Final = (
    "Asterisk Call Manager/11.0.0\r\n",
    "Response: Success\r\nActionID: {id}\r\nMessage: Authentication accepted\r\n\r\n"
    "Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 33\r\nLastReload: 33\r\nStatus: Fully Booted\r\n\r\n",
)

LOOPS: Final[dict[str, Callable[[], asyncio.AbstractEventLoop]]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


def padded(event: str) -> bytes:
    """Return `event` with ChanVariable lines up to HEADERS and BYTES, blank line included."""
    lines = event.split("\r\n")
    names = [f"ChanVariable: {letter}=" for letter in ascii_uppercase[: HEADERS - len(lines)]]
    space = BYTES - len("\r\n".join([*lines, *names, "", ""]).encode())
    lines += [name + "x" * (space // len(names) + (n < space % len(names))) for n, name in enumerate(names)]
    return ("\r\n".join([*lines, "", ""])).encode()


def recorded() -> list[bytes]:
    text = (Path(__file__).parent / "ami_events.raw").read_bytes().decode()
    return [padded(event) for event in text.split("\r\n\r\n") if event]


def feed(events: int) -> None:
    """Be Asterisk for one client: print our port, answer its login, send `events`, wait until it leaves."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        client, _ = server.accept()
    with client:
        client.sendall(LOGIN[0].encode())
        asked = client.recv(4096).decode()
        action_id = next(line.split(": ")[1] for line in asked.split("\r\n") if line.startswith("ActionID: "))
        client.sendall(LOGIN[1].replace("{id}", action_id).encode())
        kinds = recorded()
        hundred = b"".join(kinds) * (100 // len(kinds))
        for _ in range(events // 100):
            client.sendall(hundred)
        client.recv(1)


async def through_adapter(port: int) -> None:
    """Take EVENTS through our adapter's ordered stream."""
    seen = 0
    async with Ami(AmiAddress(host="127.0.0.1", port=port, user="bench", secret="bench")) as ami:
        async for item in ami.events():
            if isinstance(item, LinkDown):
                raise RuntimeError(f"the link was lost after {seen} events: {item.reason}")
            if isinstance(item, LinkUp) or item.name == "FullyBooted":
                continue
            seen += bool(item.text("Uniqueid") or item.text("DestUniqueid"))
            if seen == EVENTS:
                return


async def through_panoramisk(port: int) -> None:
    """Take EVENTS through one '*' callback of a bare panoramisk.Manager."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    seen = 0

    def take(_: panoramisk.Manager, event: panoramisk.Message) -> None:
        nonlocal seen
        if event["Event"] != "FullyBooted":
            seen += bool(event.get("Uniqueid") or event.get("DestUniqueid"))
            if seen == EVENTS:
                done.set_result(None)

    manager = panoramisk.Manager(host="127.0.0.1", port=port, username="bench", secret="bench", loop=loop)
    manager.register_event("*", take)
    await manager.connect()
    await done
    manager.close()
    await asyncio.sleep(0)


def measure(take: Callable[[int], Awaitable[None]], new_loop: Callable[[], asyncio.AbstractEventLoop]) -> float:
    """Return events per CPU second of this process."""

    async def timed(port: int) -> float:
        began = time.process_time()
        async with asyncio.timeout(LIMIT_S):
            await take(port)
        return EVENTS / (time.process_time() - began)

    command = [sys.executable, "-m", "bench.ami", "feed", str(EVENTS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as feeder:
        assert feeder.stdout is not None
        port = int(feeder.stdout.readline())
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(timed(port))


def run() -> list[Figure]:
    clients = {"ours": through_adapter, "panoramisk alone": through_panoramisk}
    best: dict[tuple[str, str], float] = {}
    for _ in range(ROUNDS):  # taking turns, so that a busy moment of the machine meets all of them
        for client, loop in itertools.product(clients, LOOPS):
            best[client, loop] = max(best.get((client, loop), 0), measure(clients[client], LOOPS[loop]))
    rows = []
    for (client, loop), rate in best.items():
        name, unit = f"AMI events, {client}, {loop}", "events/CPU-s"
        rows.append(least(name, round(rate), unit, TARGET) if client == "ours" else plain(name, round(rate), unit))
    for loop in LOOPS:
        ratio = best["ours", loop] / best["panoramisk alone", loop]
        rows.append(plain(f"AMI events, ours to panoramisk alone, {loop}", round(ratio, 2), "ratio"))
    return rows


def main() -> int:
    if sys.argv[1:2] == ["feed"]:
        feed(int(sys.argv[2]))
        return 0
    return told(run())


if __name__ == "__main__":
    sys.exit(main())
