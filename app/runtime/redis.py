"""A Redis of our own from the system's redis-server, for one machine: loopback only, nothing on disk."""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from pathlib import Path
from typing import Final

from app.runtime.engine import program
from app.runtime.process import end, read_pid, run, write_pid
from callcenter.errors import MachineError

START_S: Final = 5.0


class LocalRedis:
    """redis-server on 127.0.0.1:`port` with a password of its own; loses everything when it stops, as it may."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder.resolve()
        self._port = port
        self._password = secrets.token_urlsafe(24)
        self._pid_file = self._folder / "redis.pid"
        self._log = self._folder / "redis.log"
        self._process: subprocess.Popen[bytes] | None = None  # None also for one that an earlier run left behind

    @property
    def url(self) -> str:
        """The redis:// address, password included."""
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start and wait until it answers; raise MachineError with its reason if it does not (port in use)."""
        server = program("redis-server")
        if server is None:
            raise MachineError("redis-server is not installed: run scripts/bootstrap demo")
        self.stop()
        self._folder.mkdir(parents=True, exist_ok=True)
        conf = self._folder / "redis.conf"
        conf.touch(mode=0o600)
        conf.write_text(
            f"bind 127.0.0.1\nport {self._port}\nrequirepass {self._password}\ndir {self._folder}\n"
            'save ""\nappendonly no\nmaxmemory-policy noeviction\n'
        )
        with self._log.open("wb") as log:
            self._process = process = subprocess.Popen(
                [server, str(conf)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        write_pid(self._pid_file, process.pid)
        until = time.monotonic() + START_S
        while not self._ready():
            if process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise MachineError(f"Redis does not start: {self._reason()} (log: {self._log})")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it; no error if it does not run."""
        pid = read_pid(self._pid_file)
        if pid is not None:
            end(pid)
        if self._process is not None:
            self._process.wait()
            self._process = None
        self._pid_file.unlink(missing_ok=True)

    def alive(self) -> bool:
        return read_pid(self._pid_file) is not None

    def _ready(self) -> bool:
        ping = ["redis-cli", "-h", "127.0.0.1", "-p", str(self._port), "-e", "ping"]
        done = run(ping, timeout_s=5, env={**os.environ, "REDISCLI_AUTH": self._password})
        return done.ok and done.out.strip() == "PONG"

    def _reason(self) -> str:
        lines = [line.strip() for line in self._log.read_text(errors="replace").splitlines() if line.strip()]
        warned = [line for line in lines if " # " in line]
        return (warned or lines or ["it ended without a word"])[-1]
