"""Free UDP ports and quiet child processes for simulated phones."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import socket
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from callcenter.errors import ConfigError

# Media ports of simulated phones lie below the kernel's ephemeral ports (32768..), which any socket may get, and above
# Asterisk's default RTP range (10000..20000). RTP has the even ones; RTCP, which we do not hear, comes one above.
MEDIA_PORTS: Final = range(20_200, 32_600, 2)
STOP_TIMEOUT_S: Final = 3.0


def free_udp_port(ip: str) -> int:
    """Return a UDP port of `ip` that nobody has bound at this instant."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((ip, 0))
        return int(probe.getsockname()[1])


def media_socket(ip: str, port: int = 0) -> socket.socket:
    """Return a UDP socket bound to `port` of `ip`, or to a free one of MEDIA_PORTS if it is 0.

    Raises OSError if that port is taken, ConfigError if all are.
    """
    for candidate in (port,) if port else _media_ports():
        found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        found.setblocking(False)
        try:
            found.bind((ip, candidate))
        except OSError:
            found.close()
            if port:
                raise
        else:
            return found
    raise ConfigError(f"no free UDP port on {ip} from {MEDIA_PORTS.start} to {MEDIA_PORTS.stop}")


def free_media_pair(ip: str) -> int:
    """Return a media port of `ip` which is free at this instant, as is the one 2 above."""
    for port in _media_ports():
        with contextlib.suppress(OSError), media_socket(ip, port), media_socket(ip, port + 2):
            return port
    raise ConfigError(f"no two free UDP ports on {ip} from {MEDIA_PORTS.start} to {MEDIA_PORTS.stop}")


def _media_ports() -> Iterator[int]:
    """All of them, from one by chance on: the processes of one machine do not meet at the first."""
    first = secrets.randbelow(len(MEDIA_PORTS))
    for index in range(len(MEDIA_PORTS)):
        yield MEDIA_PORTS[(first + index) % len(MEDIA_PORTS)]


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
