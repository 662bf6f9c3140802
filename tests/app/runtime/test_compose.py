"""What compose is asked, and how the states of its containers are read."""

from pathlib import Path
from typing import Any

import pytest

from app.runtime import compose
from app.runtime.compose import Project
from app.runtime.content import ROOT


@pytest.mark.parametrize(
    ("state", "read"),
    [
        ({"Status": "running", "Health": {"Status": "healthy"}}, "healthy"),
        ({"Status": "running", "Health": {"Status": "starting"}}, "starting"),
        ({"Status": "running", "Health": None}, "running"),
        ({"Status": "exited", "ExitCode": 0, "Health": {"Status": "unhealthy"}}, "exited 0"),
        ({"Status": "exited", "ExitCode": 3}, "exited 3"),
        ({"Status": "restarting", "Health": {"Status": "healthy"}}, "restarting"),
        ({"Status": "created"}, "created"),
    ],
)
def test_a_containers_state_is_one_word(state: dict[str, Any], read: str) -> None:
    assert compose._state(state) == read


def test_what_is_ill_is_named_with_its_state(monkeypatch: pytest.MonkeyPatch) -> None:
    states = {"acd": "starting", "ivr": "healthy", "migrate": "exited 0", "render": "exited 1", "redis": "exited 0"}
    monkeypatch.setattr(Project, "states", lambda self: states)
    assert Project().ill() == ["acd (starting)", "redis (exited 0)", "render (exited 1)"]


def test_the_images_are_those_of_the_sources_as_they_are_now(tmp_path: Path) -> None:
    first = Project(root=tmp_path).environment()
    (tmp_path / "asterisk").mkdir()
    (tmp_path / "asterisk/packages.txt").write_text("asterisk")
    second = Project(root=tmp_path, environ={"CALLCENTER_NET": "10.1.2"}).environment()
    assert first["CALLCENTER_ASTERISK_TAG"] != second["CALLCENTER_ASTERISK_TAG"]
    assert first["CALLCENTER_TAG"] == second["CALLCENTER_TAG"]
    assert second["CALLCENTER_NET"] == "10.1.2"


def test_every_command_names_project_file_and_secrets() -> None:
    command = Project(name="x", env_file=Path("/e/.env")).command("ps")
    file = f"{ROOT}/docker-compose.yml"
    assert command[-7:] == ["--project-name", "x", "--file", file, "--env-file", "/e/.env", "ps"]
