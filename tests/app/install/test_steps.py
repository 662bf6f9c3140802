"""Steps: order by need, side by side where nothing forbids it, each shown with time and bar, the first fault stops."""

import io
import threading
from pathlib import Path

import pytest

from app.install.steps import Progress, Step, run_steps
from callcenter.errors import MachineError


def quietly(note: str = "") -> Step:
    return Step(name=note or "step", run=lambda _: note)


def test_a_step_waits_for_what_it_needs(tmp_path: Path) -> None:
    order: list[str] = []

    def step(name: str, *needs: str) -> Step:
        def run(_: Progress) -> str:
            order.append(name)
            return ""

        return Step(name=name, run=run, needs=needs)

    run_steps([step("c", "b"), step("b", "a"), step("a")], logs=tmp_path, out=io.StringIO())
    assert order == ["a", "b", "c"]


def test_steps_that_do_not_need_each_other_run_side_by_side(tmp_path: Path) -> None:
    meeting = threading.Barrier(2, timeout=5)

    def run(_: Progress) -> str:
        meeting.wait()
        return ""

    run_steps([Step(name="a", run=run), Step(name="b", run=run)], logs=tmp_path, out=io.StringIO())
    assert not meeting.broken


def test_what_is_there_already_is_not_done_again(tmp_path: Path) -> None:
    out = io.StringIO()

    def run(_: Progress) -> str:
        raise MachineError("done twice")

    run_steps([Step(name="packages", run=run, done=lambda: True)], logs=tmp_path, out=out)
    assert "packages" in out.getvalue()
    assert "there already" in out.getvalue()


def test_each_step_is_shown_with_its_bar_its_time_and_its_note(tmp_path: Path) -> None:
    out = io.StringIO()
    run_steps([Step(name="packages", run=lambda _: "3 of them")], logs=tmp_path, out=out)
    assert out.getvalue() == f"  packages             {'#' * 24} 100%    0.0 s  3 of them\n"


def test_on_a_terminal_rows_are_repainted_in_place(tmp_path: Path) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()

    def run(progress: Progress) -> str:
        progress.tell(0.5, "half way")
        return "all"

    run_steps([Step(name="one", run=run), quietly("two")], logs=tmp_path, out=out)
    last = out.getvalue().split("\x1b[2A")[-1]
    assert last.count("\n") == 2
    assert "100%" in last
    assert last.index("one") < last.index("two")


def test_the_first_fault_is_raised_and_what_waits_is_not_begun(tmp_path: Path) -> None:
    begun: list[str] = []
    out = io.StringIO()

    def fail(_: Progress) -> str:
        raise MachineError("no room")

    def go_on(_: Progress) -> str:
        begun.append("b")
        return ""

    with pytest.raises(MachineError, match="no room"):
        run_steps(
            [Step(name="a", run=fail), Step(name="b", run=go_on, needs=("a",))],
            logs=tmp_path,
            out=out,
        )
    assert begun == []
    assert "FAILED" in out.getvalue()
    assert "  b " not in out.getvalue()


def test_progress_never_goes_back(tmp_path: Path) -> None:
    progress = Progress(log=tmp_path / "log")
    progress.tell(0.6)
    progress.tell(0.2, "again")
    assert (progress.fraction, progress.note) == (0.6, "again")
    progress.tell(7)
    assert progress.fraction == 1.0
