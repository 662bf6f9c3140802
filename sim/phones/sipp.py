"""One SIPp process as a remote-controlled phone: start, orders, its log as a stream of lines, end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import socket
import tempfile
from asyncio.subprocess import Process
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from callcenter.errors import Unreachable
from sim.phones.plans import Line
from sim.phones.ports import free_media_pair, free_udp_port, start_process, stop_process
from sim.phones.scenario import order, render
from sim.phones.sipplog import LogLine, parse_line, render_note

log = logging.getLogger(__name__)

START_TIMEOUT_S: Final = 5.0
START_TRIES: Final = 5  # another process may take a port between our look and SIPp's bind
HELLO_EVERY_S: Final = 0.02
# SIPp ends itself when a loaded machine or a debugger holds it up often enough. We do not want that.
PATIENT: Final = ("-watchdog_minor_maxtriggers", "1000000", "-watchdog_major_maxtriggers", "1000000")


class Sipp:
    """`async with Sipp(line, on_line, on_exit)`: SIPp is up when the body is entered.

    `on_line` gets each line of its log as it is written; all lines are also appended to `log_file`. `on_exit` is called
    when SIPp ends, for whatever reason. Raises Unreachable with SIPp's own words if it does not start.
    """

    def __init__(
        self,
        line: Line,
        on_line: Callable[[LogLine], None],
        on_exit: Callable[[], None],
        *,
        log_file: Path | None = None,
    ) -> None:
        self.line = line
        self.sip_port = 0
        self._on_line, self._on_exit = on_line, on_exit
        self._log_file = log_file.open("ab", buffering=0) if log_file else None
        self._folder = Path()
        self._process: Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._pipe = -1
        self._rest = b""
        self._up = asyncio.Event()
        self._orders = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._orders.setblocking(False)

    async def __aenter__(self) -> Sipp:
        self._folder = Path(tempfile.mkdtemp(prefix="phone-"))  # mode 0700: the scenario holds the password
        try:
            scenario = self._folder / "phone.xml"
            scenario.write_text(render(self.line), encoding="latin-1")
            fifo = self._folder / "log"
            os.mkfifo(fifo)
            # Read and write: opening does not wait for SIPp, and its end is no end of file.
            self._pipe = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
            asyncio.get_running_loop().add_reader(self._pipe, self._read)
            await self._start()
        except BaseException:
            await self.aclose()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.returncode is None else None

    def order(self, method: str, call_id: str, **fields: str | int) -> None:
        """Send SIPp an order; without effect if it has ended."""
        with contextlib.suppress(OSError):
            self._orders.sendto(order(method, call_id, **fields), (self.line.local_ip, self.sip_port))

    def note(self, call_id: str, text: str) -> None:
        """Put a line of our own into the log, stamped now."""
        self._take(render_note(datetime.now(UTC), call_id, text).encode(), whole=True)

    async def kill(self) -> None:
        """SIGKILL, as a crash: nobody is told anything."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def aclose(self) -> None:
        """End the process, close and remove all."""
        await self.kill()  # on SIGTERM it may wait for calls; its log is on disk line by line
        if self._watch:
            await self._watch
        if self._pipe >= 0:
            self._read()
            asyncio.get_running_loop().remove_reader(self._pipe)
            os.close(self._pipe)
            self._pipe = -1
        self._orders.close()
        if self._log_file:
            self._log_file.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _start(self) -> None:
        for _ in range(START_TRIES):
            self.sip_port = self.line.local_port or free_udp_port(self.line.local_ip)
            self._process = await start_process(self._command(), cwd=self._folder)
            if await self._answers():
                self._watch = asyncio.create_task(self._wait(self._process))
                return
            await stop_process(self._process)
        errors = self._folder / "errors"
        text = errors.read_text(errors="replace").strip() if errors.exists() else "no answer from it"
        raise Unreachable(f"SIPp for phone {self.line.name} does not start: {text}")

    def _command(self) -> tuple[str, ...]:
        line = self.line
        return (
            *("sipp", f"{line.server_ip}:{line.server_port}", "-sf", "phone.xml", "-nostdin", "-skip_rlimit", *PATIENT),
            # It binds two media ports for an echo, although our scenario has no media.
            *("-i", line.local_ip, "-p", str(self.sip_port), "-mp", str(free_media_pair(line.local_ip))),
            *("-ci", line.local_ip, "-cp", str(free_udp_port(line.local_ip))),
            *("-trace_logs", "-log_file", "log", "-trace_shortmsg", "-shortmessage_file", "log"),
            *("-trace_err", "-error_file", "errors"),
        )

    async def _answers(self) -> bool:
        """Say hello until the log shows that SIPp heard it; False if SIPp ends instead."""
        assert self._process is not None
        for attempt in range(round(START_TIMEOUT_S / HELLO_EVERY_S)):
            self.order("HELLO", f"hello-{attempt}")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._up.wait(), HELLO_EVERY_S)
                return True
            if self._process.returncode is not None:
                return False
        return False

    async def _wait(self, process: Process) -> None:
        code = await process.wait()
        log.debug("phone %s: SIPp ended with %s", self.line.name, code)
        self._on_exit()

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._pipe, 65536):
                self._take(data)

    def _take(self, data: bytes, *, whole: bool = False) -> None:
        """Take bytes of the log; `whole`: not from SIPp, so not a continuation of what is left of its last line."""
        if self._log_file:
            self._log_file.write(data)
        if whole:
            lines = data.splitlines()
        else:
            *lines, self._rest = (self._rest + data).split(b"\n")
        for text in lines:
            line = parse_line(text.decode("latin-1"))
            if line is None:
                continue
            self._up.set()
            self._on_line(line)
