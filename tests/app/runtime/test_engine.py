"""The engine: found if it answers, and stopped only if we started it and nobody needs it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.runtime import engine
from app.runtime.process import born, end, launch, write_pid
from callcenter.errors import MachineError

Docker = Callable[[str], None]


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    """Put a `docker` on the PATH that does what a line of shell says; `$1` is its subcommand."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def set_up(script: str) -> None:
        (folder / "docker").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "docker").chmod(0o755)

    return set_up


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A process that stands for the engine we started."""
    monkeypatch.setattr(engine, "OURS", tmp_path / "dockerd.pid")
    pid = launch(["sleep", "60"], log=tmp_path / "log", env=os.environ)
    write_pid(tmp_path / "dockerd.pid", pid)
    yield pid
    end(pid)


def test_a_client_alone_is_no_engine(docker: Docker) -> None:
    docker("echo 'Cannot connect' >&2; exit 1")
    assert not engine.answers()
    docker("echo 20.10.24")
    assert engine.answers()


def test_an_engine_that_answers_is_taken_as_it_is(docker: Docker) -> None:
    docker("echo 20.10.24")
    assert engine.ensure() is False


def test_an_engine_that_was_there_before_us_is_never_stopped(
    docker: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "OURS", tmp_path / "nothing.pid")
    docker("exit 0")
    assert not engine.started_by_us()
    assert engine.release() is False


def test_ours_is_stopped_when_nothing_runs_on_it(docker: Docker, ours: int) -> None:
    docker("exit 0")
    assert engine.started_by_us()
    assert engine.release() is True
    assert born(ours) is None
    assert not engine.started_by_us()


def test_ours_stays_while_somebodys_container_runs(docker: Docker, ours: int) -> None:
    docker('[ "$1" = ps ] && echo 0123456789ab')
    assert engine.release() is False
    assert born(ours) is not None


def test_an_engine_that_cannot_run_tells_why(docker: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "OURS", tmp_path / "dockerd.pid")
    monkeypatch.setattr(engine, "LOG", tmp_path / "dockerd.log")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    docker("exit 1")
    dockerd = tmp_path / "bin/dockerd"
    dockerd.write_text(
        "#!/bin/sh\necho 'level=info msg=hello'\necho 'failed to start daemon: no iptables' >&2\nexit 1\n"
    )
    dockerd.chmod(0o755)
    with pytest.raises(MachineError, match="no Docker engine can run here: failed to start daemon: no iptables"):
        engine.ensure()
    assert not engine.started_by_us()


def test_compose_of_version_2_goes_before_the_old_one(docker: Docker) -> None:
    docker('[ "$1" = compose ]')
    assert engine.compose_command() == ["docker", "compose"]
    docker("exit 1")
    assert engine.compose_command() == ["docker-compose"]
