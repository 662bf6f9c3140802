"""Long commands of a step: everything they print goes to the step's log, each line may move its progress."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from app.install.steps import Progress
from app.runtime.engine import system_path
from callcenter.errors import MachineError

# For apt's machine-readable progress. It must not be standard output itself: maintainer scripts find that closed.
STATUS_FD: Final = "@status-fd@"
# Said by a program of the trouble that a user can mend, in the order of how much it explains.
_TELLING: Final = ("No space left on device", "is expired (invalid since", "E: ", "ERROR: ", "error: ", "npm error ")


def stream(
    command: Sequence[str],
    progress: Progress,
    *,
    on_line: Callable[[str], None] | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> None:
    """Run `command` to its end; raise MachineError with its own reason and the log's place if it fails.

    `STATUS_FD` in the command becomes the number of a descriptor whose lines are read like the others.
    """
    lines: list[str] = []
    reading, writing = os.pipe()
    command = [part.replace(STATUS_FD, str(writing)) for part in command]
    with progress.log.open("a", encoding="utf-8") as log, os.fdopen(reading, errors="replace") as told:
        log.write(f"$ {' '.join(command)}\n")
        log.flush()
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                pass_fds=(writing,),
                env={**os.environ, "PATH": system_path(), "LC_ALL": "C.UTF-8", **(env or {})},
                cwd=cwd,
            )
        except FileNotFoundError:
            raise MachineError(f"{command[0]} is not installed") from None
        finally:
            os.close(writing)
        with process:
            for line in told:
                log.write(line)
                lines.append(line.strip())
                if on_line is not None:
                    on_line(line.strip())
    if process.returncode != 0:
        raise MachineError(f"{command[0]} failed: {reason(lines)} (log: {progress.log})")


def reason(lines: Sequence[str]) -> str:
    """The line that tells best why a command failed.

    >>> reason(["Get:1 x", "E: Unable to locate package y", "E: y failed", "done"])
    'E: Unable to locate package y'
    """
    for word in _TELLING:
        for line in lines:
            if word in line:
                return _plain(line)
    said = [line for line in lines if line]
    return _plain(said[-1]) if said else "it said nothing"


def _plain(line: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", line)[:300]
