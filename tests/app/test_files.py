"""Files: replaced whole or not at all, private, one editor at a time."""

import stat
import threading
from pathlib import Path

import pytest

from app.files import locked, read_text, write_atomic
from callcenter.errors import ConfigError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_and_its_folder_are_private(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secrets.toml"
    write_atomic(path, "x")
    assert path.read_text() == "x"
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


def test_replacing_narrows_the_mode_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o644)
    write_atomic(path, "new")
    assert (path.read_text(), mode(path)) == ("new", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_group_and_mode_may_be_given(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_atomic(path, "x", mode=0o640, group=path.parent.stat().st_gid)
    assert mode(path) == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write_atomic(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_what_cannot_be_written_is_said_and_nothing_remains(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match=r"cannot write .*/file/a: File exists"):
        write_atomic(tmp_path / "file" / "a", "x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigError, match=r"cannot write .*/folder: Is a directory"):
        write_atomic(tmp_path / "folder", "x")
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder"}


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    assert read_text(tmp_path / "none") is None
    (tmp_path / "latin").write_bytes(b"ab\xe9")
    with pytest.raises(ConfigError, match=r"latin is not UTF-8 text \(byte 2\)"):
        read_text(tmp_path / "latin")
    with pytest.raises(ConfigError, match=r"cannot read .*: Is a directory"):
        read_text(tmp_path)


def test_one_editor_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "counter"
    path.write_text("0")

    def edit() -> None:
        for _ in range(25):
            with locked(path):
                path.write_text(str(int(path.read_text()) + 1))

    editors = [threading.Thread(target=edit) for _ in range(4)]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    assert path.read_text() == "100"
