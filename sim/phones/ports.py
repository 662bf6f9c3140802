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

# Media ports of simulated phones come in blocks, below the kernel's ephemeral ports (32768..) and above Asterisk's
# default RTP range (10000..20000). A phone with many calls runs beyond its block, which costs it a look at each port.
BLOCKS: Final = range(20_200, 32_600, 200)
STOP_TIMEOUT_S: Final = 3.0


def free_udp_port(ip: str) -> int:
    """Return a UDP port of `ip` that nobody has bound at this instant."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((ip, 0))
        return int(probe.getsockname()[1])


class MediaBlock:
    """A block of UDP ports of `ip` that is no other simulated phone's until it is closed.

    The reservation is an abstract Unix socket: the kernel lets one process have the name and frees it with the process.
    Raises ConfigError if all blocks are taken.
    """

    def __init__(self, ip: str, rng: random.Random) -> None:
        for first in rng.sample(BLOCKS, k=len(BLOCKS)):
            self.first = first
            self._lock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            try:
                self._lock.bind(f"\0callcenter-phones-{ip}-{first}")
            except OSError:
                self._lock.close()
                continue
            if all(_is_free(ip, first + offset) for offset in range(3)):  # SIPp binds the first and the third
                return
            self._lock.close()
        raise ConfigError(f"no free block of UDP ports on {ip} from {BLOCKS.start} to {BLOCKS.stop}")

    def close(self) -> None:
        self._lock.close()


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
