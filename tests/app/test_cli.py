"""The `callcenter` command itself: whatever goes wrong is one line."""

import sys
from pathlib import Path

import pytest

from app import cli


def told(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """Run the command, which must fail; return what it exits with."""
    monkeypatch.setattr(sys, "argv", ["callcenter", *arguments])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert isinstance(caught.value.code, str)
    return caught.value.code


@pytest.fixture
def fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(cli, "app", fails)


@pytest.mark.usefixtures("fault_of_ours")
def test_a_fault_of_ours_is_one_line_and_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CALLCENTER_DATA_DIR", str(tmp_path / "data"))
    file = tmp_path / "data" / "internal-error.log"
    assert told(monkeypatch) == f"callcenter: internal error: ZeroDivisionError('by zero') (details: {file})"
    assert "Traceback" in file.read_text()


@pytest.mark.usefixtures("fault_of_ours")
def test_where_the_file_cannot_be_written_it_is_one_line_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_DATA_DIR", "/proc/x")
    assert told(monkeypatch) == (
        "callcenter: internal error: ZeroDivisionError('by zero') "
        "(details could not be written to /proc/x/internal-error.log: No such file or directory)"
    )


def test_a_data_folder_that_cannot_be_made_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALLCENTER_DATABASE_URL", raising=False)
    monkeypatch.setenv("CALLCENTER_DATA_DIR", "/proc/x")
    assert told(monkeypatch, "campaign", "list").startswith("callcenter: the data folder /proc/x cannot be made: ")
