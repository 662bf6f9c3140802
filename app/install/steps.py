"""Steps of an installation: run as soon as what they need is done, shown with their time and a progress bar."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO

from callcenter.errors import CallCenterError

BAR: Final = 24
REPAINT_S: Final = 0.2
QUIET_REPORT_S: Final = 15.0  # without a terminal a running step says so this often: a log that stands still worries


@dataclass(slots=True, kw_only=True)
class Progress:
    """What a running step says of itself: `fraction` done (0..1) and a word on what it is at."""

    log: Path
    fraction: float = 0.0
    note: str = ""

    def tell(self, fraction: float, note: str = "") -> None:
        self.fraction = min(max(fraction, self.fraction), 1.0)
        self.note = note


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`run` does it and returns a short note; `done` says cheaply whether there is nothing to do."""

    name: str
    run: Callable[[Progress], str]
    done: Callable[[], bool] = lambda: False
    needs: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Running:
    step: Step
    progress: Progress
    state: str = "waiting"  # waiting, running, done, there, failed, left
    started: float = 0.0
    took_s: float = 0.0
    error: BaseException | None = None
    over: threading.Event = field(default_factory=threading.Event)


def run_steps(steps: Sequence[Step], *, logs: Path, out: TextIO = sys.stderr) -> None:
    """Run `steps`, each as soon as those it needs are done, showing them on `out`; write logs/<step>.log.

    Raise the first step's error; what was running then is left to finish, what waits is not begun.
    """
    logs.mkdir(parents=True, exist_ok=True)
    rows = {step.name: _Running(step=step, progress=Progress(log=_log(logs, step))) for step in steps}
    board = _Board(list(rows.values()), out)
    threads = [threading.Thread(target=_work, args=(row, rows), daemon=True) for row in rows.values()]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        board.show()
        threads[0].join(REPAINT_S / 4)
        threads = [thread for thread in threads if thread.is_alive()] or threads[:1]
    board.show(last=True)
    for row in rows.values():
        if row.error is not None:
            raise row.error


def _log(logs: Path, step: Step) -> Path:
    return logs / f"{step.name.replace(' ', '-').replace(':', '-')}.log"


def _work(row: _Running, rows: dict[str, _Running]) -> None:
    try:
        for name in row.step.needs:
            rows[name].over.wait()
        if any(other.state in ("failed", "left") for other in rows.values()):
            row.state = "left"
            return
        row.started = time.monotonic()
        if row.step.done():
            row.state = "there"
            return
        row.progress.log.write_text("")
        row.state = "running"
        row.progress.note = row.step.run(row.progress)
        row.state = "done"
    except (CallCenterError, OSError) as error:
        row.error, row.state = error, "failed"
    finally:
        row.took_s = time.monotonic() - row.started if row.started else 0.0
        row.over.set()


class _Board:
    """The rows on a terminal, repainted in place; without a terminal a line per step that ends."""

    def __init__(self, rows: list[_Running], out: TextIO) -> None:
        self._rows, self._out = rows, out
        self._tty = out.isatty()
        self._blocks = "█░" if (out.encoding or "").lower().startswith("utf") else "#-"
        self._painted = 0
        self._next = 0.0
        self._said: set[str] = set()
        self._quiet_until = time.monotonic() + QUIET_REPORT_S

    def show(self, *, last: bool = False) -> None:
        now = time.monotonic()
        if self._tty:
            if last or now >= self._next:
                self._next = now + REPAINT_S
                self._repaint(now)
            return
        for row in self._rows:
            if row.over.is_set() and row.step.name not in self._said and row.state != "left":
                self._said.add(row.step.name)
                self._out.write(self._line(row, now) + "\n")
        if now >= self._quiet_until:
            self._quiet_until = now + QUIET_REPORT_S
            self._out.writelines(self._line(row, now) + "\n" for row in self._rows if row.state == "running")
        self._out.flush()

    def _repaint(self, now: float) -> None:
        text = f"\x1b[{self._painted}A" if self._painted else ""
        width = _width()
        text += "".join(f"\x1b[2K{self._line(row, now)[:width]}\n" for row in self._rows)
        self._out.write(text)
        self._out.flush()
        self._painted = len(self._rows)

    def _line(self, row: _Running, now: float) -> str:
        name = f"{row.step.name:<20}"
        fraction = {"done": 1.0, "there": 1.0, "waiting": 0.0, "left": 0.0}.get(row.state, row.progress.fraction)
        full = round(fraction * BAR)
        bar = self._blocks[0] * full + self._blocks[1] * (BAR - full)
        took_s = now - row.started if row.state == "running" else row.took_s
        note = {"there": "there already", "waiting": "waits", "left": "not begun", "failed": "FAILED"}
        return f"  {name} {bar} {fraction:4.0%} {took_s:6.1f} s  {note.get(row.state, row.progress.note)}"


def _width() -> int:
    return max(shutil.get_terminal_size().columns - 1, 20)
