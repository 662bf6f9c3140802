"""Running other programs: a command to its end, a background program known by its pid file."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from callcenter.errors import MachineError


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A command that ran to its end. `text` is what it printed, standard error last."""

    command: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def ok(self) -> bool:
        return self.code == 0

    @property
    def text(self) -> str:
        return "\n".join(part for part in (self.out.strip(), self.err.strip()) if part)

    @property
    def reason(self) -> str:
        """The one line that says why it failed: the last that names an error, else the last."""
        lines = [line.strip() for line in self.text.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith(("E:", "ERROR", "Error", "error", "fatal"))]
        return (errors or lines or [f"exit code {self.code}"])[-1]


def run(
    command: Sequence[str], *, timeout_s: float = 60, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Finished:
    """Run `command` without input and return how it ended, whatever its exit code.

    Raise MachineError if the program is not there or takes longer than `timeout_s`.
    """
    try:
        done = subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            env=None if env is None else dict(env),
            cwd=cwd,
            check=False,
        )
    except FileNotFoundError:
        raise MachineError(f"{command[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise MachineError(f"`{' '.join(command)}` gave no answer within {timeout_s:g} s") from None
    return Finished(command=tuple(command), code=done.returncode, out=done.stdout, err=done.stderr)


def output(command: Sequence[str], *, timeout_s: float = 60, cwd: Path | None = None) -> str:
    """Return what `command` prints; raise MachineError with its own reason if it fails."""
    done = run(command, timeout_s=timeout_s, cwd=cwd)
    if not done.ok:
        raise MachineError(f"`{' '.join(command)}` failed: {done.reason}")
    return done.out


def launch(command: Sequence[str], *, log: Path, env: Mapping[str, str]) -> int:
    """Start `command` in the background, in a session of its own, printing to `log`; return its pid.

    Ctrl-C in our terminal does not reach it: whoever started it ends it. Raise MachineError if it is not installed.
    """
    program = shutil.which(command[0], path=env.get("PATH", os.defpath))
    if program is None:
        raise MachineError(f"{command[0]} is not installed")
    log.parent.mkdir(parents=True, exist_ok=True)
    log.touch(mode=0o600)
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_TRUNC, 0),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    return os.posix_spawn(program, list(command), dict(env), file_actions=files, setsid=True)


def born(pid: int) -> str | None:
    """When process `pid` started, in the kernel's ticks; None if it is gone or a zombie.

    Pid and birth together name one process; a pid alone is soon somebody else's (proc(5), /proc/PID/stat field 22).
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def write_pid(path: Path, pid: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{pid} {born(pid)}\n")


def read_pid(path: Path) -> int | None:
    """Pid of the living process that `write_pid` noted in `path`, else None."""
    try:
        pid, birth = path.read_text().split()
    except (OSError, ValueError):
        return None
    return int(pid) if born(int(pid)) == birth else None


def end(pid: int, *, patience_s: float = 10, group: bool = False) -> None:
    """Ask `pid` (with `group`: its whole process group) to end, wait, and kill it after `patience_s`."""
    birth = born(pid)
    send = os.killpg if group else os.kill
    for sign, wait_s in ((signal.SIGTERM, patience_s), (signal.SIGKILL, 5.0)):
        if birth is None or born(pid) != birth:
            return
        with suppress(ProcessLookupError):
            send(pid, sign)
        _wait_gone(pid, birth, wait_s)


def _wait_gone(pid: int, birth: str, wait_s: float) -> None:
    until = time.monotonic() + wait_s
    while born(pid) == birth and time.monotonic() < until:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)  # our own child would stay a zombie otherwise
        time.sleep(0.05)
