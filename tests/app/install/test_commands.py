"""A long command: its output is kept, and its failure is one line that says why and where to read on."""

import sys
from pathlib import Path

import pytest

from app.install.commands import STATUS_FD, reason, stream
from app.install.steps import Progress
from callcenter.errors import MachineError


def test_every_line_is_kept_and_followed(tmp_path: Path) -> None:
    progress, seen = Progress(log=tmp_path / "log"), []
    stream(["sh", "-c", "echo one; echo two >&2"], progress, on_line=seen.append)
    assert seen == ["one", "two"]
    assert progress.log.read_text() == "$ sh -c echo one; echo two >&2\none\ntwo\n"


def test_a_program_may_tell_its_progress_beside_its_output(tmp_path: Path) -> None:
    seen: list[str] = []
    command = [
        sys.executable,
        "-c",
        "import os, sys; os.write(int(sys.argv[1]), b'progress\\n'); print('output')",
        STATUS_FD,
    ]
    stream(command, Progress(log=tmp_path / "log"), on_line=seen.append)
    assert seen == ["progress", "output"]


def test_a_failure_names_its_reason_and_the_log(tmp_path: Path) -> None:
    progress = Progress(log=tmp_path / "log")
    with pytest.raises(MachineError, match=r"^sh failed: E: Unable to locate package x \(log: .*/log\)$"):
        stream(["sh", "-c", "echo 'E: Unable to locate package x'; echo more; exit 100"], progress)


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="no-such-program is not installed"):
        stream(["no-such-program"], Progress(log=tmp_path / "log"))


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["E: x failed", "dpkg: No space left on device"], "dpkg: No space left on device"),
        (["\x1b[31mERROR: no matching hash\x1b[0m", "later"], "ERROR: no matching hash"),
        (["", "the last word", ""], "the last word"),
        ([], "it said nothing"),
    ],
)
def test_the_line_that_tells_most_is_chosen(lines: list[str], told: str) -> None:
    assert reason(lines) == told
