"""Free UDP ports and quiet child processes for simulated phones."""

from __future__ import annotations

import asyncio
import random
import shutil
import socket
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from callcenter.errors import ConfigError

# Below the kernel's ephemeral ports (32768..) and above Asterisk's default RTP range (10000..20000), with room for
# the 10,000 ports over which SIPp spreads its calls.
FIRST_MEDIA_PORTS: Final = range(20_008, 22_000, 4)
STOP_TIMEOUT_S: Final = 3.0


def free_udp_port(ip: str) -> int:
    """Return a UDP port of `ip` that nobody has bound at this instant."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((ip, 0))
        return int(probe.getsockname()[1])


def free_media_port(ip: str, rng: random.Random) -> int:
    """Return a port P with P, P + 1 and P + 2 free on `ip`, fit for SIPp's `-mp`; raise ConfigError if none is."""
    for first in rng.sample(FIRST_MEDIA_PORTS, k=100):
        if all(_is_free(ip, first + offset) for offset in range(3)):
            return first
    raise ConfigError(f"no free UDP ports on {ip} between {FIRST_MEDIA_PORTS.start} and {FIRST_MEDIA_PORTS.stop}")


def _is_free(ip: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((ip, port))
        except OSError:
            return False
    return True


async def start_process(command: Sequence[str], *, cwd: Path) -> Process:
    """Start `command` silently; it dies with us (setpriv) and does not get our terminal's Ctrl-C (own session)."""
    program = shutil.which(command[0])
    if program is None:
        raise ConfigError(f"{command[0]} is not installed: apt-get install {PACKAGES.get(command[0], command[0])}")
    return await asyncio.create_subprocess_exec(
        "setpriv",
        "--pdeathsig",
        "KILL",
        program,
        *command[1:],
        cwd=cwd,
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=DEVNULL,
        start_new_session=True,
    )


async def stop_process(process: Process, *, timeout_s: float = STOP_TIMEOUT_S) -> None:
    """End `process` by SIGTERM, by SIGKILL if it does not obey, and reap it."""
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), timeout_s)
    except TimeoutError:
        process.kill()
        await process.wait()


PACKAGES: Final = {"sipp": "sip-tester", "baresip": "baresip-core"}
