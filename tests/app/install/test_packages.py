"""The lists of packages, and what is told of what is missing."""

import re
from pathlib import Path

import pytest

from app.install import packages
from app.install.steps import Progress
from app.runtime.content import ROOT
from callcenter.errors import MachineError

NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")


@pytest.mark.parametrize("profile", packages.LISTS)
def test_each_profile_names_packages_of_its_own_lists_once(profile: str) -> None:
    wanted = packages.wanted(ROOT, packages.LISTS[profile])
    names = [name for alternatives in wanted for name in alternatives]
    assert all(NAME.fullmatch(name) for name in names)
    assert len(names) == len(set(names)) > 2


def test_a_line_may_name_alternatives(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/packages-x.txt").write_text("# why\none\n two | three # because\n\n")
    assert packages.wanted(tmp_path, ["x"]) == [("one",), ("two", "three")]


def test_any_alternative_that_is_installed_will_do() -> None:
    assert packages.missing([("no-such-package-a", "dpkg")]) == []
    assert packages.missing([("no-such-package-a", "no-such-package-b"), ("dpkg",)]) == ["no-such-package-a"]


def test_apt_says_how_far_it_is(tmp_path: Path) -> None:
    progress = Progress(log=tmp_path / "log")
    packages._follow("dlstatus:3:50.0:Retrieving file 3 of 6", progress)
    assert progress.fraction == pytest.approx(0.225)
    packages._follow("pmstatus:libc6:50.0:Unpacking libc6 (amd64)", progress)
    assert (progress.fraction, progress.note) == (pytest.approx(0.70), "Unpacking libc6 (amd64)")
    packages._follow("Get:1 http://x", progress)
    packages._follow("pmstatus:broken", progress)
    assert progress.fraction == pytest.approx(0.70)


def test_an_ordinary_user_is_told_that_it_takes_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(MachineError, match=r"a, b, c and 1 more are not installed, which takes root"):
        packages.install(["a", "b", "c", "d"], Progress(log=tmp_path / "log"), keep_disabled=True)
