"""When .venv is good as it is: by the lock files and the folder it was made for, never by its mere presence."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.install import venv


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (
        *(f"requirements{kind}.lock" for kind in ("", "-dev", "-speech", "-web", "-webtest", "-build")),
        "pyproject.toml",
    ):
        (tmp_path / name).write_text(f"{name}==1\n")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / ".venv"], check=True)
    return tmp_path


def made_for(root: Path, *profiles: str) -> None:
    locks: tuple[str, ...] = ()
    for profile in profiles:
        locks = venv._with(locks, profile)
    stamp = {"locks": locks, "content": venv._content(root, locks)}
    (root / ".venv/callcenter.json").write_text(json.dumps(stamp))


def test_without_a_stamp_it_was_not_finished(root: Path) -> None:
    assert not venv.ready(root, "demo")


@pytest.mark.parametrize(
    ("made", "wanted", "good"),
    [
        ("demo", "demo", True),
        ("demo", "test", False),
        ("test", "demo", True),
        ("test", "speech", False),
        ("speech", "test", True),
        ("speech", "up", True),
        ("speech", "web", False),
        ("web", "speech", False),
        ("web", "test", True),
        ("screens", "demo", False),
    ],
)
def test_who_has_more_has_enough(root: Path, made: str, wanted: str, good: bool) -> None:
    made_for(root, made)
    assert venv.ready(root, wanted) is good


def test_what_is_there_for_tests_is_not_lost_to_a_demo(root: Path) -> None:
    made_for(root, "test")
    (root / "requirements-dev.lock").write_text("newer==2\n")
    assert not venv.ready(root, "demo")
    assert venv._with(venv._held(root)[0], "demo") == ("requirements-dev.lock",)


@pytest.mark.parametrize("later", [("speech", "web"), ("web", "speech"), ("web", "demo", "speech")])
def test_tests_of_one_kind_leave_what_those_of_another_need(root: Path, later: tuple[str, ...]) -> None:
    made_for(root, "test", *later)
    for profile in ("speech", "web", "test", "demo"):
        assert venv.ready(root, profile)


def test_a_stamp_of_another_form_is_none(root: Path) -> None:
    (root / ".venv/callcenter.json").write_text('{"profile": "demo", "content": "x"}')
    assert not venv.ready(root, "demo")


def test_speech_is_installed_anew_when_its_lock_changes(root: Path) -> None:
    made_for(root, "speech")
    assert venv.ready(root, "speech")
    (root / "requirements-speech.lock").write_text("newer==2\n")
    assert not venv.ready(root, "speech")


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-build.lock", "pyproject.toml"])
def test_another_lock_makes_it_anew(root: Path, name: str) -> None:
    made_for(root, "demo")
    (root / name).write_text("newer==2\n")
    assert not venv.ready(root, "demo")


def test_a_folder_that_was_moved_or_a_python_that_is_gone_makes_it_anew(root: Path, tmp_path: Path) -> None:
    made_for(root, "demo")
    (root / ".venv/bin/python").unlink()
    (root / ".venv/bin/python").symlink_to("/bin/false")
    assert not venv.ready(root, "demo")
    moved = root.rename(tmp_path.with_name("moved"))
    assert not venv.ready(moved, "demo")
