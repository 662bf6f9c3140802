"""The Docker engine: found, or started by hand and remembered as ours so that we stop it again.

An engine that was there before us is never stopped. One that we started is stopped by `release` unless somebody's
container still runs on it; then whoever releases last stops it.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Final

from app.runtime.process import born, end, launch, read_pid, run, write_pid
from callcenter.errors import MachineError

OURS: Final = Path("/run/callcenter/dockerd.pid")  # the machine's, not the checkout's: two checkouts share an engine
LOG: Final = Path("/run/callcenter/dockerd.log")
START_S: Final = 30.0  # dockerd answered after 1.5–3 s; on a slow disk with many images it needs longer


def answers() -> bool:
    """Whether an engine answers us (not only a client that is installed)."""
    if program("docker") is None:
        return False
    try:
        return run(["docker", "version", "--format", "{{.Server.Version}}"], timeout_s=20).ok
    except MachineError:
        return False


def started_by_us() -> bool:
    return read_pid(OURS) is not None


def ensure() -> bool:
    """Make an engine answer; return True if it had to be started for that.

    Raise MachineError with the engine's own reason if none can run here.
    """
    if answers():
        return False
    if os.geteuid() != 0:
        raise MachineError("no Docker engine answers, and only root can start one")
    dockerd = program("dockerd")
    if dockerd is None:
        raise MachineError("no Docker engine is installed")
    pid = launch([dockerd], log=LOG, env={**os.environ, "PATH": system_path()})
    write_pid(OURS, pid)
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if born(pid) is None:
            break
        if answers():
            return True
        time.sleep(0.2)
    end(pid)
    OURS.unlink(missing_ok=True)
    raise MachineError(f"no Docker engine can run here: {_reason()} (log: {LOG})")


def release() -> bool:
    """Stop the engine if we started it and nothing runs on it; return whether it was stopped."""
    pid = read_pid(OURS)
    if pid is None:
        return False
    running = run(["docker", "ps", "--quiet"], timeout_s=20)
    if running.ok and running.out.strip():
        return False
    end(pid, patience_s=20)
    if born(pid) is not None:
        raise MachineError(f"dockerd (process {pid}) does not end: kill it by hand")
    OURS.unlink(missing_ok=True)
    return True


def compose_command() -> list[str]:
    """The compose in place: `docker compose` (version 2) or docker-compose 1.29; raise MachineError if none is."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if program(command[0]) is not None and run([*command, "version"], timeout_s=60).ok:
            return command
    raise MachineError("neither `docker compose` nor docker-compose is installed")


def program(name: str) -> str | None:
    """Path of `name`, looked up in the system folders too: an ordinary shell may have no sbin."""
    return shutil.which(name, path=system_path())


def system_path() -> str:
    """PATH with the system folders that an ordinary user's lacks."""
    path = os.environ.get("PATH", os.defpath)
    return ":".join([path, *(folder for folder in ("/usr/sbin", "/sbin") if folder not in path.split(":"))])


def _reason() -> str:
    lines = [line for line in LOG.read_text(errors="replace").splitlines() if line.strip()]
    failed = [line for line in lines if "failed" in line or "level=fatal" in line or "level=error" in line]
    return (failed or lines or ["it ended without a word"])[-1].strip()[:300]
