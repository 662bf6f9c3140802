"""Our services as processes of their own on this machine, as compose runs them: for tests and benches."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from callcenter.errors import MachineError

LOOK_S: Final = 0.05


class ServiceProcess:
    """`callcenter NAME serve` as a child. `kill` ends it as a crash would, `freeze` as a machine that hangs."""

    def __init__(self, name: str, environment: Mapping[str, str], port: int, log: Path) -> None:
        self.name, self.port, self.log = name, port, log
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start it unless it runs; continue it if it is frozen."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            return
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "app.cli", self.name, "serve"]
            environment = {**os.environ, **self._environment, "PYTHONDONTWRITEBYTECODE": ""}  # else each start compiles
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    async def listening(self, timeout_s: float = 60.0) -> None:
        """Return when it takes connections; raise MachineError with the end of its log if it does not."""
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_s
        while not await _answers(self.port):
            if loop.time() > until or self._process is None or self._process.poll() is not None:
                raise MachineError(f"{self.name} does not listen on port {self.port}: {self._last_words()}")
            await asyncio.sleep(LOOK_S)

    def freeze(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, sign: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(sign)
            self._process.wait()
            self._process = None

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return lines[-1] if lines else "it said nothing"


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True
