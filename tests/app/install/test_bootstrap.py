"""Which steps a profile takes, and the one line for a machine or a user that cannot."""

import subprocess
from pathlib import Path

import pytest

from app.install import bootstrap
from app.install.bootstrap import PROFILES, Setup
from app.runtime.content import ROOT
from callcenter.errors import MachineError


@pytest.mark.parametrize("profile", PROFILES)
def test_a_step_needs_only_steps_of_its_profile(profile: str) -> None:
    steps = bootstrap.steps(Setup(profile=profile))
    names = [step.name for step in steps]
    assert len(names) == len(set(names))
    assert {need for step in steps for need in step.needs} <= set(names)


def test_without_docker_by_choice_no_docker_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "docker" in Setup(profile="demo").lists
    monkeypatch.setenv("CALLCENTER_RUNTIME", "chroot")
    assert "docker" not in Setup(profile="demo").lists


def test_an_ordinary_user_gets_the_command_to_give(monkeypatch: pytest.MonkeyPatch) -> None:
    setup = Setup(profile="compose")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(Setup, "lacking", lambda self: ["redis-server", "sip-tester"])
    with pytest.raises(MachineError, match="to install redis-server, sip-tester; give: sudo make test-compose"):
        bootstrap.check_machine(setup)
    monkeypatch.setattr(Setup, "lacking", lambda self: [])
    monkeypatch.setattr("app.runtime.engine.answers", lambda: False)
    with pytest.raises(MachineError, match="no Docker engine answers you; give: sudo make test-compose"):
        bootstrap.check_machine(setup)


def test_the_screens_alone_are_built_by_anybody_and_tested_by_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(Setup, "lacking", lambda self: [])
    monkeypatch.setattr("app.runtime.engine.answers", lambda: False)
    bootstrap.check_machine(Setup(profile="screens"))
    with pytest.raises(MachineError, match="give: sudo make test-web"):
        bootstrap.check_machine(Setup(profile="web"))


def test_an_image_of_our_services_is_made_after_the_screens_that_are_in_it() -> None:
    for profile in ("compose", "up"):
        services = next(step for step in bootstrap.steps(Setup(profile=profile)) if step.name == "our services")
        assert "screens" in services.needs


def test_a_full_disk_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: _Usage())
    with pytest.raises(MachineError, match=r"too little room on the disk of .*: 0\.1 GB free, 4 GB needed"):
        bootstrap.check_machine(Setup(profile="demo", root=tmp_path))


class _Usage:
    free = 100_000_000


def test_a_profile_that_does_not_exist_is_one_line() -> None:
    done = subprocess.run(
        [ROOT / "scripts/bootstrap", "party"], capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert (
        done.stderr == "party: usage: scripts/bootstrap demo|test|compose|speech|web|up|screens|images [-- COMMAND …]\n"
    )


def test_the_command_decides_the_exit_code_and_signals_reach_it() -> None:
    assert bootstrap.follow(["sh", "-c", "exit 7"], ROOT) == 7
    assert bootstrap.follow(["sh", "-c", "kill -TERM $$"], ROOT) == 128 + 15
