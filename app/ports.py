"""Ports of this machine: free ones for several centres side by side, and who has one that we want."""

from __future__ import annotations

import contextlib
import errno
import re
import socket
from pathlib import Path
from typing import Final

from callcenter.errors import ConfigError

LISTEN: Final = "0A"  # state in /proc/net/tcp
_SOCKET: Final = re.compile(r"socket:\[(\d+)\]")


def free_tcp_port(preferred: int = 0, bind: str = "127.0.0.1") -> int:
    """Return `preferred` if it is free, else a free port that the system chooses."""
    for port in (preferred, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((bind, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ConfigError(f"no free TCP port on {bind}")


def free_sip_port(preferred: int = 5060, bind: str = "127.0.0.1") -> int:
    """Return a port that is free for TCP and UDP both: `preferred`, else one of the system's."""
    for _ in range(20):
        port = free_tcp_port(preferred, bind)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((bind, port))
            except OSError:
                preferred = 0
                continue
            return port
    raise ConfigError(f"no port on {bind} is free for SIP")


def cannot_listen(bind: str, port: int, error: OSError) -> ConfigError:
    """Return the error for a port we cannot listen on, with the name of who has it."""
    if error.errno != errno.EADDRINUSE:
        return ConfigError(f"cannot listen on {bind}:{port}: {error.strerror}")
    owner = port_owner(port) or "another process"
    return ConfigError(f"port {port} is in use by {owner}: stop it, or choose another port (docs/configuration.md)")


def port_owner(port: int) -> str:
    """Return name and pid of the process that listens on TCP `port`, "" if it cannot be seen from here."""
    inodes = _listening(port)
    for process in Path("/proc").glob("[0-9]*"):
        if inodes & _sockets(process):
            return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
    return ""


def _sockets(process: Path) -> set[str]:
    """Inodes of the sockets of a process; empty if it is another user's or ended meanwhile."""
    found: set[str] = set()
    with contextlib.suppress(OSError):
        for entry in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                match = _SOCKET.match(str(entry.readlink()))
                found |= {match[1]} if match else set()
    return found


def _listening(port: int) -> set[str]:
    inodes = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if table.exists():
            for line in table.read_text().splitlines()[1:]:
                columns = line.split()
                if columns[3] == LISTEN and int(columns[1].rpartition(":")[2], 16) == port:
                    inodes.add(columns[9])
    return inodes
