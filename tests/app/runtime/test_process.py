"""Commands and background programs: how they end is told, and a pid is never somebody else's."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.runtime.process import born, end, output, read_pid, run, write_pid
from callcenter.errors import MachineError

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
]


def started(command: list[str]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    process.stdout.close()
    return process


def test_a_command_that_fails_tells_its_code_and_its_reason() -> None:
    done = run(["sh", "-c", "echo out; echo 'E: no such package' >&2; echo later >&2; exit 3"])
    assert (done.ok, done.code, done.reason) == (False, 3, "E: no such package")


def test_the_last_line_is_the_reason_if_none_names_an_error() -> None:
    assert run(["sh", "-c", "echo one; echo two; exit 1"]).reason == "two"
    assert run(["sh", "-c", "exit 7"]).reason == "exit code 7"


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(MachineError, match="no-such-program is not installed"):
        run(["no-such-program"])


def test_a_command_that_hangs_is_given_up() -> None:
    with pytest.raises(MachineError, match=r"`sleep 60` gave no answer within 0\.1 s"):
        run(["sleep", "60"], timeout_s=0.1)


def test_output_of_a_command_that_fails_is_an_error() -> None:
    assert output(["echo", "yes"]) == "yes\n"
    with pytest.raises(MachineError, match="`false` failed: exit code 1"):
        output(["false"])


def test_a_pid_file_names_the_process_that_wrote_it_and_no_other(tmp_path: Path) -> None:
    file = tmp_path / "run/x.pid"
    assert read_pid(file) is None
    write_pid(file, os.getpid())
    assert read_pid(file) == os.getpid()
    file.write_text(f"{os.getpid()} 1\n")  # the same number, born at another time
    assert read_pid(file) is None
    file.write_text("rubbish")
    assert read_pid(file) is None


def test_a_process_that_ended_has_no_birth() -> None:
    process = subprocess.Popen(["true"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert born(process.pid) is None  # still a zombie
    process.wait()
    assert born(process.pid) is None


def test_end_asks_first() -> None:
    process = started(SLEEPER)
    end(process.pid)
    assert born(process.pid) is None
    process.returncode = -signal.SIGTERM  # `end` has waited for it


def test_end_kills_what_does_not_listen() -> None:
    process = started(DEAF)
    end(process.pid, patience_s=0.2)
    assert born(process.pid) is None
    process.returncode = -signal.SIGKILL


def test_end_of_a_group_takes_its_children_along(tmp_path: Path) -> None:
    note = tmp_path / "child"
    process = subprocess.Popen(
        ["sh", "-c", f"sleep 60 & echo $! > {note}; echo up; wait"], stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    process.stdout.close()
    end(process.pid, group=True)
    process.returncode = -signal.SIGTERM
    child, until = int(note.read_text()), time.monotonic() + 5
    while born(child) is not None and time.monotonic() < until:
        time.sleep(0.01)  # the signal is sent to all at once; only the leader's end is waited for
    assert born(child) is None
