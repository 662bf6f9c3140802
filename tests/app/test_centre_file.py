"""centre.toml on disk: valid or untouched."""

import stat
import threading
from functools import partial
from pathlib import Path

import pytest

from app import centre_file
from app.toml_edit import add_entry, remove_entry
from callcenter.errors import ConfigError, NotFound


def queue(name: str) -> centre_file.Edit:
    return partial(add_entry, table="queue", values={"name": name})


def test_the_first_edit_begins_with_a_starter_that_explains_itself(tmp_path: Path) -> None:
    path = tmp_path / "data" / "centre.toml"
    centre = centre_file.edit(path, queue("sales"))
    assert [q.name for q in centre.queues] == ["sales"]
    assert path.read_text() == centre_file.STARTER + '\n[[queue]]\nname = "sales"\n'
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert centre_file.load(path) == centre


def test_an_edit_that_is_not_valid_leaves_the_file(tmp_path: Path) -> None:
    path = tmp_path / "centre.toml"
    centre_file.edit(path, queue("sales"))
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="already used"):
        centre_file.edit(path, queue("sales"))
    with pytest.raises(ConfigError, match="is no name"):
        centre_file.edit(path, queue("Big\nSales"))
    with pytest.raises(NotFound):
        centre_file.edit(path, partial(remove_entry, table="queue", where=("name", "none")))
    assert path.read_bytes() == before


def test_a_broken_file_is_told_not_edited(tmp_path: Path) -> None:
    path = tmp_path / "centre.toml"
    path.write_text("[centre\n")
    with pytest.raises(ConfigError, match=r"centre\.toml: .* \(at line 1, column 8\)"):
        centre_file.edit(path, queue("sales"))
    assert path.read_text() == "[centre\n"


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"centre\.toml does not exist: begin with `callcenter queue add`"):
        centre_file.load(tmp_path / "centre.toml")


def test_edits_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "centre.toml"
    editors = [threading.Thread(target=centre_file.edit, args=(path, queue(f"q{i}"))) for i in range(8)]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    assert {q.name for q in centre_file.load(path).queues} == {f"q{i}" for i in range(8)}
