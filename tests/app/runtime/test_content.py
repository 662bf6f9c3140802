"""Names made of content: they change when any byte, name or execute bit does, and with nothing else."""

from pathlib import Path

import pytest

from app.runtime.content import ROOT, asterisk_folder, asterisk_image, content_hash, services_image


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    write(tmp_path, "a/one.conf", "1")
    write(tmp_path, "a/b/two.conf", "2")
    write(tmp_path, "c.txt", "3")
    return tmp_path


def test_the_same_content_has_the_same_name(tree: Path) -> None:
    assert content_hash(tree, ["a", "c.txt"]) == content_hash(tree, ["a", "c.txt"])
    assert len(content_hash(tree, ["a"])) == 12


@pytest.mark.parametrize("change", ["byte", "name", "mode", "new", "gone"])
def test_any_change_makes_another_name(tree: Path, change: str) -> None:
    before = content_hash(tree, ["a", "c.txt"])
    one = tree / "a/one.conf"
    match change:
        case "byte":
            one.write_text("x")
        case "name":
            one.rename(tree / "a/other.conf")
        case "mode":
            one.chmod(0o755)
        case "new":
            write(tree, "a/three.conf", "")
        case "gone":
            one.unlink()
    assert content_hash(tree, ["a", "c.txt"]) != before


def test_what_is_no_content_does_not_count(tree: Path) -> None:
    before = content_hash(tree, ["a"])
    write(tree, "a/__pycache__/x.pyc", "x")
    write(tree, "a/.hidden", "x")
    write(tree, "elsewhere", "x")
    (tree / "a/one.conf").touch()
    assert content_hash(tree, ["a"]) == before


def test_a_source_that_is_not_there_counts_as_empty(tree: Path) -> None:
    assert content_hash(tree, ["a", "later"]) == content_hash(tree, ["a"])


def test_our_images_and_the_folder_have_names_of_their_own() -> None:
    names = {asterisk_image(), services_image(), asterisk_folder().name}
    assert len(names) == 3
    assert asterisk_image().startswith("callcenter-asterisk:")
    assert asterisk_folder().parent == ROOT / "build"
